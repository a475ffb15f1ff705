"""Identifiers that pass their own check and that nobody has. Pure functions of an integer.

Each function is injective over the numbers that it takes, so two numbers never make one identifier. `spread` scatters a
running number over the range of a kind without losing that. `SOURCES.md` says why no identifier made here can be a real one.
"""

_CHECK_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
"""By remainder of 23: PNC, CRO and arrest summons numbers (NPCC Minimum POLE Data Standards Dictionary v1.1)."""
_SCATTER = 15_485_863
"""A prime that divides none of the ranges below: multiplying by it permutes each of them."""
TELEPHONES = 17_000
"""How many telephone numbers there are."""
_DRAMA_BLOCKS = (
    "7700900", "1632960", "1134960", "1144960", "1154960", "1164960", "1174960", "1184960", "1214960", "1314960", "1414960",
    "1514960", "1614960", "1914980", "2079460", "2920180", "2896496",
)  # fmt: skip
"""Ofcom, "Telephone numbers for use in TV and radio drama programmes": blocks of 1,000 that are never allocated."""
NHS_NUMBERS = 500_000
PNC_IDS = 1_000_000
"""In each year."""
CRO_NUMBERS = 100_000
"""In each year."""
ARRESTS = 10_000_000_000
"""In each year, of each force."""
_PLATE_LETTERS = "BCDFGHJKLMNPRSTVWXY"
"""Consonants that a current plate may have in its last three places, so that none spells a word."""
_FIRST_LETTERS = "ABCDEFGHKLMNOPRSVWY"
"""First letters of the DVLA's memory tags."""
PLATES = len(_FIRST_LETTERS) * len(_PLATE_LETTERS) ** 4 * 10
_AREAS = ("AA", "EE", "FF", "HH", "KK", "MM", "OO", "PP", "RR", "TT", "UU", "WW", "YY", "GG")
"""Letter pairs that are the postcode area of no post town."""
_DISTRICTS = 99
OUTWARD_CODES = len(_AREAS) * _DISTRICTS
_INWARD_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
"""Royal Mail never uses C, I, K, M, O and V there."""
INWARD_CODES = 10 * len(_INWARD_LETTERS) ** 2
UPRNS = 1_000_000_000
_MAIL_DOMAINS = ("example.org", "example.com", "example.net")
"""RFC 2606: reserved for examples."""
_ASCII = str.maketrans(
    {
        **dict.fromkeys("áàâäãåăą", "a"), **dict.fromkeys("ćč", "c"), **dict.fromkeys("éèêëęě", "e"), "ğ": "g",
        **dict.fromkeys("íìîï", "i"), "ł": "l", **dict.fromkeys("ńñ", "n"), **dict.fromkeys("óòôöõ", "o"),
        **dict.fromkeys("śșşš", "s"), **dict.fromkeys("țţ", "t"), **dict.fromkeys("úùûü", "u"), "ŵ": "w",
        **dict.fromkeys("ŷý", "y"), **dict.fromkeys("źżž", "z"), "'": "", " ": "", "-": "",
    }
)  # fmt: skip
"""For e-mail addresses only: names keep their letters everywhere else."""


def spread(number: int, of: int, shift: int = 0) -> int:
    """A number from 0 to `of` - 1, another one for each `number` below `of`."""
    return (number * _SCATTER + shift) % of


def make_telephone(number: int) -> str:
    """E.164, of Ofcom's numbers for drama; `number` below TELEPHONES."""
    return f"+44{_DRAMA_BLOCKS[number // 1000]}{number % 1000:03d}"


def make_nhs_number(number: int) -> str:
    """Ten digits of the range 999, kept for tests (NHS England), with the check digit of modulus 11. `number` below
    NHS_NUMBERS: of the two serials that it has, the first whose check digit isn't 10.
    """
    for serial in (2 * number, 2 * number + 1):
        digits = f"999{serial:06d}"
        check = -sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=True)) % 11
        if check < 10:
            return f"{digits}{check}"
    raise ValueError("both serials without a check digit: they differ in the last digit only, so this can't be")


def make_pnc_id(year: int, number: int) -> str:
    """`YYYY/NNNNNNND` with a serial of 9,000,000 and above; `number` below PNC_IDS."""
    serial = 9_000_000 + number
    return f"{year}/{serial}{_CHECK_LETTERS[(year % 100 * 10_000_000 + serial) % 23]}"


def make_cro_number(year: int, number: int) -> str:
    """`NNNNNN/YYD`, the standard form, with a serial of 900,000 and above; `number` below CRO_NUMBERS."""
    serial = 900_000 + number
    return f"{serial}/{year % 100:02d}{_CHECK_LETTERS[(year % 100 * 1_000_000 + serial) % 23]}"


def make_asn(force_code: str, year: int, number: int) -> str:
    """Arrest summons number `YYFFFFSSNNNNNNNNNNND`: year, two-digit force code, station 00, system 01, and an 11-digit number
    of 90,000,000,000 and above; `number` below ARRESTS. The station is not in the sum (Ministry of Justice, `Asn`).
    """
    serial, short = 90_000_000_000 + number, year % 100
    return f"{short:02d}{force_code}0001{serial}{_CHECK_LETTERS[int(f'{force_code}01{short:02d}{serial}') % 23]}"


def make_plate(number: int) -> str:
    """Current form with an age identifier of 90 to 99, which is issued from September 2040 at the earliest; `number` below
    PLATES.
    """
    number, age = divmod(number, 10)
    number, first = divmod(number, len(_FIRST_LETTERS))
    letters = ""
    for _ in range(4):
        number, letter = divmod(number, len(_PLATE_LETTERS))
        letters += _PLATE_LETTERS[letter]
    return f"{_FIRST_LETTERS[first]}{letters[0]}{90 + age} {letters[1:]}"


def make_outward_code(number: int) -> str:
    """First half of a postcode, of an area that no post town has; `number` below OUTWARD_CODES. Neighbouring numbers lie in
    one area.
    """
    area, district = divmod(number, _DISTRICTS)
    return f"{_AREAS[area]}{district + 1}"


def make_inward_code(number: int) -> str:
    """Second half of a postcode; `number` below INWARD_CODES."""
    number, sector = divmod(number, 10)
    first, second = divmod(number, len(_INWARD_LETTERS))
    return f"{sector}{_INWARD_LETTERS[first]}{_INWARD_LETTERS[second]}"


def make_uprn(number: int) -> str:
    """Twelve digits that begin with 999; `number` below UPRNS."""
    return f"999{number:09d}"


def make_email(given_name: str, surname: str, number: int) -> str:
    """An address in a domain that is reserved for examples. The number makes it the only one."""
    name = ".".join(part for part in (given_name, surname) if part).lower().translate(_ASCII)
    return f"{name}{number}@{_MAIL_DOMAINS[number % 3]}"
