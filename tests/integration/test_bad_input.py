"""Bad input on the real broker: a plain client with the force's own credentials sends what no force should.

Each message has its own code and lands whole in that force's dead letter, and the good one right behind it is standardised.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition
from core_hub import FORCE, agreement, submission
from stage_hub import Running, StageHub, make_stage_hub

from deploy.clients import client_config
from deploy.credentials import credential_file
from deploy.topic_rules import load_topic_rules
from schemas.codes import Code
from schemas.kinds import KINDS
from schemas.records import Record, decode, encode
from schemas.wire import frame, unframe
from stream_processors.stage_standardise import DEAD_LETTER, STANDARD_BYTES, SUBMISSION_BYTES, WHOLE_BYTES

SENTINEL = "Zebedee-Quartermain"
MIB = 1024 * 1024


class Force:
    """The first force of a hub, with a client that knows nothing of this project."""

    def __init__(self, hub: StageHub, worker: Running) -> None:
        self.hub, self.worker, self.id = hub, worker, hub.forces[0]
        self.topic = hub.topics.submission(self.id)
        self.sent = 0

    def value(self, kind: str = "crime", **parts: Any) -> bytes:
        """A submission of this force, framed with the registry's id."""
        record = submission(kind, ref=f"{SENTINEL}/{self.sent}", **parts)
        if record["envelope"]["force"] == FORCE:
            record["envelope"]["force"] = self.id
        name = KINDS[kind].submission
        return frame(self.hub.schema_id(self.topic, name), encode(name, record))

    def send(self, value: bytes | None, **more: Any) -> KafkaError | None:
        """Produce one message; gives the broker's refusal."""
        answers: list[KafkaError | None] = []
        settings = {"message.max.bytes": 20_000_000, "message.timeout.ms": 30_000} | more.pop("settings", {})
        producer = self.hub.producer(f"force.{self.id}", **settings)
        producer.produce(self.topic, value, on_delivery=lambda error, _: answers.append(error), **more)
        assert producer.flush(60) == 0
        return answers[0]

    def letters(self) -> list[Record]:
        """The dead letters, read with the force's own credentials."""
        config = client_config(self.hub.home, f"force.{self.id}") | {"group.id": self.hub.topics.group(f"force.{self.id}.look")}
        consumer = Consumer({**config, "isolation.level": "read_committed", "enable.partition.eof": True})
        consumer.assign([TopicPartition(self.hub.topics.dead_letter(self.id), 0, 0)])
        found = []
        while True:
            message = consumer.poll(60)
            assert message is not None, "the broker did not answer in time"
            if (error := message.error()) is not None:
                assert error.code() == KafkaError._PARTITION_EOF, error
                consumer.close()
                return found
            found.append(decode(DEAD_LETTER, unframe(message.value())[1]))

    def standard(self) -> list[Record]:
        found = [unframe(message.value())[1] for message in self.hub.read(self.hub.topics.standard)]
        return [decode(KINDS["crime"].standard, body) for body in found]

    def refused(self, value: bytes | None, **more: Any) -> Record:
        """Send it and a good one right behind: its dead letter, once the good one is standardised."""
        letters, records = len(self.letters()), len(self.standard())
        assert self.send(value, **more) is None
        return self.refused_behind(letters, records)

    def refused_behind(self, letters: int, records: int) -> Record:
        self.sent += 1
        assert self.send(self.value()) is None
        self.worker.wait(lambda: len(self.standard()) > records, "the good one behind it is standardised")
        found = self.letters()
        assert len(found) == letters + 1, "one dead letter for one bad message"
        assert f"{SENTINEL}/{self.sent}" in {record["envelope"]["source_ref"] for record in self.standard()}
        return found[-1]


@pytest.fixture(scope="module")
def force(cluster_home: Path) -> Iterator[Force]:
    with make_stage_hub(cluster_home, [agreement()]) as hub, Running(hub, "standardise") as worker:
        yield Force(hub, worker)


def is_whole(letter: Record, value: bytes | None, key: bytes | None = None, headers: Any = ()) -> bool:
    """Whether the letter has all of the original, and no value in what it says of it."""
    said = [letter[name] for name in ("code", "field", "found", "expected", "mend")]
    assert not [text for text in said if SENTINEL in text]
    assert letter["original_sha256"] == hashlib.sha256(value or b"").hexdigest()
    assert letter["original_bytes"] == len(value or b"")
    found = [(header["name"], header["value"]) for header in letter["headers"]]
    return (letter["original"], letter["key"], found) == (value, key, list(headers))


