"""What became of the versions of a record, from what the force knows and what the hub shows it. Pure.

The hub decides on a submission and commits its offset in one transaction, so everything below the committed offset is
decided: it is a dead letter, or it was accepted.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

Place = tuple[int, int]
"""Partition and offset on the force's submission topic."""


class Known(NamedTuple):
    """A version that the outbox knows. `place` None: not delivered, or nobody remembered where."""

    version: int
    place: Place | None = None
    is_waiting: bool = False
    is_held: bool = False


class Told(NamedTuple):
    """A version that the hub refused, as its dead letter tells: the letter, its code, and where the submission stood."""

    letter_id: str
    code: str
    version: int
    place: Place


class Hub(NamedTuple):
    """How far the hub is, by partition of the submission topic."""

    decided_below: Mapping[int, int]
    """The committed offset of the stage `standardise`."""
    letters_from: Mapping[int, int] | None = None
    """Dead letters are kept for submissions from this offset on; older ones have run out. None: all are still there."""


class State(StrEnum):
    """What became of a version."""

    ACCEPTED = "accepted"
    DEAD_LETTERED = "dead-lettered"
    SUPERSEDED = "superseded"
    """Dead-lettered, and a later version of the record is known: nothing needs to be mended."""
    WAITING = "waiting"
    """In the outbox, or on its way to the hub's decision."""
    HELD = "held"
    """The broker refuses it for itself; it is kept in the outbox, and never sent again."""
    DECIDED = "decided"
    """Accepted or dead-lettered: so long ago that its dead letter would have run out."""
    DELIVERED = "delivered"
    """On the submission topic, nobody remembers where."""


class Fate(NamedTuple):
    """What became of one version. `letter_id` and `code` are empty where it was not refused."""

    version: int
    state: State
    letter_id: str = ""
    code: str = ""


def tell_fates(known: Iterable[Known], letters: Iterable[Told], hub: Hub) -> list[Fate]:
    """One fate for each version known, rising. `letters` are those of this record, oldest first."""
    told = list(letters)
    by_place, by_version = {each.place: each for each in told}, {each.version: each for each in told}
    versions = {each.version: Known(each.version, each.place) for each in told} | {each.version: each for each in known}
    last = max(versions, default=0)
    fates = []
    for version, each in sorted(versions.items()):
        letter = by_version.get(version) if each.place is None else by_place.get(each.place)
        state = _state(each, letter, hub, last)
        is_told = letter is not None and state in (State.DEAD_LETTERED, State.SUPERSEDED)
        fates.append(Fate(version, state, letter.letter_id, letter.code) if letter and is_told else Fate(version, state))
    return fates


def _state(known: Known, letter: Told | None, hub: Hub, last: int) -> State:
    if letter is None and known.place is not None and _is_decided(known.place, hub):
        return State.ACCEPTED if _is_kept(known.place, hub) else State.DECIDED
    if known.is_held or known.is_waiting:  # after the above: what is sent once more was accepted all the same
        return State.HELD if known.is_held else State.WAITING
    if letter is not None:
        return State.SUPERSEDED if known.version < last else State.DEAD_LETTERED
    return State.DELIVERED if known.place is None else State.WAITING


def _is_decided(place: Place, hub: Hub) -> bool:
    partition, offset = place
    return offset < hub.decided_below.get(partition, 0)


def _is_kept(place: Place, hub: Hub) -> bool:
    """Whether a dead letter of what stood there would still be there."""
    partition, offset = place
    return hub.letters_from is None or hub.letters_from.get(partition, offset + 1) <= offset
