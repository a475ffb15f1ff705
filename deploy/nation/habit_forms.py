"""How force systems write names, numbers, markings and references: one small function for each form. Pure.

Whatever is written here comes out of standardise in the national form; identifiers stay as they are written.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Protocol

TextForm = Callable[[str], str]
Texts = tuple[str, ...]
Marking = dict[str, Any]


class MarkingForm(Protocol):
    """How a system marks a record of a kind; None: it sends no marking."""

    def __call__(self, is_sensitive: bool, handling: Texts = (), descriptors: Texts = (), kind: str = "") -> Marking | None: ...


ReferenceForm = Callable[[str, int, date], str]


def _as_it_is(text: str) -> str:
    return text


def _without_spaces(text: str) -> str:
    return text.replace(" ", "")


def _lower_without_spaces(text: str) -> str:
    return text.replace(" ", "").lower()


def _national_telephone(e164: str) -> str:
    return f"0{e164[3:]}" if e164.startswith("+44") else e164


def _spaced_telephone(e164: str) -> str:
    """As people write it: 07700 900123, 01632 960123, 020 7946 0123, 0191 498 0123, 0808 157 0123."""
    if not e164.startswith("+44"):
        return e164
    digits = f"0{e164[3:]}"
    if digits[1] == "2":
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    if digits[1] in "38" or (digits[1] == "1" and "1" in digits[2:4]):
        return f"{digits[:4]} {digits[4:7]} {digits[7:]}"
    return f"{digits[:5]} {digits[5:]}"


def _upper_words(text: str) -> str:
    """DOMESTIC_ABUSE, of a marker or of a role."""
    return text.upper().replace("-", "_")


def _title_words(text: str) -> str:
    """Domestic Abuse."""
    return text.replace("-", " ").replace("_", " ").title()


def _hyphenated(text: str) -> str:
    """person-reporting."""
    return text.lower().replace("_", "-")


NAME_CASES: Mapping[str, TextForm] = {"title": _as_it_is, "upper": str.upper}
TELEPHONE_FORMS: Mapping[str, TextForm] = {
    "e164": _as_it_is,
    "spaced": _spaced_telephone,
    "national": _national_telephone,
}
PLATE_FORMS: Mapping[str, TextForm] = {"spaced": _as_it_is, "unspaced": _without_spaces, "lower": _lower_without_spaces}
POSTCODE_FORMS = PLATE_FORMS
WORD_FORMS: Mapping[str, TextForm] = {"hyphen": _hyphenated, "upper": _upper_words, "title": _title_words}
"""Of markers and of roles."""


def _flagged(is_sensitive: bool, handling: Texts = (), descriptors: Texts = (), kind: str = "") -> Marking:  # noqa: ARG001  # all systems take the same
    """Tier and flag."""
    return {"tier": "OFFICIAL", "sensitive": is_sensitive, "handling": list(handling), "descriptors": list(descriptors)}


def _worded(plain: str, sensitive: str) -> MarkingForm:
    def write(is_sensitive: bool, handling: Texts = (), descriptors: Texts = (), kind: str = "") -> Marking:  # noqa: ARG001  # as above
        """One word for the tier and the caveat."""
        return {"tier": sensitive if is_sensitive else plain, "handling": list(handling), "descriptors": list(descriptors)}

    return write


def _only_if_more(is_sensitive: bool, handling: Texts = (), descriptors: Texts = (), kind: str = "") -> Marking | None:
    """No marking where it is plain OFFICIAL; intelligence is always marked, because no default is used for it."""
    if is_sensitive or handling or descriptors or kind == "intelligence":
        return _flagged(is_sensitive, handling, descriptors)
    return None


MARKING_OF_SYSTEM: Mapping[str, MarkingForm] = {
    "holt": _flagged,
    "brook": _worded("OFFICIAL", "OFFICIAL-SENSITIVE"),
    "fell": _worded("Official", "Official Sensitive"),
    "marsh": _only_if_more,
    "ridge": _worded("official", "official-sensitive"),
}
"""How each system marks."""

GRADE_SCHEME_OF_SYSTEM: Mapping[str, str | None] = {
    "holt": None,
    "brook": "suffolk-five",
    "fell": None,
    "marsh": "national-four",
    "ridge": None,
}
"""The scheme that a system sends beside a response grade: of `response_grades.csv`, or none."""

_LETTERS = {"crime": "CR", "incident": "NC", "stop-search": "SS", "custody": "CU", "intelligence": "IR"}
_WORDS = {"crime": "crime", "incident": "log", "stop-search": "search", "custody": "custody", "intelligence": "intel"}
_DIGITS = {"crime": "1", "incident": "2", "stop-search": "3", "custody": "4", "intelligence": "5"}


def _slashed(kind: str, number: int, day: date) -> str:
    return f"{_LETTERS[kind]}/{number:06}/{day.year % 100:02}"


def _dated(kind: str, number: int, day: date) -> str:
    return f"{_WORDS[kind]}-{number:04}-{day.day:02}{day.month:02}{day.year % 100:02}"


def _spelt_year(kind: str, number: int, day: date) -> str:
    return f"{day.year}{_LETTERS[kind]}{number:07}"


def _numeric(kind: str, number: int, day: date) -> str:
    return f"{day.year % 100:02}{_DIGITS[kind]}{number:09}"


def _worded_reference(kind: str, number: int, day: date) -> str:
    return f"{_WORDS[kind]}-{day.year}-{number}"


REFERENCE_FORMS: Mapping[str, ReferenceForm] = {
    "slashed": _slashed,
    "dated": _dated,
    "year": _spelt_year,
    "numeric": _numeric,
    "worded": _worded_reference,
}
"""Source references; kind and number alone make them distinct within a force."""
