"""A day of the nation that the leak tests share: made once, searched once, kept as agencies saw it."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from feed_rules import Seen
from leak_check import check_folder
from leak_judge import Report
from leak_pipeline import Sent

from deploy.nation.simulated import Nation, simulate_folder
from stream_processors.rule_set import RuleSet, shipped_parts

NATION = Nation(
    seed=11, hours=30, scale=0.12, forces=("northumbria", "durham", "cleveland", "south-wales"), fault_rate=0.02
)  # fmt: skip
"""Forces in whose areas local agencies are; two routes, every sort of life, every sort of fault."""


class Day(NamedTuple):
    """What came of it."""

    report: Report
    rules: RuleSet
    sent: Sequence[Sent]
    seen: Sequence[Seen]


@cache
def day() -> Day:
    """The day under the shipped rules."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "nation"
        simulate_folder(NATION, folder)
        report, pipeline = check_folder(folder, shipped_parts(), Path(name) / "lanes", keep_sent=True)
    return Day(report, pipeline.rules, pipeline.sent, [pipeline.seen(sent) for sent in pipeline.sent])
