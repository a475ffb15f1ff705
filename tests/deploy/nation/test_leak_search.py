"""The search of the leak check: whatever way a string is written in, and wherever it stands, it is found; and it is told apart
from what only looks like it.
"""

import base64
import hashlib
import html
from collections.abc import Callable
from functools import cache
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leak_judge import SET_ASIDE
from leak_search import Item, Searcher
from leak_strings import DIGESTS, Identifying, Strings, collect
from leak_views import Windows

KNOWN = {
    "NAME": "Rebecca Featherstone",
    "DATE_OF_BIRTH": "1975-03-08",
    "TELEPHONE": "+441154960450",
    "POSTCODE": "AA65 2RQ",
    "PNC": "2013/9298121A",
    "PLATE": "PG93 VFS",
    "EMAIL": "diane.bennett1080@example.org",
    "NHS": "9991495142",
    "ADDRESS": "24 Zanembry Road",
}
FORMS: list[tuple[str, str]] = [
    ("NAME", "REBECCA FEATHERSTONE"), ("NAME", "rebecca  featherstone"), ("NAME", "Featherstone, Rebecca"),
    ("NAME", "Rebecca-Featherstone"), ("NAME", "rebecca_featherstone"), ("NAME", "RebeccaFeatherstone"),
    ("NAME", "FeatherstoneRebecca"), ("NAME", "R. Featherstone"), ("NAME", "Rébecca Feátherstone"),
    ("DATE_OF_BIRTH", "08/03/1975"), ("DATE_OF_BIRTH", "8.3.1975"), ("DATE_OF_BIRTH", "03/08/1975"),
    ("DATE_OF_BIRTH", "19750308"),
    ("DATE_OF_BIRTH", "8 March 1975"), ("DATE_OF_BIRTH", "8th March 1975"), ("DATE_OF_BIRTH", "March 8, 1975"),
    ("DATE_OF_BIRTH", "08-MAR-1975"), ("DATE_OF_BIRTH", "08031975"), ("DATE_OF_BIRTH", "163468800"),
    ("DATE_OF_BIRTH", "1975-03-08T00:00:00+00:00"),
    ("TELEPHONE", "0115 496 0450"), ("TELEPHONE", "01154960450"), ("TELEPHONE", "(0115) 496-0450"),
    ("TELEPHONE", "00441154960450"),
    ("TELEPHONE", "+44 (0)115 496 0450"), ("TELEPHONE", "tel01154960450x"),
    ("POSTCODE", "aa652rq"), ("POSTCODE", "AA65-2RQ"), ("POSTCODE", "at AA652RQ."),
    ("PNC", "2013 9298121A"), ("PNC", "20139298121a"), ("PLATE", "pg93vfs"), ("PLATE", "PG93-VFS"),
    ("EMAIL", "DIANE.BENNETT1080@EXAMPLE.ORG"), ("EMAIL", "diane.bennett1080"), ("NHS", "999 149 5142"),
    ("ADDRESS", "24, ZANEMBRY ROAD"), ("ADDRESS", "24ZanembryRoad"),
]  # fmt: skip


@cache
def known() -> tuple[Strings, Searcher]:
    strings = collect(Identifying(value, f"who:{sort}", sort) for sort, value in KNOWN.items())
    return strings, Searcher(strings)


def sorts(text: str, raw: bytes | None = None) -> set[str]:
    """Sorts of what is found in a text, or in bytes."""
    item = Item("feed", text.encode("utf-8", "replace") if raw is None else raw, [("field", text)] if raw is None else [])
    return {sort for hit in known()[1].find([item]) for _, sort in hit.whose}


@pytest.mark.parametrize(("sort", "form"), FORMS)
def test_every_spelling_is_found(sort: str, form: str) -> None:
    """Letter case, accents, spacing, punctuation, order, forms of days and of telephone numbers: alone, and in a text."""
    assert sort in sorts(form)
    assert sort in sorts(f"seen near {form} at noon")


