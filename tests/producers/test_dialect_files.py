"""Real files through every dialect: adapter, door, versions, standardise. A new system costs one file of YAML."""

from pathlib import Path

import pytest
from dialect_runs import DIALECTS_OF_TESTS, SETS, FileSet, Way, run_set

from deploy.dialects import known_dialects
from producers.adapters.catalogue import CODED_ADAPTERS, adapters_of
from producers.door import Checked, encode_envelope
from producers.row import Refusal
from schemas.codes import Code
from schemas.records import decode
from stream_processors.times import parse_time

DATA = Path(__file__).parents[3] / "shared" / "data"
NEW_SYSTEMS = {"polisen-se", "san-mateo", "canberra", "sacramento"}

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"REAL FILES NOT TESTED: no {DATA} beside the repository")


def test_every_layout_has_real_files() -> None:
    """No dialect declares a file that nobody has tried."""
    declared = adapters_of(known_dialects(DIALECTS_OF_TESTS)).keys() - CODED_ADAPTERS.keys()
    assert declared == {files.adapter for files in SETS}
    assert {path.stem for path in DIALECTS_OF_TESTS.glob("*.yaml")} == NEW_SYSTEMS


@pytest.mark.parametrize("files", SETS, ids=lambda files: f"{files.adapter}:{files.folder}")
def test_a_sample_of_each_layout_goes_through(files: FileSet) -> None:
    """Rows in = standard + resends + dead-lettered + refused at the door; here none is refused, and nearly all say when."""
    tally = run_set(files, DATA, limit=150, most_files=2)
    assert tally.rows >= 20
    assert tally.balances()
    assert (tally.refused, tally.dead_lettered) == ({}, {})
    assert tally.flags[Code.TIME_UNREADABLE] <= tally.rows * 0.05
    assert tally.flags[Code.LOCATION_MISSING] <= tally.rows * 0.5


def body_of(item: Checked) -> bytes:
    """The whole Avro body of a submission."""
    return encode_envelope(item.envelope) + item.rest


def test_changes_of_a_feed_are_versions_of_one_record() -> None:
    """Each change of a call is its next version; a call that has gone is closed; what comes back is open again."""
    dialects = known_dialects(DIALECTS_OF_TESTS)
    way = Way("northumbria", dialects)
    seen: dict[str, list[str]] = {}
    path = DATA / "incident-feeds" / "san-mateo-fire-dispatch-changes.jsonl.gz"
    for item in way.read(adapters_of(dialects)["san-mateo-changes"], path, 2000):
        assert not isinstance(item, Refusal)
        seen.setdefault(item.record_id, []).append(decode(item.kind.submission, body_of(item))["incident"]["status"])
    several = [statuses for statuses in seen.values() if len(statuses) > 1]
    assert len(several) > 300
    assert sum(statuses[-1] == "CLOSED" for statuses in several) > 0.9 * len(several)
    assert all(statuses[0] == "OPEN" for statuses in several)


def test_the_same_events_polled_again_are_resends() -> None:
    """A poller receives 500 overlapping events a poll: only what changed becomes a version."""
    tally = run_set(FileSet("polisen-se-snapshots", "incident-feeds/snapshots", "northumbria"), DATA, limit=1500)
    assert tally.rows == 1500
    assert tally.standard < 600
    assert tally.resends == tally.rows - tally.standard


def test_times_are_read_in_the_system_s_own_zone_and_form() -> None:
    """Local times without an offset, AM and PM, HHMM in a column of its own, month names: each to the right instant."""
    dialects = known_dialects(DIALECTS_OF_TESTS)
    for system, text, utc_ms in (
        ("san-mateo", "2022-04-25 10:44:39 PM", 1650951879000),
        ("sacramento", "2022-12-26 0447", 1672058820000),
        ("canberra", "01 Jan 2025 14:21:24", 1735701684000),
        ("polisen-se", "2024-06-21 6:41:57 +02:00", 1718944917000),
        ("lfb", "01 Jan 2009 00:00:37", 1230768037000),
    ):
        found = parse_time(text, dialects[system].time_zone, dialects[system].time_formats)
        assert found is not None, system
        assert found.ms == utc_ms, system
