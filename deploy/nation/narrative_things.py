"""Slots of the phrases that tell of places, things, times and sources. As `narrative_slots`, but of nobody's letter."""

from collections.abc import Mapping
from zlib import crc32

from deploy.nation import narrative_forms as forms
from deploy.nation.calendar import HOUR_MS
from deploy.nation.narrative_slots import Need, Slot
from deploy.nation.narrative_stage import Stage
from deploy.nation.scene import Scene
from deploy.nation.telling import Mention

_CODE_FIRST = "AMBER BRISK COBALT DUSKY ELDER FROSTED GILDED HUSHED IRON JADED LUNAR MELLOW NIMBLE OPAL QUIET RUSTY".split()
_CODE_SECOND = (
    "ANCHOR BEACON COMET DYNAMO EMBER FALCON GARNET HELIX INDIGO JIGSAW LATTICE MERIDIAN NEBULA ORBIT PRISM QUARTZ"
).split()
_NO_SOURCE = "the source"
_DRUG = "a quantity of drugs"
_WEAPON = "a weapon"
_GOODS = "property"
_LONGEST_MS = 10 * HOUR_MS
"""A text that says between when and when it happened leaves no longer time open."""


def _place(stage: Stage, _letter: str, _is_start: bool) -> str:
    place = stage.place
    return forms.address(place, stage.chance, stage.mentions, stage.has_said(place.id))


def _at(stage: Stage, letter: str, is_start: bool) -> str:
    words = _place(stage, letter, False)
    lead = "at " if words.startswith("the ") else forms.before(stage.place)
    return (lead.capitalize() if is_start else lead) + words


def _street(stage: Stage, _letter: str, _is_start: bool) -> str:
    value = forms.street_of(stage.place)
    stage.mentions.append(Mention(value, stage.place.id, "ADDRESS", "plain"))
    return value


def _car(stage: Stage, _letter: str, is_start: bool) -> str:
    thing = stage.thing("VEHICLE")
    if stage.has_said(thing.id):
        return "The vehicle" if is_start else "the vehicle"
    words = forms.vehicle(thing, stage.chance, stage.mentions)
    return words[0].upper() + words[1:] if is_start else words


def _plate(stage: Stage, _letter: str, _is_start: bool) -> str:
    thing = stage.thing("VEHICLE")
    stage.has_said(thing.id)
    return forms.plate(thing, stage.chance, stage.mentions)


def _phone(stage: Stage, _letter: str, _is_start: bool) -> str:
    thing = stage.thing("TELEPHONE")
    return forms.telephone(thing.identifier or "", thing.id, stage.chance, stage.mentions)


def _item(stage: Stage, _letter: str, is_start: bool) -> str:
    thing = stage.thing("PROPERTY")
    words = forms.serial_of(thing, stage.mentions)
    return words[0].upper() + words[1:] if is_start else words


def _plain(type_: str, otherwise: str) -> Slot:
    """A thing by its looks alone."""

    def write(stage: Stage, _letter: str, is_start: bool) -> str:
        thing = stage.find_thing(type_)
        looks = thing.description if thing is not None else None
        words = forms.with_article(looks) if looks else otherwise
        return words[0].upper() + words[1:] if is_start else words

    return write


def goods(otherwise: tuple[str, ...]) -> Slot:
    """What was stolen, as the scene has it, else one of the alternatives."""

    def write(stage: Stage, _letter: str, is_start: bool) -> str:
        thing = stage.find_thing("PROPERTY")
        looks = thing.description if thing is not None else None
        words = forms.with_article(looks) if looks else otherwise[stage.dice % len(otherwise)]
        return words[0].upper() + words[1:] if is_start else words

    return write


def _until(stage: Stage, _letter: str, _is_start: bool) -> str:
    """Some hours after it happened, and never after it was recorded."""
    scene = stage.told
    longest = max(0, min(scene.recorded_ms - scene.occurred_ms, _LONGEST_MS))
    return forms.clock_time(scene.occurred_ms + longest * (1 + stage.dice % 8) // 8)


def _asn(stage: Stage, _letter: str, _is_start: bool) -> str:
    value = stage.told.arrest[0]
    stage.mentions.append(Mention(value, stage.cast["S"].id, "ASN", "plain"))
    return value


def source_id(scene: Scene) -> str:
    """Whom the source's reference identifies: the person, or where nobody is known, the reference itself."""
    return scene.source_person.id if scene.source_person is not None else scene.source_ref or ""


def code_name(source: str) -> str:
    """The two words by which handlers call the source with this id; always the same ones."""
    drawn = crc32(source.encode())
    return f"{_CODE_FIRST[drawn % len(_CODE_FIRST)]} {_CODE_SECOND[drawn // 64 % len(_CODE_SECOND)]}"


def _source(stage: Stage, _letter: str, is_start: bool) -> str:
    scene = stage.told
    if not scene.source_ref:
        return _NO_SOURCE.capitalize() if is_start else _NO_SOURCE
    stage.mentions.append(Mention(scene.source_ref, source_id(scene), "SOURCE", "plain"))
    return scene.source_ref


def _code_name(stage: Stage, _letter: str, _is_start: bool) -> str:
    source = source_id(stage.told)
    value = code_name(source)
    stage.mentions.append(Mention(value, source, "SOURCE", "upper"))
    return value


def _source_name(stage: Stage, _letter: str, _is_start: bool) -> str:
    person = stage.told.source_person
    name = person.given_name if person is not None else ""
    stage.mentions.append(Mention(name, source_id(stage.told), "NAME", "given-name"))
    return name


OF_SCENE: Mapping[str, Slot] = {
    "place": _place,
    "at": _at,
    "street": _street,
    "car": _car,
    "plate": _plate,
    "phone": _phone,
    "item": _item,
    "drug": _plain("DRUGS", _DRUG),
    "weapon": _plain("WEAPON", _WEAPON),
    "goods": goods((_GOODS,)),
    "until": _until,
    "asn": _asn,
    "source": _source,
    "codename": _code_name,
    "handle": _source_name,
    "core": lambda stage, _letter, _is_start: stage.core,
    "time": lambda stage, _letter, _is_start: forms.clock_time(stage.told.occurred_ms),
    "day": lambda stage, _letter, _is_start: forms.day_name(stage.told.occurred_ms),
    "noted": lambda stage, _letter, _is_start: forms.clock_time(stage.told.recorded_ms),
}


def _has_thing(type_: str) -> Need:
    def holds(stage: Stage, _letter: str) -> bool:
        thing = stage.find_thing(type_)
        return thing is not None and (type_ == "PROPERTY" or thing.identifier is not None)

    return holds


def _has_source(stage: Stage, _letter: str) -> bool:
    person = stage.told.source_person
    return person is not None and bool(person.given_name)


NEEDS_OF_SCENE: Mapping[str, Need] = {
    "car": _has_thing("VEHICLE"),
    "plate": _has_thing("VEHICLE"),
    "phone": _has_thing("TELEPHONE"),
    "item": _has_thing("PROPERTY"),
    "asn": lambda stage, _letter: bool(stage.told.arrest[0]) and "S" in stage.cast,
    "codename": _has_source,
    "handle": _has_source,
}
"""What must be so for the slot to be used; slots that aren't here always can."""
