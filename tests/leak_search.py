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
from leak_views import Read, Windows, decoded, runs_of, small, undone, words_of

from deploy.nation.truth import VersionRow
from schemas.records import Record

WHOLE = ""
"""Path of raw bytes: where in the item is not said."""
_LEAST_DECODED = 10
"""Letters and digits from which on a string counts that was found in decoded bytes: most runs are no encoding, and what they
decode to is noise. A shorter one counts where it is all that there is."""
_LEAST_WHOLE = 5
"""The same for a string that is all that a run stands for. Of four letters every thousandth word of six is the base64."""
_LEAST_RAW = 9
"""The same in raw bytes, where the end of one field stands beside the beginning of the next."""
_REMEMBERED = 1_000_000
NUMBER = "#"
"""Ends the path of a number or a time: its digits are compared as a whole."""
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
    place: int
    """Number of the leaf among those of its batch: two persons' names have one path."""


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
            yield Hit(item, path, how, self.is_bare, self._whose[index], first, last, self._texts[index], place)


class Searcher:
    """Made once for a truth; searches batch after batch."""

    def __init__(self, strings: Strings) -> None:
        self._whole = {text: frozenset(whose) for text, whose in strings.words.items()}
        self._words, self._bare = _Automaton(strings.words, b" "), _Automaton(strings.distinct, b"")
        self._digests = {number: frozenset(whose) for number, whose in strings.digests.items()}
        self._windows = Windows(list(strings.digests))
        self._clean: set[bytes] = set()
        """Runs that stand for nobody."""

    def find(self, items: Sequence[Item]) -> Iterator[Hit]:
        """Every hit in these items, allowed or not; those that say where in the item they are come first."""
        leaves = [(item, path, value) for item in items for path, value in item.leaves]
        leaves += [(item, path, other) for item, path, value in leaves for other in undone(value)]
        folded = [(item, path, b" %b " % fold(value)) for item, path, value in leaves]
        bare = [(item, path, bones(words)) for item, path, words in folded]
        yield from self._words.find("words", folded)
        yield from _of_whole_words(self._bare.find("inside", bare), folded)
        yield from self._words.find("backwards", _backwards(folded), _LEAST_BACKWARDS, turned=True)
        yield from _of_whole_words(self._bare.find("backwards", _backwards(bare), turned=True), folded)
        yield from self._raw([item for item in items if item.raw])

    def _raw(self, items: Sequence[Item]) -> Iterator[Hit]:
        # Names are not looked for in raw letters: two fields side by side (a surname, the next one's given name) would make
        # up a third person's name. Whole and in parts they are found in the leaves, which are all text that there is.
        for hit in self._bare.find("inside", [(item, WHOLE, small(item.raw)) for item in items], _LEAST_RAW):
            if any(sort not in NAMES for _, sort in hit.whose):
                yield hit
        for place, how, whose in self._find_digests([("digest", item.raw) for item in items]):
            yield Hit(items[place], WHOLE, how, False, whose, 0, 8, b"", place)
        yield from self._encoded(items)

    def _encoded(self, items: Sequence[Item]) -> Iterator[Hit]:
        """Each run is decoded once: most are words of the rules that come again and again, and keys that were made anew."""
        found: dict[bytes, list[int]] = {}
        for place, item in enumerate(items):
            for run in runs_of(item.raw):
                if run not in self._clean and run.decode() not in item.keyed:
                    found.setdefault(run, []).append(place)
        runs, told = list(found), set[bytes]()
        for place, how, whose, text in self._find_decoded([(n, read) for n, run in enumerate(runs) for read in decoded(run)]):
            told.add(runs[place])
            for number in found[runs[place]]:
                yield Hit(items[number], WHOLE, how, False, whose, 0, max(1, len(text)), text, number)
        if len(self._clean) > _REMEMBERED:
            self._clean.clear()
        self._clean.update(run for run in runs if run not in told)

    def _find_decoded(self, reads: Sequence[tuple[int, Read]]) -> Iterator[tuple[int, str, frozenset[Whose], bytes]]:
        for place, how, whose in self._find_digests([(f"digest in {read.how}", read.content) for _, read in reads]):
            yield reads[place][0], how, whose, b""
        nothing = Item("", b"", ())
        for hit in self._bare.find("", [(nothing, "", small(read.content)) for _, read in reads], _LEAST_DECODED):
            yield reads[hit.place][0], reads[hit.place][1].how, hit.whose, hit.text
        for run, read in reads:
            words = words_of(read.content) if read.is_whole else b""
            if len(words) >= _LEAST_WHOLE and len(words) == len(read.content) and words in self._whole:
                yield run, read.how, self._whole[words], words

    def _find_digests(self, contents: Sequence[tuple[str, bytes]]) -> Iterator[tuple[int, str, frozenset[Whose]]]:
        starts = [0, *accumulate(len(content) for _, content in contents)]
        for offset, number in self._windows.find(b"".join(content for _, content in contents)):
            how, content = contents[place := bisect_right(starts, offset) - 1]
            if offset - starts[place] + 8 <= len(content):  # not where one ends and the next begins
                yield place, how, self._digests[number]


def _of_whole_words(hits: Iterable[Hit], folded: Sequence[Leaf]) -> Iterator[Hit]:
    """Without the names that only the end of one word and the beginning of the next make up (Jo-Ann Clarke is not Ann
    Clarke), and without the digits inside of a number, which is compared as a whole."""
    for hit in hits:
        if hit.path.endswith(NUMBER):
            continue
        if any(sort not in NAMES for _, sort in hit.whose) or _stands_alone(hit, folded[hit.place][2]):
            yield hit


def _stands_alone(hit: Hit, words: bytes) -> bool:
    edges = {0, *accumulate(map(len, words.split()))}
    return hit.start in edges and hit.end in edges


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
