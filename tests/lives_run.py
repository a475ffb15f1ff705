"""A whole hub with its agencies' databases, held against a plain model of the history: `make lives`.

Versions are published; then one agency is suspended, records are corrected into sexual offences, recalled and erased, two
agreements end, and the agency is resumed. Processes are killed (`kill -9`) meanwhile. Once it is quiet, each agency's SQLite
database must be, row by row, what the model computes from the history. Exit code 1 where one is not.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lives_history as history
import orjson
from lives_hub import Lives, share_agencies, wait_quiet
from lives_judge import checks_of, compare_truth, find_strings, read_events, read_sinks, truth_of
from lives_model import Life, differences, held, live
from lives_source import source_of

from deploy.demo_hub import RunningHub
from deploy.master_key import read_master_key
from deploy.nation.simulated import TRUTH
from deploy.settings import Settings
from schemas.actions import Action
from stream_processors.rule_set import RuleSet, load_rule_set, shipped_parts
from stream_processors.tokens import Tokens

Held = Mapping[str, Mapping[str, str]]
"""By feed: record id to row."""
QUIET_SECONDS = 1800.0
READERS = 4
"""Processes of subscribers."""
IDLE_SECONDS = 2.0
READ_SECONDS = 120.0
"""How long one reading to the end may take."""
PASSES = 5
"""How often the agencies may read to the end: what they asked for again comes a little later."""


@dataclass
class Report:
    """What came out."""

    figures: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass
class Run:
    """One run: what was asked for, the hub, and what is known of it so far."""

    given: argparse.Namespace
    hub: RunningHub
    folder: Path
    report: Report = field(default_factory=Report)
    began: float = field(default_factory=time.monotonic)

    def tell(self, text: str, **figures: Any) -> None:
        """Progress goes to stderr; figures into the report."""
        self.report.figures |= figures
        said = " ".join(f"{name}={value}" for name, value in figures.items())
        sys.stderr.write(f"[{time.monotonic() - self.began:6.0f} s] {text} {said}\n")
        sys.stderr.flush()

    @property
    def tokens(self) -> Tokens:
        """The hub's."""
        return Tokens(read_master_key(self.hub.settings.home))

    @property
    def readers(self) -> frozenset[str]:
        """Agencies that read; empty: all."""
        return frozenset(filter(None, self.given.agencies.split(",")))

    def choose(self, known: Mapping[str, Life], before: Held, kind: str) -> history.Plan:
        """What is to become of which records. `kind`: of those that are corrected."""
        has_outbox = frozenset(path.stem for path in (self.hub.settings.home / "outbox").glob("*.sqlite"))
        sizes = history.Sizes(self.given.recalls, self.given.corrections, self.given.erasures, kind)
        rules, dice = load_rule_set(shipped_parts()), random.Random(self.given.seed)
        return history.choose(known, before, rules, has_outbox, sizes, dice)

    def model(self, rules: RuleSet) -> tuple[dict[str, Life], dict[str, dict[str, str]]]:
        """What the history says that there is, and that is held."""
        now = time.time()
        lives = live(read_events(self.hub), rules, int(now * 1000))
        rows = held(lives, rules, self.tokens, int(now * 1000), datetime.now(UTC).date())
        reading = {feed for feed, bound in rules.by_feed.items() if not self.readers or bound.agency.id in self.readers}
        return lives, {feed: records for feed, records in rows.items() if feed in reading}


def run(given: argparse.Namespace, folder: Path) -> Report:
    """Play the whole history."""
    settings = Settings(home=folder / "home", lanes=given.lanes)
    (folder / "sinks").mkdir(parents=True)
    with RunningHub(settings) as hub:
        this = Run(given, hub, folder)
        hub.provision()
        this.tell("provisioned")
        shares = share_agencies(_agencies(load_rule_set(shipped_parts()), this.readers), READERS)
        with Lives(hub, folder / "sinks", shares, random.Random(given.seed), given.kills, given.every) as lives:
            rules, plan, before = _play(this, lives)
            lives.wanted_kills = 0
            lives.end_subscribers()
            wait_quiet(hub, QUIET_SECONDS)
            this.tell("quiet", kills=dict(lives.kills), ended_by_themselves=dict(lives.ended))
            _judge(this, lives, rules, plan, before)
        return this.report


