"""Emergency sharing in the core: who may grant what, what it shares and never shares, how it ends."""

from dataclasses import replace
from typing import Any

import pytest
from core_hub import AGENCIES, NOW_MS, TOKENS, Hub, agreement, at, event, parts_of, prohibition, rulebook
from emergencies import DEE, EVE, FAY, FIELDS, PHONE, PINNED, emergency_part, end, grant, moment, review, take
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.errors import Misconfigured, Refused
from schemas.records import Record, encode
from stream_processors.control_commands import Cut
from stream_processors.control_emergency import END, GRANT, HOUR_MS, EmergenciesRead, grant_key
from stream_processors.emergency_books import make_grant_books
from stream_processors.emergency_share import Held, withdraw_by_end
from stream_processors.emergency_targets import target_token
from stream_processors.lane_tasks import Does, Task, tasks_of_grants
from stream_processors.ledger_entry import Position
from stream_processors.number_answers import Asked, answer
from stream_processors.rule_set import RuleSet, load_rule_set
from stream_processors.rulebook import Outcome

PERSON = [{"ref": "p1", "roles": ["VICTIM"], "surname": "Quill", "given_name": "Ada", "telephone": "01632 960123"}]
NOBODY_ELSE = [agreement("bureau", share_when=[{"marker": ["port"]}])]


def rules(*prohibitions: Record, **part: Any) -> RuleSet:
    """Rules under which nobody gets anything by an agreement."""
    return load_rule_set(parts_of(NOBODY_ELSE, prohibitions, AGENCIES) | emergency_part(**part))


def hub_with(rule_set: RuleSet, *records: Record) -> Hub:
    """A hub where these stand on control."""
    hub = Hub(rule_set)
    know(hub, take(EmergenciesRead(PINNED, "control"), *records))
    return hub


def know(hub: Hub, read: EmergenciesRead) -> None:
    """Control has been read to its end."""
    hub.book = replace(rulebook(hub.book.rules), emergency_schema_id=99)
    hub.book = replace(hub.book, grants=make_grant_books(read, hub.book)[0])


def crime(version: int = 1, **parts: Any) -> Record:
    """A crime in which the person stands."""
    return event(version=version, **{"persons": PERSON, "locations": at("E08000037")} | parts)


def said(outcome: Outcome) -> list[tuple[str, str]]:
    """Agency and action of each delivery."""
    return [(release.agency, release.action) for release in outcome.releases]


def test_a_grant_shares_what_names_its_person_with_its_agency_alone() -> None:
    """The record is of a neighbour's area and of no agreement's: the one agency has it, the grant stands in the disclosure and
    in the holding; a record in which the person does not stand is nobody's."""
    given_grant = grant(TOKENS, NOW_MS)
    hub = hub_with(rules(), given_grant)
    outcome = hub.handle(crime())
    assert said(outcome) == [("council-a", "SHARE")]
    assert [(d["grant"], d["feed"], d["gateways"]) for d in outcome.entry["disclosures"]] == [
        (given_grant["id"], "emergency", ["POLICING"])
    ]
    other = hub.handle(event(ref="R/2", persons=[PERSON[0] | {"telephone": "01632 960124"}]))
    assert said(other) == []
    moved = hub.handle(crime(2, persons=[{"ref": "p1", "roles": ["VICTIM"]}]))
    assert said(moved) == [("council-a", "WITHDRAW")], "the person does not stand in it any more"


@pytest.mark.parametrize(
    ("target", "kind", "text"),
    [("RECORD", "", "northumbria:native:R/1"), ("PLACE", "postcode", "ne1 7ru"), ("PERSON", "telephone", "+44 1632 960123")],
)
def test_any_spelling_of_what_is_named_reaches_it(target: Any, kind: str, text: str) -> None:
    """A record by its id, a place and a person by an identifier as a person writes it."""
    token = target_token(target, kind, text, 2026, TOKENS)
    hub = hub_with(rules(), grant(TOKENS, NOW_MS, target=target, token=token))
    assert said(hub.handle(crime(locations=at("E08000037", postcode="NE1 7RU")))) == [("council-a", "SHARE")]


