"""The adapters on real files of data.police.uk (Open Government Licence v3.0), counted to the row."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from producers.adapters.catalogue import adapters_of, find_files, read_file
from producers.door import Door
from producers.outbox import Outbox
from producers.publisher import check_row
from producers.row import Refusal
from producers.versions import Last, next_event
from schemas.dialect import shipped_dialects
from schemas.records import decode
from schemas.reference import forces

ADAPTERS = adapters_of(shipped_dialects())

DATA = Path(__file__).parents[3] / "shared" / "data" / "police-uk"
NOW = datetime(2026, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"REAL FILES NOT TESTED: no {DATA.parent} beside the repository")


def _rows(adapter, folder):
    for path in find_files(ADAPTERS[adapter], DATA / folder):
        force = ADAPTERS[adapter].force_in(path)
        with path.open("rb") as file:
            for row in read_file(ADAPTERS[adapter], file, (forces()[force].name,)):
                yield force, check_row(row, Door(force), NOW)


def test_a_month_of_street_files_to_the_row():
    """2018-12: 265,726 rows, all admitted; every row without a Crime ID is a record of its own, equal ones too."""
    admitted, without_id, ids = 0, set(), set()
    for _, item in _rows("police-uk-street", "street/2018-12"):
        assert not isinstance(item, Refusal)
        admitted += 1
        (without_id if ":street-row-" in item.record_id else ids).add(item.record_id)
    assert (admitted, len(without_id), len(ids)) == (265_726, 59_352, 206_056)
    equal_to_another = sum(not record_id.endswith("-0") for record_id in without_id)
    assert equal_to_another == 19_239


@pytest.mark.parametrize(
    ("adapter", "folder", "rows"),
    [
        ("police-uk-street", "city-of-london", 9_992),
        ("police-uk-stop-and-search", "stop-and-search/2020-07", 24_604),
        ("police-uk-stop-and-search", "northumbria-linked", 1_885),
    ],
)
def test_other_real_files_are_admitted_whole(adapter, folder, rows):
    """No row of a published file is refused."""
    found = Counter(isinstance(item, Refusal) for _, item in _rows(adapter, folder))
    assert found[True] == 0
    assert found[False] == rows


def test_outcomes_become_new_versions_of_their_crimes(tmp_path):
    """A month of crimes, then its outcomes: an outcome never makes a second record of a crime that is known."""
    with Outbox(tmp_path / "outbox.sqlite", Door("northumbria"), lambda: NOW) as outbox:
        crimes = _accept(outbox, "police-uk-street")
        outcomes = _accept(outbox, "police-uk-outcomes")
        known = {receipt.record_id for receipt in crimes}
        changed = [receipt for receipt in outcomes if receipt.record_id in known]
        assert len(changed) > 5_000
        assert all(receipt.version > 1 or receipt.resend for receipt in changed)
        for record_id in {receipt.record_id for receipt in outcomes}:
            record = decode("uk.pointduty.submission.Crime", outbox.last(record_id).body)
            assert record["crime"]["outcome_date"] == "2022-03"
            assert record["envelope"]["partial"] == (record_id not in known)
            assert (record["crime"]["crime_type"] is None) == (record_id not in known)


def test_five_months_of_outcomes_join_their_crimes_to_the_row():
    """2022-02 to 06: 31,954 of 39,221 outcomes are versions of 30,352 crimes, 994 of them with 2 to 26 outcomes.

    The other 7,267 join nothing: they begin 6,185 records, each at version 1, and all of their versions say `partial`.
    """
    last = {}
    crimes = {event.record_id for event in _events("police-uk-street", last)}
    joined, lone = Counter(), Counter()
    for event in _events("police-uk-outcomes", last):
        record = decode("uk.pointduty.submission.Crime", event.body)
        assert record["envelope"]["partial"] == (event.record_id not in crimes)
        assert event.version > 1 or event.resend or event.record_id not in crimes
        (joined if event.record_id in crimes else lone)[event.record_id] += 1
    assert (joined.total(), len(joined)) == (31_954, 30_352)
    assert (sum(count > 1 for count in joined.values()), max(joined.values())) == (994, 26)
    assert (lone.total(), len(lone)) == (7_267, 6_185)


def _events(adapter, last):
    """The versions that the outbox would give, kept in memory: each is the last one again, or the next."""
    door = Door("northumbria")
    for _, item in _rows(adapter, "northumbria-linked"):
        before = last.get(item.record_id)
        event = next_event(item, before, door, NOW)
        assert event.version == (before.version if before else 0) + (not event.resend)
        last[event.record_id] = Last(event.version, event.kind, event.content_sha256, event.body)
        yield event


def _accept(outbox, adapter):
    receipts = list(outbox.accept_many(item for _, item in _rows(adapter, "northumbria-linked/2022-03")))
    assert not any(isinstance(receipt, Refusal) for receipt in receipts)
    return receipts
