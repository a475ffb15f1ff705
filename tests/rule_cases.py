"""Cases of the shipped rules: a record, one agency, and what of it leaves. Data in `tests/rules`, one file for each rule.

A case: `note`; `agency`; `given`: the `kind` and parts of a native submission; `earlier`: the same of a version before it;
`day` on which it is decided; `want`: `withheld`, or the fields that leave, list positions left aside.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from core_hub import NOW_MS, event

from schemas.records import Record
from stream_processors.agreements import Agreement, Prohibition
from stream_processors.attributes import Attributes, derive_attributes
from stream_processors.bindings import Bound
from stream_processors.decide import Decider
from stream_processors.projection import compile_projection
from stream_processors.rule_set import RuleSet, load_rule_set, shipped_parts

FOLDER = Path(__file__).parent / "rules"
WITHHELD = "withheld"


class Case(NamedTuple):
    """One case, its records made."""

    rule: str
    note: str
    agency: str
    record: Record
    attributes: Attributes
    earlier: Attributes | None
    now_ms: int
    want: Any


@cache
def shipped_rules() -> RuleSet:
    """The rule set that the cases are about."""
    return load_rule_set(shipped_parts())


@cache
def cases() -> tuple[Case, ...]:
    """Every case of every file."""
    return tuple(_read(path.stem, said) for path in sorted(FOLDER.glob("*.yaml")) for said in yaml.safe_load(path.read_text()))


def _read(rule: str, said: Record) -> Case:
    record = make_record(said["given"])
    earlier = derive_attributes(make_record(said["earlier"])) if "earlier" in said else None
    day = said.get("day")
    now_ms = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000) if day else NOW_MS
    return Case(rule, said["note"], said["agency"], record, derive_attributes(record), earlier, now_ms, said["want"])


def make_record(given: Record) -> Record:
    """The standard record of a case."""
    parts = {name: value for name, value in given.items() if name != "kind"}
    if given["kind"] == "intelligence":
        parts = {"grading": {"source": "1", "assessment": "A", "handling": "P"}, **parts}
    return event(given["kind"], **parts)


def outcome(rules: RuleSet, decider: Decider, case: Case) -> Any:
    """What the case comes to under these rules."""
    latched: frozenset[str] = frozenset()
    if case.earlier is not None:
        latched = decider.decide(case.earlier, latched, False, case.now_ms).latches
    decision = decider.decide(case.attributes, latched, False, case.now_ms)
    bound = next((bound for bound in decision.shares if bound.agency.id == case.agency), None)
    if bound is None:
        return WITHHELD
    sanitising = decision.sanitising[bound.agreement.id]
    dropped = [path for rule in sorted(sanitising.drops) for path in rules.drops[rule]]
    sanitiser = rules.projections[bound.agreement.id].narrowed(dropped, sanitising.held)
    return sorted(set(leaving(sanitiser.apply(case.record, decider.members(case.attributes), lambda _name, _value: "x"))))


def leaving(value: Any, path: str = "") -> Iterator[str]:
    """Paths of what leaves, list positions left aside."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaving(part, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for part in value:
            yield from leaving(part, path)
    elif value not in (None, []):
        yield path


class Change(NamedTuple):
    """The shipped rules with one thing taken out of them, and which rule it was taken out of."""

    what: str
    rule: str
    rules: RuleSet


def changes() -> Iterator[Change]:
    """Every rule, clause, exception, clause of an exception and condition of a field, each taken out by itself."""
    rules = shipped_rules()
    for agreement in rules.agreements:
        yield Change(agreement.id, agreement.id, _with_agreements(rules, agreement, None))
        for name in ("share_when", "withhold_when"):
            for at, less in _each_less(getattr(agreement, name)):
                changed = agreement.model_copy(update={name: less})
                yield Change(f"{agreement.id}: {name}[{at}]", agreement.id, _with_agreements(rules, agreement, changed))
        yield from _without_conditions(rules, agreement)
    for prohibition in rules.prohibitions:
        yield Change(prohibition.id, prohibition.id, _with_prohibitions(rules, prohibition, None))
        for name in ("when", "excepted"):
            for at, less in _each_less(getattr(prohibition, name)):
                changed_rule = prohibition.model_copy(update={name: less})
                yield Change(
                    f"{prohibition.id}: {name}[{at}]", prohibition.id, _with_prohibitions(rules, prohibition, changed_rule)
                )
        for at, excepted in enumerate(prohibition.excepted):
            if excepted.when:
                always = (*prohibition.excepted[:at], excepted.model_copy(update={"when": ()}), *prohibition.excepted[at + 1 :])
                changed_rule = prohibition.model_copy(update={"excepted": always})
                yield Change(
                    f"{prohibition.id}: excepted[{at}].when",
                    prohibition.id,
                    _with_prohibitions(rules, prohibition, changed_rule),
                )
        if prohibition.latch:
            changed_rule = prohibition.model_copy(update={"latch": False})
            yield Change(f"{prohibition.id}: latch", prohibition.id, _with_prohibitions(rules, prohibition, changed_rule))


def _without_conditions(rules: RuleSet, agreement: Agreement) -> Iterator[Change]:
    for path, obligation in agreement.fields.items():
        if obligation.when:
            fields = {**agreement.fields, path: obligation.model_copy(update={"when": ()})}
            changed = agreement.model_copy(update={"fields": fields})
            yield Change(f"{agreement.id}: fields.{path}.when", agreement.id, _with_agreements(rules, agreement, changed))


def _each_less(listed: tuple[Any, ...]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    return ((at, (*listed[:at], *listed[at + 1 :])) for at in range(len(listed)))


def _with_agreements(rules: RuleSet, out: Agreement, into: Agreement | None) -> RuleSet:
    listed = tuple(into if each is out else each for each in rules.agreements if each is not out or into is not None)
    if into is None:
        return replace(rules, agreements=listed)
    bound = {**rules.bound, into.id: tuple(Bound(into, each.agency) for each in rules.bound[into.id])}
    return replace(rules, agreements=listed, bound=bound, projections={**rules.projections, into.id: compile_projection(into)})


def _with_prohibitions(rules: RuleSet, out: Prohibition, into: Prohibition | None) -> RuleSet:
    listed = tuple(into if each is out else each for each in rules.prohibitions if each is not out or into is not None)
    return replace(rules, prohibitions=listed)
