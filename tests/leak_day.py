"""A day of the nation that the leak tests share: made once, searched once, kept as agencies saw it."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from feed_rules import Seen
from leak_check import check_folder
from leak_judge import Judge, Report, references, strings_of
from leak_pipeline import Pipeline, Sendings, Sent, forces_of
from leak_search import Searcher
from leak_strings import Strings

from deploy.nation.simulated import TRUTH, Nation, simulate_folder
from deploy.nation.truth_reader import Truth, read_truth
from stream_processors.rule_set import Parts, RuleSet, shipped_parts

NATION = Nation(
    seed=11, hours=24, scale=0.1, forces=("northumbria", "durham", "cleveland", "south-wales"), fault_rate=0.02
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


SMALL = Nation(seed=23, hours=24, scale=0.1, forces=NATION.forces, fault_rate=0.05)
"""Enough of everything to plant a leak in; quick enough to be sent through the hub for each."""


class Small(NamedTuple):
    """A small nation, and the search for everybody in it made ready."""

    sent: Sendings
    truth: Truth
    strings: Strings
    searcher: Searcher


_kept = TemporaryDirectory()


@cache
def small() -> Small:
    """Made once."""
    folder = Path(_kept.name) / "nation"
    simulate_folder(SMALL, folder)
    truth = read_truth(folder / TRUTH)
    strings = strings_of(truth, references(truth.versions()))
    sent = [(force, list(values)) for force, values in forces_of(folder)]
    return Small(sent, truth, strings, Searcher(strings))


def run_small(parts: Parts) -> Day:
    """The small nation through a hub with these rules, and what the checks say."""
    found = small()
    with TemporaryDirectory() as name:
        pipeline = Pipeline(parts, Path(name), keep_sent=True)
        kinds = {feed.partition(".")[0]: kind for feed, kind in pipeline.shelf.kinds.items()}
        report = Judge(found.truth, found.strings, kinds, found.searcher).look(pipeline.run(found.sent, found.truth))
    return Day(report, pipeline.rules, pipeline.sent, [pipeline.seen(sent) for sent in pipeline.sent])
