"""A small nation lives on a real broker while its processes are killed: the agencies' databases are what the model says."""

from pathlib import Path

import pytest
from lives_run import parse, run

from deploy.broker import Choice

KILLS = 3
NATION = "--nation 0.2 24 --forces northumbria,durham --lanes 3"
SIZES = f"--recalls 20 --corrections 10 --erasures 5 --kills {KILLS} --every 6"
AGENCIES = "nca,border-force,force-north-a,probation,rocu-a,ambulance-a,asb-tyne-a,mash-tyne-a,cps"
"""Some of those that are told of these forces' records."""


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_every_database_is_what_a_plain_model_says_whoever_was_killed(tmp_path: Path, broker_choice: Choice) -> None:
    """Versions, corrections into sexual offences, recalls, erasures, two agreements' end and a suspension, with kill -9 of
    stages and subscribers meanwhile: each agency's SQLite database is, row by row, what the history says."""
    if broker_choice != "embedded":
        pytest.skip("NOT TESTED in containers: it kills processes of this machine's own hub")
    report = run(parse([*NATION.split(), *SIZES.split(), "--agencies", AGENCIES]), tmp_path)
    figures = report.figures
    assert report.problems == []
    assert sum(figures["kills"].values()) == KILLS
    assert figures["rows_compared"] == figures["rows_expected"] > 20
    assert sum(figures["holdings_taken_back"].values()) > 10
    assert figures["corrections_latched"] == 10
    assert figures["holdings_corrected"].get("withdrawn", 0) + figures["holdings_corrected"].get("narrowed", 0) > 0
