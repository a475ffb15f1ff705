"""What a dialect declares about its files is done: readings, kinds, identity, JSON in all its shapes."""

import gzip
import io
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from producers.adapters.catalogue import adapters_of, read_file
from producers.adapters.sample_columns import columns_of
from producers.row import Row
from schemas.codes import Code
from schemas.dialect import load_dialect

TABLE = {
    "format": "csv",
    "file_name": r"log\.csv",
    "columns": ["id", "type", "date", "time", "lat", "names", "seen", "gps"],
    "optional_columns": ["note"],
    "source_ref": "id",
    "row_ref": "log",
    "fields": {
        "occurred.start": {"template": "{date} {time}"},
        "locations[0].latitude": {"column": "lat", "read": "number"},
        "locations[1].longitude": {"column": "gps", "split": ";", "part": 1, "read": "number"},
        "persons[0].roles": {"constant": ["SUBJECT"]},
        "persons[0].alias": {"column": "names", "read": "list", "split": "|"},
        "markers": {"constant": ["youth"]},
    },
    "kinds": [
        {
            "kind": "incident",
            "when": {"type": ["asb", "noise"]},
            "fields": {
                "incident.sub_type": {"constant": "asb"},
                "incident.summary": {"column": "note", "empty_words": ["NA"]},
                "incident.children_present": {"column": "seen", "read": "boolean", "true_words": ["Y"], "false_words": ["N"]},
            },
        },
        {
            "kind": "crime",
            "when": {"type": ["theft"]},
            "fields": {
                "crime.offence": {"column": "type", "scheme": "local"},
                "crime.status": {"column": "seen", "words": {"Y": "OPEN", "N": "CLOSED"}},
            },
        },
    ],
}
CHANGES = {
    "format": "jsonl",
    "file_name": r"changes\.jsonl",
    "records": "record",
    "source_ref": "id",
    "fields": {
        "envelope.published_at": "/seen_at",
        "incident.summary": "text",
        "persons[0].age": {"column": "age", "read": "integer"},
    },
    "kinds": [
        {"kind": "incident", "when": {"/change": ["gone"]}, "fields": {"envelope.action": {"constant": "RECALL"}}},
        {"kind": "incident"},
    ],
}
HEADER = "id,type,date,time,lat,names,seen,gps,note\n"


def read(layout: dict[str, Any], content: str | bytes) -> list[Row]:
    """The rows of a file of the layout."""
    text = yaml.safe_dump(
        {"source_system": "rms", "source": "this test", "default_marking": None, "codes": {}, "files": {"log": layout}}
    )
    adapter = adapters_of({"rms": load_dialect(text, "rms.yaml")})["rms-log"]
    return list(read_file(adapter, io.BytesIO(content.encode() if isinstance(content, str) else content), ()))


def one(row: str) -> dict[str, Any]:
    """The submission of one row."""
    [found] = read(TABLE, HEADER + row)
    assert found.submission is not None, found.refusal
    return found.submission


def refused(row: str) -> tuple[Code, str]:
    """Why one row is refused."""
    [found] = read(TABLE, HEADER + row)
    assert found.refusal is not None
    return found.refusal


def test_every_reading_gives_what_it_says() -> None:
    """Template, number, split part, list, boolean by words, constant, code with its own scheme, words."""
    incident = one("7,asb,2025-01-02,03:04,0.0,Al|| Bo ,N,9;0.0,NA")
    assert incident == {
        "envelope": {"source_system": "rms", "source_ref": "7"},
        "occurred": {"start": "2025-01-02 03:04"},
        "locations": [{"ref": "l1", "latitude": 0.0}, {"ref": "l2", "longitude": 0.0}],
        "persons": [{"ref": "p1", "roles": ["SUBJECT"], "alias": ["Al", "Bo"]}],
        "markers": ["youth"],
        "incident": {"sub_type": "asb", "children_present": False},
    }
    crime = one("8,theft,2025-01-02,,,,Y,,")
    assert crime["crime"] == {"offence": {"value": "theft", "scheme": "local"}, "status": "OPEN"}
    assert crime["occurred"] == {"start": "2025-01-02"}


def test_a_list_item_is_there_when_one_of_its_columns_is_filled() -> None:
    """Constants alone make no person and no place; a part of the record itself has its constants always."""
    found = one("7,asb,,,,,,,")
    assert not {"persons", "locations", "occurred"} & found.keys()
    assert (found["incident"], found["markers"]) == ({"sub_type": "asb"}, ["youth"])


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("7,fraud,,,,,,,", (Code.ROW_MALFORMED, "type")),
        ("7,asb,,,north,,,,", (Code.ROW_MALFORMED, "lat")),
        ("7,asb,,,nan,,,,", (Code.ROW_MALFORMED, "lat")),
        ("7,asb,,,,,maybe,,", (Code.ROW_MALFORMED, "seen")),
        ("7,theft,,,,,maybe,,", (Code.ROW_MALFORMED, "seen")),
        ("7,asb,,,,,,9;x,", (Code.ROW_MALFORMED, "gps")),
    ],
)
def test_a_cell_that_does_not_have_its_form_refuses_the_row(row: str, why: tuple[Code, str]) -> None:
    """With the column's name, not with what stands in it."""
    assert refused(row) == why