@pytest.mark.parametrize(
    ("target", "kind", "text"),
    [("PERSON", "name", "Quill"), ("PERSON", "telephone", "999"), ("PLACE", "postcode", "NE1"), ("PLACE", "lad", "E08000021"),
     ("RECORD", "", " "), ("PERSON", "pnc", "81/34X")],
)  # fmt: skip
def test_a_category_a_name_or_a_misspelling_names_nobody(target: Any, kind: str, text: str) -> None:
    """What is no identifier of one record, person or place is refused, and the error has none of it."""
    with pytest.raises(Refused) as caught:
        target_token(target, kind, text, 2026, TOKENS)
    assert caught.value.code is Code.TARGET_UNREADABLE
    assert text.strip() == "" or text not in str(caught.value)


NEVER: dict[str, Record] = {
    "protected person": {"markers": ["protected-person"]},
    "protected person among the persons": {"persons": [PERSON[0] | {"markers": ["protected-person"]}]},
    "source material": {"markers": ["source-material"]},
    "unknown marker": {"markers": ["something-new"]},
    "recalled": {"envelope": {"action": "RECALL"}},
    "erased": {"envelope": {"action": "ERASURE"}},
    "restricted": {"envelope": {"action": "RESTRICTION"}},
}


@pytest.mark.parametrize("name", NEVER)
def test_some_things_no_grant_shares_whatever_the_rules_say(name: str) -> None:
    """Without a single prohibition: protected persons, sources, and what the originator has taken back stay; unknown too."""
    hub = hub_with(rules(), grant(TOKENS, NOW_MS))
    assert said(hub.handle(crime(**NEVER[name]))) == []


@pytest.mark.parametrize(
    ("action", "sanitisation", "shares"), [("A1", "S1", False), ("A2", "S2", False), ("A2", "S1", True), (None, None, False)]
)
def test_the_grade_binds_every_grant(action: str | None, sanitisation: str | None, shares: bool) -> None:
    """A1 and S2, and a grade C whose codes are not known, are shared under no grant."""
    grading = {"source": "1", "assessment": "A", "handling": "C", "action": action, "sanitisation": sanitisation}
    report = event("intelligence", grading=grading, persons=PERSON, intelligence={"text": "t", "sanitised_text": "s"})
    outcome = hub_with(rules(), grant(TOKENS, NOW_MS)).handle(report)
    assert bool(outcome.releases) is shares


def test_a_grant_overrides_what_the_closed_list_lets_it_and_nothing_else() -> None:
    """A prohibition that withholds binds a grant; named by a grant and on the closed list it does not; the others still do."""
    listed, other = prohibition("listed", when=[{"kind": ["crime"]}]), prohibition("other", when=[{"marker": ["refuge"]}])
    rule_set = rules(listed, other, overridable=["listed"])
    assert said(hub_with(rule_set, grant(TOKENS, NOW_MS)).handle(crime())) == []
    over = grant(TOKENS, NOW_MS, overrides=["listed"])
    assert said(hub_with(rule_set, over).handle(crime())) == [("council-a", "SHARE")]
    assert said(hub_with(rule_set, over).handle(crime(markers=["refuge"]))) == []
    too_much = grant(TOKENS, NOW_MS, overrides=["listed", "other"])
    assert said(hub_with(rule_set, too_much).handle(crime())) == [], "refused by the disseminator itself"


