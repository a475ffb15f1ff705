"""What a holding remembers: past agreements, fields that were sent, and what a try that was cut off may have shown."""

from dataclasses import replace
from typing import Any

import pytest
from core_hub import AGENCIES, LADS, NOW_MS, TOKENS, Hub, agreement, at, event, parts_of, prohibition, rule_set, rulebook
from emergencies import PHONE, PINNED, emergency_part, grant, take

from schemas.records import Record
from stream_processors.control_emergency import EmergenciesRead
from stream_processors.control_rule_sets import Published
from stream_processors.disseminate import disseminate_again
from stream_processors.earlier_lists import EarlierLists
from stream_processors.emergency_books import make_grant_books
from stream_processors.field_lines import field_list_id
from stream_processors.lane_tasks import Task
from stream_processors.ledger_entry import Position
from stream_processors.rule_set import load_rule_set
from stream_processors.rulebook import Outcome
from stream_processors.unreleased import Unreleased

COUNCIL = agreement(share_when=[{"kind": ["crime"], "area": "own"}], withdraw_within_hours=2, time_grain="hour")
BUREAU = agreement("bureau")
FIRST = Position("standard", 0, 0)


def crime(version: int = 1, lad: str = "council-a", **parts: Any) -> Record:
    return event(version=version, locations=at(LADS[lad]), **parts)


def under(hub: Hub, *agreements: Record, suspended: str = "") -> Hub:
    """The same hub under other rules."""
    subjects = frozenset([suspended] if suspended else [])
    hub.book = replace(rulebook(rule_set(agreements, [prohibition()])), suspensions=subjects)
    return hub


def holdings(hub: Hub) -> dict[tuple[str, str], Record]:
    return {(h["feed"], h["agreement"]): h for r in hub.lanes.records.values() for h in r["holdings"]}


def said(outcome: Outcome) -> list[tuple[str, str]]:
    return [(release.agency, release.action) for release in outcome.releases]


def cut_off(hub: Hub, standard: Record) -> Outcome:
    """A try whose entry stands in the ledger, and whose release was written and aborted."""
    outcome = hub.decide_at(standard, FIRST)
    hub.unreleased.add(outcome.entry, 7)
    hub.overlay.drop()
    return outcome


def test_an_ended_agreement_is_recalled_as_it_was_sent() -> None:
    """By recall, under the token as shared, with the deadline that the agreement said, no finer than its clock; once. Once
    it is back the record comes under a new token."""
    hub = under(Hub(rule_set([COUNCIL])), COUNCIL, BUREAU)
    shared = {release.agency: release.token for release in hub.handle(crime()).releases}
    outcome = under(hub, BUREAU).handle(crime(2))
    [recall] = outcome.recalls
    assert (recall.agency, recall.token) == ("council-a", shared["council-a"])
    assert (recall.deadline, recall.timestamp_ms % 3_600_000) == ("2026-06-15T14:00:00+00:00", 0)
    [disclosure] = [each for each in outcome.entry["disclosures"] if each["action"] == "WITHDRAW"]
    assert (disclosure["channel"], disclosure["sequence"], disclosure["reason_code"]) == ("RECALL", 0, "AGREEMENT_ENDED")
    assert disclosure["deadline"] == recall.deadline
    assert hub.handle(crime(3)).recalls == []
    [again] = [release for release in under(hub, COUNCIL, BUREAU).handle(crime(4)).releases if release.agency == "council-a"]
    assert again.action == "SHARE"
    assert again.token not in shared.values()


def test_what_is_not_known_of_an_agreement_is_the_strictest() -> None:
    """A holding from before deadlines were kept: an hour, by the coarsest clock."""
    hub = under(Hub(rule_set([COUNCIL])), COUNCIL)
    hub.handle(crime())
    [holding] = holdings(hub).values()
    holding |= {"withdraw_hours": 1, "grain_seconds": 86_400, "lost": None}
    [recall] = under(hub, BUREAU).handle(crime(2)).recalls
    assert (recall.deadline, recall.timestamp_ms % 86_400_000) == ("2026-06-16T01:00:00+00:00", 0)


def test_a_feed_that_another_agreement_has_taken_over_is_no_channel_of_the_old_one() -> None:
    """The old copy is recalled under its own token, the new one is shared; and a feed that is renamed twice never gives a token
    a second time."""
    hub = under(Hub(rule_set([BUREAU])), BUREAU)
    tokens = [hub.handle(crime()).releases[0].token]
    for version, one in enumerate((BUREAU | {"id": "bureau-two"}, BUREAU | {"feed": "renamed"}, BUREAU), 2):
        outcome = under(hub, one).handle(crime(version))
        assert [each.token for each in outcome.recalls] == [tokens[-1]]
        assert said(outcome) == [("bureau", "SHARE")]
        assert outcome.releases[0].delivery_id != outcome.recalls[0].delivery_id
        tokens.append(outcome.releases[0].token)
    assert len(set(tokens)) == len(tokens) == 4


