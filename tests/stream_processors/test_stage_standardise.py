"""The stage `standardise`: every message becomes one standard record or one dead letter that holds it whole."""

import hashlib
from typing import Any

import pytest
from core_hub import DIALECTS, FORCE, NOW_MS, SCHEMA_NAMES, framed, message, submission
from prometheus_client import CollectorRegistry

from schemas.codes import Code
from schemas.dialect import Dialect
from schemas.errors import NotReady
from schemas.kinds import KINDS
from schemas.records import decode
from schemas.topics import Topics
from schemas.wire import frame, unframe
from stream_processors.messages import Batch, Input, Output
from stream_processors.metrics import StandardiseMetrics
from stream_processors.national import National, load_national
from stream_processors.stage_standardise import (
    DEAD_LETTER,
    STANDARD_BYTES,
    SUBMISSION_BYTES,
    TALLY,
    WHOLE_BYTES,
    StandardiseSetup,
    StandardiseStage,
)

SENTINEL = b"Zebedee-Quartermain"
IDS = {name: number for number, name in enumerate([*(kind.standard for kind in KINDS.values()), DEAD_LETTER, TALLY], 60)}


def stage(national: National | None = None, dialects: Any = None, schema_name: Any = SCHEMA_NAMES.get) -> StandardiseStage:
    chosen = load_national() if national is None else national
    setup = StandardiseSetup(Topics(), schema_name, IDS, dialects or DIALECTS, chosen, lambda: NOW_MS)
    return StandardiseStage(setup, StandardiseMetrics(CollectorRegistry()))


def process(made: StandardiseStage, *messages: Input) -> list[Output]:
    [step] = made.process(Batch(messages, {}, {}))
    assert step.advance
    return list(step.outputs)


def letter_of(output: Output) -> dict[str, Any]:
    assert output.topic == f"dead-letter.{FORCE}"
    return decode(DEAD_LETTER, unframe(output.value)[1])


def test_one_in_one_out_in_order() -> None:
    """Good and bad in any mix: an output for each message, in their order, and a tally for each kind behind them."""
    good = framed("crime", submission())
    outputs = process(stage(), *(message(value, offset) for offset, value in enumerate([good, b"bad", good, None, good])))
    topics = [output.topic for output in outputs]
    assert topics[:5] == ["standard", f"dead-letter.{FORCE}", "standard", f"dead-letter.{FORCE}", "standard"]
    tallies = [decode(TALLY, unframe(output.value)[1]) for output in outputs[5:]]
    assert sum(tally["standardised"] for tally in tallies) == 3
    assert sum(refused["count"] for tally in tallies for refused in tally["refused"]) == 2
    assert outputs[0].key == b"northumbria:native:R/1"


@pytest.mark.parametrize("headers", [(), (("a", b"1"), ("b", None), ("a", SENTINEL))])
@pytest.mark.parametrize("value", [None, b"", SENTINEL, frame(1, SENTINEL), frame(77, SENTINEL)])
def test_a_dead_letter_is_whole(value: bytes | None, headers: Any) -> None:
    """The original bytes, key, headers and position; and no value in what is said of them."""
    [output, _] = process(stage(), message(value, 42, headers=headers, key=SENTINEL))
    letter = letter_of(output)
    assert (letter["original"], letter["key"]) == (value, SENTINEL)
    assert [(header["name"], header["value"]) for header in letter["headers"]] == list(headers)
    assert (letter["topic"], letter["partition"], letter["offset"]) == (f"submission.{FORCE}", 0, 42)
    assert letter["original_sha256"] == hashlib.sha256(value or b"").hexdigest()
    assert letter["original_bytes"] == len(value or b"")
    for name in ("code", "field", "found", "expected", "mend"):
        assert SENTINEL.decode() not in letter[name]
        assert letter[name] or name == "field"
    assert not [value for _, value in output.headers if SENTINEL in (value or b"")]


