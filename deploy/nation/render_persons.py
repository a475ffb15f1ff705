"""The persons of a scene as the force's system writes them."""

from datetime import date

from deploy.nation.birthplaces import place_of_birth
from deploy.nation.habits import Habit
from deploy.nation.scene import Part, Scene
from schemas.records import Record

Mentions = list[tuple[str, str, str, str]]
"""Value, whose, sort, form: as `scene.Mention`."""

_WITH_RECORD = frozenset(("SUSPECT", "OFFENDER", "SUBJECT"))
"""Roles whose criminal record numbers the force looks up."""
_WITH_CONTACT = frozenset(("VICTIM", "WITNESS", "PERSON_REPORTING", "VULNERABLE_ADULT", "MISSING", "SUSPECT", "SUBJECT"))
_PERSON_MARKERS = (
    ("at-risk", "vulnerable"),
    ("protected", "protected-person"),
    ("mappa", "mappa"),
    ("supervised", "supervision"),
)


def render_persons(scene: Scene, habit: Habit, day: date, mentions: Mentions) -> list[Record]:
    """One record for each part, in their order; what they are called goes to `mentions`."""
    return [_person(f"p{number}", part, scene, habit, day, mentions) for number, part in enumerate(scene.parts, 1)]


def _person(ref: str, part: Part, scene: Scene, habit: Habit, day: date, mentions: Mentions) -> Record:
    person = part.person
    record: Record = {
        "ref": ref,
        "roles": [habit.role(part.role)],
        "subject_categories": [part.category],
        "assertion": "ASSESSMENT" if part.is_assessment else "FACT",
        "sex": {"value": habit.sex[person.sex]},
        "markers": [habit.marker(marker) for marker in _markers(part, day)],
    }
    if person.is_unborn:
        record["description"] = "unborn"
        return record
    if part.description.text:
        record["description"] = part.description.text
        mentions += part.description.mentions
    _write_names(record, part, habit, mentions)
    if person.born is not None:
        born = person.born.isoformat()
        record["date_of_birth"] = born
        mentions.append((born, person.id, "DATE_OF_BIRTH", "plain"))
    elif person.age_range is not None:
        record["age_range"] = person.age_range
    if scene.kind in ("custody", "stop-search"):
        record["ethnicity_self_defined"] = {"value": habit.ethnicity_self_defined[person.ethnicity]}
        record["ethnicity_officer_defined"] = {"value": habit.ethnicity_officer_defined[person.observed_ethnicity]}
        record["nationality"] = person.nationality
        record["place_of_birth"] = place_of_birth(person)
        record["gender"] = {"value": habit.gender[person.sex]}
    _write_identifiers(record, part, scene, habit, mentions)
    return record


def _markers(part: Part, day: date) -> list[str]:
    person = part.person
    found = ["child"] if person.is_child_on(day) else []
    if person.traits:
        found += [marker for trait, marker in _PERSON_MARKERS if trait in person.traits]
    return found


def _write_names(record: Record, part: Part, habit: Habit, mentions: Mentions) -> None:
    person = part.person
    given, surname = habit.name(person.given_name), habit.name(person.surname) if person.surname else None
    record["given_name"] = given
    mentions.append((given, person.id, "NAME", "given-name"))
    if surname is not None:
        record["surname"] = surname
        mentions.append((surname, person.id, "NAME", "surname"))
    if person.aliases and part.role != "WITNESS":
        record["alias"] = [habit.name(alias) for alias in person.aliases]
        mentions += [(alias, person.id, "ALIAS", "full-name") for alias in record["alias"]]


def _write_identifiers(record: Record, part: Part, scene: Scene, habit: Habit, mentions: Mentions) -> None:
    person, role = part.person, part.role
    if role in _WITH_CONTACT and person.telephone is not None:
        record["telephone"] = local = habit.telephone(person.telephone)
        mentions.append((local, person.id, "TELEPHONE", "local"))
        if local != person.telephone:
            mentions.append((person.telephone, person.id, "TELEPHONE", "national"))
    found: list[tuple[str, str | None, str]] = []
    if role in _WITH_RECORD:
        found.append(("pnc_id", person.pnc_id, "PNC"))
        if scene.kind in ("custody", "intelligence"):
            found.append(("cro_number", person.cro_number, "CRO"))
    if scene.kind in ("incident", "crime"):
        found.append(("school", person.school, "SCHOOL"))
        if role in ("VICTIM", "WITNESS"):
            found += (("workplace", person.workplace, "WORKPLACE"), ("email", person.email, "EMAIL"))
        elif role in ("VULNERABLE_CHILD", "VULNERABLE_ADULT", "MISSING"):
            found.append(("nhs_number", person.nhs_number, "NHS"))
    for name, value, sort in found:
        if value is not None:
            record[name] = value
            mentions.append((value, person.id, sort, "plain"))
