"""A WITHDRAW can be said again, though its record has come back since, or nothing of it is known any more but a marker."""

from dataclasses import replace
from pathlib import Path

import pytest
from core_hub import FORCE, NOW_MS, Hub, agreement, event, rule_set, rulebook

from schemas.records import Record, decode, encode
from schemas.topics import Topics
from stream_processors.control_commands import Cut, LaneCommand
from stream_processors.lane_commit import commit_lanes
from stream_processors.lane_store import ERASED, LaneStore
from stream_processors.lane_tasks import DONE, task_of_request
from stream_processors.lane_work import LaneWork
from stream_processors.messages import Input
from stream_processors.outputs import LEDGER_ENTRY
from stream_processors.overlay import Overlay
from stream_processors.past_withdrawals import MOST
from stream_processors.rulebook import Outcome
from stream_processors.standard_reader import Again

RULES = rule_set([agreement("bureau"), agreement("squad")])
ID, TEXT = f"{FORCE}:native:Zebedee-Quillfeather", "a crate of quinces"


class NoReader:
    """`standard` is past its retention."""

    def read(self, lane: int, start: int, until: int, limit: int) -> Again:  # noqa: ARG002  # nothing is there
        return Again([], until)

    def put_back(self, lane: int, rest: Again) -> None:
        """There is nothing to put back."""

    def first(self, lane: int) -> int:  # noqa: ARG002  # there is one lane
        return 0

    def close(self) -> None:
        """There is nothing to close."""


class StoredHub(Hub):
    """The hub on a lane store of files."""

    def __init__(self, folder: Path) -> None:
        super().__init__(RULES)
        self.store = LaneStore(folder, "T", 1e9)
        self.store.open(0, 1.0)
        self.overlay = Overlay(self.store)
        self.work = LaneWork(Topics(), self.store, NoReader, _no_event)

    def commit(self) -> None:
        commit_lanes(self.store, self.overlay, {}, 1.0)
        self.overlay.drop()

    def version(self, number: int, action: str = "VERSION") -> Outcome:
        return self.handle(self.event_of(number, action))

    def event_of(self, number: int, action: str) -> Record:
        more = {"crime": {"offence": {"value": "5D"}, "summary": TEXT}} if action != "ERASURE" else {"crime": {}}
        return event(ref=ID.split(":")[2], version=number, envelope={"action": action}, **more)

    def ask(self, feed: str, first: int, last: int, name: str = "r") -> list[Outcome]:
        """What a request for these numbers comes to."""
        cuts = (Cut(feed, 0, first, last),)
        request = LaneCommand(name, "RESEND", f"feed/{feed}", "agency/x", "MISSING", NOW_MS, cuts=cuts)
        task = task_of_request(request, feed.partition(".")[0])
        found: list[Outcome] = []
        self.work.set_tasks((task,), [0])
        for step in range(20):
            piece = self.work.next_piece(replace(self.desk(), now_ms=NOW_MS + step * 1000), lambda _: 10)
            if piece is None:
                break
            found += [outcome for _, outcome in piece.outcomes]
            progress = list(self.overlay.changed_progress.values())
            self.commit()
            self.work.committed(progress)
        progress_now = self.store.progress(0, task.id)
        assert progress_now is not None and progress_now["state"] == DONE
        assert progress_now["cursor"] == "", "the cursor of a task may be a record's id"
        return found


def _no_event(_message: Input) -> Record:
    raise AssertionError("nothing is read")


@pytest.fixture
def hub(tmp_path: Path) -> StoredHub:
    made = StoredHub(tmp_path)
    made.version(1)
    return made


def heads(outcomes: list[Outcome]) -> list[tuple[str, int, int, str]]:
    found = [said for outcome in outcomes for said in outcome.entry["disclosures"]]
    return [(said["action"], said["sequence"], said["revision"], said.get("channel", "FEED")) for said in found]


def test_a_withdrawal_that_was_missed_is_said_again_without_the_record(hub: StoredHub, tmp_path: Path) -> None:
    """Number, token and revision are those of the WITHDRAW, the delivery's id is one of its own, the deadline begins anew; the
    SHARE before it is VOID; nothing of the record is in the store; another feed gets nothing."""
    erased = hub.version(2, "ERASURE")
    was = next(said for said in erased.entry["disclosures"] if said["agency"] == "bureau")
    outcomes = hub.ask("bureau.live", 1, 9)
    assert heads(outcomes) == [("VOID", 1, 0, "FEED"), ("WITHDRAW", 2, was["revision"], "FEED")]
    again = outcomes[1].entry["disclosures"][0]
    same = ("token", "lane", "sequence", "revision", "agency", "feed", "agreement", "field_list_id", "reason_code")
    assert {name: again[name] for name in same} == {name: was[name] for name in same}
    assert again["delivery_id"] != was["delivery_id"]
    [release] = outcomes[1].releases
    [sent] = [each for each in erased.releases if each.agency == "bureau"]
    own = (release.value, again), (sent.value, was)
    bare = [value.replace(said["delivery_id"].encode(), b"").replace(said["deadline"].encode(), b"") for value, said in own]
    assert bare[0] == bare[1]
    entry = outcomes[1].entry
    assert (entry["record_token"], entry["outcome"], entry["version"]) == (erased.entry["record_token"], "DECIDED", 2)
    assert entry["entry_id"]
    decode(LEDGER_ENTRY, encode(LEDGER_ENTRY, entry))
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Zebedee" not in files and TEXT.encode() not in files


