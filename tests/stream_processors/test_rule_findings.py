"""Findings: each sort is found where it is planted, and the shipped rules have no error."""

from datetime import date
from typing import Any

import pytest
from core_hub import NOW_MS, agreement, event, prohibition, rule_set

from schemas.codes import Code
from schemas.records import Record
from stream_processors.decide import Decider
from stream_processors.rule_coverage import Coverage
from stream_processors.rule_findings import ERROR, NOTE, WARNING, Finding, find_in_rules
from stream_processors.rule_set import RuleSet, load_rule_set, shipped_parts

TODAY = date(2026, 6, 15)


def find(rules: RuleSet) -> list[Finding]:
    return find_in_rules(rules, Decider(rules), TODAY, NOW_MS)


def told(rules: RuleSet, code: Code, severity: str) -> set[tuple[str, str]]:
    return {(each.rule, each.where) for each in find(rules) if each.code is code and each.severity == severity}


def test_the_shipped_rules_have_no_error() -> None:
    """Nothing in them says what it can't do."""
    found = find(load_rule_set(shipped_parts()))
    assert [each for each in found if each.severity == ERROR] == []
    assert {each.code for each in found} >= {Code.FIELD_TO_NOBODY, Code.NOT_ACCEPTED}


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"share_when": [{"kind": ["crime"], "sub_type": ["asb"]}]}, "share_when[0]"),
        ({"share_when": [{"marker": ["soc"]}, {"marking": ["OFFICIAL-SENSITIVE"]}], "max_marking": "OFFICIAL"},
         "share_when[1]"),
        ({"share_when": [{"grade_handling": ["C"]}], "intelligence_handling": ["P"]}, "share_when[0]"),
        ({"share_when": [{"marker": ["soc"]}], "withhold_when": [{"marker": ["soc", "child"]}]}, "share_when[0]"),
        ({"share_when": [{"marker": ["protected-person"]}]}, "share_when[0]"),
        ({"withhold_when": [{"sub_type": ["asb"]}], "kinds": ["crime"]}, "withhold_when[0]"),
        ({"fields": {"envelope.kind": "keep", "crime.summary": {"keep": True, "when": [{"sub_type": ["asb"]}]}},
          "kinds": ["crime"]},
         "fields.crime.summary"),
        ({"fields": {"envelope.kind": "keep", "intelligence.text": "keep"}}, "fields.intelligence.text"),
        ({"fields": {"envelope.kind": "keep", "persons[none].surname": "keep"},
          "people": {"none": [{"role": ["VICTIM"], "not_role": ["VICTIM"]}]}}, "fields.persons[none].surname"),
        ({"valid_until": "2026-06-14", "review_on": "2026-06-01"}, "valid_until"),
    ],
)  # fmt: skip
def test_what_an_agreement_can_t_do_is_an_error(changes: Record, where: str) -> None:
    """A clause that shares or withholds nothing, a line that lets nothing leave, an agreement that has ended."""
    rules = [
        prohibition(),
        prohibition("source", when=[{"kind": ["intelligence"]}], effect="drop", drops=["intelligence.text"]),
    ]
    found = find(rule_set([agreement(**changes)], rules))
    assert [(each.rule, each.where) for each in found if each.severity == ERROR] == [("council", where)]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"when": [{"kind": ["crime"], "sub_type": ["asb"]}]}, "when[0]"),
        ({"excepted": [{"agreement": "council", "gateway": "CDA1998-115", "reason": "a reason of this test",
                        "when": [{"kind": ["crime"], "sub_type": ["asb"]}]}]}, "excepted.council"),
    ],
)  # fmt: skip
def test_a_prohibition_that_can_t_apply_is_an_error(changes: Record, where: str) -> None:
    """Nobody is protected by a rule that nothing meets."""
    assert ("a-rule", where) in told(rule_set([agreement()], [prohibition(**changes)]), Code.NEVER_HOLDS, ERROR)


def test_a_clause_that_adds_nothing_is_told_once() -> None:
    """Of two that are alike the second, of a wide and a narrow one the narrow one; never a mere neighbour."""
    share: list[Record] = [{"marker": ["soc"], "area": "own"}, {"marker": ["soc", "child"]}, {"marker": ["child", "soc"]}]
    found = told(rule_set([agreement(share_when=share)]), Code.OVERLAPS, WARNING)
    assert found == {("council", "share_when[0]"), ("council", "share_when[2]")}
    assert not told(rule_set([agreement(share_when=[{"marker": ["soc"]}, {"marker": ["child"]}])]), Code.OVERLAPS, WARNING)
    unknown = {"marker": ["soc"], "unknown": "share", "because": "a reason of this test"}
    assert not told(rule_set([agreement(share_when=[unknown, {"marker": ["soc", "child"]}])]), Code.OVERLAPS, WARNING)


