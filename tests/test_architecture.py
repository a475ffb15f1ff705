"""Who may import whom, how large things may be, what they are called: read from the source itself."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from avro_values import AVRO, files

from schemas.codes import Code, describe
from schemas.records import folder_of, load_schema
from stream_processors.rule_set import load_rule_set, shipped_parts

ROOT = Path(__file__).parents[1]
PACKAGES = ("schemas", "producers", "stream_processors", "consumers", "deploy")
MAY_IMPORT = {
    "schemas": {"schemas"},
    "producers": {"schemas", "producers"},
    "stream_processors": {"schemas", "stream_processors"},
    "consumers": {"schemas", "consumers"},
    "deploy": set(PACKAGES),
}
CORE_MAY_USE = {
    "convertbng", "cryptography", "defusedxml", "email_validator", "fastavro", "h3", "nhs_number", "orjson", "phonenumbers",
    "pydantic", "rapidfuzz", "structlog", "yaml",
}  # fmt: skip
"""Libraries that only turn values into values (or write a log line): also a core may use them. `cryptography` for Ed25519,
whose signatures are a function of key and message: a core makes no key."""

SHELLS = {
    "producers": {"force_file", "loading", "mended_file", "outbox", "outbox_file", "publisher", "sending", "versions"},
    "stream_processors": {
        "acknowledged_restore", "batches", "control", "control_commands", "lane_files", "lane_restore", "lane_store",
        "ledger_tail", "metrics", "partition_reading", "pump", "rebalances", "request_reader",
        "stage_disseminate", "stage_standardise", "standard_reader", "topic_end", "topic_follow", "transaction",
    },
    "consumers": {
        "connect", "database", "exports", "journal", "journal_tables", "login", "membership", "offsets", "parking",
        "record_table", "saying", "schema_cache", "sequence_store", "sinks", "storing", "subscriber", "tally",
    },
}  # fmt: skip
"""Modules that may speak to Kafka, to a disk, to a registry, or read a clock. Everything in `deploy` may."""

OUTSIDE = {"sqlite3", "socket", "subprocess", "threading", "time", "urllib", "http", "random", "secrets", "uuid", "os"}
"""Parts of the standard library that reach outside, or that give another answer each time."""

MODULE_LINES, FUNCTION_LINES = 250, 40
LONG_MODULES = {"schemas/codes.py": "one table, a code a line"}
BANNED = {"utils", "helpers", "common", "base", "manager", "handler", "service"}


def modules() -> list[Path]:
    """Every module of the project."""
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Full names of what a module imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: relative import"
            yield node.module or ""


def foreign(found: Iterator[str], package: str) -> set[str]:
    """Packages of ours among `found` that `package` may not import."""
    return {name.partition(".")[0] for name in found} & set(PACKAGES) - MAY_IMPORT[package]


def test_schemas_is_below_three_that_meet_only_through_kafka() -> None:
    """schemas <- {producers, stream_processors, consumers} <- deploy; the three in the middle never import each other."""
    wrong = {name_of(path): foreign(imports(path), path.relative_to(ROOT).parts[0]) for path in modules()}
    assert {name: found for name, found in wrong.items() if found} == {}
    assert foreign(iter(["stream_processors.pump"]), "consumers") == {"stream_processors"}


def test_the_core_uses_nothing_that_reaches_outside() -> None:
    """No client, clock, disk or randomness in a core module: they are arguments there. The list of shells is exact."""
    outside = {}
    for path in modules():
        package = path.relative_to(ROOT).parts[0]
        tops = {name.partition(".")[0] for name in imports(path)}
        third = tops - set(sys.stdlib_module_names) - set(PACKAGES) - CORE_MAY_USE
        if package != "deploy" and (third or tops & OUTSIDE):
            outside[(package, path.stem)] = third | tops & OUTSIDE
    listed = {(package, name) for package, names in SHELLS.items() for name in names}
    assert {where: what for where, what in outside.items() if where not in listed} == {}, outside
    assert {where for where in listed if not (ROOT / where[0] / f"{where[1]}.py").exists()} == set()


def test_modules_and_functions_are_short() -> None:
    """No module above 250 lines, no function above 40; an exception has its reason."""
    long = {}
    for path in modules():
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > MODULE_LINES and name_of(path) not in LONG_MODULES:
            long[name_of(path)] = len(text.splitlines())
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.body[0].lineno + 1  # options of a command are a table, not code
                if lines > FUNCTION_LINES:
                    long[f"{name_of(path)}:{node.name}"] = lines
    assert long == {}


def test_names_say_what_a_thing_is() -> None:
    """Nothing is called utils, helpers, common, base, manager, handler or service: modules, classes and functions."""
    found = []
    for path in modules():
        names = [path.stem, path.parent.name]
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names += [n.name for n in ast.walk(tree) if isinstance(n, ast.ClassDef | ast.FunctionDef)]
        for name in names:
            words = set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_"))
            found += [f"{name_of(path)}: {name}"] if words & BANNED else []
    assert found == []


def test_no_feature_is_half_there() -> None:
    """No TODO, no NotImplementedError, no skipped lint without its reason on the line."""
    for path in modules():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            where = f"{name_of(path)}:{number}"
            assert not re.search(r"\b(TODO|FIXME|XXX)\b|NotImplementedError", line), where
            lazy = line.endswith("# noqa: PLC0415") and " import " in line  # the reason stands at the first one
            assert "noqa" not in line or lazy or re.search(r"# noqa: [A-Z0-9, ]+  ?[-#] \S", line), where


def test_every_code_has_a_meaning_and_a_use() -> None:
    """Each stable code says what was found, expected and to do, is unique, and is raised or written somewhere."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in modules() if path.name != "codes.py")
    assert {code for code in Code if f"Code.{code.name}" not in text} == set()
    for code in Code:
        meaning = describe(code)
        assert re.fullmatch(r"PD-[1-5]\d\d", code)
        assert all((meaning.title, meaning.expected, meaning.mend)), code


