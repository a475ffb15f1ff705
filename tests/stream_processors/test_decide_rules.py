"""Decide: single rules, on real records: areas, originator control, consents, times, acceptance, quality, what is unknown."""

from datetime import UTC, datetime
from typing import Any

import pytest
from core_hub import FORCE, LADS, NOW_MS, Hub, agreement, at, event, prohibition, unchecked_rule_set
from pydantic import ValidationError

from schemas.records import Record
from stream_processors.agreements import Excepted, Obligation
from stream_processors.attributes import Attributes, derive_attributes
from stream_processors.decide import Decider, Decision
from stream_processors.rule_set import RuleSet

OWN = [{"kind": ["crime"], "area": "own"}]
BARRED = prohibition("originator", when=[{"originator_control": "barred"}])


def receivers(hub: Hub, **parts: Any) -> set[str]:
    """The agencies that a crime goes to."""
    kind = parts.pop("kind", "crime")
    return {release.agency for release in hub.decide(event(kind, **parts)).releases}


def decide(rules: RuleSet, attributes: Attributes, now_ms: int = NOW_MS) -> Decision:
    """With a decider of its own."""
    return Decider(rules).decide(attributes, frozenset(), False, now_ms)


def shared(rules: RuleSet, attributes: Attributes, now_ms: int = NOW_MS) -> set[str]:
    """Agencies that receive."""
    return {bound.agency.id for bound in decide(rules, attributes, now_ms).shares}


def ms(text: str) -> int:
    """An ISO time in UTC, as milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


# -- areas ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lad", LADS.values())
def test_two_neighbours_never_share_one_area(lad: str) -> None:
    """With `area: own` a record goes to the one council of its place; to none where the place is unknown."""
    hub = Hub(unchecked_rule_set([agreement(share_when=OWN)]))
    assert receivers(hub, locations=at(lad)) == {name for name, code in LADS.items() if code == lad}
    assert receivers(hub, ref="R/2") == set()
    assert receivers(hub, ref="R/3", locations=at("X99")) == set()
    home = {"ref": "l2", "role": "HOME", "lad_code": "E08000037"}
    assert receivers(hub, ref="R/4", locations=[*at("E08000021"), home]) == {"council-a"}


def test_an_agency_without_an_area_has_none() -> None:
    """`area: own` of a national agency holds nowhere; of one with member forces, in these."""
    hub = Hub(unchecked_rule_set([agreement("bureau", share_when=OWN), agreement("squad", share_when=OWN)]))
    assert receivers(hub, locations=at()) == {"squad"}


def test_a_partnership_is_wider_than_an_authority() -> None:
    """`own-csp` reaches every authority of the agency's partnership; an agency without authorities has no partnership."""
    csp = [{"kind": ["crime"], "area": "own-csp"}]
    rules = unchecked_rule_set(
        [agreement(share_when=csp), agreement("squad", share_when=csp), agreement("bureau", share_when=csp)]
    )
    here = derive_attributes(event(locations=at("E08000021")))
    assert here.csps
    assert shared(rules, here) == {"council-a"}
    assert shared(rules, here._replace(lads=())) == {"council-a"}
    assert shared(rules, here._replace(csps=())) == set()


def test_a_member_force_is_who_recorded_it() -> None:
    """`own-force` asks for the originator, wherever it was; of an agency without member forces it is false, never unknown."""
    force = [{"kind": ["crime"], "area": "own-force"}]
    rules = unchecked_rule_set([agreement("squad", share_when=force), agreement("council", share_when=force)])
    decision = decide(rules, derive_attributes(event()))
    assert {bound.agency.id for bound in decision.shares} == {"squad"}
    assert decision.withheld == {"AREA": len(LADS)}


def test_an_unknown_area_is_said_to_be_unknown() -> None:
    """Withheld either way; the reason tells which."""
    rules = unchecked_rule_set([agreement(share_when=OWN)])
    assert decide(rules, derive_attributes(event())).withheld == {"AREA_UNKNOWN": 3}
    assert decide(rules, derive_attributes(event(locations=at()))).withheld == {"AREA": 2}


# -- originator control and consents ----------------------------------------------------------------------------------