@pytest.mark.parametrize(("until", "severity"), [("2026-06-20", WARNING), ("2026-07-10", WARNING), ("2026-07-20", None)])
def test_an_ending_is_told_thirty_days_ahead(until: str, severity: str | None) -> None:
    """Within 30 days a warning, within 7 a loud one; later nothing."""
    rules = rule_set([agreement(valid_until=until, review_on="2026-05-01")])
    found = [each for each in find(rules) if each.where == "valid_until"]
    assert [each.severity for each in found] == ([severity] if severity else [])
    assert [each.what.startswith("within a week") for each in found] == ([until == "2026-06-20"] if severity else [])
    assert ("council", "review_on") in told(rules, Code.EXPIRES, WARNING)


def test_fields_that_stay_and_forces_that_have_not_accepted_are_notes() -> None:
    """A field that some list lets leave is not among those that stay."""
    rules = rule_set([agreement(fields={"envelope.kind": "keep", "persons[VICTIM].surname": "keep"})])
    staying = {each.where: each.what.split(", ") for each in find(rules) if each.code is Code.FIELD_TO_NOBODY}
    assert "surname" not in staying["persons"] and "given_name" in staying["persons"] and "summary" in staying["crime"]
    assert told(rules, Code.NOT_ACCEPTED, NOTE) == {("council", "acceptances.csv")}


def coverage(rules: RuleSet, events: list[Record]) -> set[tuple[Code, str, str]]:
    counted = Coverage(rules, Decider(rules), NOW_MS)
    for each in events:
        counted.take(each, True)
    return {(each.code, each.rule, each.where) for each in counted.findings()}


def rules_for_coverage() -> RuleSet:
    fields: Record = {"envelope.kind": "keep", "crime.summary": {"keep": True, "when": [{"marker": ["soc"]}]}}
    first: dict[str, Any] = agreement(share_when=[{"marker": ["child"]}, {"marker": ["soc"]}], fields=fields)
    first["withhold_when"] = [{"marker": ["mappa"]}]
    excepted = [{"agreement": "bureau", "gateway": "CDA1998-115", "reason": "a reason of this test"}]
    barred = prohibition("barred", when=[{"originator_control": "barred"}])
    return rule_set([first, agreement("bureau")], [prohibition(excepted=excepted), barred])


def test_rules_that_no_record_met_are_told_and_those_that_one_met_are_not() -> None:
    """Each clause, each line with a condition, each prohibition, each exception."""
    rules = rules_for_coverage()
    never = {
        (Code.NEVER_MET, "council", "share_when[1]"),
        (Code.NEVER_MET, "council", "withhold_when[0]"),
        (Code.NEVER_MET, "council", "fields.crime.summary"),
        (Code.PROHIBITION_IDLE, "a-rule", "when"),
        (Code.PROHIBITION_IDLE, "barred", "when"),
        (Code.EXCEPTION_IDLE, "a-rule", "excepted.bureau"),
    }
    records = [event(markers=["child"])]
    assert coverage(rules, records) == never
    records.append(event(ref="R/2", markers=["soc"]))
    never -= {(Code.NEVER_MET, "council", "share_when[1]"), (Code.NEVER_MET, "council", "fields.crime.summary")}
    assert coverage(rules, records) == never
    records.append(event(ref="R/3", markers=["mappa"]))
    never -= {(Code.NEVER_MET, "council", "withhold_when[0]")}
    assert coverage(rules, records) == never
    records.append(event(ref="R/4", markers=["protected-person"]))
    never -= {(Code.PROHIBITION_IDLE, "a-rule", "when"), (Code.EXCEPTION_IDLE, "a-rule", "excepted.bureau")}
    assert coverage(rules, records) == never
    control = {"only": [], "except": ["bureau"], "consents": []}
    assert coverage(rules, [*records, event(ref="R/5", originator_control=control)]) == set()


def test_a_version_that_came_before_is_not_counted_again() -> None:
    """Resends and stale versions meet no rule; a record outside of the window latches and counts nothing."""
    rules = rules_for_coverage()
    counted = Coverage(rules, Decider(rules), NOW_MS)
    counted.take(event(markers=["soc"]), False)
    counted.take(event(markers=["soc"]), True)
    assert counted.records == 0 and (Code.NEVER_MET, "share_when[1]") in {(e.code, e.where) for e in counted.findings()}
