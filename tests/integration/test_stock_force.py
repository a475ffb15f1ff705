"""A force that uses a stock Kafka client and the registry alone, and nothing of this project."""

import secrets

import pytest
from force_hub import headers, make_force_hub

from schemas.codes import Code
from schemas.errors import Refused
from schemas.records import decode
from schemas.wire import unframe


@pytest.fixture
def hub(cluster_home):
    with make_force_hub(cluster_home) as made:
        yield made


def _publish(topic, credential, registry_url, record, version, value):
    """The README's snippet: everything a force without our publisher needs."""
    from confluent_kafka import SerializingProducer
    from confluent_kafka.schema_registry import SchemaRegistryClient, topic_record_subject_name_strategy
    from confluent_kafka.schema_registry.avro import AvroSerializer

    registry = SchemaRegistryClient({"url": registry_url})
    schema = registry.get_latest_version(f"{topic}-{record}").schema
    serializer = AvroSerializer(
        registry,
        schema.schema_str,
        conf={
            "auto.register.schemas": False,  # only the hub writes to the registry
            "use.latest.version": True,
            "subject.name.strategy": topic_record_subject_name_strategy,
        },
    )
    producer = SerializingProducer(
        {
            **credential,  # bootstrap.servers, security.protocol, sasl.mechanism, sasl.username, sasl.password
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "value.serializer": serializer,
        }
    )
    envelope = value["envelope"]
    producer.produce(
        topic,
        key=f"{envelope['force']}:{envelope['source_system']}:{envelope['source_ref']}".encode(),
        value=value | {"envelope": envelope | {"version": version}},
        headers={
            "ce_specversion": b"1.0",
            "ce_id": secrets.token_hex(16).encode(),  # yours to choose; keep it when you send the same event again
            "ce_source": f"urn:pointduty:force:{envelope['force']}".encode(),
            "ce_type": record.encode(),
            "content-type": b"application/avro",
        },
    )
    return producer.flush(60)


def _crime(hub):
    envelope = {"force": hub.force, "source_system": "rms", "source_ref": "C/1"}
    return {"envelope": envelope, "marking": {"tier": "OFFICIAL"}, "crime": {"offence": {"value": "8N"}}}


def test_a_stock_client_publishes_what_our_own_reader_reads(hub):
    """With the force's own credentials, the registry's schema and no code of ours: framed, keyed, readable."""
    record = "uk.pointduty.submission.Crime"
    assert _publish(hub.topic, hub.credential, hub.registry_url, record, 1, _crime(hub)) == 0
    [message] = hub.read()
    schema_id, body = unframe(message.value())
    assert schema_id == hub.schema_id(record)
    assert decode(record, body)["crime"]["offence"]["value"] == "8N"
    assert (message.key().decode(), headers(message)["ce_type"]) == (f"{hub.force}:rms:C/1", record)


def test_the_same_bytes_from_both_clients_are_the_same_record(hub):
    """A stock client's body is what our encoder would have written: a force may change from one to the other."""
    from schemas.records import encode

    record = "uk.pointduty.submission.Crime"
    _publish(hub.topic, hub.credential, hub.registry_url, record, 3, _crime(hub))
    [message] = hub.read()
    whole = _crime(hub)
    whole["envelope"]["version"] = 3
    assert unframe(message.value())[1] == encode(record, whole)


def test_a_value_that_does_not_fit_never_leaves_the_stock_client(hub):
    """The serializer refuses it, so the registry's schema is a door for every force."""
    from confluent_kafka.error import ValueSerializationError

    wrong = _crime(hub) | {"crime": {"offence": "8N"}}
    with pytest.raises(ValueSerializationError):
        _publish(hub.topic, hub.credential, hub.registry_url, "uk.pointduty.submission.Crime", 1, wrong)
    assert hub.read() == []
    with pytest.raises(Refused) as caught:
        decode("uk.pointduty.submission.Crime", b"")
    assert caught.value.code == Code.TRUNCATED
