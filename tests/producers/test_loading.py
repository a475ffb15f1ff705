"""Counting: rows read = submitted + refused, whatever the files are like."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from producers_submissions import DOOR, NOW

from producers.adapters.catalogue import adapters_of
from producers.loading import Counts, load_file, plan_files
from producers.publisher import Outcome, check_row
from producers.row import Refusal
from schemas.codes import Code
from schemas.dialect import shipped_dialects

ADAPTERS = adapters_of(shipped_dialects())

STREET = ADAPTERS["police-uk-street"]
HEADER = ",".join(shipped_dialects()["police-uk"].files["street"].columns).encode()
LINES = {
    b"a,2018-12,Kent Police,Kent Police,,,No Location,,,Drugs,,": None,
    b"a,2018-12,Essex Police,Essex Police,,,No Location,,,Drugs,,": Code.WRONG_FORCE_IN_FILE,
    b"a,2030-12,Kent Police,Kent Police,,,No Location,,,Drugs,,": Code.DOOR_FUTURE,
    b"a,2018-12": Code.ROW_MALFORMED,
    b"\xff": Code.WRONG_ENCODING,
}


def _take(rows):
    for row in rows:
        item = check_row(row, DOOR, NOW)
        yield Outcome(row.line, None, item if isinstance(item, Refusal) else None)


def _load(path, counts):
    told = []
    for _ in load_file(STREET, path, ("Kent Police",), take=_take, counts=counts, report=lambda *one: told.append(one)):
        pass
    return told


@given(st.lists(st.sampled_from(list(LINES)), min_size=1, max_size=30))
def test_rows_balance(tmp_path_factory, lines):
    """Every row is counted once, and each refusal is told with its file and line."""
    path = tmp_path_factory.mktemp("files") / "2018-12-kent-street.csv"
    path.write_bytes(b"\n".join([HEADER, *lines]))
    counts = Counts()
    told = _load(path, counts)
    assert counts.rows_read == counts.submitted + counts.refused == len(lines)
    expected = [(path, number, LINES[line]) for number, line in enumerate(lines, start=2) if LINES[line]]
    assert [(file, number, refusal.code) for file, number, refusal in told] == expected
    assert counts.refused_by_code.total() == counts.refused


def test_a_file_that_is_not_there_is_one_refusal(tmp_path):
    """It is counted, so that a balance can't hide it."""
    counts = Counts()
    assert _load(tmp_path / "gone.csv", counts) == [(tmp_path / "gone.csv", 0, Refusal(Code.NO_SUCH_FILE))]
    assert (counts.rows_read, counts.refused) == (1, 1)


def test_files_go_to_the_force_of_their_name(tmp_path):
    """From-file: by name. With one force: its files of a folder, and any file that is named itself."""
    for name in ("2018-12-kent-street.csv", "2018-12-essex-street.csv", "2018-12-atlantis-street.csv"):
        (tmp_path / name).touch()
    forces = {"kent", "essex"}
    plan = plan_files(STREET, [tmp_path], None, forces)
    assert {force: [file.name for file in files] for force, files in plan.files.items()} == {
        "essex": ["2018-12-essex-street.csv"],
        "kent": ["2018-12-kent-street.csv"],
    }
    assert plan.refused == [(tmp_path / "2018-12-atlantis-street.csv", Refusal(Code.WRONG_FORCE_IN_FILE))]
    one = plan_files(STREET, [tmp_path, Path(tmp_path / "2018-12-essex-street.csv")], "kent", forces)
    assert (sorted(one.files), one.left_out) == (["kent"], 1)
    assert [file.name for file in one.files["kent"]][-2:] == ["2018-12-kent-street.csv", "2018-12-essex-street.csv"]
    assert plan_files(STREET, [tmp_path / "none"], "kent", forces).refused[0][1].code == Code.NO_SUCH_FILE
