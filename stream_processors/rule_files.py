"""Rule files as they are read: a value, and the line of each of its keys. Pure.

PyYAML's nodes know their lines; its loader forgets them, and takes the last of two equal keys without a word. So the nodes are
composed first: positions and doubles are read off them, and the value is made from the same nodes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from schemas.codes import Code
from stream_processors.rule_faults import RuleFault

Path = tuple[str | int, ...]
"""Keys and positions from the top of a file to a value."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as quick as the loader in Python, and just as safe."""

_MOST_NODES = 20_000
"""Nodes of one file, aliases counted each time: a file of a kilobyte can stand for a gigabyte."""

_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True)
class RuleFile:
    """One rule file."""

    name: str
    value: Any
    """None where it could not be read."""
    lines: Mapping[Path, int] = field(default_factory=dict)
    """Line of each key and list item, from 1."""

    def fault(self, path: Path, found: str, expected: str, code: Code) -> RuleFault:
        """A fault at a key; where that has no line of its own, at the nearest key around it."""
        at = next((self.lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in self.lines), 1)
        return RuleFault(self.name, at, write_path(path), found, expected, code)


def write_path(path: Path) -> str:
    """The path as a fault shows it: `share_when[0].marker[1]`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def read_rule_file(name: str, content: bytes) -> tuple[RuleFile, list[RuleFault]]:
    """The file and what is wrong with it as YAML: not YAML, a key twice, an alias to itself, a merge key."""
    try:
        loader = _Loader(content)
        try:
            node = loader.get_single_node()
            if node is None:
                return _unreadable(name, 1, "an empty file")
            walk = _Walk(name)
            walk.visit(node, ())
            value = loader.construct_document(node) if walk.is_sound else None
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date that is none raises ValueError
        mark = getattr(error, "problem_mark", None)
        last = max(1, len(content.splitlines()))  # what is never closed is told of at the end, not behind it
        return _unreadable(name, min(mark.line + 1, last) if mark else 1, "what is no YAML")
    return RuleFile(name, value, walk.lines), walk.faults


def _unreadable(name: str, line: int, found: str) -> tuple[RuleFile, list[RuleFault]]:
    return RuleFile(name, None), [RuleFault(name, line, "", found, "one YAML mapping of clauses", Code.RULE_UNREADABLE)]


class _Walk:
    """Collects lines and doubles of a file's nodes."""

    def __init__(self, name: str) -> None:
        self.lines: dict[Path, int] = {}
        self.faults: list[RuleFault] = []
        self.is_sound = True
        self._name, self._open, self._nodes = name, set[int](), 0

    def visit(self, node: yaml.Node, path: Path) -> None:
        """Go through a node and all below it."""
        self._nodes += 1
        if not self.is_sound:
            return  # said once
        if id(node) in self._open or self._nodes > _MOST_NODES:
            self.is_sound = False
            self._say(node, path, "an alias to what it is inside of, or too many of them", "each clause written out")
            return
        self._open.add(id(node))
        if isinstance(node, yaml.MappingNode):
            self._mapping(node, path)
        elif isinstance(node, yaml.SequenceNode):
            for position, item in enumerate(node.value):
                self.lines[*path, position] = item.start_mark.line + 1
                self.visit(item, (*path, position))
        self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: Path) -> None:
        seen = set()
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            at = (*path, name)
            if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
                self.is_sound = False
                self._say(key, at, "a merge key, or a key that is no word", "each clause written out under its own word")
                continue
            if name in seen:
                self._say(key, at, f"`{name}` a second time", "each key once: the last would win, and nobody would know")
            else:
                self.lines[at] = key.start_mark.line + 1
            seen.add(name)
            self.visit(value, at)

    def _say(self, node: yaml.Node, path: Path, found: str, expected: str) -> None:
        line = node.start_mark.line + 1
        self.faults.append(RuleFault(self._name, line, write_path(path), found, expected, Code.RULE_UNREADABLE))
