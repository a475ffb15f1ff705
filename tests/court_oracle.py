"""The expected output of the court system's own tests (bichard7-next-core, phase 1), read for comparison with the adapter."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from schemas.records import Record

FIELDS = (
    "asn case_ref court hearing offences results given_name surname date_of_birth gender address arrested occurred scene"
).split()
"""What both sides say of a case. Not the PNC identifier: the expected output has looked it up elsewhere."""


class Case(NamedTuple):
    """One test case: what the court sent, and the record that the court system's own tests expect."""

    name: str
    message: bytes
    expected: Element


def read_cases(path: Path) -> Iterator[Case]:
    """Every case of the archive, in its order."""
    with tarfile.open(path) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.name.endswith(".json") else None
            if content is not None:
                case: dict[str, Any] = json.load(content)
                yield Case(member.name, case["incomingMessage"].encode(), fromstring(case["annotatedHearingOutcome"]))


def expected_values(root: Element) -> dict[str, object]:
    """The values of `FIELDS` in the expected record."""
    defendant = _find(root, "HearingDefendant")
    offences = [part for part in defendant.iter() if _name(part) == "Offence"]
    first = offences[0]
    person = _find(defendant, "DefendantDetail")
    address = _find(defendant, "Address")
    results = [part for offence in offences for part in offence.iter() if _name(part) == "CJSresultCode"]
    return {
        "asn": _text(defendant, "ArrestSummonsNumber"),
        "case_ref": _text(root, "PTIURN"),
        "court": _text(_find(root, "CourtHearingLocation"), "OrganisationUnitCode"),
        "hearing": f"{_text(root, 'DateOfHearing')}T{_text(root, 'TimeOfHearing')}",
        "offences": [_offence_code(offence) for offence in offences],
        "results": [part.text for part in results],
        "given_name": " ".join(part.text or "" for part in person.iter() if _name(part) == "GivenName"),
        "surname": _text(person, "FamilyName"),
        "date_of_birth": _text(person, "BirthDate"),
        "gender": _text(person, "Gender"),
        "address": ", ".join((line.text or "").strip() for line in address.iter() if "AddressLine" in _name(line)),
        "arrested": _text(first, "ArrestDate"),
        "occurred": (_text(first, "StartDate"), _text(first, "EndDate")),
        "scene": _text(first, "LocationOfOffence"),
    }


def found_values(submission: Record) -> dict[str, object]:
    """The values of `FIELDS` in the submission."""
    custody, person = submission["custody"], submission["persons"][0]
    places = {place["role"]: place["text"] for place in submission["locations"]}
    orders = [text for text in (part["text"] for part in submission["statements"]) if text.startswith("Result ")]
    occurred = submission["occurred"] or {}
    return {
        "asn": custody["asn"],
        "case_ref": custody["case_ref"],
        "court": custody["court"],
        "hearing": submission["envelope"]["recorded_at"].removesuffix(":00"),
        "offences": [code["value"] for code in (custody["offence"], *custody["other_offences"])],
        "results": [text.split()[1] for text in orders],
        "given_name": person["given_name"],
        "surname": person["surname"],
        "date_of_birth": person["date_of_birth"],
        "gender": person["gender"]["value"],
        "address": places.get("HOME"),
        "arrested": custody["arrested_at"],
        "occurred": (occurred.get("start"), occurred.get("end")),
        "scene": places.get("INCIDENT"),
    }


def _offence_code(offence: Element) -> str:
    reason = _find(offence, "OffenceReason")
    return "".join((part.text or "").strip() for part in reason.iter())


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _find(element: Element, name: str) -> Element:
    return next(part for part in element.iter() if _name(part) == name)


def _text(element: Element, name: str) -> str | None:
    found = next((part for part in element.iter() if _name(part) == name), None)
    return None if found is None else found.text
