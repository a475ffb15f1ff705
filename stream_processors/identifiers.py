"""Identifiers of persons, arrests and properties: whether their check character holds, and their one national spelling. Pure.

NPCC Minimum POLE Data Standards Dictionary v1.1; the sums are those of the Ministry of Justice's open code
(hmpps-person-record: PNC and CRO; bichard7-next-core: arrest summons numbers).
"""

import re
from typing import NamedTuple

from nhs_number.validate import is_valid

from schemas.codes import Code

CHECK_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
"""By remainder of 23: PNC, CRO and arrest summons numbers. No I, O and S."""

LONGEST = 32
"""Characters. No identifier has more, however it is spaced: what is longer is not looked at, so a megabyte costs nothing."""

_PNC = re.compile(r"(\d{2}|\d{4})/0*(\d{1,7})([A-Z])|(\d{4})(\d{7})([A-Z])|(\d{2})(\d{1,7})([A-Z])", re.ASCII)
_CRO = re.compile(r"(\d{1,6})/(\d{2})([A-Z])", re.ASCII)
_CRO_SMALL_FILE = re.compile(r"SF(\d{2})/0*(\d{1,6})([A-Z])", re.ASCII)
_ASN = re.compile(r"(\d{2})[0-9A-Z]?([0-9A-Z]{2})([0-9A-Z]{2})([0-9A-Z]{2})(\d{11})([A-Z])", re.ASCII)
_ASN_SLASHED = re.compile(r"(\d{2})/([0-9A-Z]{2})([0-9A-Z]{2})/([0-9A-Z]{2})/(\d{1,11})([A-Z])", re.ASCII)
_NINO = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]", re.ASCII)
_UPRN = re.compile(r"(\d{1,12})(?:\.0)?", re.ASCII)


class Checked(NamedTuple):
    """The national spelling of a value and no fault; or the value as it was sent, to the last space, and what is wrong."""

    value: str
    fault: Code | None


def check_pnc(text: str, year: int) -> Checked:
    """Police National Computer identifier, `YYYY/NNNNNNND`. `year` is the current one: a short form (`81/34U`, `033Y`) whose
    two digits are above its own is of the last century, and a full year above it can't be.
    """
    found = _PNC.fullmatch(_compact(text))
    if found is None:
        return _wrong(text)
    issued, serial, letter = (part for part in found.groups() if part is not None)
    if len(issued) == 2:
        issued = f"{20 if int(issued) <= year % 100 else 19}{issued}"
    is_right = letter == _letter(f"{issued[2:]}{serial:0>7}") and 1900 <= int(issued) <= year
    return Checked(f"{issued}/{serial:0>7}{letter}", None) if is_right else _wrong(text)


def check_cro(text: str) -> Checked:
    """Criminal Records Office number: `NNNNNN/YYD`, or `SFYY/N...D` of a small file, whose serial is not padded, in its sum
    neither. The year stays in two digits: no century is written anywhere.
    """
    compact = _compact(text)
    found = _CRO.fullmatch(compact)
    if found:
        serial, issued, letter = found.groups()
        serial = serial.zfill(6)
        return Checked(f"{serial}/{issued}{letter}", None) if letter == _letter(issued + serial) else _wrong(text)
    found = _CRO_SMALL_FILE.fullmatch(compact)
    if found is None:
        return _wrong(text)
    issued, serial, letter = found.groups()
    return Checked(f"SF{issued}/{serial}{letter}", None) if letter == _letter(issued + serial) else _wrong(text)


def check_asn(text: str) -> Checked:
    """Arrest summons number, `YYFFUUSSNNNNNNNNNNND`: year, force, unit, system, serial. The unit is not in the sum; a force or
    system with a letter counts as empty. The form with slashes and the one of 21 characters (a top-level code before the
    force) become that of 20, as the court system sends them to the Police National Computer.
    """
    compact = _compact(text)
    found = _ASN.fullmatch(compact) or _ASN_SLASHED.fullmatch(compact)
    if found is None:
        return _wrong(text)
    issued, force, unit, system, serial, letter = found.groups()
    summed = "".join(part for part in (force, system) if part.isdigit())
    is_right = letter == _letter(f"{summed}{issued}{serial:0>11}")
    return Checked(f"{issued}{force}{unit}{system}{serial:0>11}{letter}", None) if is_right else _wrong(text)


def check_nhs_number(text: str) -> Checked:
    """Ten digits with the check digit of modulus 11. Every range counts: those of Scotland and Northern Ireland too, and 999,
    which NHS England keeps for tests. `0000000000` fits the sum and is in no range.
    """
    compact = _compact(text).replace("-", "")
    is_right = bool(compact.strip("0")) and is_valid(compact)
    return Checked(compact, None) if is_right else _wrong(text)


def check_nino(text: str) -> Checked:
    """National Insurance number: two letters, six digits, A to D. It has no check character; some prefixes are never issued
    (HM Revenue and Customs, National Insurance Manual NIM39110).
    """
    compact = _compact(text)
    return Checked(compact, None) if _NINO.fullmatch(compact) else _wrong(text)


def check_uprn(text: str) -> Checked:
    """Unique property reference number: up to twelve digits, written as twelve (POLE). It has no check digit; zero is none. The
    `.0` that a spreadsheet has put behind it (London Fire Brigade's file) is left out.
    """
    found = _UPRN.fullmatch(_compact(text))
    return Checked(found[1].zfill(12), None) if found and found[1].strip("0") else _wrong(text)


def _compact(text: str) -> str:
    """Upper case without spaces; empty where no identifier can be in it. Other scripts stay out: `upper` would make ASCII of
    some of their letters, and the sums would read their digits.
    """
    if len(text) > LONGEST:
        return ""
    compact = "".join(text.split())
    return compact.upper() if compact.isascii() else ""


def _letter(digits: str) -> str:
    return CHECK_LETTERS[int(digits) % 23]


def _wrong(text: str) -> Checked:
    return Checked(text, Code.IDENTIFIER_INVALID)
