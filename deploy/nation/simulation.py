"""The engine: hour by hour, force by force, each record's life goes on, is written down, and its truth is noted.

Each force has its own chance, so one force's bytes do not hang on which others are simulated. Memory: what is pending, and
the finite population; both level out, whatever the number of hours.
"""

import heapq
import random
from collections.abc import Callable, Iterator, Sequence

from deploy.nation import rates
from deploy.nation.births import life_of_incident, make_incident, make_report, make_search
from deploy.nation.births_crime import make_crime
from deploy.nation.calendar import HOUR_MS, hour_of_week
from deploy.nation.episodes import (
    COLLAPSED_FAULTS,
    COLLAPSING,
    MAJOR_INCIDENT,
    MAJOR_LEAST,
    MAJOR_TIMES,
    SILENT,
    Episode,
    find_episode,
)
from deploy.nation.fault import OUTBOX
from deploy.nation.habits import habit_of
from deploy.nation.lives import choose_step, delay_ms
from deploy.nation.population import Population
from deploy.nation.scene import Scene
from deploy.nation.sendings import Life, Row, Sending, Writer
from deploy.nation.territory import Territory
from deploy.nation.truth_keeper import TruthKeeper
from deploy.nation.turns import turn

_LATE = 0.015
"""Share of new records that reach the hub hours after they were recorded."""
_CATCH_UP = 8
"""How much quicker than it came to be a silent force sends what has gathered, once it speaks again."""
_SPACE_MS = 72_000
"""Between two versions of a record, at least: some systems write times to the minute, and two in one would look alike."""


_Due = tuple[int, int, Life, Sending | None]
"""Time (UTC, milliseconds), order, life, and the row that is sent then; None: the life's next step is due."""


