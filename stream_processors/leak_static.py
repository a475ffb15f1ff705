"""The static leak check: over all feeds of one organisation together, what a field list gives away that it means to withhold.

Two sorts of finding. *Carries*: a kept field can carry the content of one that is dropped or coarsened (a text, a reference, a
sibling). *Beside*: one organisation has an identified and a de-identified view of the same records, or one feed keeps whole
what another coarsens. Each is right only where the agreement says why (`carries`, `beside`). Pure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from schemas import reference
from stream_processors.agreements import Agreement, Prohibition
from stream_processors.bindings import Bound
from stream_processors.leak_carriers import (
    CARRIERS,
    COARSER,
    GRAINS,
    IDENTITY,
    NAMES,
    NUMBERS,
    ONLY_WHERE_NARROWED,
    PLACES,
    TEXTS,
    TIME_GRAIN,
    TIMES,
)
from stream_processors.leak_lines import ALL, Line, bare, lines_of

LEAST_REASON = 10
"""Characters of a reason: a word is none."""

_PAST = frozenset(TEXTS) - {"intelligence.sanitised_text"}
"""Texts that a rule which hides names must take away too. An intelligence report has no offence, so a rule about offences is
never known not to hold for it and would take every text; here the force's own sanitising stands for the rule, and the agreement
says why under `carries`."""


class Finding(NamedTuple):
    """Something that a feed may give away."""

    agreement: str
    clause: str
    """The clause of the agreement in which its reason would stand: `carries` or `beside`; `fields`: no reason would do."""
    key: str
    """The field or the other agreement that the reason would be for."""
    told: tuple[str, ...]
    """What it tells of."""
    reason: str = ""
    """Why that is right, as the agreement says it; empty: nothing says so."""

    @property
    def place(self) -> tuple[str | int, ...]:
        """Where in the agreement's file: the clause in which its reason would stand, or the field list."""
        return ("beside", self.key) if self.clause == "beside" else ("fields",) if self.key != TIME_GRAIN else (TIME_GRAIN,)

    @property
    def found(self) -> str:
        """What was found."""
        told = ", ".join(self.told[:4]) + (f" and {len(self.told) - 4} more" if len(self.told) > 4 else "")
        if self.clause == "beside":
            return f"another view of one organisation, {self.key}, of the same records: this one withholds {told}"
        return f"{self.key}, which can carry {told}"

    @property
    def expected(self) -> str:
        """What would be right."""
        if self.clause == "fields":
            return "not to be kept: no reason would do"
        return f"a reason under {self.clause}.{self.key}" + ("" if self.clause == "beside" else ", or not to be kept")

    def __str__(self) -> str:
        return f"{self.agreement}: {self.found}: {self.expected}"


def find_leaks(
    agreements: Sequence[Agreement], prohibitions: Iterable[Prohibition], bound: Mapping[str, Sequence[Bound]]
) -> list[Finding]:
    """Everything that no agreement gives a reason for, in the order of the agreements' names."""
    return [finding for finding in find_carried(agreements, prohibitions, bound) if not finding.reason]


def find_carried(
    agreements: Sequence[Agreement], prohibitions: Iterable[Prohibition], bound: Mapping[str, Sequence[Bound]]
) -> list[Finding]:
    """Everything that a feed may give away, with the reasons that the agreements give."""
    found = [finding for agreement in agreements for finding in _in_one(agreement)]
    rules = list(prohibitions)
    found += [finding for rule in rules for finding in _past(rule, rules, agreements)]
    for one, other in combinations(agreements, 2):
        if not set(one.kinds).isdisjoint(other.kinds) and _are_together(bound.get(one.id, ()), bound.get(other.id, ())):
            found += _beside(one, other)
    return sorted(found)


def _in_one(agreement: Agreement) -> Iterator[Finding]:
    lines, told = lines_of(agreement), dict[str, dict[str, None]]()
    for line in lines:
        if line.is_kept:
            found = (*_carried(line, lines), *_finer_place(line, lines), *_finer_time(line, lines), *_unmasked(line, lines))
            told.setdefault(line.path, {}).update(dict.fromkeys(found))
    coarse = [line for line in lines if _is_coarse_time(line)]
    if any(GRAINS.get(str(line.obligation.generalise), 0) > GRAINS[agreement.time_grain] for line in coarse):
        told[TIME_GRAIN] = {line.path: None for line in coarse}
    reasons = {bare(path): reason for path, reason in agreement.carries.items()}  # with the list's selectors or without
    for key, paths in told.items():
        if paths:
            yield Finding(agreement.id, "carries", key, tuple(paths), _reason(reasons.get(key)))


def _carried(line: Line, lines: Sequence[Line]) -> Iterator[str]:
    """What the line's field can carry and the list withholds from the same people."""
    if line.path == "objects.identifier" and line.chosen.isdisjoint(("*", "TELEPHONE", "EMAIL")):
        return
    for path in CARRIERS.get(line.path, ()):
        others = [other for other in lines if other.path == path]
        if line.path in ONLY_WHERE_NARROWED:
            withheld = any(other.is_narrowed or other.chosen != ALL for other in others if other.meets(line.chosen))
        else:
            kept = frozenset[str]().union(*(other.chosen for other in others if other.is_kept and not other.obligation.when))
            wanted = line.chosen if path.partition(".")[0] == line.path.partition(".")[0] else ALL
            withheld = "*" not in kept and not wanted <= kept
        if withheld:
            yield path


