"""Records and agencies as Cedar entities, and what to ask of them, by the mapping of `cedar_export.py`. Pure."""

from collections.abc import Iterator
from typing import Any

from schemas.reference_geography import csp_of_lad
from stream_processors.ages import local_day
from stream_processors.agreements import Agreement, Prohibition
from stream_processors.attribute_views import view_of, without_ended_embargo
from stream_processors.attributes import Attributes
from stream_processors.bindings import Bound
from stream_processors.cedar_export import LINES, condition_name
from stream_processors.clauses import Clause
from stream_processors.conditions import Groups, Matter, Truth, quantified_of, quantify
from stream_processors.national import UNMAPPED
from stream_processors.rule_set import RuleSet
from stream_processors.weighing import consent_runs

Entity = dict[str, Any]
"""An entity in Cedar's JSON form."""

_HOUR_MS = 3_600_000


def agency_entities(rules: RuleSet) -> list[Entity]:
    """Every agency that an agreement of the set is bound to, and its kind."""
    agencies = {bound.agency.id: bound.agency for bounds in rules.bound.values() for bound in bounds}
    found = [entity("Kind", kind, {}) for kind in sorted({agency.kind for agency in agencies.values()})]
    for agency in agencies.values():
        csps = {csp for lad in agency.lads if (csp := csp_of_lad(lad))}
        sets = {"names": {agency.id, agency.kind}, "lads": agency.lads, "csps": csps, "forces": agency.forces}
        parents = [{"type": "Kind", "id": agency.kind}]
        found.append(entity("Agency", agency.id, {name: sorted(values) for name, values in sets.items()}, parents))
    return found


def record_entity(
    name: str, attributes: Attributes, rules: RuleSet, latched: frozenset[str], *, closed: bool, now_ms: int
) -> Entity:
    """One record at this time (UTC milliseconds), under whatever name; no text and no identifier of it is in the entity."""
    attributes = without_ended_embargo(attributes, now_ms)
    matter = Matter(view_of(attributes))
    view, control = matter.view, attributes.control
    only, barred, consents = control or ((), (), ())
    day = local_day(now_ms // _HOUR_MS).isoformat()
    running = [(agency, consent_runs(until, day)) for agency, until in consents]
    known, possible = _conditions(matter, rules)
    sets = {line: sorted(view.record[line] or ()) for line in LINES} | {
        "unknown": [line for line in LINES if view.record[line] is None or UNMAPPED in (view.record[line] or ())],
        "lads": sorted(set(attributes.lads)),
        "csps": sorted(set(attributes.csps)),
        "only": sorted(set(only)),
        "barred": sorted(set(barred)),
        "consents": sorted({agency for agency, _ in consents}),
        "consents_ended": sorted({agency for agency, runs in running if runs is False}),
        "consents_unclear": sorted({agency for agency, runs in running if runs is None}),
        "known": known,
        "possible": possible,
        "latched": sorted(latched),
    }
    said = {"barred_unclear": not rules.names.issuperset(barred), "closed": closed}
    score = {} if view.score is None else {"score": view.score}
    return entity("Record", name, sets | said | score)


def entity(kind: str, name: str, attrs: dict[str, Any], parents: list[Entity] | None = None) -> Entity:
    """An entity in Cedar's JSON form."""
    return {"uid": {"type": kind, "id": name}, "attrs": attrs, "parents": parents or []}


def request(group: str, bound: Bound, record: str, now_ms: int) -> Entity:
    """The question of this group of actions (share, whole, field) for one agency."""
    day = local_day(now_ms // _HOUR_MS).isoformat()
    return {
        "principal": {"type": "Agency", "id": bound.agency.id},
        "action": {"type": "Action", "id": f"{group}/{bound.agreement.id}"},
        "resource": {"type": "Record", "id": record},
        "context": {"today": {"__extn": {"fn": "datetime", "arg": day}}},
    }


def _conditions(matter: Matter, rules: RuleSet) -> tuple[list[str], list[str]]:
    """Names of the conditions on groups that are known to hold, and of those that may."""
    truths: dict[str, Truth] = {}
    named: list[Agreement | Prohibition] = [*rules.agreements, *rules.prohibitions]
    for rule in named:
        groups = Groups(rule.people, rule.places)
        for clause in clauses_of(rule):
            for list_name, quantified in quantified_of(clause):
                for quantifier, group in quantified.conditions():
                    found = matter.people(groups, group) if list_name == "persons" else matter.places(groups, group)
                    truth = quantify(quantifier, found, matter.concerned)
                    truths[condition_name(rule.id, list_name, quantifier, group)] = truth
    return (
        sorted(name for name, truth in truths.items() if truth is True),
        sorted(name for name, truth in truths.items() if truth is not False),
    )


def clauses_of(rule: Agreement | Prohibition) -> Iterator[Clause]:
    """Every clause of a rule, wherever it stands."""
    if isinstance(rule, Prohibition):
        yield from rule.when
        for excepted in rule.excepted:
            yield from excepted.when
        return
    yield from rule.share_when
    yield from rule.withhold_when
    for obligation in rule.fields.values():
        yield from obligation.when
