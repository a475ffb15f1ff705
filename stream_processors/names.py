"""What a name field holds instead of one name: a title, an organisation, several names, a placeholder, digits and signs. Pure.

NPCC Minimum POLE Data Standards Dictionary v1.1, quality rules. A name is flagged, never changed: blank beats a known error,
but a hub must not guess what a name should have been. Words that are names of many people too (Trust, Lady, Nil, Hall, King)
are in none of the lists.
"""

import unicodedata
from functools import lru_cache

from schemas.codes import Code

_LONGEST = 35
"""Characters of a given name or a surname (POLE)."""

_LONGEST_LOOKED_AT = 4 * _LONGEST
"""Code points: a letter may be written as one with three marks. What is longer is not looked at."""

_SIGNS = frozenset(" -'\u2019\u02bc\u2010\u2011\u200c\u200d")
"""Space, hyphen, apostrophe; typographer's apostrophes and hyphens; the joiners that Persian and Indian scripts need."""

_TITLES = frozenset(
    "mr mrs miss ms mx dr prof professor rev reverend sir dame lord cllr councillor pc pcso dc sgt sergeant inspector".split()
)

_ORGANISATION = frozenset(
    "ltd limited plc llp inc gmbh company council constabulary police hospital university school college supermarket stores "
    "services association".split()
)

_BETWEEN_NAMES = frozenset("and aka alias formerly née nee".split())
"""Between two names of one field; as its first word each can be a name."""

_PLACEHOLDERS = frozenset(
    (
        "tbc", "tba", "nk", "none", "null", "anonymous", "refused", "withheld", "deceased", "test", "xx", "xxx", "not known",
        "not given", "not stated", "not provided", "not recorded", "not applicable", "no name",
    )
)  # fmt: skip
"""The whole of a field. `.`, `N/A` and `?` are found by their signs."""

_UNKNOWN = "unknown"
"""Anywhere in a field: `Unknown`, `UNKNOWN MALE`."""


def name_fault(text: str, is_forename: bool) -> Code | None:
    """FORMAT_INVALID where a name is too long, NAME_UNLIKELY where it has the form of something else, else None. A blank has no
    fault. `is_forename`: titles are looked for, which stand before a name; some surnames are spelt as one.
    """
    return _name_fault(text, is_forename) if len(text) <= _LONGEST_LOOKED_AT else Code.FORMAT_INVALID


@lru_cache(maxsize=8192)
def _name_fault(text: str, is_forename: bool) -> Code | None:
    if len(text) > _LONGEST and len(unicodedata.normalize("NFC", text)) > _LONGEST:
        return Code.FORMAT_INVALID
    return Code.NAME_UNLIKELY if text and not _is_likely(text, is_forename) else None


def _is_likely(text: str, is_forename: bool) -> bool:
    words = text.casefold().split(" ")
    if "" in words or not _is_spelt_as_name(text):
        return False
    unlikely = _ORGANISATION | {_UNKNOWN} | (_TITLES if is_forename else frozenset())
    return unlikely.isdisjoint(words) and _BETWEEN_NAMES.isdisjoint(words[1:]) and text.casefold() not in _PLACEHOLDERS


def _is_spelt_as_name(text: str) -> bool:
    """At least one letter, and nothing but letters of any script with their marks and the signs between them."""
    letters = [sign for sign in text if sign not in _SIGNS]
    return any(map(str.isalpha, letters)) and all(
        sign.isalpha() or unicodedata.category(sign) in {"Mn", "Mc"} for sign in letters
    )