def test_it_is_said_again_behind_a_reinstatement_and_another_erasure(hub: StoredHub) -> None:
    """The old token's WITHDRAW stands under its number for good: the record that came back has another token."""
    tokens = [hub.version(2, "ERASURE"), hub.version(3, "REINSTATEMENT"), hub.version(4, "ERASURE")]
    first, back, second = (outcome.entry["disclosures"][0]["token"] for outcome in tokens)
    assert first != back == second
    said = [outcome.entry["disclosures"][0] for outcome in hub.ask("bureau.live", 2, 4)]
    assert [(each["action"], each["token"]) for each in said] == [("WITHDRAW", first), ("VOID", ""), ("WITHDRAW", second)]


def test_a_recall_before_the_erasure_can_be_said_again_as_well(hub: StoredHub) -> None:
    """Who was told by an earlier version holds its WITHDRAW by that version's number."""
    recalled = hub.version(2, "RECALL").entry["disclosures"][0]
    assert hub.version(3, "ERASURE").entry["disclosures"] == []
    [outcome] = hub.ask("bureau.live", 2, 2)
    said = outcome.entry["disclosures"][0]
    assert (said["action"], said["token"]) == ("WITHDRAW", recalled["token"])


def test_it_is_said_again_behind_a_reinstatement(hub: StoredHub) -> None:
    """The record came back under another token, twice: who missed a WITHDRAW still gets it, each as a delivery of its own, and
    so behind an erasure of the record."""
    tokens = [
        hub.version(2, "RECALL"),
        hub.version(3, "REINSTATEMENT"),
        hub.version(4, "RECALL"),
        hub.version(5, "REINSTATEMENT"),
    ]
    first, _, second, third = (outcome.entry["disclosures"][0]["token"] for outcome in tokens)
    wanted = [("VOID", ""), ("WITHDRAW", first), ("VOID", ""), ("WITHDRAW", second)]

    def again(name: str) -> list[Record]:
        said = [outcome.entry["disclosures"][0] for outcome in hub.ask("bureau.live", 1, 4, name)]
        assert [(each["action"], each["token"]) for each in said] == wanted
        assert [each["sequence"] for each in said] == [1, 2, 3, 4]
        return said

    assert len({each["delivery_id"] for each in again("r")}) == 4
    assert hub.version(6, "ERASURE").entry["disclosures"][0]["token"] == third
    again("later")


def test_what_is_erased_and_reinstated_in_one_batch_is_said_again(hub: StoredHub) -> None:
    """The marker never came to stand anywhere: what it knew of withdrawals goes on with the record."""
    versions = [(2, "ERASURE"), (3, "REINSTATEMENT"), (4, "ERASURE"), (5, "REINSTATEMENT")]
    said = [hub.decide(hub.event_of(*each)).entry["disclosures"][0] for each in versions]
    hub.commit()
    again = [outcome.entry["disclosures"][0] for outcome in hub.ask("bureau.live", 2, 4)]
    assert [(each["action"], each["token"]) for each in again] == [
        ("WITHDRAW", said[0]["token"]), ("VOID", ""), ("WITHDRAW", said[2]["token"])
    ]  # fmt: skip


def test_of_a_record_that_comes_and_goes_the_last_withdrawals_are_kept(hub: StoredHub) -> None:
    """In each feed so many: what is kept of a record has a bound."""
    for number in range(2, 2 * MOST + 8):
        hub.version(number, "RECALL" if number % 2 == 0 else "REINSTATEMENT")
    holders = hub.store.holders(0, ID)
    assert holders is not None
    last = 2 * MOST + 6
    for feed in ("bureau.live", "squad.live"):
        kept = [each["sequence"] for each in holders["withdrawals"] if each["feed"] == feed]
        assert kept == list(range(last - 2 * MOST + 2, last + 1, 2))


def test_under_another_agreement_it_is_said_by_recall_and_the_number_is_void(hub: StoredHub) -> None:
    """The feed is another agreement's now: the token goes to the agency's recalls, and the feed's count has no gap."""
    was = hub.version(2, "ERASURE").entry["disclosures"][0]
    hub.book = rulebook(rule_set([agreement("squad"), agreement("other", partner_kind="bureau")]), number=2)
    [outcome] = hub.ask("bureau.live", 2, 2)
    assert heads([outcome]) == [("WITHDRAW", 0, was["revision"], "RECALL"), ("VOID", 2, 0, "FEED")]
    [recall] = outcome.recalls
    assert (recall.agency, recall.token) == ("bureau", was["token"])
    encode(LEDGER_ENTRY, outcome.entry)


def test_the_marker_is_whole_on_the_wire(hub: StoredHub) -> None:
    """What the store gives back is what was written, with a token for each number and no record's id."""
    hub.version(2, "ERASURE")
    marker = hub.store.erased(0, hub.tokens.ledger_record(ID))
    assert marker is not None
    assert [(each["feed"], each["sequence"]) for each in marker["withdrawals"]] == [("bureau.live", 2), ("squad.live", 2)]
    assert ID.encode() not in encode(ERASED, marker)
