"""Files that are one document (XML, JSON), or a tar of documents: a document at a time, in bounded memory."""

import tarfile
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from producers.row import Row, refuse
from schemas.codes import Code

LIMIT_BYTES = 32 << 20
"""Largest document: 32 MiB. One record of it may be far smaller: that limit is the door's."""

_MAGIC = slice(257, 262)
"""Where a tar says that it is one (POSIX.1-1988, ustar)."""


class Document(NamedTuple):
    """One document. `number` counts from 1 within the file. `content` None: larger than `LIMIT_BYTES`."""

    number: int
    content: bytes | None


def read_each(file: BinaryIO, ending: str, read: Callable[[Document], Iterator[Row]]) -> Iterator[Row]:
    """Rows of every document of `file`: the file itself, or the members of a tar whose names have this ending.

    A document without a row is one refusal, and so is a tar without a document: EMPTY_FILE. Further refusals:
    FILE_TOO_LARGE, NO_SUCH_FILE (the tar is broken; what stood before it has been read).
    """
    documents, is_empty = _documents(file, ending), True
    while True:
        try:
            document = next(documents, None)
        except (tarfile.TarError, ValueError, OverflowError):  # the last two: numbers of a header that mean nothing
            yield refuse(0, Code.NO_SUCH_FILE)
            return
        if document is None:
            break
        is_empty = False
        yield from _read_one(document, read)
    if is_empty:
        yield refuse(0, Code.EMPTY_FILE)


def _read_one(document: Document, read: Callable[[Document], Iterator[Row]]) -> Iterator[Row]:
    if document.content is None:
        yield refuse(document.number, Code.FILE_TOO_LARGE)
        return
    rows = read(document) if document.content.strip() else iter(())
    first = next(rows, None)
    yield first or refuse(document.number, Code.EMPTY_FILE)
    yield from rows


def _documents(file: BinaryIO, ending: str) -> Iterator[Document]:
    is_tar = file.read(_MAGIC.stop)[_MAGIC] == b"ustar"
    file.seek(0)
    if not is_tar:
        yield _bounded(1, file.read(LIMIT_BYTES + 1))
        return
    number = 0
    with tarfile.open(fileobj=file, mode="r|") as tar:
        for member in tar:
            if member.isfile() and member.name.endswith(ending):
                number += 1
                content = tar.extractfile(member)
                yield _bounded(number, b"" if content is None else content.read(LIMIT_BYTES + 1))


def _bounded(number: int, content: bytes) -> Document:
    return Document(number, None if len(content) > LIMIT_BYTES else content)
