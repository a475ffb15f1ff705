"""What a command needs to act as one force: its producer, the ids of its schemas, its outbox. Clients are made here."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from confluent_kafka import KafkaError, Producer

from deploy.clients import client_config
from deploy.cluster import load_cluster
from deploy.registry import Registry
from deploy.settings import Settings
from producers.sending import MakeProducer, producer_config
from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.records import schema_text


def connect_force(
    settings: Settings, force: str, stack: ExitStack, schema_ids: dict[str, int]
) -> tuple[MakeProducer, Callable[[str], int]]:
    """A maker of producers with the force's credentials, and the registry's id of a submission record by its name.

    `schema_ids` keeps ids found: one text has one id under every force's subject. Raises Misconfigured (PD-401 no cluster,
    PD-420 no credential); the ids raise NotReady (registry away), Misconfigured (NOT_PROVISIONED).
    """
    cluster = load_cluster(settings.home)
    if cluster is None:
        raise Misconfigured(Code.NO_BROKER)
    config = producer_config(client_config(settings.home, f"force.{force}"))
    registry = Registry(cluster.registry_url)
    stack.callback(registry.close)

    def make_producer(on_error: Callable[[KafkaError], None]) -> Producer:
        return Producer({**config, "error_cb": on_error})

    def schema_id(name: str) -> int:
        if name not in schema_ids:
            subject = f"{settings.topics.submission(force)}-{name}"
            found = registry.find(subject, schema_text(name))
            if found is None:
                raise Misconfigured(Code.NOT_PROVISIONED, subject)
            schema_ids[name] = found
        return schema_ids[name]

    return make_producer, schema_id


def mended_file(settings: Settings, force: str) -> Path:
    """Where is kept what a force has mended of its dead letters."""
    return settings.home / "dead-letters" / f"{settings.topic_prefix}{force}.sqlite"


def default_outbox(settings: Settings, force: str) -> Path:
    """Where the outbox of a force is, where nobody says another place."""
    return settings.home / "outbox" / f"{settings.topic_prefix}{force}.sqlite"
