"""Registration marks, postcodes, telephone numbers, e-mail addresses: whether they have their form, and its one spelling. Pure.

Form is all that is looked at: whether a postcode or a number exists is not known here. What is reserved for drama and for
examples counts as valid, so that synthetic data can go through.
"""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from schemas.codes import Code
from stream_processors.identifiers import Checked

_VRM_LONGEST = 11
"""Characters of a registration mark without its spaces (POLE)."""

_LONGEST = 64
"""Characters of any of these but an e-mail address, however it is spaced; what is longer is not looked at."""

_EMAIL_LONGEST = 254
"""Characters of an e-mail address (RFC 5321, section 4.5.3.1.3, without its angle brackets)."""

_KEPT = 4096
"""Results of the two checks that cost 25 microseconds each: a person comes again with each version of a record."""

_POSTCODE = re.compile(
    r"([A-PR-UWYZ]\d\d?|[A-PR-UWYZ][A-HK-Y]\d\d?|[A-PR-UWYZ]\d[A-HJKPSTUW]|[A-PR-UWYZ][A-HK-Y]\d[ABEHMNPRVWXY]|GIR(?=0AA)"
    r"|(?:ASCN|BBND|BIQQ|FIQQ|PCRN|SIQQ|STHL|TDCU|TKCA)(?=1ZZ))(\d[ABD-HJLNP-UW-Z]{2})",
    re.ASCII,
)
"""Outward code (A9 A99 AA9 AA99 A9A AA9A, Girobank, the overseas territories) and inward code. POLE data standard DS_010, with
two errors of its print mended: Q, V and X are the letters that no postcode begins with, and P may be the third."""

_FORCES_POST_OFFICE = re.compile(r"BFPO(?:C/O)?(\d{1,4})", re.ASCII)
"""British Forces Post Office: a number in the place of a postcode."""

_PHONE = re.compile(r"\+?[\d ().\-]+", re.ASCII)
"""What one number is written with. Letters, extensions and a second number are no part of E.164: such text stays as sent."""

_DRAMA = re.compile(
    r"\+44(?:7700900|1632960|1134960|1144960|1154960|1164960|1174960|1184960|1214960|1314960|1414960|1514960|1614960|1914980"
    r"|2079460|2896496|2920180|3069990|8081570|9098790)\d{3}",
    re.ASCII,
)
"""Ofcom, "Telephone numbers for use in TV and radio drama programmes": blocks of 1,000 that are never allocated, so most are
valid to no library."""


def check_vrm(text: str) -> Checked:
    """Vehicle registration mark: letters and digits of any country, at most 11, upper case, without spaces and hyphens. Whether
    it is of a British pattern is not asked: foreign marks exist.
    """
    mark = "".join(text.split()).replace("-", "") if len(text) <= _LONGEST else ""
    mark = unicodedata.normalize("NFC", mark.upper())
    is_right = 0 < len(mark) <= _VRM_LONGEST and all(sign.isalpha() or sign in "0123456789" for sign in mark)
    return Checked(mark, None) if is_right else _wrong(text)


def check_postcode(text: str) -> Checked:
    """Postcode in capitals with its one space; `BFPO 123` stands too."""
    compact = "".join(text.split()) if len(text) <= _LONGEST else ""
    if not compact.isascii():
        return _wrong(text)
    compact = compact.upper()
    found = _POSTCODE.fullmatch(compact)
    if found:
        return Checked(f"{found[1]} {found[2]}", None)
    found = _FORCES_POST_OFFICE.fullmatch(compact)
    return Checked(f"BFPO {found[1]}", None) if found else _wrong(text)


def check_phone(text: str) -> Checked:
    """One telephone number as E.164, `+441632960123`. Without a country code it is British; a short code (101) is none."""
    return _check_phone(text) if len(text) <= _LONGEST else _wrong(text)


@lru_cache(maxsize=_KEPT)
def _check_phone(text: str) -> Checked:
    if not _PHONE.fullmatch(text.strip()):
        return _wrong(text)
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        return _wrong(text)
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    is_right = _DRAMA.fullmatch(written) is not None or phonenumbers.is_valid_number(number)
    return Checked(written, None) if is_right else _wrong(text)


def check_email(text: str) -> Checked:
    """E-mail address, its domain in lower case. What stands before the @ keeps its case: its host alone knows if it counts."""
    return _check_email(text) if len(text) <= _EMAIL_LONGEST else _wrong(text)


@lru_cache(maxsize=_KEPT)
def _check_email(text: str) -> Checked:
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return _wrong(text)
    return Checked(found.normalized, None)


def _wrong(text: str) -> Checked:
    return Checked(text, Code.FORMAT_INVALID)