def test_columns_come_in_any_order_an_optional_one_may_be_missing_and_no_other_may_be_there() -> None:
    """A header that lacks a column, has one twice or has one more is another export: nothing of the file is read."""
    assert read(TABLE, "type,id,date,time,lat,names,seen,gps\nasb,7,,,,,,")[0].submission is not None
    for header in (
        "id,type,date,time,lat,names,seen",
        "id,type,date,time,lat,names,seen,gps,note,more",
        f"id,{HEADER.strip()}",
    ):
        [row] = read(TABLE, f"{header}\n7")
        assert row.refusal == (Code.WRONG_HEADER, "")


def test_a_row_without_a_reference_is_named_by_itself() -> None:
    """Equal rows are told apart by their order, and the same file gives the same references."""
    rows = read(TABLE, HEADER + ",asb,,,,,,,\n" * 2 + ",noise,,,,,,,\n")
    refs = [row.submission["envelope"]["source_ref"] for row in rows if row.submission]
    assert len(set(refs)) == 3
    assert all(ref.startswith("log-row-") for ref in refs)
    assert refs[0].removesuffix("-0") == refs[1].removesuffix("-1")


def test_a_line_of_changes_is_a_version_and_what_stands_around_it_is_read_too() -> None:
    """`/seen_at` is of the line; a rule makes of a kind of change what the dialect says (here a recall)."""
    lines = [
        {"seen_at": "2025-01-01T00:00:00Z", "change": "new", "record": {"id": 7, "text": "a", "age": 30}},
        {"seen_at": "2025-01-02T00:00:00Z", "change": "gone", "record": {"id": 7, "text": "b", "age": None}},
    ]
    first, last = (row.submission for row in read(CHANGES, b"\n".join(map(orjson.dumps, lines))))
    assert first is not None
    assert last is not None
    assert first["envelope"] == {"published_at": "2025-01-01T00:00:00Z", "source_system": "rms", "source_ref": "7"}
    assert first["persons"] == [{"ref": "p1", "age": 30}]
    assert (last["envelope"]["action"], last["incident"]) == ("RECALL", {"summary": "b"})


def test_json_comes_as_a_list_as_one_record_or_deep_in_a_document() -> None:
    """Numbers and truth values are read as their texts; a record's number is its line."""
    layout = {**CHANGES, "format": "json", "records": "", "kinds": [{"kind": "incident"}]}
    rows = read(layout, orjson.dumps([{"id": True}, {"id": 1.5}, {"id": None}, {"id": [1]}, 5]))
    assert [row.submission["envelope"]["source_ref"] for row in rows[:2] if row.submission] == ["True", "1.5"]
    assert [(row.line, row.refusal) for row in rows[2:]] == [
        (3, (Code.ROW_MALFORMED, "id")),
        (4, (Code.ROW_MALFORMED, "id")),
        (5, (Code.ROW_MALFORMED, "")),
    ]
    assert len(read(layout, b'{"id": 1}')) == 1
    assert len(read({**layout, "records": "a.b"}, b'{"a": {"b": [{"id": 1}, {"id": 2}]}}')) == 2


@pytest.mark.parametrize(
    ("form", "content", "why"),
    [
        ("json", b"", Code.EMPTY_FILE),
        ("json", b"[]", Code.EMPTY_FILE),
        ("json", b"[", Code.ROW_MALFORMED),
        ("json", b"5", Code.ROW_MALFORMED),
        ("json", b'"\xff"', Code.WRONG_ENCODING),
        ("json", b'{"a":' * 300 + b"1" + b"}" * 300, Code.ROW_MALFORMED),
        ("json", gzip.compress(b" " * (65 << 20)), Code.FILE_TOO_LARGE),
        ("jsonl", b"\n \n", Code.EMPTY_FILE),
        ("jsonl", b"{", Code.ROW_MALFORMED),
        ("jsonl", b"\xff", Code.WRONG_ENCODING),
        ("jsonl", b'{"a":' * 300 + b"1" + b"}" * 300, Code.ROW_MALFORMED),
        ("jsonl", b'"' + b"x" * (1 << 20), Code.LINE_TOO_LONG),
    ],
)
def test_bad_json_has_its_code(form: str, content: bytes, why: Code) -> None:
    """One refusal for the document, or for the line."""
    [row] = read({**CHANGES, "format": form, "records": "", "kinds": [{"kind": "incident"}]}, content)
    assert row.refusal is not None
    assert row.refusal.code == why


@given(st.sampled_from([TABLE, CHANGES, {**CHANGES, "format": "json"}, {**TABLE, "format": "tsv"}]), st.binary(max_size=300))
def test_no_bytes_make_a_layout_fail(layout: dict[str, Any], content: bytes) -> None:
    """Whatever a file holds, each row has a submission or a refusal."""
    for start in (b"", HEADER.encode(), b'{"record":'):
        for row in read(layout, start + content):
            assert (row.submission is None) != (row.refusal is None)


def test_the_columns_of_a_sample_are_found() -> None:
    """A table's header; every path of JSON records, and of what stands around them."""
    loaded = load_dialect(
        yaml.safe_dump(
            {"source_system": "rms", "source": "x", "default_marking": None, "codes": {}, "files": {"a": TABLE, "b": CHANGES}}
        ),
        "rms.yaml",
    )
    assert columns_of(loaded.files["a"], io.BytesIO(HEADER.encode())) == HEADER.strip().split(",")
    line = {"seen_at": "x", "record": {"id": 1, "place": {"name": "y", "tags": [1]}}}
    assert columns_of(loaded.files["b"], io.BytesIO(orjson.dumps(line))) == ["id", "place.name", "place.tags", "/seen_at"]
    assert columns_of(loaded.files["b"], io.BytesIO(b"{\n[1]")) == []