ENCODINGS: list[tuple[str, Callable[[str], bytes]]] = [
    ("base64", lambda text: base64.b64encode(text.encode())),
    ("base64, one byte on", lambda text: base64.b64encode(b"x" + text.encode())),
    ("base64, two bytes on", lambda text: base64.b64encode(b"xy" + text.encode())),
    ("base64 for addresses", lambda text: base64.urlsafe_b64encode(b"\xfb\xef" + text.encode())),
    ("base64 without an end", lambda text: base64.b64encode(text.encode()).rstrip(b"=")),
    ("hexadecimal", lambda text: text.encode().hex().encode()),
    ("hexadecimal in capitals", lambda text: b"0" + text.encode().hex().upper().encode()),
    ("backwards", lambda text: text[::-1].encode()),
    ("percent signs", lambda text: quote(text, safe="").encode()),
    ("percent signs for all", lambda text: "".join(f"%{byte:02X}" for byte in text.encode()).encode()),
    ("entities", lambda text: "".join(f"&#{ord(letter)};" for letter in text).encode()),
    ("named entities", lambda text: html.escape(text).encode()),
    ("escapes", lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text).encode()),
    ("two-byte characters", lambda text: text.encode("utf-16-le")),
    ("two-byte characters the other way", lambda text: text.encode("utf-16-be")),
    ("four-byte characters", lambda text: text.encode("utf-32-le")),
]


@pytest.mark.parametrize("sort", ["NAME", "TELEPHONE", "PNC", "EMAIL", "ADDRESS"])
@pytest.mark.parametrize("encode", [case[1] for case in ENCODINGS], ids=[case[0] for case in ENCODINGS])
def test_every_encoding_is_undone(encode: Callable[[str], bytes], sort: str) -> None:
    """Whatever else stands around it."""
    assert sort in sorts(encode(KNOWN[sort]).decode("latin-1"))
    assert sort in sorts("before " + encode(KNOWN[sort]).decode("latin-1") + " behind")


@pytest.mark.parametrize("sort", sorted(KNOWN))
@pytest.mark.parametrize("name", DIGESTS)
def test_a_digest_without_a_key_is_found(name: str, sort: str) -> None:
    """Of the value as it stands, in small and in capital letters, and bare; whole and shortened; as bytes at any offset, in
    hexadecimal and in base64."""
    value = KNOWN[sort]
    for form in (value, value.lower(), value.upper(), value.replace(" ", "")):
        digest = hashlib.new(name, form.encode()).digest()
        for raw in (b"abc" + digest, digest[:8] + b"z", digest.hex().encode(), digest.hex()[:32].encode(),
                    base64.b64encode(digest), b"id=" + base64.urlsafe_b64encode(digest).rstrip(b"=")):  # fmt: skip
            assert sort in sorts("", raw)


@pytest.mark.parametrize(
    "text",
    ["becca Featherston", "1975", "8 March", "March 1975", "0115 496", "AA65", "Zanembry", "PG93",
     "aHR0cHM6", "0123456789abcdef0123456789abcdef"],
)  # fmt: skip
def test_what_is_coarser_or_other_is_not_taken_for_it(text: str) -> None:
    """A year, an outward postcode, the beginning of a number, half of a name: nobody is found by it."""
    assert sorts(text) == set()


@given(st.binary(max_size=200), st.integers(0, 8), st.sampled_from(sorted(KNOWN)))
def test_a_window_is_found_at_every_offset(noise: bytes, at: int, sort: str) -> None:
    """Bytes around it and where it begins are no matter."""
    number = int.from_bytes(hashlib.sha256(sort.encode()).digest()[:8], "big")
    content = noise[:at] + number.to_bytes(8, "big") + noise[at:]
    assert number in {found for _, found in Windows([number, 1, 2**64 - 1]).find(content)}


@given(st.text(max_size=60))
def test_random_text_names_nobody(text: str) -> None:
    """Nothing is found where nothing was put."""
    assert sorts(text) == set()


def test_every_reason_to_set_aside_is_told() -> None:
    """Each has words for a report."""
    assert all(len(why) > 20 for why in SET_ASIDE.values())
