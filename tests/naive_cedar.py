"""A record as a Cedar entity, made by the naive evaluator's side: what the hub's own export of it must equal."""

from collections.abc import Iterator
from typing import Any

from naive_facts import Facts
from naive_rules import Case, person_of, place_of, quantified, runs

from stream_processors.agreements import Agreement, Prohibition
from stream_processors.clauses import Clause
from stream_processors.rule_set import RuleSet


def entity_of(name: str, case: Case, rules: RuleSet) -> dict[str, Any]:
    """The entity, from facts and groups as the naive evaluator sees them."""
    facts, attributes = case.facts, case.attributes
    control = attributes.control
    consents = control.consents if control else ()
    running = {(agency, runs(until, case.day)) for agency, until in consents}
    truths = dict(_conditions(rules, facts))
    values: dict[str, Any] = {line: sorted(fact.values) for line, fact in facts.record.items()}
    sets: dict[str, Any] = {
        "unknown": {line for line, fact in facts.record.items() if not fact.complete},
        "lads": attributes.lads,
        "csps": attributes.csps,
        "only": control.only if control else (),
        "barred": control.barred if control else (),
        "consents": {agency for agency, _ in consents},
        "consents_ended": {agency for agency, runs in running if runs == 0},
        "consents_unclear": {agency for agency, runs in running if runs == 0.5},
        "known": {condition for condition, truth in truths.items() if truth == 1},
        "possible": {condition for condition, truth in truths.items() if truth > 0},
        "latched": case.latched,
    }
    values |= {label: sorted(set(found)) for label, found in sets.items()}
    values |= {"closed": case.closed, "barred_unclear": bool(set(control.barred if control else ()) - rules.names)}
    if facts.score is not None:
        values["score"] = facts.score
    return {"uid": {"type": "Record", "id": name}, "attrs": values, "parents": []}


def in_order(entity: dict[str, Any]) -> dict[str, Any]:
    """The entity with its sets in one order: Cedar knows none."""
    attrs = {name: sorted(value) if isinstance(value, list) else value for name, value in entity["attrs"].items()}
    return entity | {"attrs": attrs}


def _conditions(rules: RuleSet, facts: Facts) -> Iterator[tuple[str, float]]:
    for agreement in rules.agreements:
        whens = [clause for obligation in agreement.fields.values() for clause in obligation.when]
        yield from _of_rule(agreement, [*agreement.share_when, *agreement.withhold_when, *whens], facts)
    for prohibition in rules.prohibitions:
        whens = [clause for excepted in prohibition.excepted for clause in excepted.when]
        yield from _of_rule(prohibition, [*prohibition.when, *whens], facts)


def _of_rule(rule: Agreement | Prohibition, clauses: list[Clause], facts: Facts) -> Iterator[tuple[str, float]]:
    for clause in clauses:
        for quantifier in ("any", "every", "none", "subject"):
            if clause.persons is not None and (group := getattr(clause.persons, quantifier)):
                people = [person_of(group, at, rule.people, facts) for at in range(len(facts.persons))]
                yield f"{rule.id}:persons.{quantifier}.{group}", quantified(quantifier, people, facts)
            if clause.places is not None and (group := getattr(clause.places, quantifier)):
                places = [place_of(group, at, rule.people, rule.places, facts) for at in range(len(facts.places))]
                yield f"{rule.id}:locations.{quantifier}.{group}", quantified(quantifier, places, facts)
