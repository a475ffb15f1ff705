"""`/metrics` and `/health` of a process, and views where it has some, on loopback by default. Nothing that a message carried is
ever shown.
"""

import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import orjson
from prometheus_client import CollectorRegistry, make_wsgi_app

from schemas.codes import Code
from schemas.errors import Misconfigured

Health = Callable[[], Mapping[str, object]]
Views = Mapping[str, Callable[[], object]]
"""What is shown as JSON, by path. It is asked in a thread of the server."""

_CLIENT_SECONDS = 5.0
"""How long a client may take to ask: one that connects and says nothing does not hold its thread."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True  # a client that is being answered does not keep the process alive

    def server_bind(self) -> None:
        """As the parent, without asking a name server for this host's name: that can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


class _Request(WSGIRequestHandler):
    timeout = _CLIENT_SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a scrape every few seconds is no news."""


class MetricsServer:
    """Answers in a thread of its own until `close`."""

    def __init__(self, server: WSGIServer) -> None:
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="metrics", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_port

    def close(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(
    registry: CollectorRegistry, health: Health, port: int = 0, host: str = "127.0.0.1", views: Views | None = None
) -> MetricsServer:
    """Serve `registry`, `health` and `views` on `port` (0: a free one).

    `/health` answers 200 where `health()["ok"]` is True, else 503; so do a `health` and a view that raise. Raises
    Misconfigured (PD-416) where the port can't be had.
    """
    app = _route(make_wsgi_app(registry), health, views or {})
    try:
        return MetricsServer(make_server(host, port, app, server_class=_Server, handler_class=_Request))
    except (OSError, OverflowError):
        raise Misconfigured(Code.BAD_SETTING, "metrics port", "it can't be listened on") from None


def _route(metrics: Any, health: Health, views: Views) -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO"))
        if path == "/metrics":
            return metrics(environ, start_response)  # type: ignore[no-any-return]
        if path == "/health":
            status, body = _read(health)
        elif path in views:
            status, body = _view(views[path])
        else:
            status, body = HTTPStatus.NOT_FOUND, b""
        kind = "application/json" if body else "text/plain"
        start_response(f"{status.value} {status.phrase}", [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    return app


def _read(health: Health) -> tuple[HTTPStatus, bytes]:
    try:
        state = dict(health())
        body = orjson.dumps(state)
    except Exception:  # whatever is wrong, the process is not well; the exception's text stays inside
        return HTTPStatus.SERVICE_UNAVAILABLE, b'{"ok":false}'
    return (HTTPStatus.OK if state.get("ok") is True else HTTPStatus.SERVICE_UNAVAILABLE), body


def _view(view: Callable[[], object]) -> tuple[HTTPStatus, bytes]:
    try:
        return HTTPStatus.OK, orjson.dumps(view())
    except Exception:  # as above
        return HTTPStatus.SERVICE_UNAVAILABLE, b"{}"
