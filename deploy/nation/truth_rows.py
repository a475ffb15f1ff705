"""How rows of the truth look, as plain dicts: pydantic is too slow to make one for every event. A test holds both equal."""

from datetime import date
from functools import cache
from typing import Any

from deploy.nation.calendar import DAY_MS
from deploy.nation.readings_facts import LATCHES
from deploy.nation.readings_levels import Allowance
from deploy.nation.scene import Person, Place, Scene, Thing

Row = dict[str, Any]

_WHAT_OF_SORT = {
    "PLATE": "thing", "SERIAL": "thing", "ADDRESS": "place", "POSTCODE": "place", "UPRN": "place", "SOURCE": "source",
}  # fmt: skip
"""What somebody or something is of whom only a string is known; else a person."""
_DIGITS = [f"{number:02}" for number in range(60)]
_MILLISECONDS = [f".{number:03}Z" for number in range(1000)]
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_KNOWN_DAYS = 4096
"""Dates kept written out. Older events fill it; it is emptied when full."""
_days: dict[int, str] = {}


def describe_version(scene: Scene, record: str, version: int, at_ms: int, outcome: str) -> Row:
    """The row of a version as far as its scene tells it."""
    row: Row = {
        "row": "version",
        "record": record,
        "kind": scene.kind,
        "force": scene.force,
        "number": scene.number,
        "version": version,
        "at": iso(at_ms),
        "occurred": iso(scene.occurred_ms),
        "outcome": outcome,
        "lad": scene.place.lad,
        "place": scene.place.id,
    }
    if scene.state:
        row["state"] = scene.state
    if scene.action != "VERSION":
        row["action"] = scene.action
    _add_codes(row, scene)
    if scene.parts:
        row["parts"] = [{"person": part.person.id, "role": part.role} for part in scene.parts]
    if scene.things:
        row["things"] = [thing.id for thing in scene.things]
    return row


def _add_codes(row: Row, scene: Scene) -> None:
    """Those that there are. Written out, for a loop over them takes three times as long."""
    if scene.sub_type:
        row["sub_type"] = scene.sub_type
    if scene.offence:
        row["offence"] = scene.offence
    if scene.category:
        row["category"] = scene.category
    if scene.closing:
        row["closing"] = scene.closing
    if scene.outcome:
        row["result"] = scene.outcome
    if scene.features:
        row["features"] = scene.features
    if scene.markers:
        row["markers"] = scene.markers


def identities_named(scene: Scene) -> dict[str, str]:
    """Whom any text names, each once, with one of the sorts by which it does."""
    found: dict[str, str] = {}
    for telling in (scene.summary, scene.modus_operandi, scene.intelligence, scene.sanitised):
        for mention in telling.mentions:
            found[mention[1]] = mention[2]
    for part in scene.parts:
        for mention in part.description.mentions:
            found[mention[1]] = mention[2]
    return found


def sorts_named(scene: Scene) -> dict[str, list[str]]:
    """Whom the text that may be given names, and how: of intelligence the sanitised text, else summary and modus operandi."""
    told = (scene.sanitised,) if scene.kind == "intelligence" else (scene.summary, scene.modus_operandi)
    texts = (*told, *(part.description for part in scene.parts))
    named: dict[str, list[str]] = {}
    for telling in texts:
        for _, of, sort, _ in telling.mentions:
            sorts = named.setdefault(of, [])
            if sort not in sorts:
                sorts.append(sort)
    return named


@cache
def name_latches(latched: int) -> list[str]:
    """The names of a sum of latches. Made once for each sum: don't change it."""
    return [name for bit, name in enumerate(LATCHES) if latched >> bit & 1]


def receive(given: Allowance) -> Row:
    """What an agency may receive."""
    received: Row = {"why": given.why, "places": given.places, "things": given.things, "text": given.text}
    if given.persons:
        received["persons"] = given.persons
    return received


def identify_person(person: Person) -> Row:
    """The facts of a person that matter to a judge. Whoever is a source is called one."""
    row: Row = {"row": "identity", "id": person.id, "what": "source" if "source" in person.traits else "person"}
    if person.traits:
        row["traits"] = sorted(person.traits)
    if person.born is not None:
        row["born"] = person.born.isoformat()
    row["home"], row["household"] = person.home.id, person.household
    return row


def identify_place(place: Place) -> Row:
    """A place."""
    return {"row": "identity", "id": place.id, "what": "place", "type": place.kind, "lad": place.lad}


def identify_thing(thing: Thing) -> Row:
    """A thing."""
    return {"row": "identity", "id": thing.id, "what": "thing", "type": thing.type}


def identify_by_string(identity: str, sort: str) -> Row:
    """Somebody or something of whom no more than a string is known."""
    return {"row": "identity", "id": identity, "what": _WHAT_OF_SORT.get(sort, "person")}


def iso(ms: int) -> str:
    """UTC, ISO 8601, milliseconds."""
    number, rest = divmod(ms, DAY_MS)
    day = _days.get(number)
    if day is None:
        if len(_days) >= _KNOWN_DAYS:
            _days.clear()
        day = _days[number] = date.fromordinal(_EPOCH_ORDINAL + number).isoformat()
    seconds, milliseconds = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{day}T{_DIGITS[hour]}:{_DIGITS[minute]}:{_DIGITS[second]}{_MILLISECONDS[milliseconds]}"