def _agencies(rules: RuleSet, readers: frozenset[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for bound in rules.by_feed.values():
        if not readers or bound.agency.id in readers:
            found.setdefault(bound.agency.id, []).append(bound.agreement.feed)
    return found


def _play(this: Run, lives: Lives) -> tuple[RuleSet, history.Plan, Held]:
    given, settings, source = this.given, this.hub.settings, source_of(this.given, this.folder / "nation")
    source.publish_first(this.hub)
    this.tell("published")
    wait_quiet(this.hub, QUIET_SECONDS)
    known, before = this.model(load_rule_set(shipped_parts()))
    this.tell("versions are disseminated", records=len(known), holdings=sum(map(len, before.values())))
    # The public files have nobody's name, and of their crimes none is known not to be a sexual offence: logs of ASB are.
    kind = "incident" if given.northumbria else "crime"
    plan = this.choose(known, before, kind)
    if given.northumbria:
        told = history.act_on(settings, Action.CORRECTION, "INCOMPLETE", plan.corrected, known, {"persons": [history.VICTIM]})
        wait_quiet(this.hub, QUIET_SECONDS)
        known, before = this.model(load_rule_set(shipped_parts()))
        had = find_strings(this.folder / "sinks", [history.VICTIM["surname"]])
        this.tell("victims were added", victims=dict(told), files_with_victims_before=had)
    history.suspend_agency(settings, plan.suspended)
    this.tell("suspended", suspended=plan.suspended)
    source.publish_late(this.hub)
    this.tell("published meanwhile", rows_published=dict(source.rows))
    done = {
        "corrected": history.act_on(settings, Action.CORRECTION, "RECLASSIFIED", plan.corrected, known, history.SEXUAL[kind]),
        "recalled": history.act_on(settings, Action.RECALL, "SENT_UNLAWFULLY", plan.recalled, known, None),
        "erased": history.act_on(settings, Action.ERASURE, "UNLAWFUL_PROCESSING", plan.erased, known, None),
    }
    this.tell("acted", **{name: dict(said) for name, said in done.items()})
    return _end(this, lives, plan), plan, before


def _end(this: Run, lives: Lives, plan: history.Plan) -> RuleSet:
    """End the agreements, let the agency go on, and kill whoever is still to be killed. Gives the rules in force."""
    settings = this.hub.settings
    rules = history.end_agreements(settings, plan.ended)
    this.tell("agreements ended", agreements_ended=plan.ended)
    wait_quiet(this.hub, QUIET_SECONDS)
    history.resume_agency(settings, plan.suspended)
    wait_quiet(this.hub, QUIET_SECONDS)
    this.tell("resumed")
    while not lives.has_killed:
        history.reach_back(settings)
        wait_quiet(this.hub, QUIET_SECONDS)
        this.tell(f"{lives.kills.total()} kills")
    return rules


def _judge(this: Run, lives: Lives, rules: RuleSet, plan: history.Plan, before: Held) -> None:
    report, folder = this.report, this.folder / "sinks"
    known, expected = this.model(rules)
    for number in range(PASSES):
        lives.read_to_end(IDLE_SECONDS, READ_SECONDS)
        sinks = read_sinks(folder, this.hub.settings.topic_prefix)
        report.problems = differences(expected, sinks, rules, this.tokens)
        this.tell("read to the end", passes=number + 1, differences=len(report.problems))
        if not report.problems:
            break
    rows = sum(map(len, sinks.values()))
    agencies = {feed.partition(".")[0] for feed, records in expected.items() if records}
    this.tell("compared", rows_compared=rows, rows_expected=sum(map(len, expected.values())), agencies_holding=len(agencies))
    report.problems += [f"{name}: broken" for name in checks_of(folder)]
    gone = [f"{record}: held" for record in (*plan.recalled, *plan.erased) for feed in expected.values() if record in feed]
    report.problems += gone
    _tell_plan(this, known, before, expected, plan)
    if this.given.northumbria:
        left = find_strings(folder, [history.VICTIM["surname"]])
        this.tell("victims looked for as bytes", files_with_victims=left)
    else:
        apart = frozenset((*plan.recalled, *plan.erased, *plan.corrected))
        last = truth_of(this.folder / "nation" / TRUTH)
        agreed, different = compare_truth(last, expected, rules, apart, plan.ended, this.readers)
        this.tell("held against the truth", truth_agreed=agreed, truth_different=len(different))
        report.problems += [f"truth: {each}" for each in different]


def _tell_plan(this: Run, known: Mapping[str, Life], before: Held, after: Held, plan: history.Plan) -> None:
    """What the actions took from whom: pairs of feed and record."""
    lost: Counter[str] = Counter()
    for feed, records in before.items():
        for name in plan.corrected:
            if name in records:
                now = after[feed].get(name)
                lost["withdrawn" if now is None else "narrowed" if now != records[name] else "as before"] += 1
    taken = {word: sum(name in records for records in before.values() for name in names) for word, names in (
        ("recalled", plan.recalled), ("erased", plan.erased))}  # fmt: skip
    latched = sum("victim-anonymity" in known[name].latches for name in plan.corrected)
    this.tell("lost by actions", corrections_latched=latched, holdings_corrected=dict(lost), holdings_taken_back=taken)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--northumbria", type=Path, metavar="FOLDER", help="months of the public files")
    source.add_argument("--nation", nargs=2, metavar=("SCALE", "HOURS"))
    for name, number in (("recalls", 1000), ("corrections", 500), ("erasures", 100), ("kills", 0), ("seed", 1), ("lanes", 6)):
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--every", type=float, default=3.0, help="seconds between two kills, in the middle")
    parser.add_argument("--forces", default="", help="of the nation, comma between ids; empty: all")
    parser.add_argument("--agencies", default="", help="that read and are compared, comma between ids; empty: all")
    parser.add_argument("--folder", type=Path, help="kept afterwards; default: one that is removed")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def main() -> int:
    """Run, and print."""
    given, began = parse(), time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        report = run(given, given.folder or Path(name))
    report.figures["seconds"] = round(time.monotonic() - began)
    if given.json:
        sys.stdout.write(orjson.dumps({"figures": report.figures, "problems": report.problems}).decode() + "\n")
    else:
        sys.stdout.writelines(f"{figure:28} {value}\n" for figure, value in report.figures.items())
        sys.stdout.writelines(f"PROBLEM {problem}\n" for problem in report.problems[:50])
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
