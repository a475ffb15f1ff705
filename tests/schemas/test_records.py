"""Every record of the contract: what is written is what is read, and nothing else is read at all."""

import io
import traceback
from pathlib import Path
from typing import Any

import fastavro
import pytest
from avro_values import fill, messages, record_names, strings, values
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import VERSION, decode, encode, load_schema

GOLDEN = Path(__file__).parent / "golden"
SENTINEL = "Zebedee-Quartermain"


@pytest.mark.parametrize("name", record_names())
@settings(max_examples=25)
@given(data=st.data())
def test_what_is_written_is_what_is_read(name: str, data: st.DataObject) -> None:
    """Any value of any record comes back the same, and is written as the same bytes again."""
    value = data.draw(values(name))
    body = encode(name, value)
    assert decode(name, body) == value
    assert encode(name, decode(name, body)) == body


@pytest.mark.parametrize("name", messages())
def test_every_prefix_is_truncated(name: str) -> None:
    """Whatever is cut off, and wherever: TRUNCATED, and nothing else."""
    body = encode(name, fill(name))
    for length in range(len(body)):
        with pytest.raises(Refused) as caught:
            decode(name, body[:length])
        assert caught.value.code is Code.TRUNCATED, length


@pytest.mark.parametrize("name", messages())
@settings(max_examples=20)
@given(more=st.binary(min_size=1, max_size=20))
def test_what_follows_the_body_is_trailing(name: str, more: bytes) -> None:
    """One byte behind the body is one too many, also where it could begin another record."""
    with pytest.raises(Refused) as caught:
        decode(name, encode(name, fill(name)) + more)
    assert caught.value.code is Code.TRAILING_BYTES


@settings(max_examples=500)
@given(name=st.sampled_from(messages()), body=st.binary(max_size=200))
def test_random_bytes_are_read_or_refused(name: str, body: bytes) -> None:
    """No bytes make the decoder raise anything but Refused."""
    try:
        assert isinstance(decode(name, body), dict)
    except Refused as refusal:
        assert refusal.code in (Code.TRUNCATED, Code.TRAILING_BYTES)


@pytest.mark.parametrize("name", messages())
def test_no_error_carries_a_value(name: str) -> None:
    """With a sentinel in every string, and each field in turn of a wrong type, no text of the error has the sentinel."""
    whole = fill(name, lambda path: f"{SENTINEL} {path}")
    refused = 0
    for field in whole:
        for wrong in (object(), {SENTINEL: SENTINEL}, [SENTINEL, object()], None):
            try:
                encode(name, whole | {field: wrong})
            except Refused as refusal:
                refused += 1
                assert SENTINEL not in "".join(traceback.format_exception(refusal))
                assert refusal.code is Code.NOT_THIS_SCHEMA
    assert refused >= len(whole)
    body = encode(name, whole)
    for broken in (body[:-1], body + SENTINEL.encode(), body.replace(b"Zebedee", b"Zeb\xff\xfeee")):
        with pytest.raises(Refused) as caught:
            decode(name, broken)
        assert SENTINEL not in "".join(traceback.format_exception(caught.value))


def test_the_example_has_a_string_for_every_string_field() -> None:
    """The example that other tests rely on leaves no list empty and no field null."""
    for name in messages():
        example = fill(name)
        assert all(value not in (None, [], {}) for value in example.values()), name
        assert all(path == value or "." not in value for path, value in strings(example)), name


def _from_json(name: str, text: str) -> dict[str, Any]:
    [value] = fastavro.json_reader(io.StringIO(text), load_schema(name))
    assert isinstance(value, dict)
    return value


def test_every_message_has_its_golden_files() -> None:
    """One example and its bytes for each message of this version, and no file of a message that is not there."""
    wanted = {f"{name.removeprefix('uk.pointduty.')}-{VERSION}" for name in messages()}
    assert {path.stem for path in GOLDEN.glob("*.json")} == wanted
    assert {path.stem for path in GOLDEN.glob("*.bin")} == wanted


@pytest.mark.parametrize("name", messages())
def test_golden_bytes_are_what_the_example_says(name: str) -> None:
    """The example is written as the golden bytes, and they are read as the example: the contract has not moved."""
    stem = f"{name.removeprefix('uk.pointduty.')}-{VERSION}"
    example = _from_json(name, (GOLDEN / f"{stem}.json").read_text(encoding="utf-8"))
    body = (GOLDEN / f"{stem}.bin").read_bytes()
    assert encode(name, example) == body
    assert decode(name, body) == example
