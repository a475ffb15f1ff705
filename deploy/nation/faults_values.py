"""Faults of values, kept and flagged: wrong check characters, wrong forms, names that are none, places elsewhere. Pure."""

from functools import cache
from random import Random

from deploy.nation.fault import ChangeContent, Fault, change_item, change_part, find_item, flag_fault, has_item, is_whole
from deploy.nation.habits import local_codes
from schemas import reference_offences
from schemas.codes import Code
from schemas.kinds import Kind
from schemas.records import Record

_ELSEWHERE = {"lad_code": "S12000036", "lsoa_name": None, "latitude": 55.9533, "longitude": -3.1883}
"""Edinburgh: in the area of no force that publishes here, and of no agency."""
_SOUTH, _NORTH = (51.508, -0.1281), (54.9714, -1.6174)
"""Charing Cross in London; the Castle of Newcastle upon Tyne."""
_BETWEEN = 53.0
"""Latitude, degrees: whoever is north of it is set down in London."""
_HARMLESS = ("bicycle-theft", "shoplifting")
"""Public crime types that no agency waits for; the second where the crime is one of the first."""
_NEXT_LETTER = dict(zip("ZABCDEFGHJKLMNPQRTUVWXY", "ABCDEFGHJKLMNPQRTUVWXYZ", strict=True))


def _misread(text: str) -> str:
    """With another last character: of the check letters, or of the digits."""
    return text[:-1] + (_NEXT_LETTER.get(text[-1]) or str((int(text[-1]) + 1) % 10))


def _misread_person(field: str) -> ChangeContent:
    def change(_kind: Kind, submission: Record, _chance: Random) -> Record:
        index = find_item(submission, "persons", field) or 0
        return change_item(submission, "persons", index, **{field: _misread(submission["persons"][index][field])})

    return change


def _misread_asn(_kind: Kind, submission: Record, _chance: Random) -> Record:
    return change_part(submission, "custody", asn=_misread(submission["custody"]["asn"]))


def _has_asn(kind: Kind, submission: Record) -> bool:
    return is_whole(kind, submission) and bool(submission["custody"].get("asn"))


def _add(part: str, field: str, ending: str) -> ChangeContent:
    """Something stands behind the value."""

    def change(_kind: Kind, submission: Record, _chance: Random) -> Record:
        index = find_item(submission, part, field) or 0
        return change_item(submission, part, index, **{field: submission[part][index][field] + ending})

    return change


def _vehicle(submission: Record) -> int | None:
    vehicle = local_codes(submission["envelope"]["source_system"])["object_type"]["VEHICLE"]
    for index, thing in enumerate(submission.get("objects") or ()):
        if thing.get("identifier") and thing["type"] == vehicle:
            return index
    return None


def _has_vehicle(kind: Kind, submission: Record) -> bool:
    return is_whole(kind, submission) and _vehicle(submission) is not None


def _wrong_plate(_kind: Kind, submission: Record, _chance: Random) -> Record:
    index = _vehicle(submission) or 0
    return change_item(submission, "objects", index, identifier=f"{submission['objects'][index]['identifier']} ?")


def _give_title(_kind: Kind, submission: Record, _chance: Random) -> Record:
    index = find_item(submission, "persons", "given_name") or 0
    name = submission["persons"][index]["given_name"]
    return change_item(submission, "persons", index, given_name=f"{'MR' if name.isupper() else 'Mr'} {name}")


def _call_unknown(_kind: Kind, submission: Record, _chance: Random) -> Record:
    index = find_item(submission, "persons", "given_name") or 0
    field = "surname" if submission["persons"][index].get("surname") else "given_name"
    return change_item(submission, "persons", index, **{field: "UNKNOWN"})


def _is_placed(kind: Kind, submission: Record) -> bool:
    place: Record = next(iter(submission.get("locations") or ()), {})
    return (
        is_whole(kind, submission)
        and place.get("latitude") is not None
        and bool(place.get("lad_code") or place.get("lsoa_name"))
    )


def _place_elsewhere(_kind: Kind, submission: Record, _chance: Random) -> Record:
    return change_item(submission, "locations", 0, **_ELSEWHERE)


def _point_elsewhere(_kind: Kind, submission: Record, _chance: Random) -> Record:
    latitude, longitude = _SOUTH if submission["locations"][0]["latitude"] > _BETWEEN else _NORTH
    return change_item(submission, "locations", 0, latitude=latitude, longitude=longitude)


@cache
def _public_types(system: str) -> dict[str, str]:
    """Public crime type of each local offence code, where the offence tells it."""
    offences, codes = reference_offences.offences(), local_codes(system)["offence"].items()
    return {local: offences[code].police_uk_category for code, local in codes if offences[code].police_uk_category}


def _public_type(submission: Record) -> str | None:
    offence = submission["crime"].get("offence")
    return _public_types(submission["envelope"]["source_system"]).get(offence["value"]) if offence else None


def _has_public_type(kind: Kind, submission: Record) -> bool:
    return is_whole(kind, submission) and bool(submission["crime"].get("crime_type")) and bool(_public_type(submission))


def _contradict_offence(_kind: Kind, submission: Record, _chance: Random) -> Record:
    codes = local_codes(submission["envelope"]["source_system"])["crime_type"]
    wrong = _HARMLESS[_public_type(submission) == _HARMLESS[0]]
    return change_part(submission, "crime", crime_type={"value": codes[wrong]})


def _of_person(name: str, code: Code, weight: int, field: str, content: ChangeContent) -> Fault:
    return flag_fault(name, code, weight, content, has_item("persons", field))


_INVALID, _FORM, _NAME = Code.IDENTIFIER_INVALID, Code.FORMAT_INVALID, Code.NAME_UNLIKELY

OF_VALUES = (
    _of_person("pnc-id-misread", _INVALID, 30, "pnc_id", _misread_person("pnc_id")),
    _of_person("cro-number-misread", _INVALID, 20, "cro_number", _misread_person("cro_number")),
    _of_person("nhs-number-misread", _INVALID, 30, "nhs_number", _misread_person("nhs_number")),
    flag_fault("asn-misread", _INVALID, 30, _misread_asn, _has_asn, kinds=frozenset(("custody",))),
    flag_fault("postcode-of-no-form", _FORM, 40, _add("locations", "postcode", "?"), has_item("locations", "postcode")),
    _of_person("two-telephones", _FORM, 40, "telephone", _add("persons", "telephone", " or 101")),
    _of_person("email-of-no-form", _FORM, 20, "email", _add("persons", "email", " (work)")),
    flag_fault("plate-of-no-form", _FORM, 30, _wrong_plate, _has_vehicle),
    _of_person("title-in-forename", _NAME, 40, "given_name", _give_title),
    _of_person("name-unknown", _NAME, 40, "given_name", _call_unknown),
    flag_fault("place-of-another-force", Code.OUTSIDE_FORCE_AREA, 30, _place_elsewhere, _is_placed, "elsewhere"),
    flag_fault("point-elsewhere", Code.PLACES_DISAGREE, 30, _point_elsewhere, _is_placed),
    flag_fault(
        "type-against-offence", Code.CATEGORY_CONTRADICTS, 30, _contradict_offence, _has_public_type,
        kinds=frozenset(("crime",)),
    ),
)  # fmt: skip
"""What is wrong in them can be seen by the value alone, or by another value of the same record."""
