"""Weigh: what the rules make of a matter, an agency's own part put in: what permits, and every reason against. Pure."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from stream_processors.areas import OWN_LINES, Own
from stream_processors.attributes import Control
from stream_processors.bindings import Bound
from stream_processors.compiled_rules import CompiledAgreement, Judged, Open
from stream_processors.conditions import Truth, both, either


class AgencyTruths(NamedTuple):
    """What the originator's words on the record say of one agency."""

    given: Truth
    not_ended: Truth
    barred: Truth


_NO_WORD = AgencyTruths(False, True, False)


def sort_out(
    grouped: tuple[tuple[Own, tuple[Bound, ...]], ...], control: Control | None, day: str, known: frozenset[str]
) -> Iterator[tuple[Own, AgencyTruths, tuple[Bound, ...]]]:
    """Agencies of one agreement that are alike to its clauses."""
    for own, bounds in grouped:
        if control is None:
            yield own, _NO_WORD, bounds
            continue
        alike: dict[AgencyTruths, list[Bound]] = {}
        for bound in bounds:
            alike.setdefault(agency_truths(bound, control, day, known), []).append(bound)
        for truths, some in alike.items():
            yield own, truths, tuple(some)


def agency_truths(bound: Bound, control: Control | None, day: str, known: frozenset[str]) -> AgencyTruths:
    """An agency is meant by its id or its kind; a barred name that is not `known` may mean any. ISO dates compare as text."""
    if control is None:
        return _NO_WORD
    names = bound.names
    running: list[Truth] = [consent_runs(until, day) for agency, until in control.consents if agency in names]
    not_ended = both(running)
    given = both((bool(running), not_ended))
    if (control.only and names.isdisjoint(control.only)) or not names.isdisjoint(control.barred):
        return AgencyTruths(given, not_ended, True)
    return AgencyTruths(given, not_ended, False if known.issuperset(control.barred) else None)


def consent_runs(until: str | None, day: str) -> Truth:
    """Whether a consent that ends with this day still runs; None where the day can't be read."""
    if until is None:
        return True
    return until >= day if _is_day(until) else None


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    """Whether it is a day of the calendar as YYYY-MM-DD; only these compare as text."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def fixed_reasons(compiled: CompiledAgreement, accepted: bool, closed: bool, day: str) -> tuple[str, ...]:
    """Reasons against every agency that the matter has no part in."""
    reasons = []
    if closed:
        reasons.append("CLOSED_BY_ORIGINATOR")
    agreement = compiled.agreement
    if not agreement.valid_from.isoformat() <= day <= agreement.valid_until.isoformat():
        reasons.append("AGREEMENT_NOT_VALID")
    if not accepted:
        reasons.append("FORCE_HAS_NOT_ACCEPTED")
    return tuple(reasons)


def weigh(judged: Judged, fixed: tuple[str, ...], own: Own, agency: AgencyTruths) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Clauses that permit, and every reason against; it is shared where there is none against."""
    against = [*fixed, *judged.against]
    for clause in judged.withholding:
        if both((clause.truth, _on_agency(clause, own, agency))) is not False and clause.name not in against:
            against.append(clause.name)
    truths = [(clause, both((clause.truth, _on_agency(clause, own, agency)))) for clause in judged.sharing]
    permits = tuple(c.name for c, truth in truths if truth is True or (truth is None and c.unknown_shares))
    if not permits:
        against.append(_why_not(truths))
    return permits, tuple(against)


def _on_agency(clause: Open, own: Own, agency: AgencyTruths) -> Truth:
    """What hangs on the agency of one clause."""
    if not clause.agency:
        return True
    return both(_agency_line(name, value, own, agency) for name, value in clause.agency)


def _agency_line(name: str, value: str, own: Own, agency: AgencyTruths) -> Truth:
    if name == "area":
        return own[OWN_LINES.index(value)]
    if name == "consent":
        return agency.given if value == "given" else agency.not_ended
    return agency.barred


def _why_not(truths: list[tuple[Open, Truth]]) -> str:
    """The nearest that a clause came: what was wanting."""
    without_agency = either(clause.truth for clause, _ in truths)
    if without_agency is False:
        return "CONDITION"
    if without_agency is None:
        return "CONDITION_UNKNOWN"
    wanting = [(clause, truth) for clause, truth in truths if clause.truth is True]
    lines = sorted({name.upper() for clause, _ in wanting for name, _ in clause.agency})
    return "_".join([*lines, "UNKNOWN"] if any(truth is None for _, truth in wanting) else lines)