@pytest.mark.parametrize(
    "never",
    [
        {"when": [{"marker": ["protected-person"]}]},
        {"when": [{"action_code": ["A1"]}]},
        {"when": [{"sanitisation_code": ["S2"]}]},
        {"when": [{"kind": ["intelligence"]}], "effect": "drop", "drops": ["intelligence.source_ref"]},
        {"when": [{"originator_control": "barred"}]},
    ],
)
def test_the_closed_list_can_not_name_what_protects_a_source_a_person_or_the_originator(never: Record) -> None:
    """The rule set does not load; nor does one that grants a field of the source, or an unknown gateway."""
    for part in (
        {"overridable": ["a-rule"]},
        {"fields": ["intelligence.text"]},
        {"gateways": ["VITAL"]},
        {"hours_at_most": 73},
    ):
        with pytest.raises(Misconfigured):
            rules(prohibition(**never), **part)


@pytest.mark.parametrize(
    "change",
    [
        {"by": EVE},
        {"until": moment(NOW_MS + 73 * HOUR_MS)},
        {"until": moment(NOW_MS)},
        {"target": "CATEGORY"},
        {"token": ""},
        {"fields": []},
        {"reason": ""},
        {"hub": "other.control"},
        {"organisation": "elsewhere"},
    ],
)
def test_a_grant_that_does_not_hold_is_none(change: dict[str, Any]) -> None:
    """Not signed by who may, too long, of no one thing, without words, for another hub: refused when it is read."""
    with pytest.raises(Refused):
        take(EmergenciesRead(PINNED, "control"), grant(TOKENS, NOW_MS, **change))


@given(st.sampled_from(sorted(grant(TOKENS, NOW_MS).keys() - {"signature"})), st.integers(0, 63))
def test_any_change_of_a_signed_grant_breaks_it(name: str, at_byte: int) -> None:
    """Each part of a grant is under its signature, and each byte of the signature counts."""
    record = grant(TOKENS, NOW_MS)
    value = record[name]
    changed = (
        [*value, "crime.summary"] if isinstance(value, list) else f"{value}x" if isinstance(value, str) else moment(NOW_MS + 1)
    )
    body = bytearray(record["signature"])
    body[at_byte] ^= 1
    for broken in (record | {name: changed}, record | {"signature": bytes(body)}):
        with pytest.raises(Refused):
            take(EmergenciesRead(PINNED, "control"), broken)


def test_the_hours_of_a_grant() -> None:
    """Unreviewed it ends after 24 hours, reviewed after its own; a review that refuses, and an end, end it at once. Its own
    signer can't review it, nor anybody later than 24 hours."""
    granted = grant(TOKENS, NOW_MS, by=FAY)

    def ends_at(*records: Record) -> int:
        return take(EmergenciesRead(PINNED, "control"), granted, *records).ends_at(granted["id"])

    assert ends_at() == NOW_MS + 24 * HOUR_MS
    assert ends_at(review(granted, NOW_MS + 5)) == NOW_MS + 48 * HOUR_MS
    assert ends_at(review(granted, NOW_MS + 5, verdict="REFUSED")) == 0
    assert ends_at(review(granted, NOW_MS + 5, verdict="PERHAPS")) == 0
    assert ends_at(review(granted, NOW_MS + 5), end(granted, NOW_MS)) == 0
    for wrong in (review(granted, NOW_MS, by=FAY), review(granted, NOW_MS, by=DEE), review(granted, NOW_MS + 25 * HOUR_MS)):
        with pytest.raises(Refused):
            ends_at(wrong)


@pytest.mark.parametrize(("name", "body"), [(END, b"\xff"), (None, b""), (GRANT, b"x")])
def test_an_end_that_can_not_be_read_is_an_end(name: str | None, body: bytes) -> None:
    """Unknown never permits."""
    granted = grant(TOKENS, NOW_MS)
    read = take(EmergenciesRead(PINNED, "control"), granted)
    read.take(grant_key(granted["id"], "end").encode(), name, body)
    assert read.ends_at(granted["id"]) == 0
    read.take(grant_key(granted["id"], "end").encode(), END, encode(END, end(granted, NOW_MS)))
    assert read.ends_at(granted["id"]) == 0


