"""From files to rows: what is read, and what each kind of bad input becomes."""

import gzip
import io

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from producers_submissions import NOW, crime

from producers.adapters.catalogue import adapters_of, find_files, read_file
from producers.door import Door
from producers.publisher import check_row
from producers.row import Refusal
from schemas.codes import Code
from schemas.dialect import shipped_dialects
from schemas.errors import Refused

ADAPTERS = adapters_of(shipped_dialects())
LAYOUTS = shipped_dialects()["police-uk"].files
STREET = ",".join(LAYOUTS["street"].columns).encode()
ROW = b"abc,2018-12,Kent Police,Kent Police,0.5,51.2,On or near X,E01,Ashford 001A,Burglary,Under investigation,"
NO_ID = ROW.removeprefix(b"abc")
ASB = NO_ID.replace(b"Burglary", b"Anti-social behaviour")
STOP = ",".join(LAYOUTS["stop-and-search"].columns).encode()
STOP_ROW = b"Person search,2020-07-01T00:22:00+00:00,,,51.2,0.5,Male,18-24,White - Irish,White,PACE,Drugs,Arrest,True,False"


def _read(content, adapter="police-uk-street", names=("Kent Police",)):
    return list(read_file(ADAPTERS[adapter], io.BytesIO(content), names))


def _refusals(rows):
    return [(row.line, *row.refusal) for row in rows if row.refusal]


def test_a_street_row_becomes_a_crime():
    """Every column that the submission has a place for is in it."""
    [row] = _read(STREET + b"\n" + ROW)
    assert (row.line, row.kind) == (2, "crime")
    assert row.submission["envelope"] == {"source_system": "police-uk", "source_ref": "abc"}
    assert row.submission["occurred"] == {"start": "2018-12"}
    assert row.submission["crime"]["crime_type"] == {"value": "Burglary", "scheme": "police-uk"}
    assert row.submission["crime"]["outcome"]["value"] == "Under investigation"
    [location] = row.submission["locations"]
    assert (location["latitude"], location["longitude"], location["lsoa_code"]) == (51.2, 0.5, "E01")


def test_anti_social_behaviour_is_an_incident():
    """It is not recorded crime."""
    [row] = _read(STREET + b"\n" + ASB)
    assert (row.kind, row.submission["incident"]["sub_type"]) == ("incident", "asb")


def test_equal_rows_without_a_reference_are_records_of_their_own():
    """None is merged, and the same file read again gives the same references."""
    content = b"\n".join([STREET, NO_ID, ASB, NO_ID, NO_ID])
    refs = [row.submission["envelope"]["source_ref"] for row in _read(content)]
    assert len(set(refs)) == 4
    assert refs == [row.submission["envelope"]["source_ref"] for row in _read(content)]
    other_month = [row.submission["envelope"]["source_ref"] for row in _read(content.replace(b"2018-12", b"2019-01"))]
    assert not set(refs) & set(other_month)


def test_no_location_is_no_location():
    """Empty coordinates and the words `No Location` are an empty list, not a place of that name."""
    [row] = _read(STREET + b"\nabc,2018-12,Kent Police,Kent Police,,,No Location,,,Burglary,,")
    assert "locations" not in row.submission


def test_an_outcome_becomes_a_patch():
    """A patch of the crime with the same id: outcome and its month."""
    header = STREET.replace(b"Crime type,Last outcome category,Context", b"Outcome type")
    row = b"abc,2022-03,Kent Police,Kent Police,,,No Location,,,Suspect charged"
    [found] = _read(header + b"\n" + row, "police-uk-outcomes")
    assert found.submission["envelope"]["partial"] is True
    assert found.submission["crime"] == {
        "outcome": {"value": "Suspect charged", "scheme": "police-uk"},
        "outcome_date": "2022-03",
    }
    assert "locations" not in found.submission


def test_a_stop_and_search_row_has_one_subject():
    """The person searched, in role SUBJECT, with both ethnicities; none where the file says nothing of a person."""
    [row] = _read(STOP + b"\n" + STOP_ROW, "police-uk-stop-and-search")
    [person] = row.submission["persons"]
    assert person["roles"] == ["SUBJECT"]
    assert person["ethnicity_self_defined"]["value"] == "White - Irish"
    assert row.submission["occurred"]["start"] == "2020-07-01T00:22:00+00:00"
    assert row.submission["stop_search"]["outer_clothing_only"] is True
    [vehicle] = _read(STOP + b"\n" + b"Vehicle search,2020-07-01T00:22:00+00:00" + b"," * 13, "police-uk-stop-and-search")
    assert not {"persons", "locations"} & vehicle.submission.keys()