def _finer_place(line: Line, lines: Sequence[Line]) -> Iterator[str]:
    """Fields of the same places that were coarsened to more than this one is."""
    level = PLACES.get(line.path)
    if level is None:
        return
    for other in lines:
        if (
            other.path in PLACES
            and other.is_narrowed
            and other.path != line.path
            and other.meets(line.chosen)
            and level < _coarseness(other)
        ):
            yield other.path


def _coarseness(line: Line) -> int:
    how = line.obligation
    name = f"decimals {how.decimals}" if how.decimals is not None else str(how.generalise)
    return COARSER.get(name, max(COARSER.values()))


def _is_coarse_time(line: Line) -> bool:
    return line.path in TIMES and line.obligation.generalise is not None


def _finer_time(line: Line, lines: Sequence[Line]) -> Iterator[str]:
    if line.path in TIMES:
        yield from (other.path for other in lines if _is_coarse_time(other))


def _unmasked(line: Line, lines: Sequence[Line]) -> Iterator[str]:
    """A pseudonym beside what the person is known by is none."""
    if line.path in (*NAMES, *NUMBERS, "persons.telephone", "persons.email"):
        hidden = [other for other in lines if other.obligation.pseudonymise and other.meets(line.chosen)]
        yield from (other.path for other in hidden if other.path.startswith("persons.") and other.path != line.path)


def _past(prohibition: Prohibition, rules: Sequence[Prohibition], agreements: Sequence[Agreement]) -> Iterator[Finding]:
    """Texts that leave although a national rule takes persons' names away: no agreement can give a reason for that. What
    another rule takes away under the same conditions is gone too."""
    dropped = {bare(path) for path in prohibition.drops}
    excepted = {each.agreement for each in prohibition.excepted}
    if not dropped.issuperset(NAMES):  # it takes a field, and hides nobody
        return
    dropped |= {bare(path) for rule in rules if _hold_together(rule, prohibition) for path in rule.drops}
    for agreement in agreements:
        for line in lines_of(agreement):
            if line.is_kept and line.path in _PAST and line.path not in dropped and agreement.id not in excepted:
                yield Finding(agreement.id, "fields", line.path, (f"whom {prohibition.id} hides",))


def _hold_together(rule: Prohibition, other: Prohibition) -> bool:
    """Whether one rule holds and is excepted wherever the other is."""
    names = {group for group in (*rule.people, *rule.places) if group in other.people or group in other.places}
    alike = all((rule.people.get(n), rule.places.get(n)) == (other.people.get(n), other.places.get(n)) for n in names)
    return alike and rule.latch == other.latch and rule.when == other.when and rule.excepted == other.excepted


def _beside(one: Agreement, other: Agreement) -> Iterator[Finding]:
    """What one of two feeds of an organisation withholds and the other gives, of records that both may have."""
    for narrow, wide in ((one, other), (other, one)):
        mine, theirs = lines_of(narrow), lines_of(wide)
        coarse = [line for line in mine if line.is_narrowed]
        told = {line.path for line in coarse for kept in theirs if kept.path == line.path and _gives(kept, line)}
        if _identifies(theirs) and not _identifies(mine):
            told |= {line.path for line in theirs if line.path in IDENTITY and line.is_kept}
        if told:
            reason = _reason(narrow.beside.get(wide.id)) or _reason(wide.beside.get(narrow.id))
            yield Finding(narrow.id, "beside", wide.id, tuple(sorted(told)), reason)


def _gives(kept: Line, line: Line) -> bool:
    return kept.is_kept and kept.meets(line.chosen)


def _identifies(lines: Sequence[Line]) -> bool:
    return any(line.path in IDENTITY and line.is_kept for line in lines)


def _are_together(ones: Sequence[Bound], others: Sequence[Bound]) -> bool:
    return any(_are_one(one, other) for one in ones for other in others)


def _are_one(one: Bound, other: Bound) -> bool:
    """One agency, one council by name, or a partnership and an authority in its area: its members read both feeds."""
    first, second = one.agency, other.agency
    if first.id == second.id or (organisation_of(first.name) and organisation_of(first.name) == organisation_of(second.name)):
        return True
    kinds = reference.partner_kinds()
    sectors = {kinds[agency.kind].sector if agency.kind in kinds else "" for agency in (first, second)}
    return sectors == {"partnership", "local-authority"} and not first.lads.isdisjoint(second.lads)


def organisation_of(name: str) -> str:
    """The body of which an agency is a part, by its name: a council's teams are one organisation."""
    head, found, _ = name.partition(" Council")
    return head + found if found else name


def _reason(text: str | None) -> str:
    return text.strip() if text is not None and len(text.strip()) >= LEAST_REASON else ""