def test_who_holds_under_a_grant_that_is_over_is_told() -> None:
    """By holders alone, without the event; once: the second time the entry says that there was nothing left. Another grant's
    copy of the same record stays."""
    one, two = grant(TOKENS, NOW_MS, "g1"), grant(TOKENS, NOW_MS, "g2", agency="council-b")
    read = take(EmergenciesRead(PINNED, "control"), one, two)
    hub = Hub(rules())
    know(hub, read)
    assert said(hub.handle(crime())) == [("council-a", "SHARE"), ("council-b", "SHARE")]
    know(hub, take(read, end(one, NOW_MS)))
    (task,) = [task for task in tasks_of_grants(hub.book.grants, NOW_MS) if task.ends]
    over = next(each for each in hub.book.grants if each.id == one["id"])
    for expected in ([("council-a", "WITHDRAW")], []):
        holders = hub.lanes.holders(0, "northumbria:native:R/1")
        assert holders is not None
        outcome = withdraw_by_end(Held(0, holders), over, task.id, hub.desk(), "holders")
        assert said(outcome) == expected
        hub.commit()
    assert outcome.entry["outcome"] == "STALE"
    left = hub.lanes.holders(0, "northumbria:native:R/1")
    assert left is not None
    assert {h["grant"]: h["state"] for h in left["holdings"]} == {one["id"]: "WITHDRAWN", two["id"]: "HELD"}


def test_a_withdrawal_under_a_grant_is_said_again_under_the_grant() -> None:
    """Its record has come back under another token since: its number still has the old one's WITHDRAW, by the grant."""
    hub = hub_with(rules(), grant(TOKENS, NOW_MS))
    shared, gone, back = (
        hub.handle(crime(number, envelope={"action": action}))
        for number, action in enumerate(("VERSION", "RECALL", "REINSTATEMENT"), 1)
    )
    assert said(gone) == [("council-a", "WITHDRAW")]
    assert said(back) == [("council-a", "SHARE")]
    assert back.releases[0].token != shared.releases[0].token
    feed, [holders] = "council-a.emergency", hub.lanes.records.values()
    task = Task("again", f"feed/{feed}", cuts=(Cut(feed, 0, 2, 2),), does=Does.RESEND)
    asked = Asked(Position("request", 0, 2), hub.book.rules.by_feed[feed], holders)
    again = answer(asked, None, hub.desk(), task)
    assert [(one.action, one.token) for one in again.releases] == [("WITHDRAW", shared.releases[0].token)]
    same = ("grant", "token", "sequence", "revision", "agreement", "field_list_id")
    [was], [now] = gone.entry["disclosures"], again.entry["disclosures"]
    assert {name: now[name] for name in same} == {name: was[name] for name in same}


def test_a_new_version_behind_the_end_is_withdrawn_and_not_updated() -> None:
    """A live event that comes before the sweep of the end: withdrawn by it, and by nobody else."""
    granted = grant(TOKENS, NOW_MS)
    read = take(EmergenciesRead(PINNED, "control"), granted)
    hub = Hub(rules())
    know(hub, read)
    hub.handle(crime())
    know(hub, take(read, end(granted, NOW_MS)))
    assert said(hub.handle(crime(2))) == [("council-a", "WITHDRAW")]
    assert said(hub.handle(crime(3))) == []


def test_the_fields_are_those_that_the_grant_names() -> None:
    """Of the union in the feed's schema a grant sends its own list alone."""
    hub = hub_with(rules(), grant(TOKENS, NOW_MS, fields=["envelope.kind"]))
    narrow = hub.handle(crime()).releases[0].value
    wide = hub_with(rules(), grant(TOKENS, NOW_MS, fields=list(FIELDS))).handle(crime()).releases[0].value
    assert b"Quill" in wide and PHONE.encode() in wide
    assert b"Quill" not in narrow and PHONE.encode() not in narrow


def test_a_fault_withholds_under_a_grant_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that raises shares nothing under any grant."""
    hub = hub_with(rules(), grant(TOKENS, NOW_MS))

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(hub.book.decider, "decide", fail)
    assert said(hub.handle(crime())) == []
