import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest
from confluent_kafka import Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from feed_hub import DEADLINE_SECONDS, Hub, lane_of, make_hub, wait_for

from consumers.connect import make_consumer_config


@pytest.fixture(scope="module")
def hub(cluster_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with make_hub(cluster_home, tmp_path_factory.mktemp("state"), 2) as made:
        yield made


def test_a_stock_client_reads_the_feed(hub: Hub) -> None:
    """A consumer of Confluent's library with the agency's own credential and the registry reads what ours reads."""
    feed = hub.new_feed()
    hub.send(feed, lane_of(3))
    consumer = Consumer(make_consumer_config(hub.credential, hub.group()))
    consumer.subscribe([feed])
    read = AvroDeserializer(SchemaRegistryClient({"url": hub.registry_url}))
    got: list[dict[str, Any]] = []

    def three() -> bool:
        message = consumer.poll(0.1)
        if message is not None and message.error() is None:
            got.append(read(message.value(), None))
        return len(got) == 3

    wait_for(three)
    consumer.close()
    assert [one["delivery_id"] for one in got] == ["d-0-1", "d-0-2", "d-0-3"]


@pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat (a Debian package) is not installed")
def test_kcat_reads_the_feed_and_no_other(hub: Hub) -> None:
    """kcat with the agency's credential file as it is reads its feed, and is refused another agency's.

    Debian 12's kcat brings librdkafka 2.0.2, whose SCRAM a Kafka 4 broker refuses (mended in 2.6.1), so it is run with
    the librdkafka of the Python client.
    """
    feed = hub.new_feed()
    hub.send(feed, lane_of(3))
    [library] = (Path(confluent_kafka.__file__).parents[1] / "confluent_kafka.libs").glob("librdkafka-*.so*")
    file = hub.home / "secrets" / f"agency.{hub.agency}.properties"

    def kcat(topic: str) -> subprocess.CompletedProcess[str]:
        command = ["kcat", "-F", str(file), "-C", "-t", topic, "-o", "beginning", "-e", "-f", "%o %k\\n"]
        environment = {**os.environ, "LD_PRELOAD": str(library)}
        return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False, env=environment)

    assert kcat(feed).stdout.splitlines() == ["0 token", "1 token", "2 token"]
    theirs = kcat(hub.topics.feed(hub.other, "theirs"))
    assert (theirs.returncode, theirs.stdout) == (1, "")
    assert "Topic authorization failed" in theirs.stderr