def soon(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


CONTENT: dict[str, tuple[str, dict[str, Any], Code, str]] = {
    "wrong force for the topic": ("crime", {"envelope": {"force": "kent"}}, Code.WRONG_FORCE, "envelope.force"),
    "SECRET": ("crime", {"marking": {"tier": "SECRET", "descriptors": [SENTINEL]}}, Code.MARKING_TOO_HIGH, "marking.tier"),
    "a tier that nobody knows": ("crime", {"marking": {"tier": SENTINEL}}, Code.MARKING_TOO_HIGH, "marking.tier"),
    "no marking": ("intelligence", {"marking": None}, Code.MARKING_MISSING, "marking"),
    "no reference": ("crime", {"envelope": {"source_ref": ""}}, Code.IDENTITY_MISSING, "envelope.source_ref"),
    "no version": ("crime", {"envelope": {"version": 0}}, Code.IDENTITY_MISSING, "envelope.version"),
    "an unknown system": ("crime", {"envelope": {"source_system": SENTINEL}}, Code.UNKNOWN_SYSTEM, "envelope.source_system"),
    "an hour in the future": ("crime", {"occurred": {"start": "+1"}}, Code.TIME_IN_FUTURE, "occurred.start"),
}


@pytest.mark.parametrize("case", CONTENT)
def test_content_that_is_refused(force: Force, case: str) -> None:
    """The code and the field of each, the whole message with key and headers, and nothing behind it waits."""
    kind, parts, code, field = CONTENT[case]
    if code is Code.TIME_IN_FUTURE:
        parts = {"occurred": {"start": soon(1)}}
    value, headers = force.value(kind, **parts), [("ce_id", SENTINEL.encode()), ("empty", None), ("bytes", b"\x00\xff")]
    letter = force.refused(value, key=b"\xff\x00key", headers=headers)
    assert (letter["code"], letter["field"]) == (code, field)
    assert is_whole(letter, value, b"\xff\x00key", headers)
    assert letter["topic"] == force.topic


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("text", Code.NOT_FRAMED), ("nothing", Code.EMPTY_MESSAGE), ("no bytes", Code.EMPTY_MESSAGE),
        ("unknown id", Code.UNKNOWN_SCHEMA),
        ("another schema", Code.NOT_A_KIND), ("truncated", Code.TRUNCATED), ("trailing", Code.TRAILING_BYTES),
    ],
)  # fmt: skip
def test_bytes_that_are_no_submission(force: Force, name: str, code: Code) -> None:
    """Not Avro, no value, an id that the registry never gave, another schema's, cut short, or with more behind it."""
    good = force.value(crime={"summary": SENTINEL})
    foreign = force.hub.schema_id(force.hub.topics.standard, KINDS["crime"].standard)
    value = {
        "text": f'{{"name": "{SENTINEL}"}}'.encode(), "nothing": None, "no bytes": b"",
        "unknown id": frame(4_000_000, good[5:]),
        "another schema": frame(foreign, good[5:]), "truncated": good[:-4], "trailing": good + SENTINEL.encode(),
    }[name]  # fmt: skip
    letter = force.refused(value, key=SENTINEL.encode())
    assert (letter["code"], letter["field"]) == (code, "")
    assert is_whole(letter, value, SENTINEL.encode())


def test_the_broker_refuses_what_is_above_the_limit_of_the_topic(force: Force) -> None:
    """A submission that does not compress below the topic's limit does not get in at all, and the force is told."""
    answer = force.send(os.urandom(MIB + 200_000))
    assert answer is not None
    assert answer.code() == KafkaError.MSG_SIZE_TOO_LARGE


@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_what_compresses_past_the_limit_is_dead_lettered_whole(force: Force, codec: str) -> None:
    """The broker's limit counts compressed bytes, so 5 MiB of one letter get past it: PD-213, and whole all the same."""
    value = force.value(crime={"summary": SENTINEL + "x" * 5 * MIB})
    headers = [("large", b"h" * 100_000)]
    letter = force.refused(value, key=b"key", headers=headers, settings={"compression.type": codec})
    assert letter["code"] == Code.TOO_LARGE
    assert is_whole(letter, value, b"key", headers)


