"""The table that must balance: it must be able not to."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from deploy.balance import FeedCount, HubCounts
from deploy.demo_report import REFUSED, Findings, Labels, Reading, is_balanced, list_checks, summarise


def _counts() -> HubCounts:
    return HubCounts(
        submitted=103,
        standard=101,
        dead_lettered=2,
        dead_letters_by_code={"PD-202": 2},
        new_versions=95,
        resends=3,
        stale=2,
        conflicts=1,
        records=90,
        held_records=90,
        ledger_entries=95,
        feeds={"a.asb": FeedCount(shares=5, deliveries=5), "b.asb": FeedCount(shares=4, deliveries=4)},
    )


def _findings() -> Findings:
    return Findings(
        rows_read=107,
        refused={"PD-105": 4},
        counts=_counts(),
        readings=[Reading("a", ("a.asb",), 5, is_whole=True)],
        foreign_read=REFUSED,
        waiting="",
        labels=Labels(
            rows=107, refused={"PD-105": 4}, dead={"PD-202": 2}, resends=3, stale=2, conflicts=1, agencies=frozenset({"a", "b"})
        ),
    )


def test_a_hub_that_balances_balances() -> None:
    """Every line holds, and the summary says so with the figures that it is made of."""
    findings = _findings()
    assert [check for check in list_checks(findings) if not check.holds] == []
    said = summarise(findings)
    assert said["balanced"] is True
    assert said["problems"] == []
    assert (said["rows_read"], said["refused"], said["submitted"], said["standard"]) == (107, 4, 103, 101)
    assert said["feeds"]["a.asb"] == {"shares": 5, "deliveries": 5, "gaps": 0, "repeats": 0}  # type: ignore[index]


def _break_counts(**changes: object) -> Callable[[Findings], Findings]:
    return lambda findings: replace(findings, counts=replace(findings.counts, **changes))  # type: ignore[arg-type]


def _break_feed(**changes: int) -> Callable[[Findings], Findings]:
    # The other feed errs the other way, so that the sums of all feeds still agree.
    feeds = {"a.asb": replace(FeedCount(shares=5, deliveries=5), **changes), "b.asb": FeedCount(shares=4, deliveries=4)}
    return _break_counts(feeds=feeds)


def _break_labels(**changes: object) -> Callable[[Findings], Findings]:
    return lambda findings: replace(findings, labels=replace(findings.labels, **changes))  # type: ignore[type-var]


@pytest.mark.parametrize(
    "fault",
    [
        _break_counts(submitted=102),
        _break_counts(standard=100),
        _break_counts(dead_lettered=3),
        _break_counts(new_versions=96),
        _break_counts(resends=4),
        _break_counts(stale=1),
        _break_counts(conflicts=0),
        _break_counts(ledger_entries=94),
        _break_counts(ledger_wrong=1),
        _break_counts(held_records=89),
        _break_counts(dead_letters_by_code={"PD-203": 2}),
        _break_feed(shares=6),
        _break_feed(deliveries=4),
        _break_feed(gaps=1),
        _break_feed(repeats=1),
        _break_feed(out_of_order=1),
        _break_feed(unexplained=1),
        lambda findings: replace(findings, rows_read=108),
        lambda findings: replace(findings, refused={"PD-105": 3, "PD-104": 1}),
        lambda findings: replace(findings, foreign_read="it was given a delivery"),
        lambda findings: replace(findings, foreign_read="no answer"),
        lambda findings: replace(findings, waiting="7 messages wait for disseminate"),
        lambda findings: replace(findings, readings=[Reading("a", ("a.asb",), 4, is_whole=True)]),
        lambda findings: replace(findings, readings=[Reading("a", ("a.asb",), 5, is_whole=False)]),
        _break_labels(agencies=frozenset({"a", "c"})),
        _break_labels(rows=106),
        _break_labels(refused={"PD-105": 3, "PD-104": 1}),
        _break_labels(dead={"PD-203": 2}),
        _break_labels(resends=2),
        _break_labels(stale=3),
        _break_labels(conflicts=0),
    ],
)
def test_each_fault_unbalances(fault: Callable[[Findings], Findings]) -> None:
    """Whatever single figure is wrong, the table says so, and the summary names a problem."""
    findings = fault(_findings())
    assert not is_balanced(findings)
    assert summarise(findings)["balanced"] is False
    assert summarise(findings)["problems"]


def test_feeds_that_err_in_opposite_ways_do_not_balance() -> None:
    """One delivery too many here and one too few there is two faults, though the sums agree."""
    feeds = {"a.asb": FeedCount(shares=5, deliveries=4), "b.asb": FeedCount(shares=4, deliveries=5)}
    findings = replace(_findings(), counts=replace(_counts(), feeds=feeds), readings=[])
    assert not is_balanced(findings)


def test_real_files_need_no_labels() -> None:
    """Nothing is known beforehand of real files: their refusals only have to add up."""
    findings = replace(_findings(), labels=None, refused={"PD-105": 3, "PD-103": 1})
    assert is_balanced(findings)
