"""Every string that identifies somebody in a simulated nation, in the ways in which it may be written: what the leak check
looks for.

Text is folded before it is searched (letter case, accents, punctuation and spacing go), so a form here is a matter of words:
the order of names, how a day is written, a telephone number with and without its country. What is *encoded* (base64, hex,
percent signs, two-byte characters, backwards) is undone in the text that is searched: `leak_views`. Digests stand here,
because they can't be undone.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple

Whose = tuple[str, str]
"""Identity, and the sort of identifier by which it is meant."""

NAMES = frozenset(("NAME", "ALIAS"))
DATE_OF_BIRTH, RECORD, EVENT = "DATE_OF_BIRTH", "RECORD", "EVENT"
"""Sorts with rules of their own. RECORD, EVENT: what joins two feeds, a record's own reference and an event's id."""
LEAST_DISTINCT = 9
"""Letters and digits from which on a string is looked for inside of other characters, without a boundary: nine letters of one
name or address don't come together by chance."""
LEAST_DISTINCT_MIXED = 7
"""The same for one with digits and with letters that no hexadecimal number has: a plate, a postcode."""
LEAST_DISTINCT_HEX = 10
"""The same for what might stand in a hexadecimal number by chance: 40 bits. A day writes some 10^8 such characters, so even
a telephone number is met by chance less than once; a hit inside of a key that is as it should be is told apart."""
DIGESTS = ("md5", "sha1", "sha256", "sha512")
DIGEST_BYTES = 8
"""The first bytes of a digest, which are looked for: a shortened digest is found too."""
_ONLY_WORDS = frozenset((DATE_OF_BIRTH, RECORD))
"""Of a day the digits are few; one record's reference is the beginning of another's (`log-2`, `log-22`)."""
_MONTHS = "january february march april may june july august september october november december".split()
_CLOCK = re.compile(r"(?<=\d)[Tt](?=\d\d:)")
"""Between the day and the time of day: without it the day's last digits and the hour would be one word."""
_POSSESSIVE = re.compile(r"(?<=\w)['\N{RIGHT SINGLE QUOTATION MARK}][sS]\b|\([sS]\)")
"""Jones's window is not Jones S., which would be Samantha Jones by her initial; nor is `Offender(s) jack up a car` S. Jack."""
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "\N{LATIN SMALL LETTER DOTLESS I}": "i", "þ": "th", "ð": "d", "ħ": "h"}
)
_BLANK = bytes(byte if chr(byte).isalnum() or byte >= 128 else 32 for byte in range(256))


@lru_cache(maxsize=400_000)
def fold(text: str) -> bytes:
    """Words in small letters without accents, one blank between them and none around: UTF-8."""
    if "s" in text or "S" in text:
        text = _POSSESSIVE.sub("", text)
    if ":" in text:
        text = _CLOCK.sub(" ", text)
    if "\0" in text:  # two-byte characters, read as one-byte ones
        text = text.replace("\0", "")
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
        text = "".join(c if c.isalnum() else "" if unicodedata.combining(c) else " " for c in plain)
    return b" ".join(text.lower().encode("utf-8", "surrogatepass").translate(_BLANK).split())


def bones(words: bytes) -> bytes:
    """The letters and digits of folded words alone."""
    return words.replace(b" ", b"")


class Strings(NamedTuple):
    """What is looked for. Bytes are folded."""

    words: dict[bytes, set[Whose]]
    """Found only as whole words."""
    distinct: dict[bytes, set[Whose]]
    """Found anywhere, once all but letters and digits is gone."""
    digests: dict[int, set[Whose]]
    """The first bytes of a digest without a key, as a big-endian number."""
    short: int
    """Strings that are looked for as whole words only."""


class Identifying(NamedTuple):
    """One string of the truth."""

    value: str
    of: str
    sort: str


