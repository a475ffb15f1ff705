"""Faults of rule files, as tests ask for them."""

from typing import Any

from schemas.codes import Code
from stream_processors.rule_faults import RuleFault
from stream_processors.rule_set import check_rules

Record = dict[str, Any]
FILE = "agreements/0.yaml"
"""The first agreement of a set that `core_hub.parts_of` makes."""


def faults(parts: dict[str, bytes]) -> list[RuleFault]:
    """What checking says of a rule set that doesn't load."""
    checked = check_rules(parts)
    assert checked.rules is None
    return list(checked.faults)


def assert_found(parts: dict[str, bytes], file: str, key: str, expected: str, code: Code) -> RuleFault:
    """The one fault at this key, on the line where its key or word stands."""
    found = [each for each in faults(parts) if each.file == file and each.key == key and expected in each.expected]
    assert [each.code for each in found] == [code], faults(parts)
    [fault] = found
    line = parts[file].decode().splitlines()[fault.line - 1] if fault.line else ""
    words = [part.split("[")[0] for part in key.split(".")] + [fault.found.strip("`")]
    if not file.endswith(".yaml"):
        return fault
    is_item = key.endswith("]") and line.lstrip().startswith("- ")
    assert is_item or fault.line == 1 or any(word and word in line for word in words), (fault, line)
    return fault


def clause(**lines: Any) -> Record:
    """An agreement that shares under one clause."""
    return {"share_when": [lines]}