@pytest.mark.parametrize(
    ("later", "is_narrower"),
    [
        (BUREAU, False),
        (BUREAU | {"fields": BUREAU["fields"] | {"crime.status": "keep"}}, False),
        (BUREAU | {"fields": BUREAU["fields"] | {"crime.status": {"keep": True, "when": [{"marker": ["soc"]}]}}}, False),
        (BUREAU | {"fields": {"envelope.kind": "keep", "crime.offence": "keep"}}, True),
        (BUREAU | {"fields": BUREAU["fields"] | {"persons[*].surname": {"mask_keep_last": 1}}}, True),
    ],
)
def test_an_update_that_gives_fewer_fields_has_a_deadline(later: Record, is_narrower: bool) -> None:
    """In the delivery's conditions and in the ledger; one that gives as many or more has none. It is the same list, or another
    version's that control still has; where control has lost it, it counts as narrower."""
    history = {1: Published(1, parts_of([BUREAU]), {})}
    for lines, expected in ((EarlierLists(history).lines, is_narrower), (EarlierLists({}).lines, later != BUREAU)):
        hub = under(Hub(rule_set([BUREAU])), BUREAU)
        hub.handle(crime())
        hub.book = replace(under(hub, later).book, earlier_lines=lines)
        outcome = hub.handle(crime(2, crime={"offence": {"value": "8N"}, "summary": "new"}))
        assert said(outcome) == [("bureau", "UPDATE")]
        [disclosure] = outcome.entry["disclosures"]
        assert (disclosure["deadline"] is not None) == expected
        assert (str(disclosure["deadline"]).encode() in outcome.releases[0].value) == expected


def test_what_a_prohibition_takes_away_has_a_deadline_and_comes_back_without() -> None:
    """Only where it takes a field of this very agreement; a prohibition on others' fields makes no update narrower."""
    own = prohibition("own", when=[{"marker": ["soc"]}], effect="drop", drops=["crime.summary"])
    other = prohibition("other", when=[{"marker": ["port"]}], effect="drop", drops=["persons[*].given_name"])
    hub = Hub(rule_set([BUREAU], [own, other]))
    hub.handle(crime(1, markers=[], crime={"offence": {"value": "5D"}, "summary": "v1"}))
    found = []
    for version, marker in enumerate(("soc", "", "port"), 2):
        told = crime(version, markers=[marker] if marker else [], crime={"offence": {"value": "5D"}, "summary": f"v{version}"})
        found += [each["deadline"] is not None for each in hub.handle(told).entry["disclosures"]]
    assert found == [True, False, False]


def test_a_field_list_that_can_not_be_read_is_not_known() -> None:
    """Another version's agreement, or a file that is none: an update counts as narrower."""
    history = {1: Published(1, {"agreements/0.yaml": b"[", "agreements/1.yaml": b"id: bureau\n"}, {})}
    assert EarlierLists(history).lines("bureau", "0" * 16) is None
    rules = rule_set([BUREAU])
    known = EarlierLists({1: Published(1, parts_of([BUREAU]), {})})
    assert len(known.lines("bureau", field_list_id(rules.agreements[0])) or ()) == len(BUREAU["fields"])


def test_who_may_have_read_what_was_never_released_is_told_as_if_it_had_been() -> None:
    """Rules changed between the two transactions: WITHDRAW under the token that the copy had, with a revision above it, and the
    reason stands in the ledger alone. Whoever is sent the record anyway hears nothing more."""
    hub = under(Hub(rule_set([COUNCIL])), COUNCIL, BUREAU)
    shown = {release.agency: release.token for release in cut_off(hub, crime()).releases}
    assert set(shown) == {"council-a", "bureau"}
    nobody = COUNCIL | {"share_when": [{"marker": ["port"]}]}
    outcome = under(hub, nobody, BUREAU).decide_at(crime(), FIRST)
    hub.commit()
    assert {(r.agency, r.action, r.token) for r in outcome.releases} == {
        ("bureau", "SHARE", shown["bureau"]),
        ("council-a", "WITHDRAW", shown["council-a"]),
    }
    [told] = [each for each in outcome.entry["disclosures"] if each["action"] == "WITHDRAW"]
    assert (told["revision"], told["reason_code"]) == (2, "POSSIBLE_DISCLOSURE")
    assert b"POSSIBLE" not in b"".join(release.value for release in outcome.releases)
    assert {h["state"] for (feed, _), h in holdings(hub).items() if feed == "council-a.live"} == {"WITHDRAWN"}