def collect(found: Iterable[Identifying]) -> Strings:
    """All forms of all strings."""
    words: dict[bytes, set[Whose]] = defaultdict(set)
    distinct: dict[bytes, set[Whose]] = defaultdict(set)
    digests: dict[int, set[Whose]] = defaultdict(set)
    short, told = 0, set[str]()
    forms: dict[tuple[str, bool, bool], tuple[list[bytes], list[int]]] = {}
    for value, of, sort in found:
        key = (value, sort in NAMES, sort == DATE_OF_BIRTH)
        if key not in forms:
            forms[key] = ([form for form in map(fold, spellings(value, sort)) if form], list(digests_of(value)))
        folded, numbers = forms[key]
        for form in folded:
            words[form].add((of, sort))
            is_initial = sort in NAMES and any(len(word) == 1 for word in form.split())
            if is_distinct(bare := bones(form)) and sort not in _ONLY_WORDS and not is_initial:
                distinct[bare].add((of, sort))
        for number in numbers:
            digests[number].add((of, sort))
        if value not in told and not is_distinct(bones(fold(value))):
            short += 1
        told.add(value)
    return Strings(dict(words), dict(distinct), dict(digests), short)


def is_distinct(bare: bytes) -> bool:
    """Whether letters and digits like these don't come together by chance."""
    if set(bare) <= set(b"0123456789abcdef"):
        return len(bare) >= LEAST_DISTINCT_HEX
    is_mixed = any(byte in b"0123456789" for byte in bare)
    return len(bare) >= (LEAST_DISTINCT_MIXED if is_mixed else LEAST_DISTINCT)


def spellings(value: str, sort: str) -> Iterator[str]:
    """The value, and other ways to write it that differ by more than letter case, accents, punctuation and spacing."""
    yield value
    if sort in NAMES:
        yield from _orders(value)
    elif sort == DATE_OF_BIRTH:
        yield from _days(value)
    elif sort == "TELEPHONE":
        yield from _numbers(value)
    elif sort == "EMAIL":
        yield value.partition("@")[0]
    if not value.isascii():
        yield value.encode().decode("ascii", "ignore")  # as it is left where bytes above 127 are lost


def _orders(name: str) -> Iterator[str]:
    parts = name.split()
    if len(parts) == 2:
        first, last = parts
        yield f"{last} {first}"
        yield f"{first[0]} {last}"
        yield f"{last} {first[0]}"
    elif len(parts) == 3:
        yield f"{parts[2]} {parts[0]} {parts[1]}"
        yield f"{parts[0]} {parts[2]}"


def _days(value: str) -> Iterator[str]:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return  # the truth has other forms of the same day; this is made from its ISO form
    year, month, number = day.year, day.month, day.day
    name = _MONTHS[month - 1]
    for d in {f"{number}", f"{number:02}"}:
        for m in {f"{month}", f"{month:02}"}:
            yield from (f"{d} {m} {year}", f"{m} {d} {year}", f"{year} {m} {d}")
        for m in (name, name[:3]):
            yield from (f"{d} {m} {year}", f"{m} {d} {year}", f"{year} {m} {d}", f"{d}{_ending(number)} {m} {year}")
    yield from (f"{day:%Y%m%d}", f"{day:%d%m%Y}", f"{day:%m%d%Y}", f"{day:%d%b%Y}", f"{day:%Y%j}")
    midnight = int(datetime(year, month, number, tzinfo=UTC).timestamp())
    yield from (f"{midnight}", f"{midnight * 1000}")


def _ending(number: int) -> str:
    return "th" if 10 < number < 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _numbers(telephone: str) -> Iterator[str]:
    digits = "".join(c for c in telephone if c.isdigit())
    core = digits.removeprefix("0044").removeprefix("44").removeprefix("0") if digits.startswith(("44", "0")) else digits
    if core != digits and len(core) >= 9:
        yield from (core, f"0{core}", f"44{core}", f"0044{core}", f"440{core}")


def digests_of(value: str) -> Iterator[int]:
    """Digests without a key of the value as it stands and of its canonical forms."""
    folded = fold(value)
    forms = {value.encode(), value.lower().encode(), value.upper().encode(), " ".join(value.split()).upper().encode()}
    forms |= {folded, bones(folded), bones(folded).upper(), value.replace(" ", "").encode()}
    for form in forms:
        for name in DIGESTS:
            digest = hashlib.new(name, form, usedforsecurity=False).digest()
            yield int.from_bytes(digest[:DIGEST_BYTES], "big")
