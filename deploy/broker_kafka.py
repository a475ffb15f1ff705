"""Apache Kafka as one process: its data folder, its command line, its answer."""

import secrets
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path

from deploy.broker_kafka_config import ADMIN, kafka_files
from deploy.broker_process import home_mark, run_to_end
from deploy.cluster import write_private
from deploy.credentials import credential_file, read_credential
from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady

HEAP = ("-Xms256m", "-Xmx1g")
"""Kafka's heap: some 400 small topics and their producers' state fit in 300 MB."""

QUICK = "-XX:TieredStopAtLevel=1"
"""Only the first compiler: the second one costs some seconds of both processors after each start, which a broker of one machine
does not live long enough to earn back (a demonstration took 59 s with it, 69 s without, one after the other)."""

ANSWER_SECONDS = 10
"""How long one question to the broker may take."""


def keep_admin_password(home: Path) -> str:
    """The administrator's password; a new one if there are no data. Raises Misconfigured (PD-420) if it was lost."""
    if credential_file(home, ADMIN).exists():
        return read_credential(home, ADMIN)["sasl.password"]
    if is_formatted(home):
        raise Misconfigured(Code.NO_SECRET, "secrets/admin.properties", "the data in broker/ were made with it")
    return secrets.token_hex(32)


def is_formatted(home: Path) -> bool:
    """Whether `home` has a Kafka data folder. A crash while it is made leaves one without this file."""
    return (kafka_files(home).data / "meta.properties").exists()


def write_format_arguments(home: Path, class_path: str, admin_password: str) -> Path:
    """Write the private file of arguments with which Java makes the data folder and its first user.

    A file, because every user of the machine can read a command line. Delete it once it has been used.
    """
    files = kafka_files(home)
    cluster_id = name_cluster(uuid.uuid4())
    user = f"SCRAM-SHA-512=[name={ADMIN},password={admin_password}]"
    words = ["-cp", class_path, "kafka.tools.StorageTool", "format", "--config", str(files.configuration)]
    words += ["--cluster-id", cluster_id, "--add-scram", user, "--ignore-formatted"]
    write_private(files.format_arguments, "".join(f'"{word}"\n' for word in words))
    return files.format_arguments


def name_cluster(drawn: uuid.UUID) -> str:
    """The cluster id that `drawn` stands for: 22 characters of URL-safe Base64, as Kafka writes a UUID.

    Never with a dash in front: Kafka's tool takes that for an option, which one id in 64 would be. Such a dash becomes an A.
    """
    text = urlsafe_b64encode(drawn.bytes).decode().rstrip("=")
    return f"A{text[1:]}" if text.startswith("-") else text


def format_data(home: Path, java: Path, class_path: str, admin_password: str) -> None:
    """Make the data folder of `home`, unless it is made already. Raises NotReady (PD-402) with Java's last words."""
    if is_formatted(home):
        return
    arguments = write_format_arguments(home, class_path, admin_password)
    try:
        done = run_to_end([str(java), *FORMAT_FLAGS, f"@{arguments}"])
    finally:
        arguments.unlink()
    if done.returncode != 0:
        raise NotReady(Code.BROKER_CRASHED, "kafka", f"formatting failed: {(done.stdout + done.stderr)[-500:]}")


FORMAT_FLAGS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""For a program that runs for a second."""


def kafka_command(home: Path, java: str, class_path: str) -> list[str]:
    """The command line of the Kafka of `home`."""
    files = kafka_files(home)
    return [
        java,
        *HEAP,
        QUICK,
        home_mark(home, "kafka"),
        "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true",
        f"-Dlog4j2.configurationFile={files.logging}",
        "-cp",
        class_path,
        "kafka.Kafka",
        str(files.configuration),
    ]


def kafka_answers(credential: dict[str, str], within_seconds: float | None = None) -> bool:
    """Whether the broker lets the owner of `credential` in and describes itself."""
    from confluent_kafka import KafkaException  # noqa: PLC0415 - `--help` shall not wait for librdkafka
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415

    # log_level 0: a broker that is not there yet is no news
    admin = AdminClient({**credential, "log_level": 0, "reconnect.backoff.max.ms": 200})
    try:
        return bool(admin.describe_cluster(request_timeout=within_seconds or ANSWER_SECONDS).result().nodes)
    except KafkaException:
        return False
