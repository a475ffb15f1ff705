"""The demonstration: a whole hub on a real broker, from the forces' files to the agencies' feeds, and the balance."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from deploy.balance import HubCounts, count_hub
from deploy.broker_progress import Silent, Watcher
from deploy.clients import client_config
from deploy.demo_agencies import read_as_agencies, read_foreign
from deploy.demo_hub import RunningHub
from deploy.demo_report import Findings, Labels
from deploy.nation.simulated import TRUTH, Nation, Simulated, simulate_folder
from deploy.nation.truth_reader import read_truth
from deploy.nation_publish import OUTBOX_FOLDER, publish_stock
from deploy.published import Published
from deploy.registry import Registry, record_name
from deploy.settings import Settings
from deploy.stages import STAGES
from schemas.reference import forces
from stream_processors.rule_set import load_rule_set, shipped_parts

PROCESSES = 2
"""Of each stage; of acknowledge there is one."""
READERS = ("asb-tyne-a", "ambulance-a", "nca")
"""Agencies that read: one in the smallest area, one over many, one of the whole nation."""
WAIT_SECONDS = 900.0
"""How long the hub may take to digest what was published: ten times what a month of public files takes."""


HOURS, SCALE = 24, 0.1
"""A day, in which logs become crimes and arrests, of a tenth of the nation: as many rows as a broker on one machine takes in
half a minute.
"""
FAULT_RATE = 0.02
"""Share of the rows with a labelled fault: so many that every dead letter occurs in a tenth of the nation."""


@dataclass(frozen=True)
class Options:
    """What was asked for. `police_uk`: real street files instead of the nation."""

    nation: Nation
    police_uk: Path | None = None


@dataclass
class _Steps:
    """Tells each step, and measures it."""

    watcher: Watcher
    clock: Callable[[], float] = time.monotonic
    seconds: dict[str, float] = field(default_factory=dict)
    _name: str = ""
    _began: float = 0.0

    def begin(self, name: str, text: str) -> None:
        self.end()
        self._name, self._began = name, self.clock()
        self.watcher.step(text)

    def end(self) -> None:
        if self._name:
            self.seconds[self._name] = self.clock() - self._began
        self._name = ""


def run_demo(settings: Settings, options: Options, watcher: Watcher) -> Findings:
    """Run it in `settings.home`. Whatever happens, its processes and its broker are ended.

    Raises PointDutyError where a step can't be done at all; what does not balance is in the findings.
    """
    steps, began = _Steps(watcher), time.monotonic()
    steps.begin("up", "broker and registry")
    with RunningHub(settings, watcher) as hub:
        steps.begin("provision", "topics, users, permissions, schemas, rule set")
        hub.provision()
        for stage in STAGES:
            for _ in range(1 if stage == "acknowledge" else PROCESSES):
                hub.start(stage)
        findings = _run(hub, options, steps)
        steps.begin("stop", "stopping")
    steps.end()
    return replace(findings, seconds=time.monotonic() - began, steps=steps.seconds)


def _run(hub: RunningHub, options: Options, steps: _Steps) -> Findings:
    simulated = None
    if options.police_uk is None:
        steps.begin("simulate", "a nation lives its hours")
        folder = hub.settings.home / "demo"
        simulated = simulate_folder(options.nation, folder)
        steps.begin("publish", "the forces publish")
        published = publish(hub, folder)
    else:
        steps.begin("publish", "the forces publish")
        published = hub.publish_folder("police-uk-street", options.police_uk)
    steps.begin("digest", "the hub standardises, decides and disseminates")
    waiting = hub.wait_quiet(WAIT_SECONDS)
    steps.begin("read", "agencies read their feeds")
    readings, foreign = read_as_agencies(hub, READERS), read_foreign(hub, READERS[0], READERS[-1])
    steps.begin("count", "counting every topic")
    return Findings(
        rows_read=published.rows_read,
        refused=published.refused_by_code,
        counts=count(hub),
        readings=readings,
        foreign_read=foreign,
        waiting=f"{waiting.messages} messages wait for {waiting.stage}" if waiting else "",
        labels=_labels(simulated, hub.settings.home / "demo") if simulated else None,
    )


def publish(hub: RunningHub, folder: Path) -> Published:
    """Publish a simulated folder: the forces with an outbox by processes of their own, the others by stock clients."""
    publishers = hub.start_publishing("native-jsonl", folder / OUTBOX_FOLDER)
    messages = publish_stock(hub.settings, folder, Silent())
    published = hub.finish_publishing(publishers)
    published.add_messages(messages)
    return published


def count(hub: RunningHub) -> HubCounts:
    """Count every topic of the hub by what stands in it."""
    settings, rules = hub.settings, load_rule_set(shipped_parts())
    topics = settings.topics
    feeds = [topics.feed(bound.agency.id, bound.agreement.feed) for bound in rules.by_feed.values()]
    with closing(Registry(hub.cluster.registry_url)) as registry:

        @cache
        def schema_name(schema_id: int) -> str | None:
            text = registry.read_schema(schema_id)
            return None if text is None else record_name(text)

        config = client_config(settings.home, hub.cluster.admin_username)
        return count_hub(config, topics, schema_name, feeds, list(forces()))


def _labels(simulated: Simulated, folder: Path) -> Labels:
    """What the nation promises."""
    truth = read_truth(folder / TRUTH)
    return Labels(
        rows=simulated.rows,
        refused={str(code): number for code, number in sorted(simulated.refused.items())},
        dead={str(code): number for code, number in sorted(simulated.dead.items())},
        resends=simulated.outcomes["RESEND"],
        stale=simulated.outcomes["STALE"],
        conflicts=simulated.outcomes["CONFLICT"],
        agencies=frozenset(agency for row in truth.versions() for agency in row.receive),
    )
