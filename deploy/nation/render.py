"""A scene as its force's own system writes it: the submission, in the system's codes and forms, and whom its fields name.

Nothing here knows what an agency may receive.
"""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from deploy.nation.calendar import local_day
from deploy.nation.habits import Habit
from deploy.nation.render_details import is_unsanitised, render_detail
from deploy.nation.render_persons import Mentions, render_persons
from deploy.nation.render_statements import render_statements
from deploy.nation.requests import consents_of
from deploy.nation.scene import Part, Person, Place, Scene, Thing
from schemas.kinds import KINDS
from schemas.records import Record

_REVIEW_YEARS = {"1": 10, "2": 10, "3": 6, "4": 6}


Relation = Callable[[Person, Person], str | None]
"""What the first is to the second: mother, partner, ...; None: nothing."""


class Rendered(NamedTuple):
    """What the force writes, and every string of it that identifies somebody or something."""

    submission: Record
    mentions: Mentions


def render(scene: Scene, habit: Habit, relation: Relation, reference_text: str, version: int) -> Rendered:
    """The submission of the scene as it stands. `relation`: what one person is to another; `version`: 0 where the force's
    outbox gives it.
    """
    mentions: Mentions = []
    day = local_day(scene.recorded_ms)
    envelope: Record = {
        "source_system": habit.source_system,
        "source_ref": reference_text,
        "action": scene.action,
        "recorded_at": habit.time(scene.recorded_ms),
    }
    if version:
        envelope |= {"force": scene.force, "version": version}
    submission: Record = {
        "envelope": envelope,
        "marking": habit.marking(scene.is_sensitive, scene.handling, (), scene.kind),
        "markers": [habit.marker(marker) for marker in scene.markers],
        "occurred": {"start": _occurred(scene, habit)},
        KINDS[scene.kind].detail: render_detail(scene, habit),
        "persons": render_persons(scene, habit, day, mentions),
        "locations": [_location(scene.place, habit, mentions)],
        "retention": _retention(scene, day),
        "links": _links(scene, relation),
    }
    statements = render_statements(scene)
    if statements:
        submission["statements"] = statements
    if scene.things:
        submission["objects"] = [_object(number, thing, habit, mentions) for number, thing in enumerate(scene.things, 1)]
    answered = consents_of(scene)
    if scene.only or scene.never or answered:
        consents = [{"agency": agency, "until": until} for agency, until in answered]
        submission["originator_control"] = {"only": list(scene.only), "except": list(scene.never), "consents": consents}
    if scene.grading is not None:
        submission["grading"] = scene.grading._asdict()
    if scene.arrest[0]:
        mentions.append((scene.arrest[0], scene.parts[0].person.id if scene.parts else scene.arrest[0], "ASN", "plain"))
    _note_texts(scene, mentions)
    return Rendered(submission, mentions)


def _links(scene: Scene, relation: Relation) -> list[Record]:
    """Who is what to whom among its persons (both ways), who lives with whom and at the place, who was with the vehicle."""
    parts = scene.parts
    found = []
    if len(parts) > 1:
        for number, part in enumerate(parts, 1):
            for other, beside in enumerate(parts, 1):
                reason = relation(part.person, beside.person) if other != number and _may_be_kin(part, beside) else None
                if reason is not None:
                    found.append({"from_ref": f"p{number}", "to_ref": f"p{other}", "reason": reason})
    for number, part in enumerate(parts, 1):
        if part.person.home.id == scene.place.id:
            found.append({"from_ref": f"p{number}", "to_ref": "l1", "reason": "homeAddress"})
        for other, beside in enumerate(parts[number:], number + 1):
            if part.person.household == beside.person.household:
                found.append({"from_ref": f"p{number}", "to_ref": f"p{other}", "reason": "sameHousehold"})
    if parts and scene.things and scene.things[0].type == "VEHICLE":
        found.append({"from_ref": f"p{len(parts)}", "to_ref": "o1", "reason": "associatedWith"})
    return found


def _may_be_kin(part: Part, beside: Part) -> bool:
    """Of one household, or one of them has fled to a refuge from the other: nobody else is anything to anybody."""
    a, b = part.person, beside.person
    return a.household == b.household or "in-refuge" in a.traits or "in-refuge" in b.traits


def _occurred(scene: Scene, habit: Habit) -> str:
    if scene.features and ("clock-gap" in scene.features or "clock-fold" in scene.features):
        return f"{local_day(scene.occurred_ms).isoformat()}T01:30:00"  # no offset: that is what leaves it in doubt
    return habit.time(scene.occurred_ms)


def _retention(scene: Scene, day: date) -> Record:
    group = "1" if scene.is_sexual_ever else "2" if scene.is_sensitive else "3"
    return {"mopi_group": group, "review_date": f"{day.year + _REVIEW_YEARS[group]}-{day.month:02d}-01"}


def _location(place: Place, habit: Habit, mentions: Mentions) -> Record:
    text, postcode = place.text, habit.postcode(place.postcode)
    mentions += ((text, place.id, "ADDRESS", "plain"), (postcode, place.id, "POSTCODE", "plain"))
    if postcode != place.postcode:
        mentions.append((place.postcode, place.id, "POSTCODE", "national"))
    location: Record = {
        "ref": "l1",
        "role": "INCIDENT",
        "latitude": place.latitude,
        "longitude": place.longitude,
        "text": text,
        "postcode": postcode,
        "markers": [place.kind] if place.kind in ("refuge", "school", "port") else [],
    }
    if place.uprn is not None:
        location["uprn"] = place.uprn
        mentions.append((place.uprn, place.id, "UPRN", "plain"))
    if habit.place_form != "lsoa" or place.lsoa_name is None:
        location["lad_code"] = place.lad
    if habit.place_form != "lad":
        location["lsoa_name"] = place.lsoa_name
    return location


def _object(number: int, thing: Thing, habit: Habit, mentions: Mentions) -> Record:
    identifier = thing.identifier
    if identifier is not None:
        if thing.type == "VEHICLE":
            national, identifier = identifier.replace(" ", ""), habit.plate(identifier)
            mentions += _spellings(identifier, national, thing.id, "PLATE")
        elif thing.type == "TELEPHONE":
            national, identifier = identifier, habit.telephone(identifier)
            mentions += _spellings(identifier, national, thing.id, "TELEPHONE")
        else:
            mentions.append((identifier, thing.id, "SERIAL", "plain"))
    return {
        "ref": f"o{number}",
        "type": habit.object_type[thing.type],
        "identifier": identifier,
        "status": thing.status,
        "description": thing.description,
    }


def _spellings(local: str, national: str, of: str, sort: str) -> Mentions:
    """As the force writes it, and as the hub spells it where that is another way."""
    sent = (local, of, sort, "local")
    return [sent] if local == national else [sent, (national, of, sort, "national")]


def _note_texts(scene: Scene, mentions: Mentions) -> None:
    mentions += scene.summary.mentions
    mentions += scene.modus_operandi.mentions
    mentions += scene.intelligence.mentions
    if not is_unsanitised(scene):
        mentions += scene.sanitised.mentions
    if scene.source_ref is not None:
        mentions.append(
            (scene.source_ref, scene.source_person.id if scene.source_person else scene.source_ref, "SOURCE", "plain")
        )
