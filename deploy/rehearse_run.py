"""A rehearsal from its sources to its report: rules, records from Kafka or a file, progress."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deploy.hub_records import HubRecords, utc_text
from deploy.no_pauses import no_pauses
from schemas.records import Record
from stream_processors.decide import Decider
from stream_processors.rehearsal import Effect, Rehearsal, Side
from stream_processors.rehearsal_differences import compare_rules
from stream_processors.rehearsal_report import report_hash
from stream_processors.rehearsal_samples import PseudonymOf, Sample, Samples
from stream_processors.rehearsal_tally import Tally
from stream_processors.rule_set import Parts, RuleSet, load_rule_set

Report = dict[str, Any]
Progress = Callable[[str, int], None]
"""What is read, and how many so far."""

_STEP = 500
_LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Plan:
    """What is rehearsed."""

    old: Parts
    new: Parts
    since_ms: int
    now_ms: int
    source: str
    """kafka or file."""
    examples: int = 0
    """Examples for each effect and agreement."""


@dataclass
class Done:
    """What came of it."""

    report: Report
    sha256: str
    samples: list[Sample] = field(default_factory=list)
    events: int = 0
    """All that were read, of the window and before it."""
    seconds: float = 0.0
    """Reading and deciding."""

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / max(self.seconds, 1e-9)


def rehearse(
    plan: Plan,
    events: Iterable[tuple[Record, int]],
    holders: Iterable[Record],
    token: Callable[[str], str],
    pseudonym: PseudonymOf,
    progress: Progress,
) -> Done:
    """Rehearse: `events` in the order of the topic, `holders` as they stand now. Raises Misconfigured."""
    old, new = load_rule_set(plan.old), load_rule_set(plan.new)
    decides_at = when_decided(new, plan.now_ms)
    samples = Samples(new, plan.examples, pseudonym)
    sides = (Side(old, Decider(old), plan.now_ms), Side(new, Decider(new), decides_at))
    rehearsal, began, read = Rehearsal(*sides, plan.since_ms, samples), time.perf_counter(), 0
    with no_pauses():
        for number, record in enumerate(holders, 1):
            rehearsal.hold(record)
            if number % _STEP == 0:
                progress("holders", number)
        for read, (event, at_ms) in enumerate(events, 1):
            rehearsal.take(event, at_ms)
            if read % _STEP == 0:
                progress("events", read)
    seconds = time.perf_counter() - began
    effects, tally = list(rehearsal.effects()), Tally(old, new, token)
    tally.add(effects)
    report = _report(plan, (old, new), rehearsal, tally, decides_at)
    return Done(report, report_hash(report), _shown(samples, effects), read, seconds)


def when_decided(new: RuleSet, now_ms: int) -> int:
    """The new set decides now, or at noon of the first day on which all of its agreements have begun: what begins next month
    would otherwise be approved as if it shared nothing."""
    today = datetime.fromtimestamp(now_ms / 1000, _LONDON).date()
    begins = max([today, *(agreement.valid_from for agreement in new.agreements)])
    return now_ms if begins == today else _noon(begins)


def _noon(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, 12, tzinfo=_LONDON).timestamp() * 1000)


def _shown(samples: Samples, effects: list[Effect]) -> list[Sample]:
    """Samples whose effect came true at the end."""
    true = {(each.effect, each.record_id, each.feed) for each in effects}
    return [sample for sample in samples.drawn() if (sample.effect, sample.record_id, sample.feed) in true]


def _report(plan: Plan, rules: tuple[RuleSet, RuleSet], rehearsal: Rehearsal, tally: Tally, decides_at: int) -> Report:
    old, new = rules
    return {
        "schema_version": 1,
        "kind": "REHEARSAL",
        "old_rule_set": old.sha256,
        "new_rule_set": new.sha256,
        "window": {"since_ms": plan.since_ms, "until_ms": plan.now_ms, "source": plan.source},
        "counts": tally.counts(rehearsal.records),
        "decided_as_of": utc_text(decides_at),
        "events": rehearsal.events,
        "faults": rehearsal.faults,
        "rules": compare_rules(old, new),
        "effects": tally.effects(),
        "fields": tally.fields(),
        "record_tokens": tally.tokens(),
        "new_feeds": {a: _fields(new, a) for a in sorted({x.id for x in new.agreements} - {x.id for x in old.agreements})},
    }


def _fields(rules: RuleSet, agreement: str) -> list[str]:
    return sorted({rule.treatment.name for rule in rules.projections[agreement].rules if rule.treatment is not None})


def events_of(hub: HubRecords) -> Iterator[tuple[Record, int]]:
    """Every event of `standard`, and when it was written."""
    return ((event, at_ms) for event, at_ms, _ in hub.standard())


def since(text: str, now_ms: int) -> int:
    """`7d`, `36h` or an ISO date: UTC milliseconds. Raises ValueError."""
    units: Mapping[str, int] = {"d": 86_400_000, "h": 3_600_000, "m": 60_000}
    if text[:-1].isdigit() and text[-1:] in units:
        return max(0, now_ms - int(text[:-1]) * units[text[-1]])
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=_LONDON)
    return max(0, (moment - datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))) // timedelta(milliseconds=1))
