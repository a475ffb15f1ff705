"""A force's own rhythm: how often it is heard in each hour of the week, and how much silence is too much. Pure.

Time is cut into slots of five minutes. A slot counts as heard where at least one tally of the force stands in it, however
many records it tells of: a force that sends a file a day is heard once a day, one that streams is heard all the time.

**The rule.** An hour of the week in which a share p of the slots was heard has the rate -ln(1 - p) a slot: what a steady
trickle (a Poisson process) with that share would have. The rates of the slots since the force was last heard add up to the
number of times that it would have been heard by now, and the chance of hearing nothing is e to the minus that number. It is
silent where that chance is below one in a million, and three slots have passed.

A rate is estimated from the force's own slots of this hour of the week; as long as they are few, from this hour of any day; as
long as those are few, from its own mean, bent by how the whole nation does in this hour of the week. Slots in which nobody was
heard do not count: then it is the hub that hears nothing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SLOT_MS = 300_000
"""Five minutes."""
SLOTS_PER_HOUR = 12
HOURS_PER_WEEK = 168
SLOTS_PER_WEEK = SLOTS_PER_HOUR * HOURS_PER_WEEK
SLOTS_REMEMBERED = 288
"""Slots that are known one by one: a day."""
_SLOTS_FULL = SLOTS_PER_HOUR * 8
"""Where an hour of the week has so many slots (eight weeks), both its counts are halved: what was long ago fades."""
_MONDAY = 3 * 24
"""Hours from a Monday's midnight to 1970-01-01T00:00Z, a Thursday."""

CHANCE = 1e-6
"""A silence less likely than this is no chance. Each pause between two messages is a trial, and a nation has ten thousand of
them a day: at one in a thousand ten forces a day would be called silent by chance alone.
"""
MOST_HEARD = 0.9
"""No hour counts as heard in more than this share of its slots: three empty slots at least are needed, a quarter of an hour."""
FEWEST_SLOTS = 3
FEWEST_HEARD, FEWEST_SEEN = 24, 72
"""A force that was heard in fewer slots than 24, or watched for less than six hours, has no rhythm yet: one that sends once in
two hours has one after two days, one that sends a file a day after three weeks and a half.
"""
_BORROWED_SLOTS = 6.0
"""The weight of what is borrowed, in slots: an hour that was seen once counts twice as much."""
_LEAST_BEND, _MOST_BEND = 0.1, 3.0


@dataclass(slots=True)
class Rhythm:
    """When one force was heard. A slot is a number: five minutes since 1970-01-01T00:00Z."""

    last_slot: int = -1
    heard: list[int] = field(default_factory=lambda: [0] * HOURS_PER_WEEK)
    """Slots heard, by hour of the week in UTC (0: Monday's first)."""
    seen: list[int] = field(default_factory=lambda: [0] * HOURS_PER_WEEK)
    """Slots that have passed, up to `last_slot`: what follows is judged, and is no part of what it is judged by."""
    recent: int = 0
    """The last `SLOTS_REMEMBERED` slots: bit n is set where `last_slot` - n was heard."""

    def hear(self, at_ms: int) -> None:
        """Something of this force stands at `at_ms`. What is older than the last slot changes nothing but its bit."""
        slot = at_ms // SLOT_MS
        if self.last_slot < 0:
            self.last_slot, self.recent = slot, 1
            self._count(slot, 1)
            return
        for passed in range(max(self.last_slot + 1, slot - SLOTS_PER_WEEK), slot):
            self._count(passed, 0)
        step = slot - self.last_slot
        if step > 0:
            self._count(slot, 1)
            self.recent = (self.recent << min(step, SLOTS_REMEMBERED) | 1) & _ALL_REMEMBERED
            self.last_slot = slot
        elif -step < SLOTS_REMEMBERED:
            self.recent |= 1 << -step

    def _count(self, slot: int, heard: int) -> None:
        hour = hour_of_week(slot)
        self.seen[hour] += 1
        self.heard[hour] += heard
        if self.seen[hour] >= _SLOTS_FULL:
            self.seen[hour] //= 2
            self.heard[hour] = round(self.heard[hour] / 2)


_ALL_REMEMBERED = (1 << SLOTS_REMEMBERED) - 1