class ForceSimulation:
    """One force of the nation."""

    def __init__(
        self,
        force: str,
        population: Population,
        seed: int,
        scale: float,
        fault_rate: float,
        episodes: Sequence[Episode],
        keeper: TruthKeeper,
    ) -> None:
        self.force = force
        self._chance = random.Random(f"{seed}:{force}")  # noqa: S311 - reproducible
        self._territory = Territory(force, population, self._chance)
        self._writer = Writer(habit_of(force), population.relation, self._chance)
        self._fault_rate = fault_rate
        self._major = find_episode(episodes, MAJOR_INCIDENT, force)
        self._silent = find_episode(episodes, SILENT, force)
        self._collapsing = find_episode(episodes, COLLAPSING, force)
        self._keeper = keeper
        self._due: list[_Due] = []
        self._order = 0
        self._usual = {kind: rates.per_hour(kind, force) * scale for kind in rates.KINDS_OF_BIRTH}

    @property
    def route(self) -> str:
        """`outbox` or `stock`."""
        return self._writer.route

    def hour(self, from_ms: int) -> Iterator[Row]:
        """The rows of the hour that begins at `from_ms`, in the order in which the force sends them."""
        self._bear(from_ms)
        until_ms = from_ms + HOUR_MS
        due, silent = self._due, self._silent
        while due and due[0][0] < until_ms:
            at_ms, order, life, sending = heapq.heappop(due)
            if silent and silent.from_ms <= at_ms < silent.until_ms:
                later_ms = silent.until_ms + (at_ms - silent.from_ms) // _CATCH_UP  # in order, and quicker than it came
                life.not_before_ms = max(life.not_before_ms, later_ms)
                heapq.heappush(due, (life.not_before_ms, order, life, sending))  # its old order: never behind what came after
            elif at_ms < life.not_before_ms:  # something of the same record waits still: not past it
                heapq.heappush(due, (life.not_before_ms, order, life, sending))
            elif sending is None:
                self._step(life, at_ms)
            else:
                yield self._send(sending, at_ms)

    def _await(self, at_ms: int, life: Life, sending: Sending | None = None) -> None:
        self._order += 1
        heapq.heappush(self._due, (at_ms, self._order, life, sending))

    def _bear(self, from_ms: int) -> None:
        """What begins in this hour."""
        week_hour = hour_of_week(from_ms)
        for kind in rates.KINDS_OF_BIRTH:
            expected = self._usual[kind] * rates.curve(kind)[week_hour] / 1000
            for _ in range(int(expected + self._chance.random())):
                at = from_ms + int(self._chance.random() * HOUR_MS)
                life, scene = _BIRTHS[kind](self._territory, at)
                self._begin(life, scene, at)
        if self._major and from_ms <= self._major.from_ms < from_ms + HOUR_MS:
            self._bear_major(self._major, week_hour)

    def _bear_major(self, major: Episode, week_hour: int) -> None:
        """Ten times the usual incidents of one area: nine times as many more, and at least so many that one sees it."""
        share = dict(rates.lads(self.force))[major.lad]
        length = major.until_ms - major.from_ms
        usual = self._usual["incident"] * rates.curve("incident")[week_hour] / 1000 * share * length / HOUR_MS
        streets = self._territory.streets_in(major.lad)
        scenes_of_it = streets[:3]  # one thing has happened, seen from a few streets
        for number in range(max(MAJOR_LEAST, int((MAJOR_TIMES - 1) * usual + self._chance.random()))):
            place = scenes_of_it[number % len(scenes_of_it)]
            at = major.from_ms + int(self._chance.random() * length)
            self._begin("log", make_incident(self._territory, at, place, major.category), at)

    def _begin(self, name: str, scene: Scene, at_ms: int) -> None:
        life = Life(name, scene, self._writer.reference(scene))
        self._territory.begin(scene.kind, life.reference)
        life.step = choose_step(name, scene, self._chance)
        if self._chance.random() < _LATE:
            life.is_late = True
            at_ms += int(HOUR_MS * (1 + 5 * self._chance.random()))
        self._await(at_ms, life)

    def _step(self, life: Life, at_ms: int) -> None:
        """The life takes its step: the scene changes, its rows are made, and the step after that is chosen."""
        step, scene = life.step, life.scene
        if step is None:
            self._keeper.forget(life.record)
            return
        if not life.is_late:
            scene.recorded_ms = at_ms
        life.is_late = False
        self._territory.turn_to(life.reference)
        born = turn(scene, step.state, self._territory)
        if born is not None:
            self._begin(*born)
        life.step, last_ms = choose_step(life.name, scene, self._chance), at_ms
        for sending_ms, sending in self._writer.write(life, at_ms, self._rate(at_ms)):
            self._await(sending_ms, life, sending)
            last_ms = max(last_ms, sending_ms)
        wait_ms = delay_ms(life.step, self._chance) if life.step is not None else 0
        self._await(max(at_ms + wait_ms, last_ms + _SPACE_MS), life)

    def _rate(self, at_ms: int) -> float:
        is_collapsed = self._collapsing is not None and self._collapsing.from_ms <= at_ms < self._collapsing.until_ms
        return COLLAPSED_FAULTS if is_collapsed else self._fault_rate

    def _send(self, sending: Sending, at_ms: int) -> Row:
        life = sending.life
        if sending.outcome == "NEW" and self.route == OUTBOX:
            life.version += 1  # as the outbox counts: what its door lets in
        version = life.version if self.route == OUTBOX else sending.version
        self._keeper.note(
            life.scene,
            life.record,
            0 if sending.outcome == "REFUSED" else version,
            at_ms,
            sending.outcome,
            sending.mentions,
            sending.code,
            sending.flags,
            sending.hides,
        )
        return Row(sending.content, sending.outcome, sending.code, sending.flags)


_BIRTHS: dict[str, Callable[[Territory, int], tuple[str, Scene]]] = {
    "incident": lambda territory, at: _with_life(make_incident(territory, at)),
    "crime": lambda territory, at: ("crime", make_crime(territory, at)),
    "stop-search": lambda territory, at: ("search", make_search(territory, at)),
    "intelligence": lambda territory, at: ("report", make_report(territory, at)),
}
"""How a record of each kind is born, and which life it lives."""


def _with_life(scene: Scene) -> tuple[str, Scene]:
    return life_of_incident(scene), scene
