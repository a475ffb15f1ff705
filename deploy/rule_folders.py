"""Rule files on the disk, as parts of a rule set."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from schemas.codes import Code
from schemas.errors import Misconfigured
from stream_processors.rule_set import shipped_parts

_TABLES = ("acceptances.csv", "agencies.csv", "partner_kinds.csv", "forces.csv")
_FOLDERS = ("agreements", "prohibitions")
_ONLY_PROHIBITIONS = ("effect", "latch", "drops", "excepted")


def read_candidate(paths: Sequence[Path]) -> dict[str, bytes]:
    """The parts that these paths make: a folder is a whole set (tables that it lacks are the shipped ones), a file is laid over
    the shipped set in the place of the file with its name or its id. No path: the shipped set. Raises Misconfigured
    (PD-416) where a path can't be read or is no rule file."""
    parts: dict[str, bytes] | None = None
    for path in paths:
        if path.is_dir():
            parts = {**(parts or _shipped_tables()), **_read_folder(path)}
    parts = shipped_parts() if parts is None else parts
    for path in paths:
        if not path.is_dir():
            _lay_over(parts, path)
    return parts


def _shipped_tables() -> dict[str, bytes]:
    return {name: content for name, content in shipped_parts().items() if name in _TABLES}


def _read_folder(folder: Path) -> dict[str, bytes]:
    files = [file for kind in _FOLDERS for file in sorted((folder / kind).glob("*.yaml"))]
    files += [folder / name for name in _TABLES if (folder / name).is_file()]
    return {file.relative_to(folder).as_posix(): _read(file) for file in files}


def _lay_over(parts: dict[str, bytes], file: Path) -> None:
    content = _read(file)
    if file.name in _TABLES:
        parts[file.name] = content
        return
    if file.suffix not in (".yaml", ".yml"):
        raise Misconfigured(Code.BAD_SETTING, file.name, "a rule file ends in .yaml, a table has its own name")
    value = _value(content)
    is_prohibition = file.parent.name == "prohibitions" or any(name in value for name in _ONLY_PROHIBITIONS)
    kind = "prohibitions" if is_prohibition and file.parent.name != "agreements" else "agreements"
    own = value.get("id")
    for name in [name for name in parts if name.startswith(f"{kind}/") and own and _value(parts[name]).get("id") == own]:
        del parts[name]
    parts[f"{kind}/{file.stem}.yaml"] = content


def _value(content: bytes) -> dict[object, object]:
    """What is no mapping, or no YAML, is told of when the set is checked."""
    try:
        value = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        raise Misconfigured(Code.BAD_SETTING, file.name, "a file that can be read") from None
