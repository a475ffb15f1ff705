import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from feed_maker import DELIVERY_TEXT

from consumers.schema_cache import SchemaCache
from schemas.codes import Code
from schemas.errors import NotReady, Refused


@contextmanager
def _registry(answers: dict[str, tuple[int, bytes]]) -> Iterator[tuple[str, list[str]]]:
    """A registry's answers by path; yields its address and what it was asked."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, body = answers.get(self.path, (404, b"{}"))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _schema(text: str) -> tuple[int, bytes]:
    return 200, json.dumps({"schema": text}).encode()


def test_the_registry_is_asked_once_for_ever(tmp_path: Path) -> None:
    """An id is asked for once; later caches read it from disk, with the registry away."""
    with _registry({"/schemas/ids/7": _schema(DELIVERY_TEXT)}) as (url, asked), requests.Session() as session:
        cache = SchemaCache(url, tmp_path, session)
        first = cache(7)
        assert cache(7) is first
        assert asked == ["/schemas/ids/7"]
    assert SchemaCache(url, tmp_path, requests.Session())(7)["name"] == first["name"]


def test_an_unknown_id_is_refused_and_not_kept(tmp_path: Path) -> None:
    """An id that the registry never gave is PD-203 now; it is asked for again later, because it may be given then."""
    answers: dict[str, tuple[int, bytes]] = {}
    with _registry(answers) as (url, _), requests.Session() as session:
        cache = SchemaCache(url, tmp_path, session)
        with pytest.raises(Refused) as refused:
            cache(7)
        assert refused.value.code is Code.UNKNOWN_SCHEMA
        answers["/schemas/ids/7"] = _schema(DELIVERY_TEXT)
        assert cache(7)["type"] == "record"


@pytest.mark.parametrize("answer", [(500, b"{}"), (200, b"not json"), (200, b"[]"), (200, b"{}")])
def test_a_registry_that_gives_no_schema_is_away(answer: tuple[int, bytes], tmp_path: Path) -> None:
    """A failure of the registry is NotReady, never a refusal: the message must be read again."""
    with _registry({"/schemas/ids/7": answer}) as (url, _), requests.Session() as session, pytest.raises(NotReady):
        SchemaCache(url, tmp_path, session)(7)
    assert list(tmp_path.iterdir()) == []


def test_a_broken_file_is_fetched_again(tmp_path: Path) -> None:
    """A file that holds no schema is not used: the registry is asked."""
    (tmp_path / "7.avsc").write_text('{"type": "rec')
    with _registry({"/schemas/ids/7": _schema(DELIVERY_TEXT)}) as (url, asked), requests.Session() as session:
        assert SchemaCache(url, tmp_path, session)(7)["type"] == "record"
    assert len(asked) == 1
    assert (tmp_path / "7.avsc").read_text() == DELIVERY_TEXT
