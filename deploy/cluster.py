"""Which cluster this home folder uses: `<home>/cluster.json`, written by `up`, read by everybody else."""

import json
import os
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.codes import Code
from schemas.errors import Misconfigured

FILE_NAME = "cluster.json"

Kind = Literal["external", "embedded", "docker"]
Role = Literal["kafka", "registry"]


class Process(BaseModel):
    """A process that `up` started. It is ours only while pid, start time and command line all agree."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    pid: int
    started_at: float
    """Seconds since the epoch, as the operating system tells it."""


class Container(BaseModel):
    """A container that `up` started."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    container_id: str


class Cluster(BaseModel):
    """Where the broker and the registry are, and what `up` started for them. Holds no secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    bootstrap: str
    """Host and port of Kafka, or several with commas."""
    registry_url: str
    """Base of the Confluent-compatible API, without a trailing slash."""
    security_protocol: str = "SASL_PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    admin_username: str = "admin"
    processes: tuple[Process, ...] = ()
    containers: tuple[Container, ...] = ()


def load_cluster(home: Path) -> Cluster | None:
    """The cluster of `home`, or None if there has been none. Raises Misconfigured (PD-416) if the file is broken."""
    try:
        return Cluster.model_validate_json((home / FILE_NAME).read_bytes())
    except FileNotFoundError:
        return None
    except (ValidationError, json.JSONDecodeError):
        raise Misconfigured(Code.BAD_SETTING, FILE_NAME) from None


def save_cluster(home: Path, cluster: Cluster) -> None:
    """Write `<home>/cluster.json`, mode 0600. A crash leaves the old file or the new one, never half of one."""
    write_private(home / FILE_NAME, cluster.model_dump_json(indent=2) + "\n")


def write_private(file: Path, text: str) -> None:
    """Write `text` to `file`, readable by this user only (0600, parents 0700), whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w") as content:
            content.write(text)
            content.flush()
            os.fsync(content.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
