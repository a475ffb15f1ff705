"""Searches everything that a hub has written for everything that identifies somebody.

An `Item` is one thing that was written: a delivery's value, a header, a key, a ledger entry, a line of a log. Its *leaves* are
its texts and numbers by path, read by its schema; its *raw* bytes are all of it. Leaves are searched word by word for every
string; raw bytes, with everything but letters and digits gone, for those that don't come together by chance, for digests at
every offset, and for what hexadecimal and base64 runs stand for.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

from ahocorasick_rs import BytesAhoCorasick
from leak_strings import NAMES, Strings, Whose, bones, fold
from leak_views import Windows, decoded, small, undone, words_of

from deploy.nation.truth import VersionRow
from schemas.records import Record

WHOLE = ""
"""Path of raw bytes: where in the item is not said."""
_LEAST_DECODED = 10
"""Letters and digits from which on a string counts that was found in decoded bytes: most runs are no encoding, and what they
decode to is noise. A shorter one counts where it is all that there is."""
_LEAST_BACKWARDS = 6
"""The same for a word that is read backwards: a shorter one is often another word forwards."""


@dataclass(frozen=True)
class Item:
    """One thing that was written."""

    where: str
    """feed, key, header, time, ledger, vector, holders, tally, letter, error, log or metric."""
    raw: bytes
    leaves: Sequence[tuple[str, str]]
    """Path without positions, and value as text. Constants of the rules are left out: `leak_items`."""
    agency: str = ""
    row: VersionRow | None = None
    """The version that it came of."""
    earlier: tuple[VersionRow, ...] = ()
    """The record's versions before."""
    standard: Record = field(default_factory=dict)
    """The record as the hub has it."""
    keyed: frozenset[str] = field(default_factory=frozenset)
    """Keys and ids in it that are as they should be: made anew with the hub's own key."""
    has_record: bool = False
    foreign: frozenset[str] = field(default_factory=frozenset)
    """Ids of the same event that belong to the hub alone, or to another feed: none may stand here."""


class Hit(NamedTuple):
    """Something that identifies, and where it was found."""

    item: Item
    path: str
    how: str
    """words, inside, backwards, base64, hex, digest: how it was written."""
    is_bare: bool
    """Whether the positions count letters and digits alone, or words with their blanks."""
    whose: frozenset[Whose]
    start: int
    end: int
    text: bytes
    """The folded string. Not for a report."""


Leaf = tuple[Item, str, bytes]
"""An item, a path in it, and what stands there as it is searched."""


class _Automaton:
    """One search for many strings at once."""

    def __init__(self, strings: Mapping[bytes, set[Whose]], edge: bytes) -> None:
        self.is_bare = not edge
        self._texts, self._whose = list(strings), [frozenset(whose) for whose in strings.values()]
        self._automaton = BytesAhoCorasick([edge + text + edge for text in self._texts])

    def find(self, how: str, leaves: Sequence[Leaf], least: int = 0, *, turned: bool = False) -> Iterator[Hit]:
        """Hits of at least so many characters. `turned`: the leaves stand here backwards; positions are those forwards."""
        starts = [0, *accumulate(len(text) + 1 for _, _, text in leaves)]
        whole = b"\n".join(text for _, _, text in leaves)
        for index, start, end in self._automaton.find_matches_as_indexes(whole, overlapping=True):
            if len(self._texts[index]) < least:
                continue
            place = bisect_right(starts, start) - 1
            item, path, text = leaves[place]
            first, last = start - starts[place], end - starts[place]
            if turned:
                first, last = len(text) - last, len(text) - first
            yield Hit(item, path, how, self.is_bare, self._whose[index], first, last, self._texts[index])


class Searcher:
    """Made once for a truth; searches batch after batch."""

    def __init__(self, strings: Strings) -> None:
        self._whole = {text: frozenset(whose) for text, whose in strings.words.items()}
        self._words, self._bare = _Automaton(strings.words, b" "), _Automaton(strings.distinct, b"")
        self._digests = {number: frozenset(whose) for number, whose in strings.digests.items()}
        self._windows = Windows(list(strings.digests))

    def find(self, items: Sequence[Item]) -> Iterator[Hit]:
        """Every hit in these items, allowed or not; those that say where in the item they are come first."""
        leaves = [(item, path, value) for item in items for path, value in item.leaves]
        leaves += [(item, path, other) for item, path, value in leaves for other in undone(value)]
        folded = [(item, path, b" %b " % fold(value)) for item, path, value in leaves]
        bare = [(item, path, bones(words)) for item, path, words in folded]
        yield from self._words.find("words", folded)
        yield from self._bare.find("inside", bare)
        yield from self._words.find("backwards", _backwards(folded), _LEAST_BACKWARDS, turned=True)
        yield from self._bare.find("backwards", _backwards(bare), turned=True)
        yield from self._raw([item for item in items if item.raw])

    def _raw(self, items: Sequence[Item]) -> Iterator[Hit]:
        # Names are not looked for in raw letters: two fields side by side (a surname, the next one's given name) would make
        # up a third person's name. Whole and in parts they are found in the leaves, which are all text that there is.
        for hit in self._bare.find("inside", [(item, WHOLE, small(item.raw)) for item in items]):
            if any(sort not in NAMES for _, sort in hit.whose):
                yield hit
        yield from self._find_digests([(item, "digest", item.raw) for item in items])
        reads = [(item, read) for item in items for read in decoded(item.raw)]
        yield from self._find_digests([(item, f"digest in {read.how}", read.content) for item, read in reads])
        for how in ("base64", "hex"):
            mine = [(item, read.content) for item, read in reads if read.how == how]
            yield from self._bare.find(how, [(item, WHOLE, small(content)) for item, content in mine], _LEAST_DECODED)
            for item, content in mine:
                words = words_of(content)
                whose = self._whole.get(words) if len(words) * 2 > len(content) else None
                if whose:
                    yield Hit(item, WHOLE, how, False, whose, 0, len(words), words)

    def _find_digests(self, contents: Sequence[Leaf]) -> Iterator[Hit]:
        starts = [0, *accumulate(len(content) for _, _, content in contents)]
        for offset, number in self._windows.find(b"".join(content for _, _, content in contents)):
            item, how, content = contents[place := bisect_right(starts, offset) - 1]
            if offset - starts[place] + 8 <= len(content):  # not where one ends and the next begins
                yield Hit(item, WHOLE, how, False, self._digests[number], offset, offset + 8, b"")


def _backwards(leaves: Sequence[Leaf]) -> list[Leaf]:
    return [(item, path, text[::-1]) for item, path, text in leaves]


def batches(items: Iterable[Item], size: int = 2_000) -> Iterator[list[Item]]:
    """So many together: each search costs a little by itself."""
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
