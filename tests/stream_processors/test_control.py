"""Control: a set is in force once it is complete, whole and newer; whatever else arrives changes nothing."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import encode
from stream_processors.control import MANIFEST, PART, ControlState
from stream_processors.rule_set import hash_parts

OLD, NEW = {"a": b"1", "b": b"2"}, {"a": b"1", "b": b"3"}


def part(name: str, content: bytes, sha256: str = "") -> bytes:
    return encode(PART, {"name": name, "content": content, "sha256": sha256 or hashlib.sha256(content).hexdigest()})


def manifest(parts: dict[str, bytes], number: int, /, **changes: Any) -> bytes:
    keys = [f"{name}\0{hashlib.sha256(content).hexdigest()}" for name, content in sorted(parts.items())]
    whole = {"number": number, "rule_set": hash_parts(parts), "parts": keys, "feed_schema_ids": {"x": 1}, "published_at": 0}
    return encode(MANIFEST, whole | changes)


def state(parts: dict[str, bytes] | None = None, number: int = 5) -> ControlState:
    """A state with a set in force."""
    made = ControlState()
    for name, content in (OLD if parts is None else parts).items():
        made.take(PART, part(name, content))
    made.take(MANIFEST, manifest(OLD, number))
    return made


def test_a_complete_set_is_in_force() -> None:
    """Parts first, then their manifest; a part in common is not sent again."""
    found = state()
    assert found.current and (found.current.number, found.current.parts) == (5, OLD)
    found.take(PART, part("b", b"3"))
    assert found.current.parts == OLD
    found.take(MANIFEST, manifest(NEW, 6))
    assert found.current and (found.current.number, found.current.parts) == (6, NEW)


@pytest.mark.parametrize("missing", OLD)
def test_an_incomplete_set_is_not_in_force(missing: str) -> None:
    """Without one of its parts a manifest changes nothing, also where there was no set before."""
    assert state({name: content for name, content in OLD.items() if name != missing}).current is None
    found = state()
    found.take(MANIFEST, manifest(NEW, 6))
    assert found.current and found.current.number == 5


@pytest.mark.parametrize("number", [5, 4, 0, -1])
def test_numbers_rise(number: int) -> None:
    """The same number or a lower one changes nothing, complete or not."""
    found = state()
    found.take(PART, part("b", b"3"))
    found.take(MANIFEST, manifest(NEW, number))
    assert found.current and found.current.parts == OLD


@pytest.mark.parametrize("change", [{"rule_set": "0" * 64}, {"parts": []}, {"parts": ["a"]}])
def test_a_manifest_that_does_not_fit_changes_nothing(change: dict[str, Any]) -> None:
    """Another hash, or parts that it does not name."""
    found = state()
    found.take(PART, part("b", b"3"))
    found.take(MANIFEST, manifest(NEW, 6, **change))
    assert found.current and found.current.number == 5


def test_a_part_with_another_hash_is_no_part() -> None:
    """Content under a foreign hash is not taken: the manifest that names that hash stays incomplete."""
    found = state()
    found.take(PART, part("b", b"evil", hashlib.sha256(b"3").hexdigest()))
    found.take(MANIFEST, manifest(NEW, 6))
    assert found.current and found.current.number == 5


@given(st.sampled_from([PART, MANIFEST, None, "org.other.Thing"]), st.binary(max_size=60))
def test_no_bytes_change_anything(name: str | None, body: bytes) -> None:
    """Unreadable or foreign messages are passed over: the old set stays, and the reader goes on."""
    found = state()
    found.take(name, body)
    assert found.current and found.current.number == 5
    found.take(PART, part("b", b"3"))
    found.take(MANIFEST, manifest(NEW, 6))
    assert found.current.number in (5, 6)
    assert found.current.parts == NEW
