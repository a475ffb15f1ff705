"""Dead letters on the real broker: mended, resubmitted, and never in the way of a later version."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)
from core_hub import agreement, submission
from pump_bench import wait_for
from stage_hub import Running, StageHub, make_stage_hub

from deploy.clients import client_config
from deploy.dead_letter_desk import Means, Wanted
from deploy.dead_letter_run import mend, open_desk, resubmit
from deploy.force_view import ForceView
from deploy.submissions_run import tell_submissions
from producers.door import Door
from producers.mended_file import LetterState
from producers.mending import Setting
from producers.outbox import Outbox
from producers.publisher import Publisher
from producers.sending import Sender, producer_config
from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.kinds import KINDS
from schemas.records import Record, encode
from schemas.wire import frame

ROOT = Path(__file__).parents[2]
CRIME = KINDS["crime"].submission
MARKING = Means(settings=(Setting("marking", {"tier": "OFFICIAL", "sensitive": False, "handling": [], "descriptors": []}),))


@pytest.fixture
def hub(cluster_home: Path) -> Iterator[StageHub]:
    with make_stage_hub(cluster_home, [agreement("bureau")]) as made:
        made.publish_rules([agreement("bureau")])
        yield made


class Force:
    """The first force of a hub: its system forgets the marking, and its door believes that the dialect has a default."""

    def __init__(self, hub: StageHub, folder: Path) -> None:
        self.hub, self.id, self.outbox = hub, hub.forces[0], folder / "outbox.sqlite"
        self.sent = 0

    def publish(self, ref: str, summary: str, *, is_good: bool = True) -> int:
        """A version of a record, delivered; gives its number."""
        with Outbox(self.outbox, Door(self.id, frozenset({"native"})), lambda: datetime.now(UTC)) as outbox:
            settings = producer_config(client_config(self.hub.home, f"force.{self.id}"))
            sender = Sender(
                outbox,
                lambda on_error: Producer({**settings, "error_cb": on_error}),
                self.hub.topics,
                lambda name: self.hub.schema_id(self.hub.topics.submission(self.id), name),
            )
            publisher = Publisher(outbox, sender, lambda: datetime.now(UTC))
            receipt = publisher.accept("crime", self._crime(ref, summary, is_good))
            assert publisher.drain(60) == 0
            sender.close()
        self.sent += 1
        return receipt.version

    def send_stock(self, ref: str, version: int, summary: str, *, is_good: bool = True) -> None:
        """As a plain client sends it, past door and outbox."""
        record = self._crime(ref, summary, is_good)
        record["envelope"] |= {"version": version}
        topic = self.hub.topics.submission(self.id)
        producer = self.hub.producer(f"force.{self.id}")
        producer.produce(topic, frame(self.hub.schema_id(topic, CRIME), encode(CRIME, record)), f"{self.id}:native:{ref}")
        assert producer.flush(60) == 0
        self.sent += 1

    def _crime(self, ref: str, summary: str, is_good: bool) -> Record:
        marking = {"tier": "OFFICIAL"} if is_good else None
        return submission(ref=ref, envelope={"force": self.id}, crime={"summary": summary}, marking=marking)

    def mend_all(self) -> Counter[str]:
        """Mend every new letter; gives how many would be accepted."""
        with open_desk(self.hub.settings, self.id) as desk:
            found = mend(desk, Wanted(states=frozenset({LetterState.NEW})), MARKING, keep=True)
        return Counter("standard" if each.standard is not None else str(each.refused) for each in found)

    def resubmit(self, *states: LetterState) -> Any:
        with open_desk(self.hub.settings, self.id) as desk:
            result = resubmit(self.hub.settings, self.id, desk, desk.find(Wanted(states=frozenset(states))), self.outbox, 60)
        self.sent += len(result.sent)
        assert result.waiting == 0
        return result

    def tell(self, ref: str) -> list[tuple[int, str, str]]:
        found = tell_submissions(self.hub.settings, self.id, ref, None, self.outbox)
        return [(fate.version, str(fate.state), fate.code) for fates in found.values() for fate in fates]

    def states(self) -> Counter[str]:
        with open_desk(self.hub.settings, self.id) as desk:
            return Counter(str(desk.state(letter)) for letter in desk.find(Wanted()))


@pytest.fixture
def force(hub: StageHub, tmp_path: Path) -> Force:
    return Force(hub, tmp_path)


def decided(hub: StageHub, force: Force) -> bool:
    """Whether every submission that was sent is decided, and everything standard is released."""
    progress, letters = ForceView(hub.settings, force.id).read_progress()
    return sum(progress.decided_below.values()) >= force.sent and len(hub.ledger()) == force.sent - len(letters)


def seen(hub: StageHub) -> Counter[str]:
    return Counter(entry["outcome"] for entry in hub.ledger())


def test_a_mended_letter_reaches_the_agency_once_and_never_behind_a_later_version(hub: StageHub, force: Force) -> None:
    """Mended and resubmitted twice: one delivery. With a version 2 in between, or one that another client has sent: the mended
    version 1 is not sent, or the hub takes it for stale. Each version's fate is told."""
    with Running(hub, "standardise") as standardise, Running(hub, "disseminate"):
        force.publish("good", "first")
        force.publish("bad", "first", is_good=False)
        force.publish("bad", "first", is_good=False)
        force.publish("overtaken", "first", is_good=False)
        force.publish("overtaken", "second")
        force.send_stock("stock", 1, "first", is_good=False)
        force.send_stock("stock-overtaken", 1, "first", is_good=False)
        force.send_stock("stock-overtaken", 2, "second")
        standardise.wait(lambda: decided(hub, force), "all is decided")
        assert len(hub.deliveries("bureau")) == 3
        assert force.states() == {"new": 4}, "two copies of one version are one letter"
        assert force.tell("bad") == [(1, "dead-lettered", "PD-209")]

        assert force.mend_all() == {"standard": 4}
        first = force.resubmit(LetterState.MENDED)
        assert sorted(first.sent.values()) == [(1, False), (1, False), (2, False)]
        assert [why.code for why in first.refused.values()] == [Code.SUPERSEDED]
        standardise.wait(lambda: decided(hub, force), "the mended ones are decided")
        assert len(hub.deliveries("bureau")) == 5
        assert seen(hub) == {"DECIDED": 5, "STALE": 1}

        again = force.resubmit(LetterState.RESUBMITTED)
        assert sorted(again.sent.values()) == [(1, True), (1, True), (2, True)]
        standardise.wait(lambda: decided(hub, force), "the resends are decided")
        assert len(hub.deliveries("bureau")) == 5
        assert seen(hub) == {"DECIDED": 5, "STALE": 2, "RESEND": 2}
    assert len({head["delivery_id"] for head in hub.deliveries("bureau")}) == 5
    assert force.states() == {"resubmitted": 3, "superseded": 1}
    assert force.tell("good") == [(1, "accepted", "")]
    assert force.tell("bad") == [(1, "superseded", "PD-209"), (2, "accepted", "")]
    assert force.tell("overtaken") == [(1, "superseded", "PD-209"), (2, "accepted", "")]
    assert force.tell("unheard-of") == []


