"""The Maven artifacts that the embedded broker and registry consist of: locked, fetched, verified, cached per user.

A file in the cache is there whole or not at all: it is fetched into a folder of its own, hashed, and only then renamed
into place. Every use hashes it again, so a file that rots or is changed on the disk is fetched anew, never run.
"""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from filelock import FileLock

from deploy.artifact_fetch import Fetch, FetchError
from schemas.codes import Code
from schemas.errors import NotReady

LOCK_FILE = Path(__file__).with_name("maven.lock")
"""One line for each artifact; how it is made stands in its first lines."""

FETCH_ATTEMPTS = 3
"""How often one artifact is fetched before giving up: a repository that drops a connection mostly serves the next."""

FETCHERS = 4
"""Artifacts fetched at once: most are small, so their time is the round trip's; more would trouble the repository."""

Fetched = Callable[[int, int], None]
"""Told of progress: bytes fetched so far, bytes to fetch in all. Called from several threads, one at a time."""


class Artifact(NamedTuple):
    """One line of the lock."""

    part: str
    coordinates: str
    sha256: str
    size_bytes: int

    @property
    def file_name(self) -> str:
        """`artifact-version[-classifier].packaging`, as Maven names it."""
        _group, name, version, packaging, *classifier = self.coordinates.split(":")
        return "-".join([name, version, *classifier]) + f".{packaging}"


def read_lock(text: str) -> tuple[Artifact, ...]:
    """The artifacts of a lock file's text. Raises ValueError on a line that is not of four words."""
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(Artifact(part, where, sha256, int(size)) for part, where, sha256, size in lines)


def locked(part: str) -> tuple[Artifact, ...]:
    """The artifacts of one part ("kafka" or "registry") of the project's own lock."""
    return tuple(artifact for artifact in read_lock(LOCK_FILE.read_text()) if artifact.part == part)


def is_intact(file: Path, artifact: Artifact) -> bool:
    """Whether `file` is there and has the locked size and SHA-256."""
    if not file.is_file() or file.stat().st_size != artifact.size_bytes:
        return False
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == artifact.sha256


def provide(artifacts: Sequence[Artifact], cache: Path, fetch: Fetch, fetched: Fetched) -> list[Path]:
    """Verified local files of `artifacts`, in their order; what is missing or broken in `cache` is fetched first.

    Safe beside another process that does the same. Raises NotReady (PD-401 where the repository does not give an
    artifact, PD-403 where it gives another file than the locked one).
    """
    cache.mkdir(parents=True, exist_ok=True)
    files = [cache / artifact.file_name for artifact in artifacts]
    with ThreadPoolExecutor(FETCHERS) as pool:
        intact = list(pool.map(is_intact, files, artifacts))
    if all(intact):
        return files
    with FileLock(cache / ".lock"):  # a second process waits here, then finds what the first has fetched
        missing = [a for a, file in zip(artifacts, files, strict=True) if not is_intact(file, a)]
        progress = _Total(sum(a.size_bytes for a in missing), fetched)
        with ThreadPoolExecutor(FETCHERS) as pool:
            list(pool.map(lambda artifact: _fetch_one(artifact, cache, fetch, progress), missing))
    return files


def _fetch_one(artifact: Artifact, cache: Path, fetch: Fetch, progress: "_Total") -> None:
    """Fetch one artifact and rename it into place. A crash before the rename leaves only a folder `.fetch-*`."""
    fault = NotReady(Code.ARTIFACT_BROKEN, artifact.file_name)
    for _attempt in range(FETCH_ATTEMPTS):
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache) as folder:
            counted = progress.of_one_file()
            try:
                file = fetch(artifact.coordinates, Path(folder), counted)
            except FetchError as error:
                fault = NotReady(Code.NO_BROKER, artifact.file_name, str(error))
            else:
                if is_intact(file, artifact):
                    file.replace(cache / artifact.file_name)
                    return
                fault = NotReady(Code.ARTIFACT_BROKEN, artifact.file_name)
            counted(None)
    raise fault


class _Total:
    """Adds up the bytes of all threads; bytes of a broken file are taken back."""

    def __init__(self, total_bytes: int, fetched: Fetched) -> None:
        self._total_bytes, self._fetched = total_bytes, fetched
        self._done_bytes, self._lock = 0, Lock()

    def of_one_file(self) -> Callable[[int | None], None]:
        """A counter for one attempt at one file: told the bytes that came, or None if they were for nothing."""
        came = 0

        def count(more_bytes: int | None) -> None:
            nonlocal came
            change = -came if more_bytes is None else more_bytes
            came += change
            with self._lock:
                self._done_bytes += change
                self._fetched(self._done_bytes, self._total_bytes)

        return count
