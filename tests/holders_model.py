"""What agencies must come to hold, said plainly, and agencies that know nothing but what they were sent: for the machine of who
holds what over time."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from core_hub import Hub, agreement, prohibition, rule_set, rulebook

from schemas.records import Record, decode_with
from schemas.wire import unframe
from stream_processors.field_lines import field_lines, field_list_id
from stream_processors.heartbeats import HEARTBEAT
from stream_processors.releases import Release
from stream_processors.rulebook import Outcome

COUNCIL = agreement(share_when=[{"kind": ["crime"], "area": "own"}])
NARROW = COUNCIL | {"version": 2, "fields": {"crime.offence": "keep"}}
SOME = COUNCIL | {"version": 3, "share_when": [{"kind": ["crime"], "area": "own", "marker": ["soc"]}]}
BUREAU = agreement("bureau", fields={"crime.status": "keep"}, feed="short")
OTHER_BUREAU = BUREAU | {"id": "bureau-again"}
RENAMED = BUREAU | {"feed": "long"}
ALWAYS = prohibition()
DROPS = prohibition("drops", when=[{"marker": ["soc"]}], effect="drop", drops=["crime.summary"])


@dataclass(frozen=True)
class World:
    """Rules, and what a person would say they are."""

    agreements: tuple[Record, ...]
    prohibitions: tuple[Record, ...] = (ALWAYS,)

    def given(self, version: "Version") -> dict[tuple[str, str, str], bool]:
        """Agency, feed and agreement to whether the summary goes with it."""
        if version.closed or version.marker == "protected-person":
            return {}
        found: dict[tuple[str, str, str], bool] = {}
        for each in self.agreements:
            if each["partner_kind"] == "bureau":
                found["bureau", each["feed"], each["id"]] = False
            elif version.lad and (each is not SOME or version.marker == "soc"):
                is_dropped = version.marker == "soc" and DROPS in self.prohibitions
                found[version.lad, "live", "council"] = "crime.summary" in each["fields"] and not is_dropped
        return found


WORLDS = (
    World((COUNCIL, BUREAU)),
    World((COUNCIL,)),
    World((BUREAU,)),
    World((COUNCIL, OTHER_BUREAU)),
    World((NARROW, RENAMED)),
    World((COUNCIL, BUREAU), (ALWAYS, DROPS)),
    World((SOME, BUREAU)),
)
BOOKS = [rulebook(rule_set(world.agreements, world.prohibitions)) for world in WORLDS]
_LINES = {(each.id, field_list_id(each)): field_lines(each) for book in BOOKS for each in book.rules.agreements}
BOOKS = [replace(book, earlier_lines=lambda name, list_id: _LINES.get((name, list_id))) for book in BOOKS]
SUBJECTS = [*(f"agency/{name}" for name in ("council-a", "bureau")), "feed/bureau.short", "force/northumbria"]
SECRET = 3
"""This record is withheld from everybody, always."""


@dataclass(frozen=True)
class Version:
    """What the last version of a record says."""

    closed: bool
    lad: str
    marker: str


@dataclass
class Copy:
    """What an agency has under one token."""

    agreement: str
    summary: str | None
    revision: int
    sequence: tuple[str, int, int]
    """Feed, lane and number under which it came."""


@dataclass
class Agency:
    """Keeps what it is sent, by token, and refuses what makes no sense."""

    held: dict[str, Copy] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)


class Readers:
    """All agencies, reading what is committed; each message is checked against what came before."""

    def __init__(self) -> None:
        self.agencies: dict[str, Agency] = defaultdict(Agency)
        self.numbers: dict[tuple[str, int], int] = defaultdict(int)
        self.tests: set[str] = set()
        self.withdrawn: dict[tuple[str, int, int], str] = {}
        """Feed, lane and number of each WITHDRAW to its token."""
        self.again: set[str] = set()
        """Tokens of what has come under a number that was asked for, or by recall in its place."""
        self.log: list[tuple[object, ...]] = []

    def read(self, outcome: Outcome, hub: Hub, lane: int, may_be_shown: bool, asked: Collection[int] = ()) -> None:
        """What one decision releases. `asked`: numbers that may come again by it."""
        for release in outcome.releases:
            self.log.append((release, lane))
            feed, said, agreement_id = self._open(release, hub, lane)
            if said["sequence"] in asked and said["sequence"] <= self.numbers[feed, lane]:
                self._take_again(release, said, (feed, lane, said["sequence"]))
                continue
            self.numbers[feed, lane] += 1
            assert said["sequence"] == self.numbers[feed, lane], "a gap, or a number twice"
            at = (feed, lane, said["sequence"])
            if said["action"] == "TEST":
                assert release.token not in self.tests | self.agencies[release.agency].used, "a test is nobody's record"
                self.tests.add(release.token)
            else:
                self._take(release, said, agreement_id, at, may_be_shown)
        for recall in outcome.recalls:
            self.log.append((recall, lane))
            self.again |= {recall.token} if asked else set()
            if not asked or recall.token not in self.agencies[recall.agency].ended:
                self._end(recall.agency, recall.token, may_be_shown)

    def hear(self, beats: Collection[Release], hub: Hub, lane: int) -> None:
        """Heartbeats: each repeats the number that its feed's lane has come to, and carries nothing."""
        for beat in beats:
            self.log.append((beat, lane))
            feed, said, _ = self._open(beat, hub, lane)
            assert (said["action"], said["sequence"]) == (HEARTBEAT, self.numbers[feed, lane])
            assert (said["record"], said["revision"]) == (None, 0)

    def _open(self, release: Release, hub: Hub, lane: int) -> tuple[str, Record, str]:
        feed = f"{release.agency}.{release.feed}"
        bound = hub.book.rules.by_feed[feed]
        said = decode_with(hub.book.rules.schemas[bound.agreement.id], unframe(release.value)[1])
        assert said["lane"] == lane
        return feed, said, bound.agreement.id

    def _take_again(self, release: Release, said: Record, at: tuple[str, int, int]) -> None:
        """A number that was asked for: what stands under it still, or nothing."""
        agency = self.agencies[release.agency]
        self.again |= {release.token}
        if said["action"] == "VOID":
            assert said["record"] is None
        elif said["action"] == "WITHDRAW":
            assert self.withdrawn[at] == release.token
            assert release.token in agency.ended
        else:
            held = agency.held[release.token]
            assert (held.sequence, held.revision, held.summary) == (at, said["revision"], _summary(said))

    def _take(self, release: Release, said: Record, agreement_id: str, at: tuple[str, int, int], may_be_shown: bool) -> None:
        agency, token, revision = self.agencies[release.agency], release.token, said["revision"]
        if said["action"] == "WITHDRAW":
            self._end(release.agency, token, may_be_shown)
            self.withdrawn[at] = token
            return
        summary, deadline = _summary(said), said["conditions"]["deadline"]
        if said["action"] == "SHARE":
            assert token not in agency.used, "a record came back under an old token"
            assert (revision, deadline) == (1, None)
            agency.used.add(token)
        else:
            before = agency.held[token]
            if revision == before.revision:  # a replay
                assert (summary, deadline) == (before.summary, None), "another content under one revision"
            else:
                assert revision == before.revision + 1
                if before.summary is not None and summary is None:
                    assert deadline is not None, "fewer fields, and no deadline"
                elif not may_be_shown:
                    assert deadline is None, "a deadline, and nothing is taken away"
        agency.held[token] = Copy(agreement_id, summary, revision, at)

    def _end(self, name: str, token: str, may_be_shown: bool) -> None:
        agency = self.agencies[name]
        assert token not in agency.ended, "told twice"
        assert may_be_shown or token in agency.held, "who never held it hears of it"
        agency.held.pop(token, None)
        agency.used.add(token)
        agency.ended.add(token)

    def not_told_again(self, feeds: Collection[str]) -> set[str]:
        """Tokens that were withdrawn under a number of these feeds, and have not come again."""
        return {token for (feed, _, _), token in self.withdrawn.items() if feed in feeds} - self.again

    def not_given_again(self, feeds: Collection[str]) -> set[str]:
        """Tokens that are held by these feeds, and have not come again."""
        copies = (copy for agency in self.agencies.values() for copy in agency.held.items())
        return {token for token, copy in copies if copy.sequence[0] in feeds} - self.again

    def held(self) -> dict[str, Counter[tuple[str, bool]]]:
        """By agency, how often it holds something by an agreement, with a summary and without."""
        copies = {name: agency.held.values() for name, agency in self.agencies.items() if agency.held}
        return {name: Counter((copy.agreement, copy.summary is not None) for copy in held) for name, held in copies.items()}


def _summary(said: Record) -> str | None:
    found: str | None = ((said["record"] or {}).get("crime") or {}).get("summary")
    return found
