"""What befalls the nation once in a window: a major incident, a force that falls silent, a force whose quality collapses."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from deploy.nation import rates
from deploy.nation.calendar import HOUR_MS, hour_of_week
from deploy.nation.places import territorial_forces
from schemas import reference, reference_geography

MAJOR_INCIDENT, SILENT, COLLAPSING = "major-incident", "silent-force", "collapsing-force"
MAJOR_TIMES = 10
"""Incidents in the area of a major incident, against the usual rate."""
MAJOR_LEAST = 30
"""Logs of a major incident at least, however small the scale."""
COLLAPSED_FAULTS = 0.5
"""Share of the rows of a collapsed force that have a fault."""
_MAJOR_CATEGORIES = ("TRN_RAIL_AIR_MARINE", "PSW_ILLNESS_INJURY", "PSW_NATURAL")


class Episode(NamedTuple):
    """One of them. Times are UTC milliseconds; `lad` and `category` only of a major incident."""

    kind: str
    force: str
    from_ms: int
    until_ms: int
    lad: str = ""
    category: str = ""


def plan_episodes(seed: int, start_ms: int, hours: int) -> tuple[Episode, ...]:
    """The three of them. The same whichever forces are asked for; never more than a third of the window each.

    The silent and the collapsing force lie outside the areas of the agencies that are bound to one: these are to be tried on
    something in each window.
    """
    chance = random.Random(f"{seed}:episodes")  # noqa: S311 - reproducible
    window = hours * HOUR_MS
    forces = _forces_without_agencies()
    silent, collapsing = chance.sample(forces, 2)
    lads = _lads(chance.choice(_forces_with_agencies()))
    lad = chance.choice(lads)
    force = reference_geography.local_authorities()[lad].force
    major = _busiest_hour(start_ms, hours)
    return (
        Episode(MAJOR_INCIDENT, force or "", major, major + min(HOUR_MS, window // 3), lad, chance.choice(_MAJOR_CATEGORIES)),
        Episode(SILENT, silent, start_ms + window * 55 // 100, start_ms + window * 80 // 100),
        Episode(COLLAPSING, collapsing, start_ms + window * 70 // 100, start_ms + window),
    )


def _busiest_hour(start_ms: int, hours: int) -> int:
    """Within the middle half of the window, the hour in which most happens anyway."""
    among = range(hours // 4, max(hours // 4 + 1, hours * 3 // 4))
    curve = rates.curve("incident")
    return start_ms + max(among, key=lambda hour: curve[hour_of_week(start_ms + hour * HOUR_MS)]) * HOUR_MS


def find_episode(episodes: Sequence[Episode], kind: str, force: str) -> Episode | None:
    """The episode of this kind that befalls the force, if it does."""
    return next((episode for episode in episodes if episode.kind == kind and episode.force == force), None)


def _lads(force: str) -> list[str]:
    bound = {lad for agency in reference.agencies().values() for lad in agency.lad_codes}
    return sorted(
        lad.code for lad in reference_geography.local_authorities().values() if lad.force == force and lad.code in bound
    )


def _forces_with_agencies() -> list[str]:
    return [force for force in territorial_forces() if _lads(force)]


def _forces_without_agencies() -> list[str]:
    return [force for force in territorial_forces() if not _lads(force)]
