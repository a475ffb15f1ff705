"""Any JSON value, for adapters that must not fail on one."""

import orjson
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
"""Values of every type, nested."""


def as_bytes(value: object) -> bytes:
    """The value as JSON; an empty object where it can't be written (more than 64 bits, half a surrogate pair)."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return b"{}"
