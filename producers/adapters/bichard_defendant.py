"""The parts of a court result message: the defendant, the offences, what the court found and ordered."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from producers.adapters.code_tables import court_codes
from schemas.records import Record

CJS = "cjs"
"""The national lists of the criminal justice system: offence codes, result codes, gender."""
_UNCODED = "1000"
"""The result code for `Uncoded text result`: what a result without a code is."""


def find_text(element: Element | None, path: str) -> str | None:
    """Text of the first element at `path` (local names, from any namespace), stripped; None where there is none."""
    found = None if element is None else element.find("/".join(f"{{*}}{name}" for name in path.split("/")))
    return ((found.text or "").strip() or None) if found is not None else None


def _code(value: str | None) -> Record | None:
    return {"value": value, "scheme": CJS} if value else None


def _party(defendant: Element) -> Element | None:
    """The person or the organisation that is the defendant."""
    person = defendant.find("{*}CourtIndividualDefendant")
    return person if person is not None else defendant.find("{*}CourtCorporateDefendant")


def read_organisation(defendant: Element) -> str | None:
    """The name of a defendant that is no person."""
    return find_text(defendant, "CourtCorporateDefendant/OrganisationName/OrganisationName")


def _offences(defendant: Element) -> list[Element]:
    return defendant.findall("{*}Offence")


def read_custody(defendant: Element) -> tuple[Record, Record | None]:
    """The detail and when it occurred. The first offence is the principal one, its first result the disposal."""
    offences = _offences(defendant)
    codes = [_code(find_text(offence, "BaseOffenceDetails/OffenceCode")) for offence in offences]
    first = offences[0] if offences else None
    result = None if first is None else first.find("{*}Result")
    wordings = [find_text(offence, "BaseOffenceDetails/OffenceWording") for offence in offences]
    bail = find_text(_party(defendant), "BailStatus")
    charged = find_text(first, "BaseOffenceDetails/ChargeDate")
    detail: Record = {
        "offence": codes[0] if codes else None,
        "other_offences": [code for code in codes[1:] if code],
        "disposal": None if result is None else _code(_result_code(result)),
        "status": court_codes().custody_status.get(bail or "", "CHARGED" if charged else None),
        "arrested_at": find_text(first, "BaseOffenceDetails/ArrestDate"),
        "summary": "; ".join(wording for wording in wordings if wording) or None,
    }
    return detail, None if first is None else _read_occurred(first)


def _read_occurred(offence: Element) -> Record | None:
    timing = offence.find("{*}BaseOffenceDetails/{*}OffenceTiming")
    start = _join(find_text(timing, "OffenceStart/OffenceDateStartDate"), find_text(timing, "OffenceStart/OffenceStartTime"))
    end = _join(find_text(timing, "OffenceEnd/OffenceEndDate"), find_text(timing, "OffenceEnd/OffenceEndTime"))
    if end is None and find_text(timing, "OffenceDateCode") in court_codes().ends_before:
        start, end = None, start
    return {"start": start, "end": end} if start or end else None


def _join(date: str | None, time: str | None) -> str | None:
    return f"{date}T{time}" if date and time else date


def read_person(defendant: Element) -> Record | None:
    """The defendant, where it is a person, with the category of DPA 2018 s.38(3) that the findings give."""
    person = defendant.find("{*}CourtIndividualDefendant/{*}PersonDefendant")
    basic = None if person is None else person.find("{*}BasePersonDetails")
    if person is None or basic is None:
        return None
    given = [find_text(basic, f"PersonName/PersonGivenName{number}") for number in (1, 2, 3)]
    roles, categories = _read_roles(defendant)
    telephones = [find_text(basic, f"TelephoneDetails/TelephoneNumber{which}") for which in ("Mobile", "Home", "Business")]
    return {
        "ref": "p1",
        "roles": roles,
        "subject_categories": categories,
        "assertion": "FACT",  # that the court dealt with this person is one, whatever it found
        "given_name": " ".join(name for name in given if name) or None,
        "surname": find_text(basic, "PersonName/PersonFamilyName"),
        "date_of_birth": find_text(basic, "Birthdate"),
        "gender": _code(find_text(basic, "Gender")),
        "nationality": find_text(person, "PersonStatedNationality"),
        "pnc_id": find_text(person, "PNCidentifier"),
        "telephone": next((number for number in telephones if number), None),
        "email": find_text(basic, "EmailDetails/EmailAddress1"),
    }


def _read_roles(defendant: Element) -> tuple[list[str], list[str]]:
    """Convicted of one offence and still suspected of another: both. Cleared of all: a subject, and of no category."""
    verdicts = {court_codes().verdicts.get(find_text(offence, "Finding") or "", "OPEN") for offence in _offences(defendant)}
    roles = [role for verdict, role in (("CONVICTED", "OFFENDER"), ("OPEN", "SUSPECT")) if verdict in verdicts]
    categories = [verdict.replace("OPEN", "SUSPECT") for verdict in ("CONVICTED", "OPEN") if verdict in verdicts]
    return roles or ["SUBJECT"], categories


def read_locations(defendant: Element) -> list[Record]:
    """The defendant's home (an organisation has none: OTHER), and where the principal offence was."""
    found: list[Record] = []
    party, is_person = _party(defendant), defendant.find("{*}CourtIndividualDefendant") is not None
    home = None if party is None else party.find("{*}Address")
    lines = [(line.text or "").strip() for line in home.iter()] if home is not None else []
    if any(lines):
        text = ", ".join(line for line in lines if line)
        found.append({"ref": "l1", "role": "HOME" if is_person else "OTHER", "text": text, "postcode": _find_postcode(home)})
    scene = find_text(next(iter(_offences(defendant)), None), "BaseOffenceDetails/LocationOfOffence")
    if scene:
        found.append({"ref": "l2", "role": "INCIDENT", "text": scene})
    return found


def _find_postcode(home: Element | None) -> str | None:
    for line in home.iter() if home is not None else ():
        if line.tag.rpartition("}")[2].lower() == "postcode":
            return (line.text or "").strip() or None
    return None


def read_statements(defendant: Element, about_ref: str | None) -> list[Record]:
    """What was charged, and what the court ordered: facts of the hearing, whatever lies behind them."""
    name = read_organisation(defendant)
    texts = [f"The defendant is an organisation: {name}"] if name else []
    texts += [text for offence in _offences(defendant) for text in _read_facts(offence)]
    return [{"text": text, "assertion": "FACT", "about_ref": about_ref} for text in texts]


def _read_facts(offence: Element) -> Iterator[str]:
    code = find_text(offence, "BaseOffenceDetails/OffenceCode") or "an offence without code"
    wording = find_text(offence, "BaseOffenceDetails/OffenceWording")
    charged = find_text(offence, "BaseOffenceDetails/ChargeDate")
    yield f"Charged with {code}{f' on {charged}' if charged else ''}: {wording or 'no wording'}"
    convicted = find_text(offence, "ConvictionDate")
    if convicted:
        yield f"Convicted of {code} on {convicted}"
    for result in offence.iterfind("{*}Result"):
        yield f"Result {_result_code(result)} for {code}: {find_text(result, 'ResultText') or 'no text'}"


def _result_code(result: Element) -> str:
    return find_text(result, "ResultCode") or _UNCODED
