"""Looks for words in everything that a broker and its clients keep on disk. What Kafka's files have is decompressed first."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cramjam

_HEAD, _LENGTH_AT, _MAGIC_AT, _ATTRIBUTES_AT = 61, 8, 16, 21
"""Of a record batch, format 2: bytes before its records, and where to find what is needed of them."""

_DECOMPRESS = {0: bytes, 1: cramjam.gzip.decompress, 3: cramjam.lz4.decompress, 4: cramjam.zstd.decompress}
"""By the codec in the batch's attributes. Nothing here writes snappy (2): a KeyError would tell."""


class Found(NamedTuple):
    """A file that has one of the words."""

    path: Path
    where: str
    """The topic, for a file of Kafka's; else the file's name."""


def batches(data: bytes) -> Iterator[bytes]:
    """The records of each whole batch of a segment file, decompressed: keys, values and headers lie in them as they are.

    A segment has every batch that was written and not yet cleaned: of aborted transactions, too.
    """
    start = 0
    while start + _HEAD <= len(data):
        end = start + 12 + int.from_bytes(data[start + _LENGTH_AT : start + 12])
        if end > len(data):
            return
        assert data[start + _MAGIC_AT] == 2, "a batch of another format"
        codec = int.from_bytes(data[start + _ATTRIBUTES_AT : start + _ATTRIBUTES_AT + 2]) & 7
        yield bytes(_DECOMPRESS[codec](data[start + _HEAD : end]))
        start = end


def search(folder: Path, *words: str) -> list[Found]:
    """Every file below `folder` that has any of the words, with those that Kafka has renamed to be deleted soon."""
    wanted = [word.encode() for word in words]
    found = []
    for path in sorted(folder.rglob("*")):
        data = _read(path)
        parts = batches(data) if ".log" in path.suffixes and path.parent.parent.name == "data" else [data]
        if any(word in part for part in parts for word in wanted):
            found.append(Found(path, path.parent.name.rpartition("-")[0] or path.name))
    return found


def _read(path: Path) -> bytes:
    """The file's bytes; none where it has gone meanwhile."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except FileNotFoundError:
        return b""
