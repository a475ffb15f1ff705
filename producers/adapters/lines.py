"""Lines of a binary stream in flat memory: an endless line costs one buffer, not its length."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

LIMIT_BYTES = 1 << 20
"""Longest line: 1 MiB, its end of line included."""


class Line(NamedTuple):
    """One line without its end. `number` counts from 1. `content` None: longer than `LIMIT_BYTES`, read past."""

    number: int
    content: bytes | None


def read_lines(stream: BinaryIO) -> Iterator[Line]:
    """Every line of `stream`. Of one that is too long at most `LIMIT_BYTES` are held; reading goes on behind it."""
    number = 0
    while piece := stream.readline(LIMIT_BYTES):
        number += 1
        if piece.endswith(b"\n"):
            yield Line(number, piece[:-2] if piece.endswith(b"\r\n") else piece[:-1])
        elif len(piece) < LIMIT_BYTES:
            yield Line(number, piece)  # the last line, without an end
        else:
            while (piece := stream.readline(LIMIT_BYTES)) and not piece.endswith(b"\n"):
                pass
            yield Line(number, None)