@dataclass(frozen=True, slots=True)
class Silence:
    """How long a force has been quiet, judged by its own rhythm."""

    slots: int
    """Whole slots since it was last heard in which others were heard."""
    expected: float
    """How often it would have been heard in them."""
    is_silent: bool


def hour_of_week(slot: int) -> int:
    """0: Monday from midnight to one, UTC; 167: Sunday's last hour."""
    return (slot // SLOTS_PER_HOUR + _MONDAY) % HOURS_PER_WEEK


def judge_silence(rhythms: Mapping[str, Rhythm], now_ms: int) -> dict[str, Silence]:
    """The silence of each force at `now_ms`, UTC milliseconds."""
    known = [rhythm for rhythm in rhythms.values() if rhythm.last_slot >= 0]
    latest = max((rhythm.last_slot for rhythm in known), default=-1)
    anybody = 0
    for rhythm in known:
        if latest - rhythm.last_slot < SLOTS_REMEMBERED:
            anybody |= rhythm.recent << (latest - rhythm.last_slot)
    nation = _nation_rates(known)
    end = min(now_ms // SLOT_MS, latest + 1)  # a slot that still runs is no silence; behind the latest nobody was heard
    return {force: _judge(rhythm, nation, anybody, latest, end) for force, rhythm in rhythms.items()}


def _judge(rhythm: Rhythm, nation: Sequence[float | None], anybody: int, latest: int, end: int) -> Silence:
    if sum(rhythm.heard) < FEWEST_HEARD or sum(rhythm.seen) < FEWEST_SEEN:
        return Silence(0, 0.0, False)
    rates = _Rates(rhythm, nation)
    slots, expected = 0, 0.0
    for slot in range(max(rhythm.last_slot + 1, end - SLOTS_PER_WEEK), end):
        age = latest - slot
        if age >= SLOTS_REMEMBERED or anybody >> age & 1:
            slots += 1
            expected += rates.of(hour_of_week(slot))
    return Silence(slots, expected, slots >= FEWEST_SLOTS and expected > -math.log(CHANCE))


class _Rates:
    """Rates of one force by hour of the week, worked out when asked for."""

    def __init__(self, rhythm: Rhythm, nation: Sequence[float | None]) -> None:
        self._rhythm = rhythm
        self._mean = _rate(sum(rhythm.heard), sum(rhythm.seen))
        # The nation's mean over the same hours as the force's own: one that was heard at night only is not bent twice.
        weighed = [(seen, rate) for seen, rate in zip(rhythm.seen, nation, strict=True) if rate is not None]
        total = sum(seen for seen, _ in weighed)
        self._nation_mean = sum(seen * rate for seen, rate in weighed) / total if total else 0.0
        self._nation = nation

    def of(self, hour: int) -> float:
        """Times heard, per slot of this hour of the week."""
        rhythm, of_day = self._rhythm, range(hour % 24, HOURS_PER_WEEK, 24)
        mean = 1 - math.exp(-self._mean * self._bend(hour))
        daily = _blend(sum(rhythm.heard[each] for each in of_day), sum(rhythm.seen[each] for each in of_day), mean)
        return -math.log(1 - min(_blend(rhythm.heard[hour], rhythm.seen[hour], daily), MOST_HEARD))

    def _bend(self, hour: int) -> float:
        rate = self._nation[hour]
        if rate is None or not self._nation_mean:
            return 1.0
        return min(max(rate / self._nation_mean, _LEAST_BEND), _MOST_BEND)


def _nation_rates(known: Sequence[Rhythm]) -> list[float | None]:
    """Mean rate of all forces, by hour of the week; None where nobody has a slot in it."""
    rates: list[float | None] = []
    for hour in range(HOURS_PER_WEEK):
        of_hour = [_rate(each.heard[hour], each.seen[hour]) for each in known if each.seen[hour]]
        rates.append(sum(of_hour) / len(of_hour) if of_hour else None)
    return rates


def _rate(heard: float, seen: float) -> float:
    return -math.log(1 - min(heard / seen, MOST_HEARD)) if seen else 0.0


def _blend(heard: int, seen: int, borrowed: float) -> float:
    """A share of slots, of which the fewer were seen the more is borrowed."""
    return (heard + _BORROWED_SLOTS * borrowed) / (seen + _BORROWED_SLOTS)
