"""Court messages, MISP events and STIX bundles, through to the standard record; counted to the row."""

import tarfile

import pytest
from message_files import DATA, send

from schemas.codes import Code
from schemas.reference import forces

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"REAL MESSAGES NOT TESTED: no {DATA} beside the repository")

COURT = DATA / "bichard7-court-to-police-messages.tar.gz"
MET = (forces()["metropolitan"].name,)


def _unmapped(codes):
    return {code["source_value"] for code in codes if code is not None and code["code"] == "UNMAPPED"}


def test_the_court_messages_to_the_row():
    """570 files: 249 messages, and 321 states of the police's own record. 2 of another force, 20 sent twice, none lost."""
    with tarfile.open(COURT) as tar:
        names = [member.name for member in tar if member.isfile()]
    assert (len(names), sum(name.endswith(".xml") for name in names)) == (570, 249)
    went = send("bichard-results", [COURT], "metropolitan", MET)
    assert went.rows == 249
    assert went.refused == {Code.WRONG_FORCE_IN_FILE: 2}
    assert (went.resent, len(went.standard), went.records) == (20, 227, 172)
    assert not went.dead
    details = [record["custody"] for record in went.standard]
    offences = [code for detail in details for code in (detail["offence"], *detail["other_offences"])]
    assert _unmapped(offences) == {"BK68006", "CD98525", "CT03514", "GM000008", "TT123456"}
    # carried forward, replaced by another offence, text without a code, notices: none of them is an outcome
    assert _unmapped(detail["disposal"] for detail in details) == {"1000", "2059", "2060", "4583", "4586", "4594", "9991"}
    assert {record["marking"]["tier"] for record in went.standard if record["marking"]["sensitive"]} == {"OFFICIAL"}


def test_no_record_holds_two_people():
    """All versions of one record have one date of birth or family name in common: a shared arrest number merges nobody."""
    who = {}
    for record in send("bichard-results", [COURT], "metropolitan", MET).standard:
        [person] = record["persons"]
        known = {person["surname"].casefold(), person["date_of_birth"]} - {None}
        who[record["envelope"]["record_id"]] = who.get(record["envelope"]["record_id"], known) & known
    assert all(who.values())


def test_the_misp_events_to_the_row():
    """37 events: one says how it may be shared, and is standard. 36 say nothing, and never leave the force."""
    went = send("misp-events", sorted((DATA / "misp-events-eset").iterdir()), "nca", ())
    assert (went.files, went.rows, went.refused) == (37, 37, {Code.NO_MARKING: 36})
    [record] = went.standard
    assert record["grading"]["handling"] == "P"
    assert not went.dead


@pytest.mark.parametrize(
    ("place", "rows", "refused", "standard"),
    [("stix2", 15, {Code.NO_MARKING: 11}, 4), ("taxii", 1, {Code.NO_MARKING: 1}, 0)],
)
def test_the_stix_bundles_to_the_row(place, rows, refused, standard):
    """Bundles of OASIS and OpenCTI: what is marked is standard, what is not never leaves the force."""
    went = send("stix-bundles", sorted(path for path in (DATA / place).rglob("*") if path.is_file()), "nca", ())
    assert (went.rows, went.refused, len(went.standard)) == (rows, refused, standard)
    assert not went.dead


def test_the_pairs_to_the_row():
    """The converter's examples have no TLP: every event and every bundle is refused for that, and for nothing else."""
    pairs = DATA / "misp-to-stix-pairs.tar.gz"
    stix = send("stix-bundles", [pairs], "nca", ())
    assert (stix.rows, stix.refused) == (26, {Code.NO_MARKING: 20, Code.NOT_A_SUBMISSION: 6})
    misp = send("misp-events", [pairs], "nca", ())
    assert (misp.rows, misp.refused) == (18, {Code.NO_MARKING: 4, Code.NOT_A_SUBMISSION: 14})