def test_a_try_that_comes_again_as_it_was_adds_nothing() -> None:
    """The usual crash: the same entry, the same bytes."""
    hub = under(Hub(rule_set([COUNCIL])), COUNCIL, BUREAU)
    first = cut_off(hub, crime())
    again = hub.decide_at(crime(), FIRST)
    assert (again.entry, again.releases, again.recalls) == (first.entry, first.releases, first.recalls)


def test_a_suspended_agency_possibly_holds_it_until_it_is_decided() -> None:
    """Suspended between the two transactions: it is still permitted, so nothing is withdrawn; the holding is POSSIBLE. Resumed
    it is shared under the same token as the first delivery; no longer permitted it is recalled."""
    for after in ("resumed", "withheld"):
        hub = under(Hub(rule_set([COUNCIL])), COUNCIL)
        [shown] = cut_off(hub, crime()).releases
        outcome = under(hub, COUNCIL, suspended="agency/council-a").decide_at(crime(), FIRST)
        hub.commit()
        hub.unreleased.released([outcome.entry])
        assert (outcome.releases, outcome.recalls) == ([], [])
        assert holdings(hub)["council-a.live", "council"]["state"] == "POSSIBLE"
        if after == "resumed":
            [release] = under(hub, COUNCIL).handle(crime(2)).releases
            assert (release.action, release.token) == ("SHARE", shown.token)
            assert holdings(hub)["council-a.live", "council"]["revision"] == 1
        else:
            [recall] = hub.handle(crime(2, markers=["protected-person"])).recalls
            assert recall.token == shown.token


def test_an_update_that_may_have_been_read_is_replaced() -> None:
    """The rules gave more for a moment: the holder's own copy is what it may have, and it is sent again with a deadline."""
    narrow = BUREAU | {"fields": {"envelope.kind": "keep"}}
    hub = under(Hub(rule_set([narrow])), narrow)
    hub.decide_at(crime(), FIRST._replace(offset=9))
    hub.commit()
    wider = cut_off(under(hub, BUREAU), crime(2, crime={"offence": {"value": "5D"}, "summary": "more"}))
    assert said(wider) == [("bureau", "UPDATE")]
    outcome = under(hub, narrow).decide_at(crime(2, crime={"offence": {"value": "5D"}, "summary": "more"}), FIRST)
    assert said(outcome) == [("bureau", "UPDATE")]
    assert outcome.entry["disclosures"][0]["deadline"] is not None
    assert outcome.entry["unchanged"] == []


def test_a_commands_try_is_settled_where_the_command_wants_nothing_any_more() -> None:
    """A newer version has come, and nobody may have it: the try is superseded by STALE, and who may have read it is told."""
    nobody = COUNCIL | {"share_when": [{"marker": ["port"]}]}
    hub = under(Hub(rule_set([nobody])), nobody)
    hub.decide_at(crime(), FIRST)
    hub.commit()
    task = Task("again", "all")
    shown = disseminate_again(crime(), FIRST, under(hub, COUNCIL).desk(), task, 1)
    assert shown is not None
    assert said(shown) == [("council-a", "SHARE")]
    hub.unreleased.add(shown.entry, 7)
    hub.overlay.drop()
    hub.decide_at(crime(2, markers=["protected-person"]), FIRST._replace(offset=1))
    hub.commit()
    settled = disseminate_again(crime(), FIRST, hub.desk(), task, 1)
    assert settled is not None
    assert (settled.entry["outcome"], said(settled)) == ("STALE", [("council-a", "WITHDRAW")])
    assert settled.releases[0].token == shown.releases[0].token


def test_what_a_try_has_shown_never_replaces_what_is_held() -> None:
    """A command's try has shown an update; then the record was recalled, and came back under another token. The command settles
    its try: the agency was told of that token long since, so it hears nothing, and what it holds now stays held."""
    hub = under(Hub(rule_set([BUREAU])), BUREAU)
    first = hub.decide_at(crime(), FIRST)
    hub.commit()
    task = Task("sweep", "all")
    under(hub, BUREAU | {"fields": {"envelope.kind": "keep"}})
    shown = disseminate_again(crime(), FIRST, hub.desk(), task, 1)
    assert shown is not None
    assert said(shown) == [("bureau", "UPDATE")]
    hub.unreleased.add(shown.entry, 7)
    hub.overlay.drop()
    under(hub, BUREAU)
    recalled, back = (
        hub.handle(crime(number, envelope={"action": action})) for number, action in ((2, "RECALL"), (3, "REINSTATEMENT"))
    )
    assert said(recalled) + said(back) == [("bureau", "WITHDRAW"), ("bureau", "SHARE")]
    settled = disseminate_again(crime(), FIRST, hub.desk(), task, 1)
    hub.commit()
    assert settled is not None
    assert (said(settled), settled.recalls) == ([], [])
    assert [(h["state"], h["generation"]) for h in holdings(hub).values()] == [("HELD", 1)]
    assert first.releases[0].token != back.releases[0].token


