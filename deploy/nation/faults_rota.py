"""A force's faults in an order that leaves none out: each once, then by weight.

Chosen by weight alone, a small nation would lack most dead letters: only a few small forces have a stock client.
"""

from random import Random

from deploy.nation.fault import FLAG, OUTBOX, STOCK, Fault
from deploy.nation.faults import FAULTS, choose_fault
from deploy.nation.habits import habit_of
from deploy.nation.places import territorial_forces
from schemas.kinds import KINDS
from schemas.records import Record

_STRIDE = {OUTBOX: 1, STOCK: 4}
"""Faults between the beginnings of two forces: five stock forces come by all dead letters in four faults each."""
_REFUSED_A_FLAG = {OUTBOX: 1, STOCK: 4}
"""Refused ones to one flagged: what a stock client does wrong has no door to be found at."""


class FaultRota:
    """One force's. The same wherever it is made."""

    def __init__(self, force: str) -> None:
        self._route = route = habit_of(force).route
        forces = [each for each in territorial_forces() if habit_of(each).route == route]
        refused = [fault for fault in FAULTS.values() if route in fault.routes and fault.stage != FLAG]
        flagged = [fault for fault in FAULTS.values() if route in fault.routes and fault.stage == FLAG]
        first = forces.index(force) * _STRIDE[route]
        self._left = _alternate(_rotate(refused, first), _rotate(flagged, first), _REFUSED_A_FLAG[route])

    def choose(self, kind: str, submission: Record, chance: Random) -> Fault | None:
        """The next that can befall this submission, as rendered without a fault; once all have had their turn, by weight."""
        for number, fault in enumerate(self._left):
            if (fault.kinds is None or kind in fault.kinds) and fault.applies(KINDS[kind], submission):
                return self._left.pop(number)
        return choose_fault(self._route, kind, submission, chance)


def _rotate(faults: list[Fault], first: int) -> list[Fault]:
    start = first % len(faults)
    return faults[start:] + faults[:start]


def _alternate(refused: list[Fault], flagged: list[Fault], times: int) -> list[Fault]:
    """So many refused, then a flagged one, and so on; at the end what is left of either."""
    mixed: list[Fault] = []
    for number, fault in enumerate(flagged):
        mixed += [*refused[number * times : (number + 1) * times], fault]
    return mixed + refused[len(flagged) * times :]