@pytest.mark.parametrize(
    ("content", "refusals"),
    [
        (b"", [(0, Code.EMPTY_FILE, "")]),
        (STREET, [(0, Code.EMPTY_FILE, "")]),
        (STREET + b"\n\n  \n", [(0, Code.EMPTY_FILE, "")]),
        (STREET[1:] + b"\n" + ROW, [(1, Code.WRONG_HEADER, "")]),
        (STOP + b"\n" + STOP_ROW, [(1, Code.WRONG_HEADER, "")]),
        ((STREET + b"\n" + ROW).decode().encode("utf-16"), [(1, Code.WRONG_HEADER, "")]),
        (STREET + b"\n" + ROW + b",x", [(2, Code.ROW_MALFORMED, "")]),
        (STREET + b"\n" + ROW.replace(b"X", b"\xff"), [(2, Code.WRONG_ENCODING, "")]),
        (STREET + b"\n" + ROW.replace(b"X", b"\0"), [(2, Code.ROW_MALFORMED, "")]),
        (STREET + b"\n" + ROW.replace(b"51.2", b"5l.2"), [(2, Code.ROW_MALFORMED, "Latitude")]),
        (STREET + b"\n" + ROW.replace(b"0.5", b"nan"), [(2, Code.ROW_MALFORMED, "Longitude")]),
        (STREET + b"\n" + ROW.replace(b"0.5", b"1_0"), [(2, Code.ROW_MALFORMED, "Longitude")]),
        (STREET + b"\n" + ROW.replace(b"2018-12", b"2018-13"), [(2, Code.ROW_MALFORMED, "Month")]),
        (STREET + b"\n" + ROW.replace(b"Kent", b"Essex"), [(2, Code.WRONG_FORCE_IN_FILE, "Reported by")]),
        (STREET + b"\n" + ROW.replace(b"On", b'"On'), [(2, Code.ROW_MALFORMED, "")]),
        (STREET + b"\n" + ROW + b'"open', [(2, Code.ROW_MALFORMED, "")]),
        (STREET + b"\n" + b"x" * (1 << 20), [(2, Code.LINE_TOO_LONG, "")]),
    ],
)
def test_each_bad_input_has_its_code_and_stops_nobody(content, refusals):
    """Refused at its line; and a good row behind a bad row is read (behind a wrong header nothing is)."""
    assert _refusals(_read(content)) == refusals
    if refusals[0][0] == 2:
        rows = _read(content + b"\n" + ROW)
        assert (_refusals(rows), rows[-1].kind, rows[-1].line) == (refusals, "crime", 3)


@pytest.mark.parametrize(
    "change", [bytes, gzip.compress, lambda plain: b"\xef\xbb\xbf" + plain, lambda plain: plain.replace(b"\n", b"\r\n")]
)
def test_compression_byte_order_mark_and_line_ends_change_nothing(change):
    """Plain or gzip, with a BOM or without, \\n or \\r\\n: the same rows, the same references."""
    plain = b"\n".join([STREET, ROW, NO_ID, b'abd,2018-12,Kent Police,Kent Police,,,"A, b",,,Burglary,,'])
    assert _read(change(plain)) == _read(plain)
    assert _read(plain)[2].submission["locations"][0]["text"] == "A, b"


def test_a_gzip_file_that_breaks_off_ends_with_a_refusal():
    """What could be read is there; the rest is told, not silently missing."""
    rows = _read(gzip.compress(b"\n".join([STREET, *[ROW + bytes(str(n), "ascii") for n in range(5000)]]))[:-400])
    assert rows[-1].refusal == Refusal(Code.NO_SUCH_FILE)
    assert all(row.submission for row in rows[:-1])


def test_ampersand_and_case_do_not_make_another_force():
    """The names of the files and of the table differ in such things."""
    content = STREET + b"\n" + ROW.replace(b"Kent Police", b"Devon &  CORNWALL police")
    assert not _refusals(_read(content, names=("Devon and Cornwall Police",)))


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        (b"{", (1, Code.ROW_MALFORMED, "")),
        (b"\xff", (1, Code.WRONG_ENCODING, "")),
        (b"[]", (1, Code.NOT_A_SUBMISSION, "")),
        (b'{"kind":"crime","submission":{},"x":1}', (1, Code.NOT_A_SUBMISSION, "")),
        (b'{"kind":["crime"],"submission":{}}', (1, Code.NOT_A_SUBMISSION, "kind")),
        (b'{"kind":"crime","submission":[]}', (1, Code.NOT_A_SUBMISSION, "submission")),
        (b"", (0, Code.EMPTY_FILE, "")),
    ],
)
def test_bad_json_lines_have_their_codes(line, refusal):
    """Each is refused at its line; what is behind it is read."""
    good = orjson.dumps({"kind": "crime", "submission": crime()})
    assert _refusals(_read(line, "native-jsonl")) == [refusal]
    assert _read(line + b"\n" + good, "native-jsonl")[-1].submission == crime()


@given(st.binary(max_size=300))
def test_no_bytes_make_an_adapter_fail(content):
    """Whatever a file holds, rows come out, each with a submission or a refusal, and the door never fails on them."""
    for name in ADAPTERS:
        for start in (b"", STREET + b"\n", STOP + b"\n"):
            for row in _read(start + content, name):
                assert (row.submission is None) != (row.refusal is None)
                assert check_row(row, Door("kent"), NOW)


def test_files_of_an_adapter_are_found_below_a_folder(tmp_path):
    """Recursively, sorted, by name; a folder without any is refused."""
    for name in ("b/2019-01-kent-street.csv.gz", "a/2018-12-kent-street.csv", "a/2018-12-kent-outcomes.csv", "x.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    street = ADAPTERS["police-uk-street"]
    found = find_files(street, tmp_path)
    assert [file.name for file in found] == ["2018-12-kent-street.csv", "2019-01-kent-street.csv.gz"]
    assert {street.force_in(file) for file in found} == {"kent"}
    with pytest.raises(Refused) as caught:
        find_files(ADAPTERS["native-jsonl"], tmp_path)
    assert caught.value.code == Code.NO_SUCH_FILE
