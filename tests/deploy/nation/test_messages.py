"""The file of a stock client's messages: what is read is what was written."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.nation.messages import StockMessage, read_messages, write_message
from schemas.codes import Code
from schemas.errors import Refused

MESSAGES = st.builds(
    StockMessage, st.just("kent"), st.text(), st.none() | st.text(min_size=1), st.none() | st.binary(max_size=300)
)


@given(messages=st.lists(MESSAGES, max_size=5))
def test_messages_come_back_as_they_were(messages: list[StockMessage], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Key, schema and bytes of each, in order; no value and an empty value are told apart; a message is one line."""
    path = tmp_path_factory.mktemp("stock") / "kent.jsonl"
    path.write_bytes(b"".join(map(write_message, messages)))
    assert list(read_messages(path, "kent")) == messages
    assert path.read_bytes().count(b"\n") == len(messages)


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b'{"key": "secret", "schema": null}', b'{"key": "k", "schema": null, "body": "not base64!"}']
)
def test_a_broken_line_is_named_by_its_number(line: bytes, tmp_path: Path) -> None:
    """Line number and code, and nothing of what the line says."""
    path = tmp_path / "kent.jsonl"
    path.write_bytes(write_message(StockMessage("kent", "k", None, b"")) + line + b"\n")
    with pytest.raises(Refused) as caught:
        list(read_messages(path, "kent"))
    assert (caught.value.code, caught.value.field) == (Code.ROW_MALFORMED, "line 2")
    assert "secret" not in str(caught.value)
    assert "base64" not in str(caught.value)
