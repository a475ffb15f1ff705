"""The registry client on the faults of a registry: each becomes one of the project's errors, without an address."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from deploy.registry import Registry, SchemaIds, record_name, resolve_ids
from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady

Answer = Callable[[str, str], tuple[int, str]]
SCHEMA = '{"type":"record","name":"Seen","namespace":"uk.pointduty.test","fields":[]}'


@contextmanager
def answering(answer: Answer) -> Iterator[Registry]:
    """A client whose registry answers what `answer(method, path)` says: status and body."""

    class Asked(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = answer(self.command, self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = do_PUT = answer  # noqa: N815  # names that http.server looks for

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with closing(Registry(f"http://user:pass-word@127.0.0.1:{server.server_port}")) as registry:
            yield registry
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(("status", "body"), [(500, "{}"), (503, ""), (401, "{}"), (200, "<html>")])
def test_an_answer_that_is_none_means_not_ready(status: int, body: str) -> None:
    """Server faults, refused logins and pages of a proxy are a registry that can't be used now."""
    with answering(lambda _method, _path: (status, body)) as registry:
        for ask in (registry.list_subjects, lambda: registry.register("s", SCHEMA), lambda: registry.find("s", SCHEMA)):
            with pytest.raises(NotReady) as refused:
                ask()
            assert refused.value.code is Code.REGISTRY_AWAY


def test_no_answer_means_not_ready_and_shows_no_address() -> None:
    """A registry that is away raises NotReady; the URL, which may hold a password, is not in it."""
    with answering(lambda _method, _path: (200, "[]")) as registry:
        pass
    with pytest.raises(NotReady) as refused:
        registry.list_subjects()
    assert "pass-word" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("status", [409, 422])
def test_a_refused_schema_is_a_person_s_to_mend(status: int) -> None:
    """An incompatible schema and one that is no schema raise Misconfigured with the subject."""
    with (
        answering(lambda _method, _path: (status, '{"error_code": 42201}')) as registry,
        pytest.raises(Misconfigured) as refused,
    ):
        registry.register("ledger-x", SCHEMA)
    assert (refused.value.code, refused.value.field) == (Code.SCHEMA_REFUSED, "ledger-x")


def test_what_is_not_there_is_none() -> None:
    """Not found is an answer: unknown ids, subjects and settings are None."""
    with answering(lambda _method, _path: (404, '{"error_code": 40401}')) as registry:
        assert registry.find("s", SCHEMA) is None
        assert registry.read_schema(7) is None
        assert registry.read_compatibility("s") is None
        assert registry.subjects_of(7) == frozenset()


@pytest.mark.parametrize("knows_pages", [True, False])
@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2500])
def test_every_subject_is_listed_with_and_without_pages(count: int, knows_pages: bool) -> None:
    """A registry that gives a page at a time and one that gives all at once list the same subjects."""
    subjects = [f"s{number}" for number in range(count)]

    def answer(_method: str, path: str) -> tuple[int, str]:
        query = parse_qs(urlsplit(path).query)
        start, limit = int(query["offset"][0]), int(query["limit"][0])
        return 200, json.dumps(subjects[start : start + limit] if knows_pages else subjects)

    with answering(answer) as registry:
        assert registry.list_subjects() == set(subjects)


def test_ids_are_asked_once_for_each_text() -> None:
    """Resolving many subjects with one text asks once, and knows both ways afterwards."""
    asked: list[str] = []

    def answer(method: str, path: str) -> tuple[int, str]:
        asked.append(f"{method} {path}")
        return 200, '{"id": 42}'

    with answering(answer) as registry:
        ids = resolve_ids(registry, {"a": SCHEMA, "b": SCHEMA})
    assert ids == SchemaIds({"a": 42, "b": 42}, {42: "uk.pointduty.test.Seen"})
    assert (ids.id_of("b"), ids.name_of(42), ids.name_of(43)) == (42, "uk.pointduty.test.Seen", None)
    assert asked == ["POST /subjects/a"]
    with pytest.raises(Misconfigured):
        ids.id_of("c")


def test_an_unprovisioned_subject_is_named() -> None:
    """Resolving what is not registered says which subject, and to provision."""
    with (
        answering(lambda _method, _path: (404, "{}")) as registry,
        pytest.raises(Misconfigured) as refused,
    ):
        resolve_ids(registry, {"standard-x": SCHEMA})
    assert (refused.value.code, refused.value.field) == (Code.NOT_PROVISIONED, "standard-x")


@pytest.mark.parametrize(
    ("text", "name"),
    [(SCHEMA, "uk.pointduty.test.Seen"), ('{"name":"a.B","namespace":"c"}', "a.B"), ('{"name":"B"}', "B")],
)
def test_a_record_has_its_full_name(text: str, name: str) -> None:
    """A dotted name is full already; otherwise the namespace stands before it."""
    assert record_name(text) == name
