"""The derived files are what `make_reference.py` makes of the public files, row for row."""

import gzip
import json
from pathlib import Path

import make_reference
import pytest
from reference_areas import small_areas, table

from schemas.reference_codes import coded_values
from schemas.reference_geography import lad_of_lsoa
from schemas.reference_offences import cjs_offences, ho_offences, offences

SHARED = Path(__file__).parents[3] / "shared"
REFERENCE, DATA = SHARED / "reference", SHARED / "data"

pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="LOUD: the public reference files are not beside the repository")


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    """Made anew, every derived file is as shipped: nobody edited one by hand, and the making is repeatable."""
    make_reference.main(REFERENCE, DATA, tmp_path)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == [
        "cjs_offences.csv",
        "coded_values.csv",
        "ho_offences.csv",
        "ho_outcome_types.csv",
        "local_authority_changes.csv",
        "lsoa_areas.csv",
        "offence_codes.csv",
        "police_areas.csv",
    ]
    for name in made:
        assert (tmp_path / name).read_bytes() == (make_reference.FOLDER / name).read_bytes(), name


def test_no_offence_is_lost_or_invented() -> None:
    """As many codes as the originals have, and the same ones: 144, 3,039, and 24,960 of which 15,352 have a category."""
    assert offences().keys() == {row["offence_code"] for row in table(REFERENCE / "offence_codes.csv")}
    assert ho_offences().keys() == {row["ho_code"] for row in table(REFERENCE / "ho_offence_index.csv")}
    with gzip.open(DATA / "lookups" / "cjs-standing-data" / "input-cjs-offences.json.gz", "rt", encoding="utf-8") as file:
        courts = {row["cjsCode"]: row["offenceCategory"] for row in json.load(file)}
    assert {code: offence.category for code, offence in cjs_offences().items() if offence.category} == courts
    assert cjs_offences().keys() == make_reference.cjs_codes(DATA).keys()
    assert (len(offences()), len(ho_offences()), len(courts), len(cjs_offences())) == (144, 3_039, 15_352, 24_960)


def test_every_small_area_comes_back() -> None:
    """Packed into runs and looked up again, each of the 36,778 codes of both editions gives its authority."""
    areas = small_areas(DATA / "lookups" / "geography")
    assert len(areas) == 36_778
    assert {code: lad_of_lsoa(code) for code in areas} == areas


def test_the_older_file_of_england_agrees() -> None:
    """The lookup of 2019, by another way through health bodies, has no small area that is missing here."""
    older = table(DATA / "lookups" / "geography" / "LSOA11_to_LAD19_ONS.csv.gz")
    assert len(older) == 32_844
    assert not [row for row in older if lad_of_lsoa(row["LSOA11CD"]) is None]


def test_every_code_of_the_lists_is_there() -> None:
    """Each code of a list that has a national form is in the coded values under some scheme."""
    known = {code for _, _, code in coded_values()}
    skipped = {"dpa_log_operation_s62", "gsc_sensitive_marking"}
    for row in table(REFERENCE / "code_lists.csv"):
        if row["list"] not in skipped and (row["list"], row["code"]) != ("observed_ethnicity_pole", "7"):
            assert row["code"] in known, row["code"]
