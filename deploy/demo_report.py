"""The table that must balance, made from what was counted. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from deploy.balance import HubCounts

REFUSED = "TOPIC_AUTHORIZATION_FAILED"
"""What the broker answers who may not read a topic."""


@dataclass(frozen=True)
class Reading:
    """What one agency read of its own feeds, with its own credentials."""

    agency: str
    feeds: tuple[str, ...]
    """Agency and feed, as in the counts."""
    deliveries: int
    is_whole: bool
    """Whether it saw no gap and nothing that it could not read."""


@dataclass(frozen=True)
class Labels:
    """What the nation says will become of its rows. None of it is known of real files."""

    rows: int
    refused: Mapping[str, int]
    """At the force's door, by code."""
    dead: Mapping[str, int]
    """Dead letters, by code."""
    resends: int
    stale: int
    conflicts: int
    agencies: frozenset[str]
    """Agencies that, by the truth, are sent something."""


@dataclass(frozen=True)
class Findings:
    """Everything that the demonstration has counted. `foreign_read`: the broker's answer to a read of another's feed."""

    rows_read: int
    refused: Mapping[str, int]
    counts: HubCounts
    readings: Sequence[Reading]
    foreign_read: str
    waiting: str
    """What had not gone through when the time was up; empty: nothing."""
    labels: Labels | None
    seconds: float = 0.0
    steps: Mapping[str, float] = field(default_factory=dict)


class Check(NamedTuple):
    """One line of the table."""

    text: str
    found: object
    expected: object
    holds: bool


def list_checks(findings: Findings) -> list[Check]:
    """Every line of the table, in the order of the flow."""
    counts, refused = findings.counts, sum(findings.refused.values())
    feeds = counts.feeds.values()
    seen = counts.new_versions + counts.resends + counts.stale + counts.conflicts
    faults = sum(feed.gaps + feed.repeats + feed.out_of_order + feed.unexplained for feed in feeds)
    checks = [
        _equal("everything has gone through", findings.waiting or "yes", "yes"),
        _equal("rows read = submitted + refused at the force", findings.rows_read, counts.submitted + refused),
        _equal("submitted = standard + dead-lettered", counts.submitted, counts.standard + counts.dead_lettered),
        _equal("standard = new versions + resends + stale + conflicts", counts.standard, seen),
        _equal("one ledger entry for each new version", counts.ledger_entries, counts.new_versions),
        _equal("ledger entries that contradict the standard topic", counts.ledger_wrong, 0),
        _equal("deliveries in the feeds = shares in the ledger", _total(findings, "deliveries"), _total(findings, "shares")),
        _equal("gaps, repeats and disorder in the lanes of all feeds", faults, 0),
    ]
    checks += _label_checks(findings)
    for reading in findings.readings:
        held = sum(counts.feeds[feed].deliveries for feed in reading.feeds)
        found = reading.deliveries if reading.is_whole else f"{reading.deliveries} and not all"
        checks.append(_equal(f"{reading.agency} read what its feeds hold", found, held))
    checks.append(_equal("the read of another agency's feed", findings.foreign_read, REFUSED))
    return [*checks, *(Check(problem, "no", "yes", False) for problem in counts.problems)]


def is_balanced(findings: Findings) -> bool:
    """Whether every line holds."""
    return all(check.holds for check in list_checks(findings))


def summarise(findings: Findings) -> dict[str, object]:
    """The findings as one JSON object."""
    counts = findings.counts
    names = ("submitted", "standard", "dead_lettered", "resends", "stale", "conflicts", "new_versions", "ledger_entries")
    more = ("dead_letters_by_code", "ledger_repeats", "ledger_superseded", "ledger_wrong", "records")
    checks = list_checks(findings)
    return {
        "balanced": all(check.holds for check in checks),
        "rows_read": findings.rows_read,
        "refused": sum(findings.refused.values()),
        **{name: getattr(counts, name) for name in (*names, *more)},
        "refused_by_code": dict(findings.refused),
        "feeds": {
            name: {"shares": feed.shares, "deliveries": feed.deliveries, "gaps": feed.gaps, "repeats": feed.repeats}
            for name, feed in sorted(counts.feeds.items())
        },
        "read": {reading.agency: reading.deliveries for reading in findings.readings},
        "foreign_read": findings.foreign_read,
        "problems": [check.text for check in checks if not check.holds],
        "seconds": round(findings.seconds, 1),
        "steps": {name: round(seconds, 1) for name, seconds in findings.steps.items()},
    }


def _label_checks(findings: Findings) -> list[Check]:
    labels, counts = findings.labels, findings.counts
    if labels is None:
        return []
    told = frozenset(name.rsplit(".", 1)[0].rpartition("feed.")[2] for name, feed in counts.feeds.items() if feed.deliveries)
    return [
        _equal("rows published, as simulated", findings.rows_read, labels.rows),
        _equal("refused at the force, by code, as labelled", dict(findings.refused), dict(labels.refused)),
        _equal("dead letters, by code, as labelled", counts.dead_letters_by_code, dict(labels.dead)),
        _equal("resends, as labelled", counts.resends, labels.resends),
        _equal("stale versions, as labelled", counts.stale, labels.stale),
        _equal("conflicts, as labelled", counts.conflicts, labels.conflicts),
        Check("agencies that were sent something, as in the truth", len(told), len(labels.agencies), told == labels.agencies),
    ]


def _total(findings: Findings, name: str) -> int:
    return sum(getattr(feed, name) for feed in findings.counts.feeds.values())


def _equal(text: str, found: object, expected: object) -> Check:
    return Check(text, found, expected, found == expected)
