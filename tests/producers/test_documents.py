"""Files that are one document or a tar of them: bounded, and whatever breaks is one refusal."""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.adapters import documents
from producers.adapters.documents import read_each
from producers.row import Row, refuse
from schemas.codes import Code


def _tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _rows(content):
    """Two rows for each document but `none`: that has no row."""

    def read(document):
        if document.content != b"none":
            yield from [Row(document.number, document.content.decode("latin-1"), {})] * 2

    return list(read_each(io.BytesIO(content), ".xml", read))


def _said(content):
    return [(row.line, row.refusal.code if row.refusal else row.kind) for row in _rows(content)]


def test_a_file_is_one_document():
    """All of it, and number 1."""
    assert _said(b"abc") == [(1, "abc"), (1, "abc")]


def test_a_tar_is_as_many_as_have_the_ending():
    """Numbered in their order; a blank one and one without a row are refused, and nobody else waits for them."""
    content = _tar({"a/1.xml": b"one", "a/2.json": b"{}", "3.xml": b" ", "4.xml": b"none", "5.xml": b"five"})
    assert _said(content) == [(1, "one"), (1, "one"), (2, Code.EMPTY_FILE), (3, Code.EMPTY_FILE), (4, "five"), (4, "five")]


@pytest.mark.parametrize("content", [b"", b" \n", _tar({"a.json": b"{}"})])
def test_nothing_to_read_is_a_refusal(content):
    """A file or a tar without a document is told, not silently passed."""
    assert [code for _, code in _said(content)] == [Code.EMPTY_FILE]


def test_a_document_that_is_too_large_is_not_held(monkeypatch):
    """Of a huge one a little more than the limit is read, and the next one is read from its beginning."""
    monkeypatch.setattr(documents, "LIMIT_BYTES", 10)
    assert _said(b"x" * 11) == [(1, Code.FILE_TOO_LARGE)]
    assert _said(_tar({"1.xml": b"x" * 5_000, "2.xml": b"two"})) == [(1, Code.FILE_TOO_LARGE), (2, "two"), (2, "two")]


def test_a_tar_that_breaks_off_ends_with_a_refusal():
    """What stood before the break has been read."""
    said = _said(_tar({"1.xml": b"one", "2.xml": b"x" * 3_000})[:2_000])
    assert said[:2] == [(1, "one"), (1, "one")]
    assert said[-1] == (0, Code.NO_SUCH_FILE)


@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=600))
def test_no_tar_makes_it_fail(start, junk):
    """Bytes in place of any part of a good tar: rows come out, each a submission or a refusal."""
    good = _tar({"1.xml": b"one", "2.xml": b"two"})
    for row in _rows(good[:start] + junk + good[start + len(junk) :]):
        assert (row.submission is None) != (row.refusal is None)


def test_a_fault_of_the_reader_is_not_taken_for_a_broken_tar():
    """An error in reading a document goes up: it would be a fault of ours."""

    def read(document):
        yield refuse(document.number, Code.ROW_MALFORMED)
        raise ValueError

    rows = read_each(io.BytesIO(b"x"), ".xml", read)
    next(rows)
    with pytest.raises(ValueError):
        next(rows)
