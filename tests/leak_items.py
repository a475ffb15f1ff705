"""What a hub has written, as the leak check searches it: every value, header, key and time, with its texts by path."""

import ast
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any

import fastavro
from leak_search import NUMBER, Item
from leak_strings import fold
from pydantic import BaseModel

from deploy.nation.truth import VersionRow
from schemas.codes import Code, describe
from schemas.kinds import KINDS
from schemas.records import decode, load_schema
from schemas.wire import HEADER_BYTES, unframe
from stream_processors.messages import Headers
from stream_processors.rule_set import RuleSet

ROOT = Path(__file__).parents[1]
_PACKAGES = ("schemas", "producers", "stream_processors", "consumers", "deploy")
_WORD = re.compile(r"[a-z0-9]+")
_RULES_OWN = ("agreement.", "conditions.", "marking.", "action", "quality.")
"""Parts of a delivery that speak of the rules: their texts are the agreement's own."""


class Shelf:
    """Knows the rules: what a feed's schema is, and which texts are the rules' own and tell of nobody."""

    def __init__(self, rules: RuleSet) -> None:
        parsed = {name: fastavro.parse_schema(schema) for name, schema in rules.schemas.items()}
        self._schemas = {feed: parsed[bound.agreement.id] for feed, bound in rules.by_feed.items()}
        self.kinds = {feed: bound.agency.kind for feed, bound in rules.by_feed.items()}
        models: list[BaseModel] = [*rules.agreements, *rules.prohibitions]
        self._own = frozenset(
            chain(
                _texts(model.model_dump(mode="json") for model in models),
                _texts(rules.field_lists.values()),
                (rules.sha256, *rules.by_feed, *(bound.agency.id for bound in rules.by_feed.values())),
                codes_and_symbols(),
            )
        )

    def delivery(self, feed: str, value: bytes) -> dict[str, Any]:
        """The delivery in a message of this feed. Every byte of it is read: one too many is an error."""
        _, body = unframe(value)
        source = io.BytesIO(body)
        found: Any = fastavro.schemaless_reader(source, self._schemas[feed], None)
        if source.tell() != len(body):
            raise AssertionError("bytes behind the delivery")
        return dict(found)

    def feed_items(
        self, feed: str, key: bytes | None, value: bytes, headers: Headers, timestamp_ms: int, **more: Any
    ) -> Iterator[Item]:
        """A message of a feed: its value, and beside it key, headers and time."""
        delivery = self.delivery(feed, value)
        leaves = [(path, text) for path, text in leaves_of(delivery) if not self._is_own(path, text)]
        more = {"agency": feed.partition(".")[0], **more}
        yield Item("feed", value[HEADER_BYTES:], leaves, has_record=delivery["record"] is not None, **more)
        yield Item("key", key or b"", [("key", _text(key))], **more)
        yield Item("time", b"", [("time", text) for text in _times(timestamp_ms)], **more)
        for name, content in headers:
            yield Item("header", content or b"", [("header", name), (f"header.{name}", _text(content))], **more)

    def record_items(self, where: str, name: str, key: bytes | None, value: bytes, **more: Any) -> Iterator[Item]:
        """A message of the hub's own."""
        _, body = unframe(value)
        leaves = [(path, text) for path, text in leaves_of(decode(name, body)) if text not in self._own]
        yield Item(where, body, leaves, **more)
        yield Item(where, key or b"", [("key", _text(key))], **more)

    def _is_own(self, path: str, text: str) -> bool:
        name = path.rsplit(".", 1)[-1]
        return text in self._own and (path.startswith(_RULES_OWN) or name in coded_fields())


def line_items(where: str, lines: Iterable[str], **more: Any) -> Iterator[Item]:
    """Lines of a log, of metrics, of an error."""
    for line in lines:
        yield Item(where, line.encode("utf-8", "replace"), [(where, line)], **more)


def leaves_of(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text and number by its path, without positions."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from leaves_of(part, f"{path}.{name}" if path and path != "record" else str(name))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from leaves_of(part, path)
    elif isinstance(value, datetime):
        yield path + NUMBER, value.isoformat()
    elif isinstance(value, bytes):
        yield path, _text(value)
    elif value is not None and not isinstance(value, bool):
        number = f"{value:.9f}" if isinstance(value, float) else str(value)
        yield (path, value) if isinstance(value, str) else (path + NUMBER, number)


def _times(at_ms: int) -> Iterator[str]:
    yield str(at_ms)
    yield datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "replace")


def _texts(value: Any) -> Iterator[str]:
    for _, text in leaves_of({"": list(value)} if not isinstance(value, Mapping | list) else value):
        yield text


@cache
def codes_and_symbols() -> frozenset[str]:
    """Codes of the reference data and symbols of the schemas: closed lists, in which nobody stands."""
    found = {str(code) for code in Code}
    for kind in KINDS.values():
        found |= set(_symbols(load_schema(kind.standard)))
    for item in (files("schemas") / "reference").iterdir():
        if item.name.endswith(".csv"):
            for row in csv.reader(io.StringIO(item.read_text(encoding="utf-8"))):
                found |= {cell for cell in row if cell} | {part for cell in row for part in cell.split()}
    return frozenset(found)


def _symbols(avro: Any) -> Iterator[str]:
    if isinstance(avro, dict):
        yield from avro.get("symbols", ())
        for part in avro.values():
            yield from _symbols(part)
    elif isinstance(avro, list):
        for part in avro:
            yield from _symbols(part)


@cache
def coded_fields() -> frozenset[str]:
    """Names of fields of standard records that hold codes or symbols."""
    found: set[str] = set()

    def walk(avro: Any, name: str) -> None:
        if isinstance(avro, list):
            for branch in avro:
                walk(branch, name)
        elif isinstance(avro, str) and avro.endswith("standard.Code"):
            found.add(name)
        elif isinstance(avro, dict):
            if avro.get("type") == "enum" or str(avro.get("name", "")).endswith("standard.Code"):
                found.add(name)
            elif avro.get("type") == "array":
                walk(avro["items"], name)
            for field in avro.get("fields", ()):
                walk(field["type"], field["name"])

    for kind in KINDS.values():
        walk(load_schema(kind.standard), "")
    return frozenset(found | {"lad_code", "sub_type", "markers", "force", "kind", "roles", "role"})


@cache
def words_of_phrases() -> frozenset[bytes]:
    """Words that officers of the nation write about anybody: one of these is no name in a text."""
    text = (ROOT / "deploy" / "nation" / "phrases.yaml").read_text(encoding="utf-8")
    found = set(fold(re.sub(r"\{[^}]*\}", " ", text)).split())
    for path in (ROOT / "deploy" / "nation").glob("narrative*.py"):  # words of slots: what was used, taken, found
        found.update(_words_of_source(path))
    return frozenset(found)


@cache
def words_of_program() -> frozenset[bytes]:
    """Words that stand in the source itself, and in its list of codes: what the program writes without having seen anybody."""
    found: set[bytes] = set()
    for package in _PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "nation" not in path.parts:
                found.update(_words_of_source(path))
    for code in Code:
        found.update(fold(f"{code} {describe(code)}").split())
    return frozenset(found)


def _words_of_source(path: Path) -> set[bytes]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        word
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for word in fold(node.value).split()
    }


def keyed(*texts: str) -> frozenset[str]:
    """Keys of an item that are as they should be."""
    return frozenset(text.lower() for text in texts if text)


Rows = Mapping[tuple[str, int], VersionRow]
Messages = Sequence[tuple[bytes | None, bytes, Headers, int]]
