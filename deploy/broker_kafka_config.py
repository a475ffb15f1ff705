"""What Apache Kafka is told: broker and controller in one process, SCRAM, ACLs, deny by default."""

from pathlib import Path
from typing import NamedTuple

from deploy.broker_ports import LOOPBACK, Ports
from deploy.cluster import write_private

ADMIN = "admin"
"""The one super user. Its password is made at the first start."""

MESSAGE_MAX_BYTES = 16 * 1024 * 1024
"""Largest batch that the broker takes on any topic. Provisioning sets a limit for each topic, always below this one:
a dead letter is larger than its submission."""


class KafkaFiles(NamedTuple):
    """Where the Kafka of one home folder keeps its files."""

    configuration: Path
    logging: Path
    format_arguments: Path
    data: Path
    log: Path
    output: Path


def kafka_files(home: Path) -> KafkaFiles:
    """The files of the Kafka of `home`, as absolute paths."""
    broker = home.resolve() / "broker"
    kafka, logs = broker / "kafka", broker / "logs"
    return KafkaFiles(
        kafka / "server.properties",
        kafka / "log4j2.yaml",
        kafka / "format.arguments",
        kafka / "data",
        logs / "kafka.log",
        logs / "kafka.out",
    )


def write_kafka_configuration(home: Path, ports: Ports, admin_password: str, bind: str = LOOPBACK) -> None:
    """Write `server.properties` and the logging configuration of the Kafka of `home`, readable by this user only.

    Clients reach it on loopback; `bind` is the address it listens on, another one only inside a container.
    """
    files = kafka_files(home)
    write_private(files.configuration, kafka_properties(files.data, ports, admin_password, bind))
    write_private(
        files.logging, _LOGGING.format(log=files.log, quiet="\n".join(_QUIET_LOGGER.format(n) for n in _QUIET_LOGGERS))
    )
    files.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)


def kafka_properties(data: Path, ports: Ports, admin_password: str, bind: str) -> str:
    """The text of `server.properties`. Holds the password in clear, as Kafka demands."""
    wanted = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{LOOPBACK}:{ports.controller}",
        "listeners": f"CLIENT://{bind}:{ports.kafka},CONTROLLER://{LOOPBACK}:{ports.controller}",
        "advertised.listeners": f"CLIENT://{LOOPBACK}:{ports.kafka}",
        "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "inter.broker.listener.name": "CLIENT",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": data,
        **_logins(admin_password),
        **_SECURITY,
        **_ONE_BROKER,
        **_LIMITS,
    }
    return "".join(f"{name}={value}\n" for name, value in wanted.items())


def _logins(password: str) -> dict[str, object]:
    login = f'required username="{ADMIN}" password="{password}"'
    scram = f"org.apache.kafka.common.security.scram.ScramLoginModule {login};"
    plain = f'org.apache.kafka.common.security.plain.PlainLoginModule {login} user_{ADMIN}="{password}";'
    return {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "listener.name.client.scram-sha-512.sasl.jaas.config": scram,
        # The controller's own listener can't use SCRAM: the credentials are in the log that the controller writes.
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": plain,
    }


_SECURITY: dict[str, object] = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": f"User:{ADMIN}",
    "allow.everyone.if.no.acl.found": "false",
    "auto.create.topics.enable": "false",
    "unclean.leader.election.enable": "false",
    # A deleted credential otherwise lives as long as its connection. Revocation deletes the ACL first, which acts at
    # once; this is the bound for what hangs on the credential alone.
    "connections.max.reauth.ms": 60_000,
}

_ONE_BROKER: dict[str, object] = {
    "default.replication.factor": 1,
    "min.insync.replicas": 1,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 8,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 8,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    # After kill -9 the new process waits until the session of the dead one is over. Shorter is quicker, but a broker that
    # misses its heartbeats on a busy machine is fenced, and a fenced one skips the markers of transactions (see below).
    "broker.session.timeout.ms": 9_000,
    "broker.heartbeat.interval.ms": 500,
    "num.network.threads": 3,
    "num.io.threads": 4,
    "num.recovery.threads.per.data.dir": 2,
}
"""What a single broker on a machine with few cores needs; replication is what a real cluster has instead."""

_LIMITS: dict[str, object] = {
    "message.max.bytes": MESSAGE_MAX_BYTES,
    "replica.fetch.max.bytes": MESSAGE_MAX_BYTES,
    "log.segment.bytes": 64 * 1024 * 1024,
    # Kafka maps two indexes of this size for each partition ahead of use: 10 MiB times 1,000 by default.
    "log.index.size.max.bytes": 512 * 1024,
    "log.cleaner.threads": 1,
    "log.cleaner.dedupe.buffer.size": 32 * 1024 * 1024,
    # Not sooner: right after a start, and while the broker is fenced, Kafka 4.3.1 finds no leader for any partition, skips the
    # abort markers ("likely deleted already") and leaves the transaction's offsets to be committed by the next transaction of
    # the same producer. With 1,000 here and a busy machine that lost 212 rows of a month. A dead slot's open transaction is
    # aborted by the slot's next owner; only one that nobody takes up waits for this.
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 10_000,
    "group.initial.rebalance.delay.ms": 250,
    "group.min.session.timeout.ms": 1_000,
}

_LOGGING = """\
Configuration:
  Appenders:
    RollingFile:
      - name: file
        fileName: "{log}"
        filePattern: "{log}.%i"
        PatternLayout: {{pattern: "%d{{ISO8601}} %p %m (%c{{1}})%n"}}
        Policies: {{SizeBasedTriggeringPolicy: {{size: "20MB"}}}}
        DefaultRolloverStrategy: {{max: 3}}
  Loggers:
    Root: {{level: INFO, AppenderRef: [{{ref: file}}]}}
    Logger:
{quiet}
"""

_QUIET_LOGGER = "      - {{name: {}, level: WARN}}"

_QUIET_LOGGERS = (
    "kafka.cluster",
    "kafka.log",
    "org.apache.kafka.clients",
    "org.apache.kafka.common.config",
    "org.apache.kafka.controller.PartitionChangeBuilder",
    "org.apache.kafka.controller.ReplicationControlManager",
    "org.apache.kafka.storage.internals.log",
    "state.change.logger",
)
"""Loggers that write a line or more for each partition at each start, or all of some 400 settings: warnings only."""