def test_a_later_version_published_between_mending_and_resubmitting_stands(hub: StageHub, force: Force) -> None:
    """The letter was mended in time and resubmitted too late: it is superseded, and what waits is told as waiting."""
    with Running(hub, "standardise") as standardise, Running(hub, "disseminate"):
        force.publish("R", "first", is_good=False)
        standardise.wait(lambda: decided(hub, force), "it is refused")
        assert force.mend_all() == {"standard": 1}
        assert force.publish("R", "second") == 2
        result = force.resubmit(LetterState.MENDED)
        assert ([why.code for why in result.refused.values()], result.sent) == ([Code.SUPERSEDED], {})
        standardise.wait(lambda: decided(hub, force), "version 2 is decided")
    assert len(hub.deliveries("bureau")) == 1
    force.publish("R", "third")
    assert force.tell("R") == [(1, "superseded", "PD-209"), (2, "accepted", ""), (3, "waiting", "")]


def test_a_force_sees_how_far_the_hub_is_with_its_own_submissions_alone(hub: StageHub, force: Force) -> None:
    """The group's offsets are shown for the asker's own topic; for another force's the broker refuses; an agency sees none."""
    topics = hub.topics
    with Running(hub, "standardise") as standardise:
        force.publish("R", "first")
        standardise.wait(lambda: ForceView(hub.settings, force.id).read_progress()[0].decided_below == {0: 1}, "it is told")

    def ask(user: str, topic: str) -> list[tuple[int, int | None]]:
        admin = AdminClient({**client_config(hub.home, user)})
        wanted = ConsumerGroupTopicPartitions(topics.group("standardise"), [TopicPartition(topic, 0)])
        [answer] = admin.list_consumer_group_offsets([wanted], request_timeout=30).values()
        return [(part.offset, part.error.code() if part.error else None) for part in answer.result().topic_partitions]

    own, other = topics.submission(hub.forces[0]), topics.submission(hub.forces[1])
    assert ask(f"force.{hub.forces[0]}", own) == [(1, None)]
    [(offset, error)] = ask(f"force.{hub.forces[1]}", own)
    assert (offset < 0, error) == (True, KafkaError.TOPIC_AUTHORIZATION_FAILED)
    [(offset, error)] = ask(f"force.{hub.forces[0]}", other)
    assert (offset < 0, error) == (True, KafkaError.TOPIC_AUTHORIZATION_FAILED)
    with pytest.raises(KafkaException) as refused:
        ask(f"agency.{hub.agency('bureau')}", own)
    assert refused.value.args[0].code() == KafkaError.GROUP_AUTHORIZATION_FAILED


