"""A rule set as files: a folder with all of its parts, or one file or a few that are laid over the set in force."""

from pathlib import Path

import yaml

from schemas.codes import Code
from schemas.errors import Misconfigured
from stream_processors.emergency_rules import PART_NAME as EMERGENCY
from stream_processors.rule_set import Parts

FOLDERS = ("agreements", "prohibitions")
TABLES = ("acceptances.csv", "agencies.csv")
SINGLE = (*TABLES, EMERGENCY, "partner_kinds.csv", "forces.csv")
"""Parts that are one file of a fixed name. A set may be without EMERGENCY: then it has no emergency sharing; the last two add
kinds of agency and forces that the reference data don't have."""


def read_candidate(path: Path, in_force: Parts) -> dict[str, bytes]:
    """The parts that `path` says. A folder that has all four (both folders, both tables) is a whole set: what it lacks is gone.
    Anything less is laid over the set in force: a rule replaces the one of its id, a table the one of its name.

    Raises Misconfigured(AGREEMENT_INVALID) that names the file which is no part: one that was passed over would be missed by
    nobody.
    """
    if not path.exists():
        raise Misconfigured(Code.AGREEMENT_INVALID, path.name, "there is no such file or folder")
    if path.is_file():
        return {**in_force, **_part(path, in_force)}
    files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    if all((path / name).exists() for name in (*FOLDERS, *TABLES)):
        return {name: content for file in files for name, content in _whole_part(path, file).items()}
    if not files:
        raise Misconfigured(Code.AGREEMENT_INVALID, path.name, "an empty folder")
    return {**in_force, **{name: content for file in files for name, content in _part(file, in_force).items()}}


def write_candidate(folder: Path, parts: Parts) -> None:
    """All parts as files, to be changed. Raises Misconfigured(AGREEMENT_INVALID) where the folder has something in it."""
    if folder.exists() and any(folder.iterdir()):
        raise Misconfigured(Code.AGREEMENT_INVALID, folder.name, "the folder is not empty")
    for name, content in parts.items():
        file = folder / name
        if not file.resolve().is_relative_to(folder.resolve()):
            raise Misconfigured(Code.AGREEMENT_INVALID, "parts", "a name that leads out of the folder")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _whole_part(folder: Path, file: Path) -> dict[str, bytes]:
    name = file.relative_to(folder).as_posix()
    head, _, rest = name.partition("/")
    if name not in SINGLE and not (head in FOLDERS and rest.endswith(".yaml") and "/" not in rest):
        raise Misconfigured(Code.AGREEMENT_INVALID, name, "no part of a rule set: expected agreements/*.yaml and the like")
    return {name: file.read_bytes()}


def _part(file: Path, in_force: Parts) -> dict[str, bytes]:
    content = file.read_bytes()
    if file.name in SINGLE:
        return {file.name: content}
    rule = _read(file.name, content)
    folder = "agreements" if "partner_kind" in rule else "prohibitions" if "effect" in rule else None
    rule_id = rule.get("id")
    if file.suffix != ".yaml" or folder is None or not isinstance(rule_id, str):
        raise Misconfigured(Code.AGREEMENT_INVALID, file.name, "neither an agreement nor a prohibition nor a table")
    return {_name_of(rule_id, folder, in_force): content}


def _name_of(rule_id: str, folder: str, in_force: Parts) -> str:
    """The part that says this id now, whatever its file is called; else a new one."""
    known = [name for name in in_force if name.startswith(f"{folder}/") and _read(name, in_force[name]).get("id") == rule_id]
    return known[0] if known else f"{folder}/{rule_id}.yaml"


def _read(name: str, content: bytes) -> dict[str, object]:
    try:
        rule = yaml.safe_load(content)
    except yaml.YAMLError:
        rule = None
    if not isinstance(rule, dict):
        raise Misconfigured(Code.AGREEMENT_INVALID, name, "not YAML of a rule")
    return rule