def test_each_token_that_tries_have_shown_is_told_of_and_given_to_nothing_again() -> None:
    """Two versions in a batch that is tried under three rule sets: the second try withdraws the first token and shows another
    one. Released is the first; the other one is recalled beside it, and the record never comes back under it."""
    port = agreement("bureau", share_when=[{"marker": ["port"]}])
    versions, hub = (crime(1), crime(2, markers=["port"])), under(Hub(rule_set([BUREAU])), BUREAU)
    shown: list[str] = []
    for rules, count in ((BUREAU, 1), (port, 2)):
        under(hub, rules)
        for offset, version in enumerate(versions[:count]):
            outcome = hub.decide_at(version, Position("standard", 0, offset))
            hub.unreleased.add(outcome.entry, 7)
            shown += [each.token for each in outcome.releases if each.action == "SHARE"]
        hub.overlay.drop()
    assert len(set(shown)) == 2
    under(hub, BUREAU)
    released = [hub.decide_at(version, Position("standard", 0, offset)) for offset, version in enumerate(versions)]
    hub.commit()
    assert [said(each) for each in released] == [[("bureau", "SHARE")], [("bureau", "UPDATE")]]
    assert [recall.token for each in released for recall in each.recalls] == shown[1:]
    hub.handle(crime(3, envelope={"action": "RECALL"}))
    [again] = hub.handle(crime(4, envelope={"action": "REINSTATEMENT"})).releases
    assert again.token not in shown


def test_what_is_released_meanwhile_is_forgotten() -> None:
    """Live tries below the lane's position, a command's below its progress, and all of a command that is done; the mark
    stays at the first entry of what is left."""
    tries, hub = Unreleased(), under(Hub(rule_set([COUNCIL])), COUNCIL)
    for offset in (3, 4):
        entry = hub.decide_at(crime(), Position("standard", 0, offset)).entry
        hub.overlay.drop()
        tries.add(entry, 10 + offset)
        tries.add(entry | {"cause": "sweep"}, 20 + offset)
        tries.add(entry | {"cause": "over"}, 1)
        tries.add(entry | {"source_partition": 1}, 2)
    tries.prune(0, 4, {"sweep": 4}.get)
    assert (tries.lowest(0), tries.lowest(1), tries.lowest(2)) == (14, 2, None)
    assert tries.seen(("standard", 0, 4, "sweep"))
    assert not tries.seen(("standard", 0, 3, "sweep"))
    assert not tries.seen(("standard", 0, 4, "over"))
    tries.forget(0)
    assert (tries.lowest(0), tries.lowest(1)) == (None, 2)


def test_a_deadline_is_no_part_of_an_entrys_id() -> None:
    """The same decision at another hour is the same entry."""
    hub = under(Hub(rule_set([COUNCIL])), COUNCIL)
    hub.handle(crime())
    gone = crime(2, markers=["protected-person"])
    entries = []
    for now_ms in (NOW_MS, NOW_MS + 7_200_000):
        entries.append(hub.decide_at(gone, FIRST, now_ms).entry)
        hub.overlay.drop()
    assert entries[0]["disclosures"][0]["deadline"] != entries[1]["disclosures"][0]["deadline"]
    assert entries[0]["entry_id"] == entries[1]["entry_id"]


def test_what_was_shared_under_a_grant_that_the_rules_do_not_know_any_more_is_recalled() -> None:
    """The rules have no emergency sharing any more, so the grant has no book: its copy goes by recall, once, and no other."""
    granted = grant(TOKENS, NOW_MS)
    people = [{"ref": "p1", "roles": ["VICTIM"], "surname": "Quill", "telephone": PHONE}]
    agreements = [agreement("bureau", share_when=[{"marker": ["port"]}])]
    hub = Hub(load_rule_set(parts_of(agreements, [], AGENCIES) | emergency_part()))
    hub.book = replace(hub.book, emergency_schema_id=99)
    hub.book = replace(hub.book, grants=make_grant_books(take(EmergenciesRead(PINNED, "control"), granted), hub.book)[0])
    [shared] = hub.handle(crime(1, persons=people)).releases
    outcome = under(hub, *agreements).handle(crime(2, persons=people))
    assert [(each.agency, each.token) for each in outcome.recalls] == [(shared.agency, shared.token)]
    assert [(each["grant"], each["channel"]) for each in outcome.entry["disclosures"]] == [(granted["id"], "RECALL")]
    assert hub.handle(crime(3, persons=people)).recalls == []