def test_the_originator_controls_who_gets_it() -> None:
    """Only and except, by agency or by kind, where the national rule binds: it does whatever the agreements permit."""
    hub = Hub(unchecked_rule_set([agreement(), agreement("bureau"), agreement("squad")], [BARRED]))
    councils = set(LADS)
    cases: list[tuple[dict[str, list[str]], set[str]]] = [
        ({}, councils | {"bureau", "squad"}),
        ({"only": ["council"]}, councils),
        ({"only": ["council-b", "bureau"]}, {"council-b", "bureau"}),
        ({"except": ["council-a", "squad"]}, {"council-b", "council-c", "bureau"}),
        ({"only": ["council"], "except": ["council-b"]}, {"council-a", "council-c"}),
        ({"only": ["nobody-known"]}, set()),
        ({"except": ["nobody-known"]}, set()),
        ({"except": ["council-a", "Cuoncil-b"]}, set()),
        ({"only": ["Council "], "except": ["COUNCIL_B", "squad"]}, {"council-a", "council-c"}),
    ]
    for number, (control, wanted) in enumerate(cases):
        assert receivers(hub, ref=f"R/{number}", originator_control=control) == wanted, control


def consenting(until: str | None, agency: str = "council-a") -> Attributes:
    """A crime with one consent."""
    consents = [{"agency": agency, "until": until}]
    return derive_attributes(event(originator_control={"only": [], "except": [], "consents": consents}))


def test_a_consent_opens_until_its_last_day() -> None:
    """`given` needs one that names the agency or its kind and has not ended: its last day, in London, is included."""
    rules = unchecked_rule_set([agreement(share_when=[{"kind": ["crime"], "consent": "given"}])])
    assert shared(rules, derive_attributes(event())) == set()
    assert shared(rules, consenting(None)) == {"council-a"}
    assert shared(rules, consenting(None, "council")) == set(LADS)
    assert shared(rules, consenting(None, "bureau")) == set()
    assert shared(rules, consenting("2026-06-15")) == {"council-a"}
    assert shared(rules, consenting("2026-06-14")) == set()
    assert shared(rules, consenting("2026-06-15"), ms("2026-06-15T22:59:59")) == {"council-a"}
    assert shared(rules, consenting("2026-06-15"), ms("2026-06-15T23:00:00")) == set()


@pytest.mark.parametrize("until", ["2026-13-45", "next year", "20270101", "2027-1-1", "9999-99-99", ""])
def test_an_end_that_is_no_day_opens_nothing(until: str) -> None:
    """It is unknown whether such a consent runs: that permits nothing, and is no consent that has not ended."""
    given, lasting = ([{"kind": ["crime"], "consent": word}] for word in ("given", "not-ended"))
    attributes = consenting(None)
    assert attributes.control is not None
    unreadable = attributes._replace(control=attributes.control._replace(consents=(("council-a", until),)))
    assert shared(unchecked_rule_set([agreement(share_when=given)]), unreadable) == set()
    assert shared(unchecked_rule_set([agreement(share_when=lasting)]), unreadable) == {"council-b", "council-c"}


def test_one_ended_consent_ends_what_needs_none_ended() -> None:
    """`not-ended` holds without any consent, and no longer once one that names the agency has ended."""
    rules = unchecked_rule_set([agreement(share_when=[{"kind": ["crime"], "consent": "not-ended"}])])
    assert shared(rules, derive_attributes(event())) == set(LADS)
    assert shared(rules, consenting("2026-06-14")) == {"council-b", "council-c"}
    assert shared(rules, consenting("2026-06-14", "council")) == set()


# -- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "is_shared"),
    [
        ("2025-12-31T23:59:59", False),
        ("2026-01-01T00:00:00", True),
        ("2028-06-30T22:59:59", True),  # 23:59:59 in London: summer time
        ("2028-06-30T23:00:00", False),
    ],
)
def test_an_agreement_is_valid_from_its_first_to_its_last_london_day(now: str, is_shared: bool) -> None:
    """Both days included, and not a second longer: expiry needs nobody to act."""
    rules = unchecked_rule_set([agreement(valid_until="2028-06-30")])
    decision = decide(rules, derive_attributes(event()), ms(now))
    assert bool(decision.shares) == is_shared
    assert is_shared or set(decision.withheld) == {"AGREEMENT_NOT_VALID"}


EMBARGO = prohibition("embargo", when=[{"handling_instruction": ["EMBARGOED"]}])