class CommandLine:
    """What a person of the force types, on a hub of its own."""

    def __init__(self, hub: StageHub, folder: Path) -> None:
        self.hub, self.folder, self.outbox = hub, folder, ("--outbox", str(folder / "outbox.sqlite"))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "POINTDUTY_HOME": str(self.hub.home),
            "POINTDUTY_TOPIC_PREFIX": self.hub.topics.prefix,
        }
        command = [sys.executable, "-c", "from deploy.cli import main; main()", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=self.folder, check=False)

    def letters(self, command: str, *arguments: str) -> Any:
        """The JSON that a command of `dead-letters` prints."""
        done = self.run("dead-letters", command, "--force", "kent", "--json", *arguments)
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)

    def send_bad(self, summary: str) -> int:
        """What no force should send, by a plain client; gives the number of messages."""
        topic, producer = self.hub.topics.submission("kent"), self.hub.producer("force.kent")
        for number, tier in enumerate(["CONFIDENTIAL", "CONFIDENTIAL", "OFICIAL", "SECRET", None]):
            marking = {"tier": tier} if tier else None
            record = submission(ref=f"I/{number}", envelope={"force": "kent"}, crime={"summary": summary}, marking=marking)
            producer.produce(topic, frame(self.hub.schema_id(topic, CRIME), encode(CRIME, record)), b"k")
        producer.produce(topic, b"no submission")
        assert producer.flush(60) == 0
        return 6

    def is_decided(self, below: int) -> bool:
        return ForceView(self.hub.settings, "kent").read_progress()[0].decided_below == {0: below}


DIALECT = """# of a system that this test invents
source_system: xfeed
source: this test
default_marking: null
codes:
  incident_category:   # as its screen shows them
    "NOISE1": ASB_NOISE
"""


def test_a_person_mends_by_rule_on_the_command_line(cluster_home: Path, tmp_path: Path) -> None:
    """List, show, try, mend, save into the dialect, resubmit, ask: tables, JSON and exit codes."""
    with make_stage_hub(cluster_home, [agreement("bureau")], ("kent", "essex")) as hub:
        line = CommandLine(hub, tmp_path)
        with Running(hub, "standardise") as standardise:
            sent = line.send_bad("Zebedee-Quartermain")
            standardise.wait(lambda: line.is_decided(sent), "all is decided")
            ids = _look(line)
            _mend(line, ids)
            early = line.run("dead-letters", "resubmit", "--force", "kent", ids[3], *line.outbox)
            assert (early.returncode, "PD-117" in early.stdout) == (1, True)
            done = line.letters("resubmit", "--all", *line.outbox)
            assert ({row["state"] for row in done["letters"]}, done["waiting"]) == ({"resubmitted"}, 0)
            standardise.wait(lambda: line.is_decided(sent + 4), "the mended ones are decided")
            assert line.letters("resubmit", "--all", *line.outbox)["letters"] == []
        told = line.run("submissions", "--force", "kent", "--ref", "I/0", "--json", *line.outbox)
        assert [(row["version"], row["state"]) for row in json.loads(told.stdout)] == [(1, "accepted")]
        told = line.run("submissions", "--force", "kent", "--ref", "I/3", "--system", "native", *line.outbox)
        assert (told.returncode, "PD-208" in told.stdout, "dead-lettered" in told.stdout) == (0, True, True)
        assert line.run("submissions", "--force", "kent", "--ref", "none", *line.outbox).returncode == 1


