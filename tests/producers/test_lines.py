"""Lines in flat memory."""

import io
import itertools
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from producers.adapters.lines import LIMIT_BYTES, read_lines


@given(
    st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b"")), max_size=8), st.booleans()
)
def test_lines_come_back_as_they_were(lines, ends):
    """Every line once, in order, without its end, whether it ends with \\n or \\r\\n."""
    for end in (b"\n", b"\r\n"):
        content = end.join(lines) + (end if ends and lines else b"")
        expected = content.split(end)[: -1 if content.endswith(end) or not content else None]
        assert [line.content for line in read_lines(io.BytesIO(content))] == expected


def test_an_endless_line_costs_one_buffer():
    """50 MB without an end of line: refused by number, at most a few MiB held, and the line behind it is read."""

    class Pieces(io.RawIOBase):
        pieces = itertools.chain(itertools.repeat(b"x" * 5000, 10_000), [b"\nnext\n"])

        def readable(self):
            return True

        def readinto(self, buffer):
            piece = next(self.pieces, b"")
            buffer[: len(piece)] = piece
            return len(piece)

    tracemalloc.start()
    found = list(read_lines(io.BufferedReader(Pieces())))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(line.number, line.content) for line in found] == [(1, None), (2, b"next")]
    assert peak < 4 * LIMIT_BYTES


def test_the_longest_line_is_read_whole():
    """A line of the limit, end included, passes; one byte more does not; what follows is numbered on."""
    fits = b"x" * (LIMIT_BYTES - 1) + b"\n"
    found = list(read_lines(io.BytesIO(fits + b"x" + fits + b"after")))
    assert [line.content and len(line.content) for line in found] == [LIMIT_BYTES - 1, None, 5]
    assert [line.number for line in found] == [1, 2, 3]