@pytest.mark.parametrize(
    ("instruction", "now", "is_shared"),
    [
        ("EMBARGOED", "2030-01-01T00:00:00", False),
        ("EMBARGOED UNTIL 2026-06-15T09:00", "2026-06-15T07:59:59", False),  # 9 o'clock in London is 8 UTC in June
        ("EMBARGOED UNTIL 2026-06-15T09:00", "2026-06-15T08:00:00", True),
        ("EMBARGOED UNTIL 2026-06-15T09:00+00:00", "2026-06-15T08:59:59", False),
        ("EMBARGOED UNTIL 2026-06-16", "2026-06-15T22:59:59", False),
        ("EMBARGOED UNTIL 2026-06-16", "2026-06-15T23:00:00", True),
        ("EMBARGOED UNTIL further notice", "2026-06-15T23:00:00", False),
        ("EMBARGOED UNTIL ", "2026-06-15T23:00:00", False),
    ],
)
def test_an_embargo_binds_until_its_end(instruction: str, now: str, is_shared: bool) -> None:
    """To the second, in London's time where it names no zone; one whose end can't be read does not end. One decider, asked
    before and after: what it remembers of the embargo is not what stands after it."""
    rules = unchecked_rule_set([agreement(valid_until="2032-12-31")], [EMBARGO])
    attributes = derive_attributes(event())._replace(handling=(instruction,))
    decider = Decider(rules)
    for early in ("2026-06-01T00:00:00", now):
        decision = decider.decide(attributes, frozenset(), False, ms(early))
    assert bool(decision.shares) == is_shared


def test_an_hour_is_londons() -> None:
    """A line of hours asks for the local hour; one that is not known permits nothing and satisfies a prohibition."""
    night = [{"kind": ["crime"], "hour": ["00", "01"]}]
    permitting = unchecked_rule_set([agreement(share_when=night)])
    forbidding = unchecked_rule_set([agreement()], [prohibition("night", when=[{"hour": ["00", "01"]}])])
    for start, is_night in [
        ("2026-05-31T23:10:00Z", True),  # ten past midnight in London
        ("2026-06-01T00:10:00Z", True),
        ("2026-06-01T01:10:00Z", False),
        ("2026-01-01T00:10:00Z", True),
        ("2026-06-01", None),
    ]:
        attributes = derive_attributes(event(occurred={"start": start}))
        assert bool(shared(permitting, attributes)) == (is_night is True), start
        assert bool(shared(forbidding, attributes)) == (is_night is False), start


# -- what is asked, and what is not known -----------------------------------------------------------------------------


def test_quality_opens_from_its_score_on() -> None:
    """At least means at least; no score is unknown."""
    rules = unchecked_rule_set([agreement(share_when=[{"quality_at_least": 60}])])
    attributes = derive_attributes(event())
    assert [bool(shared(rules, attributes._replace(score=score))) for score in (None, 0, 59, 60, 100)] == [
        *(False, False, False),
        *(True, True),
    ]


def test_a_force_that_has_not_accepted_shares_nothing() -> None:
    """An agreement binds the forces that accepted it, one by one."""
    decision = decide(unchecked_rule_set([agreement()]), derive_attributes(event())._replace(force="kent"))
    assert not decision.shares
    assert decision.withheld == {"FORCE_HAS_NOT_ACCEPTED": 3}


@pytest.mark.parametrize("first", [FORCE, "kent"])
def test_what_is_remembered_of_one_force_is_not_said_of_another(first: str) -> None:
    """Rules may name forces: two records that differ in nothing else are decided each for itself, whichever came first."""
    rules = unchecked_rule_set([agreement()], [prohibition("not-theirs", when=[{"force": ["kent"]}], latch=True)])
    decider, attributes = Decider(rules), derive_attributes(event())
    for force in (first, FORCE, "kent"):
        decision = decider.decide(attributes._replace(force=force), frozenset(), False, NOW_MS)
        assert bool(decision.shares) == (force == FORCE)
        assert decision.latches == (frozenset(("not-theirs",)) if force == "kent" else frozenset())


def test_a_status_that_was_not_sent_may_be_any() -> None:
    """A thing of which nobody says what became of it may be stolen: that satisfies a prohibition and permits nothing."""
    stolen = [{"object_status": ["STOLEN"]}]
    permitting = unchecked_rule_set([agreement(share_when=stolen)])
    forbidding = unchecked_rule_set([agreement()], [prohibition("stolen", when=stolen)])
    plain = derive_attributes(event())
    for objects, permits, forbids in [
        ((), False, False),
        ((("VEHICLE", "found"),), False, False),
        ((("VEHICLE", None),), False, True),
        ((("VEHICLE", "stolen"),), True, True),
        ((("VEHICLE", "found"), ("DRUGS", None)), False, True),
    ]:
        attributes = plain._replace(objects=objects)
        assert bool(shared(permitting, attributes)) == permits
        assert bool(shared(forbidding, attributes)) != forbids


