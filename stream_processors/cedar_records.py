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
from stream_processors.conditions import Groups
from stream_processors.group_bits import GroupBits
from stream_processors.national import UNMAPPED
from stream_processors.rule_set import RuleSet
from stream_processors.weighing import consent_runs

Entity = dict[str, Any]
"""An entity in Cedar's JSON form."""

_HOUR_MS = 3_600_000


def agency_entities(rules: RuleSet) -> list[Entity]:
    """Every agency that an agreement of the set is bound to, and its kind."""
    agencies = {bound.agency.id: bound.agency for rule in rules.agreements for bound in rules.bound[rule.id]}
    found = [entity("Kind", kind, {}) for kind in sorted({agency.kind for agency in agencies.values()})]
    for agency in agencies.values():
        csps = {csp for lad in agency.lads if (csp := csp_of_lad(lad))}
        sets = {"names": {agency.id, agency.kind}, "lads": agency.lads, "csps": csps, "forces": agency.forces}
        parents = [{"type": "Kind", "id": agency.kind}]
        found.append(entity("Agency", agency.id, {name: sorted(values) for name, values in sets.items()}, parents))
    return found


class RecordEntities:
    """Makes entities of records for one rule set: its conditions on groups are worked out with them."""

    def __init__(self, rules: RuleSet) -> None:
        named: list[Agreement | Prohibition] = [*rules.agreements, *rules.prohibitions]
        self._names = rules.names
        self._groups = GroupBits([(rule.id, Groups(rule.people, rule.places)) for rule in named])
        self._masks = {
            condition_name(rule.id, list_name, quantifier, group): self._groups.ask(quantifier, list_name, rule.id, group)
            for rule in named
            for clause in clauses_of(rule)
            for list_name, quantified in (("persons", clause.persons), ("locations", clause.places))
            for quantifier, group in (quantified.conditions() if quantified is not None else ())
        }

    def entity(self, name: str, attributes: Attributes, latched: frozenset[str], *, closed: bool, now_ms: int) -> Entity:
        """One record at this time (UTC milliseconds), under whatever name; no text and no identifier of it is in the entity."""
        attributes = without_ended_embargo(attributes, now_ms)
        view, (only, barred, consents) = view_of(attributes), attributes.control or ((), (), ())
        day = local_day(now_ms // _HOUR_MS).isoformat()
        running = [(agency, consent_runs(until, day)) for agency, until in consents]
        known, possible = self._groups.bits(attributes.persons, attributes.places)
        sets = {line: sorted(view.record[line] or ()) for line in LINES} | {
            "unknown": [line for line in LINES if view.record[line] is None or UNMAPPED in (view.record[line] or ())],
            "lads": sorted(set(attributes.lads)),
            "csps": sorted(set(attributes.csps)),
            "only": sorted(set(only)),
            "barred": sorted(set(barred)),
            "consents": sorted({agency for agency, _ in consents}),
            "consents_ended": sorted({agency for agency, runs in running if runs is False}),
            "consents_unclear": sorted({agency for agency, runs in running if runs is None}),
            "known": sorted(condition for condition, mask in self._masks.items() if known & mask),
            "possible": sorted(condition for condition, mask in self._masks.items() if possible & mask),
            "latched": sorted(latched),
        }
        said = {"barred_unclear": not self._names.issuperset(barred), "closed": closed}
        return entity("Record", name, sets | said | ({} if view.score is None else {"score": view.score}))


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
