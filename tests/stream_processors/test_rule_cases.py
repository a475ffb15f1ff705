"""The shipped rules by their cases: each says what of a record leaves to one agency, and no part of a rule is idle."""

import pytest
from rule_cases import WITHHELD, Case, cases, changes, outcome, shipped_rules

from stream_processors.decide import Decider


@pytest.fixture(scope="module")
def decider() -> Decider:
    return Decider(shipped_rules())


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.rule}: {case.note}")
def test_a_case_comes_to_what_its_file_says(decider: Decider, case: Case) -> None:
    """Withheld, or just these fields."""
    assert outcome(shipped_rules(), decider, case) == case.want


def test_each_rule_has_a_case_that_shares_and_one_that_withholds() -> None:
    """Of an agreement: a record. Of a prohibition: the record or fields of it, against a case of its own that has them."""
    rules = shipped_rules()
    for agreement in rules.agreements:
        wants = [case.want for case in cases() if case.rule == agreement.id]
        assert WITHHELD in wants and any(want != WITHHELD for want in wants), agreement.id
    for prohibition in rules.prohibitions:
        wants = [tuple(case.want) for case in cases() if case.rule == prohibition.id]
        assert len(set(wants)) > 1, prohibition.id


def test_no_part_of_a_rule_is_idle() -> None:
    """Whatever rule, clause, exception, latch or condition of a field is taken out, some case of that rule comes to something
    else: a rule that changes nothing would be decoration."""
    idle = []
    for change in changes():
        decider = Decider(change.rules)
        own = [case for case in cases() if case.rule == change.rule]
        if all(outcome(change.rules, decider, case) == case.want for case in own):
            idle.append(change.what)
    assert idle == []
