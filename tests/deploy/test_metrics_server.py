import http.client
import json
import socket
from collections.abc import Callable, Mapping

import pytest
from prometheus_client import CollectorRegistry, Counter

from consumers.deliveries import Action
from consumers.tally import Tally, TallyCollector
from deploy.metrics_server import MetricsServer, serve
from schemas.codes import Code
from schemas.errors import Misconfigured


def _get(server: MetricsServer, path: str, method: str = "GET") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def _well() -> Mapping[str, object]:
    return {"ok": True, "lanes": 3}


def test_metrics_are_prometheus_text() -> None:
    """/metrics shows what the registry holds at the time of asking."""
    registry = CollectorRegistry()
    counter = Counter("pointduty_things", "Things", registry=registry)
    with serve(registry, _well) as server:
        counter.inc(3)
        status, body = _get(server, "/metrics")
    assert status == 200
    assert b"pointduty_things_total 3.0" in body


def _broken() -> Mapping[str, object]:
    raise RuntimeError("a secret")


@pytest.mark.parametrize(
    ("health", "status"),
    [
        (_well, 200),
        (lambda: {"ok": False}, 503),
        (dict, 503),
        (lambda: {"ok": 1}, 503),
        (lambda: {"ok": True, "what": object()}, 503),
        (_broken, 503),
    ],
)
def test_health_is_200_only_when_ok(health: Callable[[], Mapping[str, object]], status: int) -> None:
    """/health is 200 exactly where `ok` is True; everything else, a failure included, is 503 with JSON and no text."""
    with serve(CollectorRegistry(), health) as server:
        found, body = _get(server, "/health")
    assert found == status
    assert isinstance(json.loads(body), dict)
    assert b"secret" not in body


@pytest.mark.parametrize("path", ["/", "/metrics/", "/metrics/../health", "/admin", "/health/x"])
def test_everything_else_is_404(path: str) -> None:
    """No other path answers anything."""
    with serve(CollectorRegistry(), _well) as server:
        assert _get(server, path) == (404, b"")


def test_a_silent_client_holds_nobody_up() -> None:
    """While one client has connected and says nothing, another is answered."""
    with serve(CollectorRegistry(), _well) as server, socket.create_connection(("127.0.0.1", server.port)):
        assert _get(server, "/health")[0] == 200


def test_a_taken_port_is_said_and_a_closed_one_is_free() -> None:
    """A port that is taken, or none, is PD-416; after close it can be had again."""
    with serve(CollectorRegistry(), _well) as server:
        for port in (server.port, 70_000):
            with pytest.raises(Misconfigured) as refused:
                serve(CollectorRegistry(), _well, port)
            assert refused.value.code is Code.BAD_SETTING
    serve(CollectorRegistry(), _well, server.port).close()


def test_a_tally_is_shown() -> None:
    """A subscriber's counts are shown as they are when asked."""
    registry, tally = CollectorRegistry(), Tally()
    registry.register(TallyCollector(tally))
    tally.handled[Action.SHARE] += 5
    tally.unreadable += 1
    with serve(registry, _well) as server:
        body = _get(server, "/metrics")[1].decode()
    assert 'pointduty_deliveries_handled_total{action="SHARE"} 5.0' in body
    assert "pointduty_messages_unreadable_total 1.0" in body


def test_views_are_json_by_path() -> None:
    """Each view answers under its own path; one that fails is 503 without a text; an unknown path is 404."""
    with serve(CollectorRegistry(), _well, views={"/signals": lambda: {"kent": [1]}, "/broken": _broken}) as server:
        assert _get(server, "/signals") == (200, b'{"kent":[1]}')
        assert _get(server, "/broken") == (503, b"{}")
        assert _get(server, "/tables")[0] == 404
