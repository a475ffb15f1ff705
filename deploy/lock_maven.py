"""Write `maven.lock`: which Maven artifacts the embedded broker and registry consist of, and their hashes.

Run once per change of a version below: ``python -m deploy.lock_maven > deploy/maven.lock`` (needs Maven 3.8 or later
and Java; nothing else in the project does). Maven resolves, because only Maven knows all of its own rules; the lock is
then enough for everybody else.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

KAFKA = "org.apache.kafka:kafka_2.13:4.3.1"
"""The broker. 4.4.0 is incomplete in the public repository."""

KAFKA_LOG_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"
"""Without an slf4j 1.7 binding Kafka logs nothing; the version is that of the log4j-core which Kafka brings."""

KAFKA_TOOLS = "org.apache.kafka:kafka-tools:4.3.1"
"""Kafka's own command-line clients. Not a part of the broker: they stand for "any client" in tests, because they know nothing
of this project. Without its own dependencies (46 jars, a web server among them): the console clients need only Kafka's."""

REGISTRY = "io.apicurio:apicurio-registry-app:3.3.3:tar.gz:all"
"""The schema registry with all its storages, as one archive."""

_HEADER = """\
# Maven artifacts of the embedded broker and registry: part, coordinates, SHA-256, bytes.
# Coordinates are group:artifact:version:packaging[:classifier].
# Made by `python -m deploy.lock_maven > deploy/maven.lock`, which asks Maven for the runtime dependencies of
#   {kafka}
#   {binding}
#   {tools}
#   {registry}
# Do not edit by hand: change the versions in lock_maven.py and make it again.
"""

_POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>pointduty</groupId><artifactId>lock</artifactId><version>1</version><dependencies>{dependencies}</dependencies>
</project>
"""

_DEPENDENCY = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version>{alone}</dependency>"
_ALONE = "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>"


def _run_maven(folder: Path, *arguments: str) -> None:
    """Run Maven quietly in `folder`; raises CalledProcessError with its output on stderr."""
    subprocess.run([shutil.which("mvn") or "mvn", "-q", "-B", *arguments], cwd=folder, check=True, stdout=sys.stderr)


def _lock_line(part: str, coordinates: str, file: Path) -> str:
    content = file.read_bytes()
    return f"{part} {coordinates} {hashlib.sha256(content).hexdigest()} {len(content)}"


def _lock_kafka(folder: Path) -> list[str]:
    """Resolve Kafka's runtime classpath into a repository layout, from which the coordinates can be read back."""
    dependencies = "".join(_DEPENDENCY.format(*c.split(":"), alone="") for c in (KAFKA, KAFKA_LOG_BINDING))
    dependencies += _DEPENDENCY.format(*KAFKA_TOOLS.split(":"), alone=_ALONE)
    (folder / "pom.xml").write_text(_POM.format(dependencies=dependencies))
    _run_maven(
        folder,
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        "-Dmdep.useRepositoryLayout=true",
        "-DoutputDirectory=jars",
    )
    lines = []
    for jar in sorted((folder / "jars").rglob("*.jar")):
        *group, artifact, version, _file = jar.relative_to(folder / "jars").parts
        lines.append(_lock_line("kafka", f"{'.'.join(group)}:{artifact}:{version}:jar", jar))
    return lines


def _lock_registry(folder: Path) -> list[str]:
    _run_maven(folder, "dependency:copy", f"-Dartifact={REGISTRY}", "-DoutputDirectory=registry")
    (archive,) = (folder / "registry").iterdir()
    return [_lock_line("registry", REGISTRY, archive)]


def main() -> None:
    """Print the lock."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = _lock_kafka(folder) + _lock_registry(folder)
    sys.stdout.write(_HEADER.format(kafka=KAFKA, binding=KAFKA_LOG_BINDING, tools=KAFKA_TOOLS, registry=REGISTRY))
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
