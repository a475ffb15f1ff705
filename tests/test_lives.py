"""The comparison of sinks with a plain model sees what is wrong with a sink."""

from datetime import date

import pytest
from core_hub import NOW_MS, TOKENS, Hub, agreement, event, rule_set
from lives_model import differences, held, live

RULES = rule_set([agreement("bureau")])
FEED = "bureau.live"
TODAY = date(2026, 6, 15)


def _crime(ref: str, version: int = 1, action: str = "VERSION", reason: str | None = None, summary: str = "first"):
    envelope = {"action": action, "action_reason": reason}
    return event(ref=ref, version=version, envelope=envelope, crime={"offence": {"value": "5D"}, "summary": summary})


def _history() -> list:
    return [
        _crime("R/1"),
        _crime("R/2"),
        _crime("R/3"),
        _crime("R/1", 2, summary="second"),
        _crime("R/2", 2, "RECALL", "SENT_UNLAWFULLY"),
    ]


def _expected() -> dict[str, dict[str, str]]:
    return held(live(_history(), RULES, NOW_MS), RULES, TOKENS, NOW_MS, TODAY)


def _sink() -> dict[str, str]:
    return {TOKENS.record_at(RULES.by_feed[FEED].id, name, 0): row for name, row in _expected()[FEED].items()}


def test_the_model_knows_what_is_held() -> None:
    """The last version of what was not recalled, once each; a sink that has just that does not differ."""
    expected = _expected()
    assert sorted(expected[FEED]) == ["northumbria:native:R/1", "northumbria:native:R/3"]
    assert "second" in expected[FEED]["northumbria:native:R/1"]
    assert differences(expected, {FEED: _sink()}, RULES, TOKENS) == []


def _lose(sink: dict[str, str]) -> None:
    sink.popitem()


def _keep_old(sink: dict[str, str]) -> None:
    token = next(token for token, row in sink.items() if "second" in row)
    sink[token] = sink[token].replace("second", "first")


def _keep_recalled(sink: dict[str, str]) -> None:
    sink[TOKENS.record_at(RULES.by_feed[FEED].id, "northumbria:native:R/2", 0)] = "{}"


def _hold_twice(sink: dict[str, str]) -> None:
    sink[TOKENS.record_at(RULES.by_feed[FEED].id, "northumbria:native:R/3", 1)] = "{}"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [(_lose, "missing"), (_keep_old, "other content"), (_keep_recalled, "too many"), (_hold_twice, "twice")],
)
def test_a_sink_that_is_wrong_is_found(spoil, said: str) -> None:
    """Each way in which a sink can be wrong is named."""
    sink = _sink()
    spoil(sink)
    found = differences(_expected(), {FEED: sink}, RULES, TOKENS)
    assert found and all(each.startswith(f"{FEED}: {said}") for each in found)


def test_the_model_agrees_with_the_core() -> None:
    """What the hub's core holds after the same history is what the model says."""
    hub = Hub(RULES)
    for standard in _history():
        hub.handle(standard)
    holding = {
        name for (_, name), record in hub.lanes.records.items() if any(each["state"] == "HELD" for each in record["holdings"])
    }
    assert holding == set(_expected()[FEED])