@pytest.mark.parametrize(
    ("parts", "shares"),
    [
        ({"markers": ["child"]}, 1),
        ({"markers": ["child", "protectd-person"]}, 0),
        ({"marking": {"tier": "OFFICIAL", "handling": ["FOR PUBLIC RELEASE"]}}, 1),
        ({"marking": {"tier": "OFFICIAL", "handling": ["POLICE EYES ONLY"]}}, 0),
    ],
)
def test_a_marker_or_instruction_that_nobody_knows_satisfies_a_prohibition(parts: Record, shares: int) -> None:
    """A mistyped marker may be the one that a rule is about, and an unknown instruction may restrict its readers: withheld."""
    rules = unchecked_rule_set(
        [agreement("council", share_when=OWN)],
        [prohibition("people"), prohibition("readers", when=[{"handling_instruction": ["RECIPIENTS ONLY"]}])],
    )
    assert len(shared(rules, derive_attributes(event(locations=at(), **parts)))) == shares


@pytest.mark.parametrize("line", [{"area": "own"}, {"consent": "given"}, {"consent": "not-ended"}])
def test_what_is_judged_for_all_agencies_asks_about_none(line: Record) -> None:
    """A field list and an exception are judged once for everybody: a line about the agency would be left out there, and what
    it was to hold back would open. Such a file does not load; nor does one where unknown is to open them."""
    reasoned = {"unknown": "share", "because": "a reason of this test"}
    for when in ({"kind": ["crime"]} | line, {"kind": ["crime"]} | reasoned):
        with pytest.raises(ValidationError):
            Obligation.model_validate({"keep": True, "when": [when]})
        with pytest.raises(ValidationError):
            Excepted.model_validate(
                {"agreement": "council", "gateway": "CDA1998-115", "reason": "a reason of this test", "when": [when]}
            )


def test_unknown_shares_where_a_clause_says_so() -> None:
    """With its reason, that clause alone; what is known to be otherwise still does not share."""
    told = {"crime_type": ["burglary"], "unknown": "share", "because": "a reason of this test"}
    rules = unchecked_rule_set([agreement(share_when=[told])])
    plain = derive_attributes(event())
    for crime_type, is_shared in [("burglary", True), ("UNMAPPED", True), (None, True), ("robbery", False)]:
        attributes = plain._replace(detail=plain.detail._replace(crime_type=crime_type))
        assert bool(shared(rules, attributes)) == is_shared


def test_the_memo_holds_what_decides_and_nothing_else() -> None:
    """Another person's name, another role that no rule asks for, another place of the same class, another hour: no new work.
    A role that decides, another council, a consent: judged or decided anew, each once."""
    asking = prohibition("suspects", when=[{"person_role": ["SUSPECT"]}])
    decider = Decider(unchecked_rule_set([agreement(share_when=OWN)], [asking]))

    def misses(attributes: Attributes) -> tuple[int, int]:
        before = tuple(decider.misses)
        decider.decide(attributes, frozenset(), False, NOW_MS)
        return decider.misses[0] - before[0], decider.misses[1] - before[1]

    named = [{"ref": "p1", "roles": ["VICTIM"], "surname": name} for name in ("Sample", "Example")]
    plain = derive_attributes(event(locations=at(), persons=named[:1]))
    victim = plain.persons[0]
    assert misses(plain) == (1, 1)
    assert misses(derive_attributes(event(ref="R/2", locations=at(), persons=named[1:]))) == (0, 0)
    assert misses(plain._replace(hour=494_540, score=3)) == (0, 0)
    assert misses(plain._replace(lads=("E08000021", "E07000026"))) == (0, 0)
    assert misses(plain._replace(lads=("E08000037",))) == (0, 1)
    assert misses(plain._replace(persons=(victim._replace(roles=("WITNESS",)),))) == (0, 0)
    assert misses(plain._replace(persons=(victim._replace(roles=("SUSPECT",)),))) == (1, 1)
    assert misses(plain._replace(control=consenting(None).control)) == (0, 1)
    assert misses(plain) == (0, 0)


def test_somebody_in_no_role_may_be_in_any() -> None:
    """Nobody knows what he or she is to the record: that satisfies a prohibition about a role, and permits nothing."""
    roles = [{"person_role": ["SUSPECT"]}]
    permitting, forbidding = (
        unchecked_rule_set([agreement(share_when=roles)]),
        unchecked_rule_set([agreement()], [prohibition("p", when=roles)]),
    )
    for sent, permits, forbids in [(["VICTIM"], False, False), ([], False, True), (["SUSPECT"], True, True)]:
        attributes = derive_attributes(event(persons=[{"ref": "p1", "roles": ["VICTIM"]}, {"ref": "p2", "roles": sent}]))
        assert bool(shared(permitting, attributes)) == permits
        assert bool(shared(forbidding, attributes)) != forbids
