"""Apicurio Registry as one process: unpacked once, its schemas in a file, so that ids survive a restart."""

import hashlib
import http.client
import shutil
import tarfile
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock

from deploy.artifacts import Artifact
from deploy.broker_ports import LOOPBACK, Ports
from deploy.broker_process import home_mark

API_PATH = "/apis/ccompat/v7"
"""The Confluent-compatible API."""

ANSWER_SECONDS = 5
"""How long one question to the registry may take."""

FLAGS = ("-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError")
"""It answers a few hundred requests in its life, so it shall start with little work (4.6 s of processor instead of 6.5)
and little memory (200 MB instead of 250)."""

_MANIFEST = "files.sha256"


def unpack_registry(archive: Path, artifact: Artifact, cache: Path) -> Path:
    """The folder of the unpacked `archive` (already verified), unpacked first if it is missing or not as it was.

    A crash in the middle leaves a folder `.unpack-*`, which nobody uses.
    """
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"registry-{artifact.sha256[:16]}"
    with FileLock(cache / ".lock"):
        if _is_as_unpacked(folder):
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=".unpack-", dir=cache) as name:
            unpacked = Path(name) / "registry"
            with tarfile.open(archive) as content:
                content.extractall(unpacked, filter="data")
            (unpacked / _MANIFEST).write_text(_list_files(unpacked))
            unpacked.rename(folder)
    return folder


def _list_files(folder: Path) -> str:
    """A line for each file with its SHA-256, the manifest left out."""
    lines = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != _MANIFEST):
        with file.open("rb") as content:
            lines.append(f"{hashlib.file_digest(content, 'sha256').hexdigest()}  {file.relative_to(folder)}\n")
    return "".join(lines)


def _is_as_unpacked(folder: Path) -> bool:
    manifest = folder / _MANIFEST
    return manifest.is_file() and manifest.read_text() == _list_files(folder)


def registry_command(home: Path, java: str, folder: str, ports: Ports, bind: str = LOOPBACK) -> list[str]:
    """The command line of the registry of `home`: H2 in a file, only on `bind`, telling nobody anything."""
    data = registry_data(home)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = {
        "quarkus.http.host": bind,
        "quarkus.http.port": ports.registry,
        "quarkus.management.host": LOOPBACK,
        "quarkus.management.port": ports.management,
        "apicurio.storage.kind": "sql",
        "apicurio.storage.sql.kind": "h2",
        # WRITE_DELAY=0: an id that was given out is on the disk; by default a kill -9 loses those of the last half
        # second, and messages with them can never be read again. Closing on exit is left to the registry, which does
        # it after its last query.
        "apicurio.datasource.url": f"jdbc:h2:file:{data / 'registry'};WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE",
        "apicurio.datasource.jdbc.initial-size": 2,
        "apicurio.datasource.jdbc.min-size": 2,
        "apicurio.datasource.jdbc.max-size": 20,
        "apicurio.storage.snapshot.location": data,
        "apicurio.import.work-dir": data,
        "java.io.tmpdir": data,
        "quarkus.http.access-log.enabled": "false",
        "quarkus.log.console.format": "%d{yyyy-MM-dd HH:mm:ss} %p %m (%c{1})%n",
    }
    words = [f"-D{name}={value}" for name, value in settings.items()]
    jar = f"{folder}/quarkus-run.jar"
    return [java, *FLAGS, home_mark(home, "registry"), *words, "-jar", jar]


def registry_data(home: Path) -> Path:
    """Where the registry of `home` keeps its schemas."""
    return home.resolve() / "broker" / "registry"


def registry_log(home: Path) -> Path:
    """What the registry of `home` prints."""
    return home.resolve() / "broker" / "logs" / "registry.log"


def registry_url(port: int) -> str:
    """The base of the Confluent-compatible API of a registry on loopback `port`."""
    return f"http://{LOOPBACK}:{port}{API_PATH}"


def registry_answers(url: str) -> bool:
    """Whether the registry at `url` lists its subjects, so that its storage is ready too. No proxy is asked."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", f"{parts.path}/subjects")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