@pytest.mark.parametrize("path", files(), ids=lambda path: path.parent.name)
def test_every_schema_file_is_whole(path: Path) -> None:
    """Each file parses, stands in the folder of its name, resolves every type that it names, and documents every field."""
    schema = json.loads(path.read_text(encoding="utf-8"))
    name = f"{schema['namespace']}.{schema['name']}"
    assert path == AVRO / folder_of(name) / path.name
    assert schema["doc"]
    for field in schema.get("fields", []):
        assert field["doc"], field["name"]
    assert load_schema(name)["name"] == name


def _fields(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, list):
        for branch in schema:
            yield from _fields(branch)
    elif isinstance(schema, dict):
        for field in schema.get("fields", []):
            yield field
            yield from _fields(field["type"])
        if schema.get("type") == "array":
            yield from _fields(schema["items"])


def test_every_feed_field_below_the_envelope_may_be_null() -> None:
    """In each feed's schema everything that leaves of a record is nullable with default null: narrowing is compatible."""
    envelope = {"delivery_id", "lane", "sequence", "revision", "action", "agreement"}
    rules = load_rule_set(shipped_parts())
    assert len(rules.schemas) >= 6
    for name, schema in rules.schemas.items():
        top = [field for field in schema["fields"] if field["name"] not in envelope]
        record = next(field for field in top if field["name"] == "record")
        below = list(_fields(record["type"]))
        assert len(below) > 5, name
        for field in [*top, *below]:
            assert field["type"][0] == "null", f"{name}: {field['name']}"
            assert field["default"] is None, f"{name}: {field['name']}"


def test_topic_patterns_have_no_underscore() -> None:
    """Kafka's metrics can't tell an underscore from a dot."""
    from typing import get_args

    from deploy.topic_rules import Pattern

    assert all("_" not in pattern for pattern in get_args(Pattern))
