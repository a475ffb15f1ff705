"""Artifacts from a repository that misbehaves: what is broken is never used."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.artifact_fetch import jgo_fetch
from deploy.artifacts import LOCK_FILE, Artifact, locked, provide, read_lock
from schemas.errors import NotReady

CONTENT = b"the right bytes " * 10_000


class Repository:
    """A Maven repository on loopback: serves `answers` one after the other for each file, the last one for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, list[bytes]] = {}
        self.truncated: set[int] = set()
        self.requests: list[str] = []
        repository = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rsplit("/", 1)[-1]
                if name not in repository.answers:
                    self.send_error(404)
                    return
                repository.requests.append(name)
                answers = repository.answers[name]
                body = answers.pop(0) if len(answers) > 1 else answers[0]
                promised = len(body) + (1000 if len(repository.requests) in repository.truncated else 0)
                self.send_response(200)
                self.send_header("Content-Length", str(promised))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def holds(self, name: str, *bodies: bytes) -> Artifact:
        """Serve `bodies` for artifact `name`; returns its lock line, that of CONTENT."""
        artifact = Artifact("kafka", f"org.test:{name}:1.0:jar", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
        self.answers[artifact.file_name] = list(bodies)
        return artifact


@pytest.fixture
def repository() -> Iterator[Repository]:
    served = Repository()
    thread = threading.Thread(target=served.server.serve_forever, args=(0.01,))
    thread.start()
    yield served
    served.server.shutdown()
    served.server.server_close()
    thread.join()


def ignore(_done: int, _total: int) -> None:
    """Progress that nobody looks at."""


def test_fetched_once_then_kept(repository: Repository, tmp_path: Path) -> None:
    """A file is fetched, verified, and not fetched again."""
    artifact = repository.holds("a", CONTENT)
    for _ in range(2):
        (file,) = provide([artifact], tmp_path, jgo_fetch(repository.url), ignore)
        assert file.read_bytes() == CONTENT
    assert repository.requests == ["a-1.0.jar"]


@pytest.mark.parametrize("broken", [b"", CONTENT[:-1], CONTENT + b"x", CONTENT[:-1] + b"X"])
def test_a_broken_file_in_the_cache_is_fetched_again(repository: Repository, tmp_path: Path, broken: bytes) -> None:
    """Empty, short, long or of other content: a file that changed in the cache is replaced, not used."""
    artifact = repository.holds("a", CONTENT)
    (tmp_path / artifact.file_name).write_bytes(broken)
    (file,) = provide([artifact], tmp_path, jgo_fetch(repository.url), ignore)
    assert file.read_bytes() == CONTENT


def test_a_broken_download_is_fetched_again(repository: Repository, tmp_path: Path) -> None:
    """Where the repository first gives a wrong file and then the right one, the right one is used."""
    artifact = repository.holds("a", CONTENT[:-1] + b"X", CONTENT)
    (file,) = provide([artifact], tmp_path, jgo_fetch(repository.url), ignore)
    assert file.read_bytes() == CONTENT
    assert len(repository.requests) == 2


def test_a_dropped_connection_is_tried_again(repository: Repository, tmp_path: Path) -> None:
    """Where the connection ends in the middle of a file, it is fetched again."""
    artifact = repository.holds("a", CONTENT[:5000], CONTENT)
    repository.truncated = {1}
    (file,) = provide([artifact], tmp_path, jgo_fetch(repository.url), ignore)
    assert file.read_bytes() == CONTENT


def test_a_wrong_file_is_never_used(repository: Repository, tmp_path: Path) -> None:
    """A repository that only has another file: PD-403 names it, and nothing is left in the cache."""
    artifact = repository.holds("a", b"another file")
    with pytest.raises(NotReady, match=r"PD-403 at a-1\.0\.jar"):
        provide([artifact], tmp_path, jgo_fetch(repository.url), ignore)
    assert [file.name for file in tmp_path.iterdir() if file.name != ".lock"] == []


def test_no_repository_names_all_three_ways(repository: Repository, tmp_path: Path) -> None:
    """Where an artifact can't be had, the one error says what else can be done, and not where it was looked for."""
    artifact = repository.holds("a", CONTENT)
    repository.answers.clear()
    with pytest.raises(NotReady, match="PD-401") as refused:
        provide([artifact], tmp_path, jgo_fetch(repository.url), ignore)
    for way in ("POINTDUTY_BOOTSTRAP", "Maven", "Docker"):
        assert way in str(refused.value)
    assert repository.url not in str(refused.value)


def test_progress_ends_at_the_total(repository: Repository, tmp_path: Path) -> None:
    """Progress never runs backwards past a retry's bytes, and ends exactly at the total, broken attempts or not."""
    artifacts = [repository.holds("a", b"broken", CONTENT), repository.holds("b", CONTENT)]
    seen: list[tuple[int, int]] = []
    provide(artifacts, tmp_path, jgo_fetch(repository.url), lambda done, total: seen.append((done, total)))
    assert {total for _done, total in seen} == {2 * len(CONTENT)}
    assert seen[-1][0] == 2 * len(CONTENT)
    assert all(0 <= done <= total for done, total in seen)


def test_two_at_once_fetch_once(repository: Repository, tmp_path: Path) -> None:
    """Two that need the same artifacts at the same time fetch each file once."""
    artifacts = [repository.holds(name, CONTENT) for name in "abcdef"]
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: provide(artifacts, tmp_path, jgo_fetch(repository.url), ignore), range(2)))
    assert both[0] == both[1]
    assert sorted(repository.requests) == sorted(artifact.file_name for artifact in artifacts)


def test_the_lock_is_whole() -> None:
    """Every line of the project's lock has a hash and a size, names differ, and both parts are there."""
    artifacts = read_lock(LOCK_FILE.read_text())
    assert len({artifact.file_name for artifact in artifacts}) == len(artifacts)
    assert all(len(bytes.fromhex(artifact.sha256)) == 32 and artifact.size_bytes > 0 for artifact in artifacts)
    assert any(":kafka_2.13:" in artifact.coordinates for artifact in locked("kafka"))
    assert any("log4j-slf4j-impl" in artifact.coordinates for artifact in locked("kafka"))
    assert [artifact.file_name for artifact in locked("registry")] == ["apicurio-registry-app-3.3.3-all.tar.gz"]


def test_a_broken_lock_line_is_refused() -> None:
    """A line of the lock with a word too many or too few is an error, not skipped."""
    for line in ("kafka a:b:1:jar 00", "kafka a:b:1:jar 00 1 more"):
        with pytest.raises(ValueError, match="unpack"):
            read_lock(line)
