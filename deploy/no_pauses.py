"""Garbage collection rests while many values without cycles are made: to search them costs more than to make them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_pauses() -> Iterator[None]:
    """No search for cycles until the block ends; what it was before, afterwards. While a nation is made, looking through its
    whole population again and again took a tenth of the time (8,100 against 9,300 rows a second)."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
