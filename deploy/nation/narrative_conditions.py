"""What must be so of a scene or a person for a phrase to be used, beside what its slots need. Pure.

A phrase has them at its beginning: `{?home}`, `{S?child}`. They write nothing.
"""

from collections.abc import Callable, Mapping

from deploy.nation.calendar import DAY_MS, HOUR_MS, local_day, local_ms
from deploy.nation.narrative_stage import Stage

Condition = Callable[[Stage, str], bool]
"""`letter` says whom; empty of a scene."""

_EVENING, _MORNING = 22, 6
"""Local hours: in between, people are in bed."""
_SCHOOL_ENDS, _SCHOOL_MISSED = 9, 21
"""Local hours: in between, it is noticed that a child hasn't been at school or hasn't come from there."""
_WEEKDAYS = 5


def _of_place(*kinds: str) -> Condition:
    return lambda stage, _letter: stage.place.kind in kinds


def _not_of_place(*kinds: str) -> Condition:
    return lambda stage, _letter: stage.place.kind not in kinds


def _looks(type_: str, *words: str, has_none: bool = False) -> Condition:
    """The scene's thing of the type is described with one of the words; `has_none`: or there is no such thing."""

    def holds(stage: Stage, _letter: str) -> bool:
        thing = stage.find_thing(type_)
        if thing is None:
            return has_none
        looks = thing.description or ""
        return any(word in looks for word in words)

    return holds


def _is_car(stage: Stage, _letter: str) -> bool:
    """A vehicle with doors."""
    thing = stage.find_thing("VEHICLE")
    return thing is not None and "motorcycle" not in (thing.description or "")


def _is_night(stage: Stage, _letter: str) -> bool:
    hour = local_ms(stage.told.occurred_ms) % DAY_MS // HOUR_MS
    return hour >= _EVENING or hour < _MORNING


def _is_school_day(stage: Stage, _letter: str) -> bool:
    ms = stage.told.occurred_ms
    hour = local_ms(ms) % DAY_MS // HOUR_MS
    return _SCHOOL_ENDS <= hour < _SCHOOL_MISSED and local_day(ms).weekday() < _WEEKDAYS


def _is_child(stage: Stage, letter: str) -> bool:
    """Under eighteen on the local day on which this version is recorded."""
    person = stage.cast.get(letter)
    return person is not None and person.is_child_on(stage.day)


def _is_adult(stage: Stage, letter: str) -> bool:
    """Eighteen or older on that day. Of somebody unknown, too."""
    return not _is_child(stage, letter)


def _is_elsewhere(stage: Stage, letter: str) -> bool:
    person = stage.cast.get(letter)
    return person is None or person.home is not stage.place


def in_this_way(stage: Stage, way: str) -> bool:
    """Whether the summary of the stage's scene tells that it was done in this way."""
    return stage.way == way


CONDITIONS_OF_PERSON: Mapping[str, Condition] = {"child": _is_child, "adult": _is_adult, "elsewhere": _is_elsewhere}
"""By what follows the letter."""
_HOMES = ("home", "refuge", "care-home")
_OPEN_AIR = ("street", "trunk-road", "coast")
CONDITIONS_OF_SCENE: Mapping[str, Condition] = {
    "home": _of_place(*_HOMES),
    "building": _not_of_place(*_OPEN_AIR),
    "outdoors": _of_place(*_OPEN_AIR),
    "staffed": _of_place("shop", "licensed", "station"),
    "licensed": _of_place("licensed"),
    "no-station": _not_of_place("station"),
    "road": _of_place("street", "trunk-road"),
    "car": _is_car,
    "motorcycle": _looks("VEHICLE", "motorcycle"),
    "no-goods": lambda stage, _letter: stage.find_thing("PROPERTY") is None,
    "cycle": _looks("PROPERTY", "cycle", has_none=True),
    "cannabis": _looks("DRUGS", "cannabis", has_none=True),
    "gun": _looks("WEAPON", "gun", "air weapon"),
    "night": _is_night,
    "school-day": _is_school_day,
    "nobody": lambda stage, _letter: "S" not in stage.cast,
    "at-large": lambda stage, _letter: stage.way != CAUGHT,
}
"""Of the scene: its place, its things, its time, and whether somebody is suspected or was caught."""
CAUGHT = "caught"
"""The way of summaries in which the suspect is detained at once: nobody is looked for afterwards."""
