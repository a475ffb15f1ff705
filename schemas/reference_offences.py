"""Offences in the three national code systems, and what becomes of a crime.

Recorded-crime codes (`8N`), Home Office classifications (`008/06`) and CJS offence codes (`OF61102`) are different lists: a
code of one is never read as one of another. Each row says whether the offence is one whose victim the law keeps anonymous,
and whether it is one of modern slavery: `Y`, `N`, or `UNKNOWN` where the code holds both sorts or can't be told. The rules and
their reasons are in `tests/reference_flags.py`, which makes the columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from schemas.reference_files import cells, load, rows

UNKNOWN = "UNKNOWN"
"""A flag that can't be told. A prohibition reads it as yes, a permission as no."""


@dataclass(frozen=True, slots=True)
class Offence:
    """A recorded-crime code. `police_uk_category` is inferred from the group and may be empty.

    `sexual`: whether the Sexual Offences (Amendment) Act 1992 covers it. `status`: `current-2018`, `post-2018`, or `closed` for
    a code that is used for outcomes of old crimes only.
    """

    code: str
    label: str
    group: str
    subgroup: str
    police_uk_category: str
    sexual: str
    modern_slavery: str
    status: str


@dataclass(frozen=True, slots=True)
class HoOffence:
    """A Home Office classification `NNN/NN`. A generic one is used only where the exact one is not known.

    `recorded_code`: the recorded-crime code that it is counted under; empty where this can't be told.
    """

    code: str
    group: str
    title: str
    is_generic: bool
    sexual: str
    modern_slavery: str
    recorded_code: str


@dataclass(frozen=True, slots=True)
class CjsOffence:
    """A CJS offence code: what is charged. `category`: CE either way, CI indictable, CS summary, CM summary motoring and others
    of the list `offence_category`; empty for a code that only the PNC's list has.
    """

    code: str
    category: str
    sexual: str
    modern_slavery: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A public outcome. `ho_outcome_types` are Home Office outcome types 1 to 22."""

    id: str
    name: str
    ho_outcome_types: tuple[int, ...]


@cache
def offences() -> dict[str, Offence]:
    """Every recorded-crime code, by code."""
    return {offence.code: offence for offence in load("offence_codes.csv", Offence)}


@cache
def ho_offences() -> dict[str, HoOffence]:
    """Every Home Office classification, by code."""
    return {
        code: HoOffence(code, group, title, generic == "Y", sexual, slavery, recorded)
        for code, group, title, generic, sexual, slavery, recorded in cells("ho_offences.csv")
    }


@cache
def cjs_offences() -> dict[str, CjsOffence]:
    """Every CJS offence code of the courts' and the PNC's lists, by code."""
    found = {}
    for act, category, sexual, slavery, runs in cells("cjs_offences.csv"):
        for code in _codes(act, runs):
            found[code] = CjsOffence(code, category, sexual, slavery)
    return found


def _codes(act: str, runs: str) -> Iterator[str]:
    """The codes of one Act: `001-003 007A` under `MD71` are MD71001, MD71002, MD71003 and MD71007A."""
    for run in runs.split():
        first, _, last = run.partition("-")
        if last:
            yield from (f"{act}{number:03}" for number in range(int(first), int(last) + 1))
        else:
            yield act + first


@cache
def sexual_crime_types() -> dict[str, str]:
    """Public crime type to Y, N, or UNKNOWN where its offences are not all of one sort. Codes that are closed don't count.

    Anti-social behaviour is no crime and has no offence: it is not here, nor is any type without an offence.
    """
    by_type: dict[str, set[str]] = {}
    for offence in offences().values():
        if offence.police_uk_category and offence.status != "closed":
            by_type.setdefault(offence.police_uk_category, set()).add(offence.sexual)
    return {slug: found.pop() if len(found) == 1 else UNKNOWN for slug, found in by_type.items()}


@cache
def police_uk_categories() -> dict[str, str]:
    """Public crime types: id to name as printed in the files."""
    return {row["id"]: row["name"] for row in rows("police_uk_categories.csv")}


@cache
def outcomes() -> dict[str, Outcome]:
    """Public outcomes, by id."""
    return {outcome.id: outcome for outcome in load("outcomes.csv", Outcome)}


@cache
def ho_outcome_types() -> dict[int, str]:
    """Home Office outcome types 1 to 22, with their names."""
    return {int(row["type"]): row["name"] for row in rows("ho_outcome_types.csv")}
