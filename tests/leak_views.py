"""Bytes as the leak check reads them: what was written another way is read back, so that one form of a string is enough."""

import binascii
import html
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

import numpy as np

_HEX = re.compile(rb"[0-9a-fA-F]{8,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{6,}")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_URLSAFE = bytes.maketrans(b"-_", b"+/")
_KEEP_SMALL = bytes(ord(chr(byte).lower()) if byte < 128 and chr(byte).isalnum() else 32 for byte in range(256))
_DROP = bytes(byte for byte in range(256) if byte >= 128 or not chr(byte).isalnum())


class Read(NamedTuple):
    """Bytes that were found encoded."""

    how: str
    content: bytes
    is_whole: bool
    """Whether it is all that the run stands for."""


def small(content: bytes) -> bytes:
    """The letters and digits of any bytes, in small letters: what else there is, zero bytes too, goes. ASCII only."""
    return content.translate(_KEEP_SMALL, _DROP)


def words_of(content: bytes) -> bytes:
    """The words of any bytes. ASCII only."""
    return b" ".join(content.translate(_KEEP_SMALL).split())


def undone(text: str) -> Iterator[str]:
    """Text whose percent signs, entities or escapes have been undone: one for each that there was."""
    if "%" in text:
        yield unquote(text, errors="replace")
    if "&" in text:
        yield html.unescape(text)
    if "\\u" in text:
        yield _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    if "=" in text and re.search(r"=[0-9A-F]{2}", text):
        yield unquote(re.sub(r"=([0-9A-F]{2})", r"%\1", text), errors="replace")


def runs_of(content: bytes) -> Iterator[bytes]:
    """Every run of letters that may be hexadecimal or base64."""
    yield from _HEX.findall(content)
    yield from _BASE64.findall(content)


def decoded(run: bytes) -> Iterator[Read]:
    """What the run stands for, at every offset at which it may begin."""
    if _HEX.fullmatch(run):
        for skip in (0, 1):
            digits = run[skip : len(run) - (len(run) - skip) % 2]
            yield Read("hex", binascii.unhexlify(digits), len(digits) == len(run))
    letters = run.translate(_URLSAFE)
    for skip in range(4):
        whole = letters[skip:]
        whole = whole[:-1] if len(whole) % 4 == 1 else whole
        if len(whole) >= 4:
            yield Read("base64", binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)), len(whole) == len(run))


class Windows:
    """Looks for numbers of eight bytes at every offset of anything: a bitmap says no to most, a sorted table to the rest."""

    _BITS = 27

    def __init__(self, numbers: list[int]) -> None:
        self._known = np.sort(np.array(numbers, dtype=np.uint64))
        self._map = np.zeros(1 << (self._BITS - 3), dtype=np.uint8)
        slot = self._slot(self._known)
        np.bitwise_or.at(self._map, slot >> 3, (1 << (slot & 7)).astype(np.uint8))

    def _slot(self, numbers: "np.ndarray[tuple[int], np.dtype[np.uint64]]") -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        return (numbers >> np.uint64(64 - self._BITS)).astype(np.int64)

    def find(self, content: bytes) -> Iterator[tuple[int, int]]:
        """Offset and number of each that stands there."""
        for first in range(8):
            count = (len(content) - first) // 8
            if count <= 0:
                break
            here = np.frombuffer(content, dtype=">u8", count=count, offset=first).astype(np.uint64)
            slot = self._slot(here)
            likely = np.flatnonzero(self._map[slot >> 3] >> (slot & 7).astype(np.uint8) & 1)
            if len(likely) and len(self._known):
                chosen = here[likely]
                place = np.minimum(np.searchsorted(self._known, chosen), len(self._known) - 1)
                for index in np.flatnonzero(self._known[place] == chosen):
                    yield first + 8 * int(likely[index]), int(chosen[index])
