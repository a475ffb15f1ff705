"""Submissions with something wrong, seeded: the same seed and number give the same bytes. Values by schema, then bytes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from avro_values import fill

from deploy.nation.simulated import Nation, simulate_folder
from producers.fit import find_misfit
from schemas.dialect import shipped_dialects
from schemas.kinds import KINDS
from schemas.records import Record, encode_with, load_schema
from schemas.wire import frame

FORCE = "northumbria"
SENTINEL = "ZQXZQXZQX"
"""Stands for a payload value: no code, no hash and no word of ours has its letters, in no part of it."""
TRACE = "ZQX"
"""What is left of a sentinel that was cut: searched for without regard to case."""

SCHEMA_IDS = {kind.submission: number for number, kind in enumerate(KINDS.values(), 1)}
SCHEMA_NAMES = {number: name for name, number in SCHEMA_IDS.items()} | {
    50: "uk.pointduty.standard.Crime",
    51: "org.other.Thing",
}

Seed = tuple[str, Record]
"""Kind and submission."""

_TEXTS = (
    "", " ", "\0", "\n", "\u202e", "\ufeff", "e\u0301" * 30, "\U0001f46e", "İı", "ß" * 40, "%s%n", "{0.__class__}", "../..",
    "\\", "2026-03-29T01:30:00", "2026-10-25T01:30:00", "2026-02-30", "0001-01-01", "9999-12-31T23:59:60Z",
    "2026-01-01T00:00:00+99:99", "29/03/2026 01:30", "13/13/2026", "2026", "2026-13", "20260329T013000Z", "-2026-01-01",
    "2026-W01-1", "24:00", "1e308", "NaN", "90/570L", "1990/0000570L", "12/3456789X", "SF39/000001A", "000001/39A",
    "11/62AA/01/1234567X", "9434765919", "943 476 5919", "QQ123456C", "AB 12 34 56 C", "10033544614", "LA23 1AA", "SW1A1AA",
    "GIR 0AA", "+44 191 498 0000", "0191 498 0000", "+1 (900)", "a@b", "a@b.example", "AB12 CDE", "A1", "NZ 25 64",
    "NZ2510064000", "E01000001", "E08000021", "S12000036", "105A", "125/09", "5D", "OFFICIAL", "official_sensitive", "SECRET",
    "VICTIM", "suspect", "child", "FACT", "assessment", "P", "C", "1", "A1", "S2", "M", "Dr Anne-Marie O'Neill", "UNKNOWN",
    "A & B Ltd", "aka", "native", "police-uk", "marsh", "RECALL", "reinstatement", "\u0660\u0661",
)  # fmt: skip
_NUMBERS = (0.0, -0.0, 5e-324, 1e308, float("inf"), float("-inf"), float("nan"), 54.97, -1.6, 90.0, 180.0, 429157.0, 623009.0)
_INTEGERS = (0, 1, -1, 2, 17, 120, 2**31 - 1, -(2**31))


def seeds() -> list[Seed]:
    """Whole submissions to begin with: each kind with a sentinel in every string, for each shipped dialect and for none at
    all; and a simulated morning, whose codes, times and identifiers are good ones.
    """
    made: list[Seed] = []
    for kind in KINDS.values():
        for system in (*sorted(shipped_dialects()), "unheard-of"):
            record = fill(kind.submission, lambda _path: SENTINEL)
            envelope = {"force": FORCE, "source_system": system, "version": 1, "action": "VERSION", "action_reason": None}
            made.append(
                (
                    kind.name,
                    {**record, "envelope": record["envelope"] | envelope, "marking": {**record["marking"], "tier": "OFFICIAL"}},
                )
            )
    with TemporaryDirectory() as folder:
        simulate_folder(Nation(seed=5, hours=3, scale=0.03, fault_rate=0.0), Path(folder) / "nation")
        for path in sorted(Path(folder).glob("nation/outbox/*.jsonl")):
            made += [seed for line in path.read_bytes().splitlines()[:12] if (seed := _read_seed(line))]
    return made


def _read_seed(line: bytes) -> Seed | None:
    """The row as its outbox would complete it. None for one that breaks off: a force of the nation whose quality collapses."""
    try:
        row = orjson.loads(line)
        sent, name = row["submission"], KINDS[row["kind"]].submission
    except (ValueError, KeyError):
        return None
    whole = {**sent, "envelope": {**sent["envelope"], "force": FORCE, "version": 1}}
    return (row["kind"], whole) if find_misfit(name, whole) is None else None


class Mutator:
    """Makes message values out of `start`. `value(seed, number)` is a function of its arguments alone."""

    def __init__(self, start: Sequence[Seed]) -> None:
        self._seeds = [(kind, _defaulted(load_schema(KINDS[kind].submission), record)) for kind, record in start]
        self._framed = [_framed(kind, record) for kind, record in self._seeds]

    def value(self, seed: int, number: int) -> bytes | None:
        """The message value of this number. Three of four are Avro that fits its schema; one in a thousand is no value."""
        chance = Random(f"{seed}/{number}")
        if chance.random() < 0.001:
            return None
        place = chance.randrange(len(self._seeds))
        if chance.random() < 0.22:
            return _mutate_bytes(self._framed[place], chance, self._framed)
        kind, record = self._seeds[place]
        schema = load_schema(KINDS[kind].submission)
        for _ in range(chance.choice((1, 1, 2, 3, 6))):
            record = _mutate(schema, record, chance)
        made = _framed(kind, record)
        return _mutate_bytes(made, chance, self._framed) if chance.random() < 0.05 else made


def _framed(kind: str, record: Record) -> bytes:
    name = KINDS[kind].submission
    return frame(SCHEMA_IDS[name], encode_with(load_schema(name), record))


def _defaulted(schema: Any, value: Any) -> Any:
    """`value` with every field that its schema has: only what is there can be mutated."""
    schema = _named(schema)
    if isinstance(schema, list):
        return None if value is None else _defaulted(schema[1], value)
    if schema == "string" or not isinstance(schema, dict):
        return value
    if schema["type"] == "array":
        return [_defaulted(schema["items"], item) for item in value]
    if schema["type"] == "record":
        return {
            field["name"]: _defaulted(field["type"], value.get(field["name"], field.get("default")))
            for field in schema["fields"]
        }
    return value


def _named(schema: Any) -> Any:
    """A type that is only named, looked up."""
    return load_schema(schema) if isinstance(schema, str) and "." in schema else schema


def _mutate(schema: Any, value: Any, chance: Random) -> Any:
    """`value` with one thing changed in it, still of its schema."""
    schema = _named(schema)
    if isinstance(schema, list):
        if value is None:
            return _invent(schema[1], chance)
        return None if chance.random() < 0.15 else _mutate(schema[1], value, chance)
    if isinstance(schema, str):
        return _PLAIN[schema](value, chance)
    if schema["type"] == "record":
        field = chance.choice(schema["fields"])
        return {**value, field["name"]: _mutate(field["type"], value[field["name"]], chance)}
    return _mutate_list(schema["items"], value, chance)


def _mutate_list(schema: Any, items: list[Any], chance: Random) -> list[Any]:
    roll, place = chance.random(), chance.randrange(len(items) + 1)
    if not items or roll < 0.15:
        return [*items[:place], _invent(schema, chance), *items[place:]]
    place %= len(items)
    if roll < 0.25:
        return items[:place] + items[place + 1 :]
    if roll < 0.32:
        return items * chance.choice((2, 3, 20))
    return [*items[:place], _mutate(schema, items[place], chance), *items[place + 1 :]]


def _invent(schema: Any, chance: Random) -> Any:
    """A value of this schema, from nothing."""
    schema = _named(schema)
    if isinstance(schema, list):
        return None if chance.random() < 0.4 else _invent(schema[1], chance)
    if isinstance(schema, str):
        return _PLAIN[schema](_BLANK[schema], chance)
    if schema["type"] == "record":
        return {field["name"]: _invent(field["type"], chance) for field in schema["fields"]}
    return [_invent(schema["items"], chance) for _ in range(chance.choice((0, 1, 1, 3)))]


def _text(old: str, chance: Random) -> str:
    roll = chance.random()
    if roll < 0.3:
        return chance.choice(_TEXTS)
    if roll < 0.45:
        return SENTINEL if roll < 0.4 else old + SENTINEL
    if roll < 0.46:
        return (old or SENTINEL)[:200] * chance.choice((100, 3000))
    if roll < 0.56:
        return "".join(chance.choice("0123456789") for _ in range(chance.randrange(1, 14)))
    place = chance.randrange(len(old) + 1)
    signs = "0123456789ABCXYZabcxyz /-.,:+TZ&'\"\u00e9\u0000\U0001f600"
    edits = (
        old[:place] + chance.choice(signs) + old[place:],
        old[:place] + old[place + 1 :],
        old[:place] + chance.choice(signs) + old[place + 1 :],
        old[:place] + old[place : place + 2][::-1] + old[place + 2 :],
        old[:place] + old[: chance.randrange(8)] + old[place:],
        old.swapcase(),
        f" {old} ",
    )
    return chance.choice(edits)


def _number(_old: float, chance: Random) -> float:
    return chance.choice(_NUMBERS) if chance.random() < 0.5 else chance.uniform(-200, 200)


def _integer(_old: int, chance: Random) -> int:
    return chance.choice(_INTEGERS)


_BLANK: dict[str, Any] = {"string": SENTINEL, "boolean": False, "int": 0, "double": 0.0}
_PLAIN: dict[str, Callable[[Any, Random], Any]] = {
    "string": _text,
    "boolean": lambda old, _: not old,
    "int": _integer,
    "double": _number,
}


def _mutate_bytes(value: bytes, chance: Random, others: Sequence[bytes]) -> bytes:
    """What a broken client or a torn file makes of it."""
    edited = bytearray(value)
    for _ in range(chance.choice((1, 1, 2, 8))):
        place = chance.randrange(len(edited) + 1)
        roll = chance.randrange(8)
        if roll == 0 and place < len(edited):
            edited[place] ^= 1 << chance.randrange(8)
        elif roll == 1:
            edited[place:place] = chance.choice(
                (b"\0", b"\xff" * 10, b"\x80" * 9 + b"\x01", SENTINEL.encode(), b"\xed\xa0\x80")
            )
        elif roll == 2:
            del edited[place : place + chance.randrange(1, 20)]
        elif roll == 3:
            del edited[place:]
        elif roll == 4:
            edited[place:] = chance.choice(others)[place:]
        elif roll == 5:
            edited[:5] = chance.choice((b"\0\0\0\0\x32", b"\0\0\0\0\x33", b"\0\xff\xff\xff\xff", b"\x01\0\0\0\x01", b"{", b""))
        elif roll == 6:
            edited += edited[place : place + 30]
        elif place < len(edited):
            edited[place] = chance.randrange(256)
    return bytes(edited)