def _look(line: CommandLine) -> list[str]:
    """What is listed and shown; gives the ids."""
    listed = line.letters("list")
    assert [(row["code"], row["field"], row["state"]) for row in listed] == [
        *[("PD-208", "marking.tier", "new")] * 4,
        ("PD-209", "marking", "new"),
        ("PD-202", "", "unreadable"),
    ]
    assert [row["ref"] for row in line.letters("list", "--code", "pd-209", "--state", "new")] == ["I/4"]
    assert line.letters("list", "--since", "2100-01-01") == []
    ids = [row["id"] for row in listed]
    shown = line.letters("show", ids[2], "--submission")
    assert (shown["as_sent"], shown["suggested"]) == ("OFICIAL", "OFFICIAL")
    assert shown["submission"]["crime"]["summary"] == "Zebedee-Quartermain"
    original = line.folder / "original"
    line.letters("show", ids[5], "--original", str(original))
    assert (original.read_bytes(), original.stat().st_mode & 0o777) == (b"no submission", 0o600)
    missing = line.run("dead-letters", "show", "--force", "kent", "0-999")
    assert (missing.returncode, "PD-116" in missing.stderr) == (1, True)
    return ids


def _mend(line: CommandLine, ids: list[str]) -> None:
    """By rule, into a dialect too; as suggested; by hand. What is still wrong is told and not kept."""
    rule = ("--rule", "marking.tier: CONFIDENTIAL means OFFICIAL-SENSITIVE")
    tried = line.letters("mend", *rule, "--dry-run")
    assert [row["becomes"] for row in tried] == ["standard"] * 2
    assert {change["before"] for row in tried for change in row["changes"]} == {"CONFIDENTIAL"}
    assert line.letters("list", "--state", "mended") == []
    dialect = line.folder / "xfeed.yaml"
    dialect.write_text(DIALECT)
    code = ("--rule", "incident.opening_category: NOISE9 means ASB_NOISE", "--save-to-dialect", str(dialect))
    assert [row["becomes"] for row in line.letters("mend", *rule, *code)] == ["standard"] * 2
    assert dialect.read_text() == f'{DIALECT}    "NOISE9": "ASB_NOISE"\n'
    assert [row["id"] for row in line.letters("mend", "--accept-suggestions")] == [ids[2]]
    [refused] = line.letters("mend", ids[3], "--set", 'marking.tier="TOP SECRET"')
    assert refused["refused"]["code"] == "PD-106"
    [by_hand] = line.letters("mend", ids[4], "--set", 'marking={"tier":"OFFICIAL","sensitive":true}')
    assert (by_hand["becomes"], by_hand["refused"]) == ("standard", None)
    states = {row["id"]: row["state"] for row in line.letters("list")}
    assert [states[one] for one in ids] == ["mended", "mended", "mended", "new", "mended", "unreadable"]


def test_a_force_that_may_not_see_the_hubs_progress_is_told_so(hub: StageHub, force: Force) -> None:
    """A cluster that was provisioned before forces could: a stable code and the group's name, no traceback and no guess."""
    acl = AclBindingFilter(
        ResourceType.GROUP,
        hub.topics.group("standardise"),
        ResourcePatternType.LITERAL,
        f"User:force.{force.id}",
        "*",
        AclOperation.DESCRIBE,
        AclPermissionType.ALLOW,
    )
    admin = AdminClient({**client_config(hub.home, "admin")})  # kept: without its client a question has no answer
    deleted = admin.delete_acls([acl])[acl].result(timeout=30)
    assert len(deleted) == 1

    def is_refused() -> bool:
        try:
            ForceView(hub.settings, force.id).read_progress()
        except Misconfigured as error:
            assert (error.code, error.field) == (Code.NOT_AUTHORISED, hub.topics.group("standardise"))
            return True
        return False

    wait_for(is_refused, "the broker has heard of it")
