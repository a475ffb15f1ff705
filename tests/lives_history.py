"""What happens to the records of a hub after they were published: chosen by chance from what is held, and carried out."""

import random
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from approving import rehearsal
from lives_model import Life

from deploy.act_run import ActOptions, act
from deploy.force_clients import default_outbox
from deploy.local_approvers import approve_locally
from deploy.provision_hub import open_desk
from deploy.rule_change import carry_out
from deploy.rule_sets import read_rule_sets
from deploy.settings import Settings
from deploy.suspension import Word, resume, suspend
from producers.adapters.catalogue import CODED_ADAPTERS
from schemas.actions import Action
from schemas.dialect import shipped_dialects
from schemas.kinds import KINDS
from schemas.records import Record
from stream_processors.control_commands import LANE_COMMAND, LaneCommand, record_of
from stream_processors.proposals import propose
from stream_processors.rehearsal_report import report_of
from stream_processors.rule_set import RuleSet, hash_parts, load_rule_set, shipped_parts

ENDED_ON = "2026-06-14"
"""Last day of an agreement that has ended."""
VICTIM: Record = {
    "ref": "victim-1",
    "roles": ["VICTIM"],
    "subject_categories": ["VICTIM"],
    "assertion": "FACT",
    "markers": [],
    "given_name": "SYNTHETICA",
    "surname": "LIVESTEST",
    "date_of_birth": "1990-01-01",
}
"""Somebody whom the public files do not have."""


SEXUAL: dict[str, Record] = {
    "crime": {"crime": {"sexual_offence_alleged": True}},
    "incident": {"incident": {"closing_category": {"value": "CRIME"}}},
}
"""By kind: what makes of a record one that may be a sexual offence. A log has no offence: it closes as a crime of any sort."""


@dataclass
class Plan:
    """Ids of records, by what becomes of them; which agency is suspended meanwhile, and which agreements end."""

    recalled: list[str] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    suspended: str = ""
    ended: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sizes:
    """How many of each, and of which kind those are that are corrected."""

    recalls: int
    corrections: int
    erasures: int
    kind: str = "crime"


def choose(
    lives: Mapping[str, Life], held: Mapping[str, Mapping[str, str]], rules: RuleSet, has_outbox: frozenset[str],
    sizes: Sizes, dice: random.Random,
) -> Plan:  # fmt: skip
    """Records that somebody holds first; of corrections: those that are known to be no sexual offences."""
    by_feed = Counter({feed: len(records) for feed, records in held.items() if records})
    by_agreement: Counter[str] = Counter()
    for feed, number in by_feed.items():
        by_agreement[rules.by_feed[feed].agreement.id] += number
    most = [rules.by_feed[feed] for feed, _ in by_feed.most_common()]
    suspended = most[0]
    by_agreement.update(
        {agreement.id: 0 for agreement in rules.agreements}
    )  # those under which nobody holds anything come last
    ended = [name for name, _ in by_agreement.most_common() if name != suspended.agreement.id][:2]
    somebody = {record for records in held.values() for record in records}
    usable = sorted(name for name in lives if name.partition(":")[0] in has_outbox and not lives[name].closed)
    dice.shuffle(usable)
    usable.sort(key=lambda name: name not in somebody)
    plan = Plan(suspended=suspended.agency.id, ended=tuple(ended))
    plan.corrected = [name for name in usable if _can_be_corrected(lives[name], sizes.kind)][: sizes.corrections]
    left = [name for name in usable if name not in set(plan.corrected)]
    plan.recalled, plan.erased = left[: sizes.recalls], left[sizes.recalls : sizes.recalls + sizes.erasures]
    return plan


def _can_be_corrected(life: Life, kind: str) -> bool:
    return life.event["envelope"]["kind"] == kind and "victim-anonymity" not in life.latches


def act_on(
    settings: Settings, action: Action, reason: str, records: Iterable[str], lives: Mapping[str, Life], patch: Record | None
) -> Counter[str]:
    """One action on each record by its force's publisher. `patch`: parts of the submission that it replaces."""
    by_force: dict[str, list[str]] = defaultdict(list)
    for record in records:
        by_force[record.partition(":")[0]].append(record)
    said: Counter[str] = Counter()
    for force, theirs in sorted(by_force.items()):
        paths = (_write_patches(settings.home, force, [lives[name].event for name in theirs], patch),) if patch else ()
        result = act(settings, _options(settings, force, action, reason, theirs, paths))
        said.update({name: result[name] for name in ("orders", "submitted", "refused", "waiting", "held")})
        said.update(result["refused_by_code"])
    return said


def _options(
    settings: Settings, force: str, action: Action, reason: str, records: Sequence[str], paths: tuple[Path, ...]
) -> ActOptions:
    return ActOptions(
        force=force,
        action=action,
        reason=reason,
        records=tuple(records),
        paths=paths,
        adapter=CODED_ADAPTERS["native-jsonl"],
        dialects=shipped_dialects(),
        kind="",
        version=None,
        outbox=default_outbox(settings, force),
        wait_seconds=300,
    )


def _write_patches(home: Path, force: str, events: Iterable[Record], patch: Record) -> Path:
    path = home / "patches" / secrets.token_hex(4) / f"{force}.jsonl"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        for event in events:
            envelope = {name: event["envelope"][name] for name in ("source_system", "source_ref")} | {"partial": True}
            kind = event["envelope"]["kind"]
            line = {"kind": kind, "submission": {"envelope": envelope, KINDS[kind].detail: {}, **patch}}
            file.write(orjson.dumps(line) + b"\n")
    return path


def rules_without(ended: Sequence[str]) -> dict[str, bytes]:
    """The shipped rules, these agreements over since some days."""
    parts = shipped_parts()
    for name in ended:
        path = f"agreements/{name}.yaml"
        lines = parts[path].decode().splitlines()
        over = {"valid_until": ENDED_ON, "review_on": "2026-06-01"}
        lines = [f"{word}: {over[word]}" if (word := line.partition(":")[0]) in over else line for line in lines]
        parts[path] = ("\n".join(lines) + "\n").encode()
    return parts


def end_agreements(settings: Settings, ended: Sequence[str]) -> RuleSet:
    """Put these rules in force, and let them reach back."""
    parts, now_ms = rules_without(ended), int(time.time() * 1000)
    with open_desk(settings) as desk:
        known = read_rule_sets(desk)
        assert known.current is not None
        report = report_of(rehearsal(known.current.sha256, hash_parts(parts)))
        proposal = propose(known, parts, report, "PUBLISH")
        carry_out(settings, desk, proposal, approve_locally(settings, desk, proposal, now_ms), lambda _what, _count: None)
    reach_back(settings)
    return load_rule_set(parts)


def reach_back(settings: Settings) -> None:
    """Have everything that is held decided again under the rules in force."""
    command = LaneCommand(secrets.token_hex(16), "RETROACT", "all", "a test", "rules that reach back", int(time.time() * 1000))
    with open_desk(settings) as desk:
        desk.write(desk.topics.control, LANE_COMMAND, f"command/{command.id}", record_of(command))


def suspend_agency(settings: Settings, agency: str) -> None:
    """Stop it."""
    with open_desk(settings) as desk:
        suspend(desk, f"agency/{agency}", _word(), lambda _what, _count: None)


def resume_agency(settings: Settings, agency: str) -> None:
    """Let it go on."""
    with open_desk(settings) as desk:
        resume(desk, f"agency/{agency}", _word(), lambda _what, _count: None)


def _word() -> Word:
    return Word("a test", "a test of lives", int(time.time() * 1000))
