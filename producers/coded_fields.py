"""Which national code list each coded field of a submission is of: what a rule about a field is saved under in a dialect."""

from producers.paths import parse_path

_DETAILS = {
    "crime": {"offence": "offence", "ho_classification": "ho_classification", "crime_type": "crime_type", "outcome": "outcome"},
    "incident": {
        "sub_type": "sub_type",
        "opening_category": "incident_category",
        "closing_category": "incident_category",
        "qualifiers": "qualifier",
        "asb_class": "asb_class",
        "grade": "response_grade",
    },
    "stop_search": {"outcome": "stop_outcome"},
    "custody": {
        "offence": "offence",
        "ho_classification": "ho_classification",
        "disposal": "outcome",
        "other_offences": "offence",
    },
    "persons": {name: name for name in ("sex", "gender", "ethnicity_self_defined", "ethnicity_officer_defined")},
    "objects": {"type": "object_type"},
}


def code_list_of(path: str) -> str | None:
    """The code list of a field, list positions or not; None: it is not coded. Raises ValueError for what is no path."""
    names = [step for step in parse_path(path) if isinstance(step, str)]
    return _DETAILS.get(names[0], {}).get(names[1]) if len(names) == 2 else None


def coded_fields() -> list[str]:
    """Every coded field, as `part.field`."""
    return [f"{part}.{name}" for part, names in _DETAILS.items() for name in names]
