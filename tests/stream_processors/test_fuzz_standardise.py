"""A short run of the fuzz: `make fuzz` runs a million. And a proof that it would see what it looks for."""

import fuzz_standardise
import pytest
from fuzz_standardise import fuzz
from mutations import SENTINEL, Mutator, seeds

from schemas.codes import Code
from schemas.errors import Refused

SHORT = 20_000


def test_no_exception_no_loss_no_value() -> None:
    """Every mutated submission is one standard record or one whole dead letter; both ends and many codes are reached."""
    found = fuzz(SHORT, seed=20260)
    assert found.faults == []
    assert found.messages == SHORT == found.standard + found.dead.total()
    assert found.standard > SHORT // 3
    assert found.dead.total() > SHORT // 20
    dead = {Code(code) for code in found.dead}
    assert dead >= {Code.EMPTY_MESSAGE, Code.NOT_FRAMED, Code.UNKNOWN_SCHEMA, Code.TRUNCATED, Code.NOT_A_KIND, Code.WRONG_FORCE}
    assert dead >= {
        Code.MARKING_TOO_HIGH,
        Code.MARKING_MISSING,
        Code.IDENTITY_MISSING,
        Code.TIME_IN_FUTURE,
        Code.UNKNOWN_SYSTEM,
    }
    assert len(found.flags) >= 10


def test_the_same_seed_gives_the_same_bytes() -> None:
    """A fault that names seed and number can be made again by itself."""
    one, other = Mutator(seeds()), Mutator(seeds())
    assert [one.value(3, number) for number in range(200)] == [other.value(3, number) for number in range(200)]
    assert one.value(3, 7) == other.value(3, 7) != one.value(4, 7)


@pytest.mark.parametrize("where", ["field", "detail", "raised"])
def test_a_leak_and_a_bug_are_seen(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A core that tells a value in its refusal's path or text, or raises, is found out at once."""

    def broken(*_given: object) -> Refused:
        if where == "raised":
            raise ZeroDivisionError
        return Refused(Code.TIME_IN_FUTURE, **{where: f"occurred.{SENTINEL.lower()}"})

    monkeypatch.setattr("stream_processors.stage_standardise.standardise", broken)
    assert fuzz(fuzz_standardise.BATCH, seed=1).faults