def test_no_value_is_in_any_refusal() -> None:
    """Every refusal that looks at content, with a sentinel in that very place."""
    text = SENTINEL.decode()
    for parts in (
        {"marking": {"tier": text}}, {"envelope": {"force": text}}, {"envelope": {"source_system": text}},
        {"marking": {"tier": "OFFICIAL", "handling": [text]}, "envelope": {"version": 0}},
    ):  # fmt: skip
        [output, _] = process(stage(), message(framed("crime", submission(**parts))))
        letter = letter_of(output)
        assert not [letter[name] for name in ("code", "field", "found", "expected", "mend") if text in letter[name]]


@pytest.mark.parametrize(("over", "whole"), [(SUBMISSION_BYTES + 1, True), (WHOLE_BYTES, True), (WHOLE_BYTES + 1, False)])
@pytest.mark.parametrize("where", ["value", "key", "header"])
def test_what_is_too_large_is_refused_by_its_size(over: int, whole: bool, where: str) -> None:
    """Key and headers count. Whole while the dead letter fits; else hash and position, and the letter is small."""
    value = framed("crime", submission())
    pad = b"x" * (over - len(value))
    given: dict[str, Any] = {"key": b"", "headers": ()}
    if where == "value":
        value += pad
    else:
        given |= {"key": pad} if where == "key" else {"headers": (("h", pad[1:]),)}
    [output, _] = process(stage(), message(value, **given))
    letter = letter_of(output)
    assert letter["code"] == Code.TOO_LARGE
    assert (letter["original"] == value) == whole
    assert (letter["original"] is None) != whole
    assert letter["original_sha256"] == hashlib.sha256(value).hexdigest()
    assert len(output.value or b"") < (12 * 1024 * 1024 if whole else 1000)


def test_the_largest_submission_is_taken() -> None:
    """A submission of just 1 MiB, headers included, is standardised."""
    fixed = len(framed("crime", submission(crime={"summary": ""})))
    value = framed("crime", submission(crime={"summary": "x" * (SUBMISSION_BYTES - fixed - 100)}))
    pad = b"h" * (SUBMISSION_BYTES - len(value) - 1)
    [output, _] = process(stage(), message(value, key=b"", headers=(("h", pad),)))
    assert output.topic == "standard"


def test_a_standard_record_that_grew_too_large_is_dead_lettered() -> None:
    """A dialect that makes much of little can't make a record that no topic takes: the batch would come round for ever."""
    long = Dialect(source_system="native", source="x", default_marking=None, codes={"offence": {"a": "b" * STANDARD_BYTES}})
    value = framed("crime", submission(crime={"offence": {"value": "a"}}))
    [output, _] = process(stage(dialects={"native": long}), message(value))
    letter = letter_of(output)
    assert (letter["code"], letter["original"]) == (Code.TOO_LARGE, value)


def test_a_bug_of_ours_is_a_dead_letter() -> None:
    """An exception in the core keeps the submission and holds nothing up behind it."""
    made = stage(national=object())  # type: ignore[arg-type]
    good = framed("crime", submission())
    outputs = process(made, message(good), message(b"bad", 1))
    assert [letter_of(output)["code"] for output in outputs[:2]] == [Code.UNEXPECTED, Code.NOT_FRAMED]
    assert letter_of(outputs[0])["original"] == good


def test_a_registry_that_is_away_makes_the_batch_wait() -> None:
    """NotReady goes up to the pump: nothing is dead-lettered for a fault that is not the force's."""

    def away(_: int) -> str:
        raise NotReady(Code.REGISTRY_AWAY)

    with pytest.raises(NotReady):
        process(stage(schema_name=away), message(framed("crime", submission())))


def test_headers_of_a_standard_record_are_the_hubs_own() -> None:
    """No header of a submission goes on: CloudEvents and a trace that is the event's id."""
    [output, _] = process(
        stage(), message(framed("crime", submission()), headers=(("x-secret", SENTINEL), ("ce_id", SENTINEL)))
    )
    headers = dict(output.headers)
    assert SENTINEL not in b"".join(value or b"" for value in headers.values())
    assert set(headers) == {"ce_specversion", "ce_id", "ce_source", "ce_type", "content-type", "traceparent"}
