"""Three engines on the same records: the hub's, a naive evaluator, and Cedar on the exported policies: the same answers.

`make oracles` compares 100,000 pairs and more; here are some thousand, and the proof that a difference would be found.
"""

from dataclasses import replace

import cedarpy
import pytest
from core_hub import agreement, prohibition, rule_set
from oracles_run import Oracle, Tally, compare, random_asked, run
from rule_maker import random_rules

from stream_processors.cedar_export import export_policies, export_schema, quote
from stream_processors.clauses import Clause
from stream_processors.decide import Decider
from stream_processors.rule_set import RuleSet


def test_three_engines_decide_alike() -> None:
    """Decision, determining clauses, drops, lines of field lists and latches, for records of the nation under the rules that
    ship and for random records under random rules; the hub's export of each record is the naive evaluator's; both occur."""
    tally = run(pairs=6_000, seed=3)
    assert tally.differences == []
    assert tally.pairs >= 6_000
    assert all(tally.seen[name] >= 20 for name in ("shares", "drops", "CONDITION", "AREA", "PROHIBITION", "WITHHOLD_WHEN"))


def _without(rules: RuleSet) -> RuleSet:
    """The rule set with neither prohibitions nor `withhold_when`: bound as before."""
    agreements = tuple(each.model_copy(update={"withhold_when": ()}) for each in rules.agreements)
    bound = {a.id: tuple(replace(each, agreement=a) for each in rules.bound[a.id]) for a in agreements}
    return replace(rules, agreements=agreements, prohibitions=(), bound=bound)


def test_an_engine_that_forgets_a_rule_is_found() -> None:
    """The comparison sees a decider that knows no prohibition, and a Cedar that was given no forbid of theirs."""
    rules = random_rules(3)[1]
    asked = list(random_asked(3, 60))
    for engines in ({"decider": Decider(_without(rules))}, {"oracle": Oracle(_without(rules))}):
        tally = Tally()
        compare(rules, asked, tally, **engines)
        assert tally.differences
    same = Tally()
    compare(rules, asked, same)
    assert same.differences == []


@pytest.mark.parametrize("seed", range(8))
def test_policies_fit_their_schema(seed: int) -> None:
    """Whatever the language can say is exported to policies that Cedar accepts under the exported schema, each with an id."""
    rules = random_rules(seed)[1]
    policies = export_policies(rules)
    assert cedarpy.validate_policies(policies, export_schema(rules)).validation_passed
    assert policies.count("@id(") == policies.count("permit (") + policies.count("forbid (")
    for rule in rules.prohibitions:
        assert policies.count(f'@id("PROHIBITION:{rule.id} when[') == len(rule.when)
    for each in rules.agreements:
        assert policies.count(f'@id("{each.id}:share_when[') == len(each.share_when)


def test_a_policy_of_another_schema_is_found() -> None:
    """The check above sees a policy that asks for what no record has."""
    rules = rule_set([agreement()])
    broken = export_policies(rules).replace("resource.marking", "resource.colour")
    assert not cedarpy.validate_policies(broken, export_schema(rules)).validation_passed


@pytest.mark.parametrize("text", ['a"b', "back\\slash", "line\nbreak", "\\u{41}", "é ü", "nul\0", "*", "\\b\x08"])
def test_words_are_quoted_for_cedar(text: str) -> None:
    """Whatever a rule file names arrives in the policy as that text, and never as anything else of the policy's language."""
    # The loader takes no such word: the export does not count on that.
    rules = rule_set([agreement()], [prohibition("words")])
    clause = Clause(offence_group=(text, 'x"] || true || ["y'))
    [words] = rules.prohibitions
    rules = replace(rules, prohibitions=(words.model_copy(update={"when": (clause,)}),))
    policies = export_policies(rules)
    assert cedarpy.validate_policies(policies, export_schema(rules)).validation_passed
    asked = cedarpy.is_authorized(
        {"principal": 'U::"a"', "action": 'Action::"b"', "resource": 'R::"c"', "context": {"text": text}},
        f"permit (principal, action, resource) when {{ context.text == {quote(text)} }};",
        [],
    )
    assert asked.allowed