@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_what_no_dead_letter_can_hold_keeps_its_hash_and_position(force: Force, codec: str) -> None:
    """Above 8 MiB the letter has no original, but says where it stands and what it hashes to; the force can read it there."""
    value = force.value(crime={"summary": SENTINEL + "x" * 9 * MIB})
    letter = force.refused(value, key=b"key", settings={"compression.type": codec})
    assert (letter["code"], letter["original"], letter["key"]) == (Code.TOO_LARGE, None, None)
    assert (letter["original_bytes"], letter["original_sha256"]) == (len(value), hashlib.sha256(value).hexdigest())
    [there] = [m for m in force.hub.read(force.topic) if (m.partition(), m.offset()) == (letter["partition"], letter["offset"])]
    assert there.value() == value


def test_headers_of_600_kib_are_kept(force: Force) -> None:
    """With a bad value they are in the dead letter, every one; with a good one they go no further."""
    headers = [("ce_id", b"1"), ("huge", os.urandom(600 * 1024)), ("huge", SENTINEL.encode())]
    letter = force.refused(b"no submission", key=b"key", headers=headers)
    assert letter["code"] == Code.NOT_FRAMED
    assert is_whole(letter, b"no submission", b"key", headers)
    records = len(force.standard())
    force.sent += 1
    assert force.send(force.value(), headers=headers) is None
    force.worker.wait(lambda: len(force.standard()) > records, "the good one is standardised")
    carried = [header for message in force.hub.read(force.hub.topics.standard) for header in message.headers() or []]
    assert not [name for name, value in carried if name == "huge" or SENTINEL.encode() in (value or b"")]


def test_headers_count_as_part_of_a_submission(force: Force) -> None:
    """A good value whose headers make it larger than a submission may be is too large, and whole in its dead letter."""
    value, headers = force.value(), [("huge", b"h" * SUBMISSION_BYTES)]
    letter = force.refused(value, headers=headers, settings={"compression.type": "zstd"})
    assert letter["code"] == Code.TOO_LARGE
    assert is_whole(letter, value, None, headers)


@pytest.mark.skipif(shutil.which("kcat") is None, reason="NOT TESTED: header names that are not UTF-8: kcat is not installed")
def test_a_header_name_that_is_no_text_stops_nobody(force: Force, tmp_path: Path) -> None:
    """A client in another language may send any bytes as a header's name: the message is not lost and nothing waits."""
    letters, records = len(force.letters()), len(force.standard())
    config = credential_file(force.hub.home, f"force.{force.id}")
    value = tmp_path / "value"
    value.write_bytes(b"no submission")
    command = [
        b"kcat",
        b"-P",
        b"-F",
        os.fsencode(config),
        b"-t",
        force.topic.encode(),
        b"-H",
        b"\xff\xfename=1",
        os.fsencode(value),
    ]
    # Debian 12's own librdkafka (2.0.2) is refused by a Kafka 4 broker, so kcat runs with the Python client's.
    [library] = (Path(confluent_kafka.__file__).parents[1] / "confluent_kafka.libs").glob("librdkafka-*.so*")
    environment = {**os.environ, "LD_PRELOAD": str(library)}
    done = subprocess.run(command, check=False, capture_output=True, timeout=60, env=environment)
    assert done.returncode == 0, done.stderr
    letter = force.refused_behind(letters, records)
    assert (letter["code"], letter["original"]) == (Code.NOT_FRAMED, b"no submission")
    assert [header["name"] for header in letter["headers"]] == ["unreadable-headers"]


def test_the_limits_fit_one_into_the_other() -> None:
    """What a stage may write, its topic takes: dead letters of 8 MiB and their envelope, the largest standard record, and a
    delivery, whose fields are a part of that record."""
    rules = load_topic_rules()
    assert rules["dead-letter.<force>"].max_message_bytes >= WHOLE_BYTES + 4 * MIB
    assert rules["standard"].max_message_bytes >= STANDARD_BYTES + MIB
    assert rules["feed.<agency>.<feed>"].max_message_bytes >= STANDARD_BYTES + MIB
    assert rules["submission.<force>"].max_message_bytes >= SUBMISSION_BYTES
