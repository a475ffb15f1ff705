"""The rehearsal report: one text, one hash; what two readers could read differently is no report."""

import json
from typing import Any

import pytest
from approving import rehearsal
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.errors import Refused
from stream_processors.rehearsal_report import first_report, narrower_report, read_report, report_hash

OLD, NEW = "a" * 64, "b" * 64
WHOLE = rehearsal(OLD, NEW, samples=[{"feed": "x.live", "note": "é"}], by_force={"kent": 3})


def reordered(value: Any) -> Any:
    """The same with its keys the other way round."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return [reordered(each) for each in value] if isinstance(value, list) else value


def test_spelling_does_not_change_the_hash_and_content_does() -> None:
    """Order of keys, spaces and escapes are spelling; any value is content, also below the head."""
    wanted = report_hash(WHOLE)
    for text in (json.dumps(WHOLE), json.dumps(reordered(WHOLE), indent=3), json.dumps(WHOLE, ensure_ascii=False)):
        assert read_report(text.encode()).sha256 == wanted
    for change in ({"by_force": {"kent": 4}}, {"samples": []}, {"more": None}, {"new_rule_set": OLD}):
        assert report_hash(WHOLE | change) != wanted


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=3).filter(str.isalnum), below, max_size=3),
)


@given(JSON, JSON)
def test_two_contents_have_two_hashes(one: Any, other: Any) -> None:
    """Values that JSON tells apart have different hashes, 1 and true as well."""
    alike = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (report_hash({"x": one}) == report_hash({"x": other})) == alike


BAD: list[tuple[Any, str]] = [
    ({"schema_version": 2}, "schema_version"),
    ({"schema_version": "1"}, "schema_version"),
    ({"old_rule_set": ""}, ""),
    ({"old_rule_set": "x"}, "old_rule_set"),
    ({"new_rule_set": "B" * 64}, "new_rule_set"),
    ({"window": None}, ""),
    ({"window": {"since_ms": 5, "until_ms": 4, "source": "file"}}, "window"),
    ({"counts": {}}, "counts"),
    ({"counts": WHOLE["counts"] | {"records": -1}}, "counts.records"),
    ({"counts": WHOLE["counts"] | {"records": True}}, "counts.records"),
    ({"kind": "FIRST"}, ""),
    ({"kind": "NARROWER"}, ""),
    ({"share": 0.5}, ""),
    ({"big": 2**53 + 1}, ""),
]


@pytest.mark.parametrize(("change", "where"), BAD, ids=[str(change)[:50] for change, _ in BAD])
def test_what_is_no_report_is_refused(change: dict[str, Any], where: str) -> None:
    """A head that is wrong, counts or a window where nothing was rehearsed, numbers that readers read differently."""
    with pytest.raises(Refused) as caught:
        read_report(json.dumps(WHOLE | change).encode())
    assert caught.value.code is Code.REPORT_NOT_OF_SET
    assert where in caught.value.field


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"null", b"{", b"\xff", b'{"a":1,"a":2}', b'{"a":NaN}', b"[" * 100_000, b'{"a":"\\ud800"}']
)
def test_what_has_two_readings_is_refused(text: bytes) -> None:
    """A key that stands twice, a number that is none, half a character: not a report, and no traceback."""
    spliced = json.dumps(WHOLE).encode()[:-1] + b"," + text[1:] if text.startswith(b'{"a') else text
    with pytest.raises(Refused):
        read_report(spliced)


def test_reports_without_a_rehearsal_are_the_same_for_everybody() -> None:
    """Whoever makes them, whenever: two approvers sign one hash without exchanging a file."""
    assert read_report(json.dumps(first_report(NEW)).encode()).head.kind == "FIRST"
    assert read_report(json.dumps(narrower_report(OLD, NEW)).encode()).sha256 == report_hash(narrower_report(OLD, NEW))
    assert len({report_hash(each) for each in (first_report(NEW), first_report(OLD), narrower_report(OLD, NEW))}) == 3
