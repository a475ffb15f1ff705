"""Fetch one Maven artifact through jgo, which knows where the public repository is and needs no Maven."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SILENCE_SECONDS = 60
"""Longest silence of the repository: a mirror that must first fetch 158 MB itself says nothing for a while."""

Counted = Callable[[int], None]
"""Told how many more bytes have come."""

Fetch = Callable[[str, Path, Counted], Path]
"""Fetch coordinates (group:artifact:version:packaging[:classifier]) into an empty folder; returns the file.

Raises FetchError."""


class FetchError(Exception):
    """The repository did not give the file. The text says why in a few words, without the repository's address."""


def jgo_fetch(repository: str = "") -> Fetch:
    """A fetch from jgo's default repository, or from the Maven repository at the URL `repository`."""

    def fetch(coordinates: str, folder: Path, counted: Counted) -> Path:
        import requests  # noqa: PLC0415 - only a first run needs jgo and requests; they cost 0.3 s to import
        from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

        @contextmanager
        def progress(_file_name: str, _size_bytes: int) -> Iterator[Counted]:
            yield counted

        context = MavenContext(
            resolver=PythonResolver(progress_callback=progress),
            repo_cache=folder,  # never ~/.m2: jgo would take a broken file there for the artifact
            remote_repos={"configured": repository.rstrip("/")} if repository else None,
            timeout=SILENCE_SECONDS,
        )
        group, name, version, packaging, *classifier = coordinates.split(":")
        component = context.project(group, name).at_version(version)
        try:
            return Path(component.artifact(classifier="".join(classifier), packaging=packaging).resolve())
        except (requests.RequestException, RuntimeError, ValueError, OSError) as error:
            raise FetchError(type(error).__name__) from error

    return fetch
