"""Whether a rule set can share nothing that another one does not: proved rule by rule from the files, or not proved. Pure.

Only these count as narrower: an agreement, an acceptance, an agency, a share clause, a kind or a field taken away; a
prohibition, a withhold clause or a drop added; an end made earlier, a marking lowered. Whatever else differs counts as more,
also what a lawyer would call less: the proof is by comparison, so that it never depends on how a rule is carried out.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from stream_processors.rule_set import Parts

_NO_MATTER = frozenset(("id", "version"))
"""Of an agreement: what decides nothing."""

_TIERS = ("OFFICIAL", "OFFICIAL-SENSITIVE")

_TABLES = {"acceptances.csv": ("agreement", "force"), "agencies.csv": ()}
"""Tables whose rows may only go; by these columns, or by the whole row."""


def find_wider(old: Parts, new: Parts) -> list[str]:
    """Where `new` may share more than `old`: file or rule, and the clause. Empty: it can't. Both are sets that load."""
    try:
        return [*_agreements(old, new), *_prohibitions(old, new), *_tables(old, new), *_others(old, new)]
    except (yaml.YAMLError, csv.Error, AttributeError, TypeError, KeyError, ValueError):
        return ["a file can't be read"]


def find_later_ends(old: Parts, new: Parts) -> list[str]:
    """Agreements that would run longer under `new` than they do under `old`. Raises nothing: what can't be read is named."""
    try:
        before, after = _rules(old, "agreements/"), _rules(new, "agreements/")
        return [name for name in sorted(before.keys() & after.keys()) if _end(after[name]) > _end(before[name])]
    except (yaml.YAMLError, AttributeError, TypeError, KeyError, ValueError):
        return ["a file can't be read"]


def _agreements(old: Parts, new: Parts) -> Iterator[str]:
    before, after = _rules(old, "agreements/"), _rules(new, "agreements/")
    for name, rule in after.items():
        if name not in before:
            yield f"{name}: a new agreement"
            continue
        for clause in sorted((rule.keys() | before[name].keys()) - _NO_MATTER):
            if not _clause_is_narrower(clause, before[name].get(clause), rule.get(clause)):
                yield f"{name}: {clause}"


def _clause_is_narrower(clause: str, old: Any, new: Any) -> bool:
    is_narrower = {
        "share_when": lambda: _set(new) <= _set(old),
        "kinds": lambda: _set(new) <= _set(old),
        "withhold_when": lambda: _set(old) <= _set(new),
        "max_marking": lambda: _TIERS.index(new) <= _TIERS.index(old),
        "valid_until": lambda: str(new) < str(old),
        "fields": lambda: _fields_are_narrower(old, new),
    }
    return _text(old) == _text(new) or (clause in is_narrower and is_narrower[clause]())


def _fields_are_narrower(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Lines gone, or turned to drop, or new ones that drop. A line that is gone while another still speaks of its field may
    have been the stricter of the two, so that counts as more."""
    changed = [path for path in new if _text(new[path]) != _text(old.get(path)) and not _drops(new[path])]
    gone = [path for path in old if path not in new and not _drops(old[path])]
    undone = [path for path in old if path not in new and _drops(old[path])]
    return not changed and not undone and not any(_overlap(path, other) for path in gone for other in new)


def _drops(obligation: Any) -> bool:
    return _text(obligation) in (_text("drop"), _text({"drop": True}))


def _overlap(one: str, other: str) -> bool:
    """Whether two field paths can speak of the same field, whichever persons or items they select."""
    short, long = sorted((re.sub(r"\[.*?\]", "", one), re.sub(r"\[.*?\]", "", other)), key=len)
    return f"{long}.".startswith(f"{short}.")


def _prohibitions(old: Parts, new: Parts) -> Iterator[str]:
    before, after = _rules(old, "prohibitions/"), _rules(new, "prohibitions/")
    for name, rule in before.items():
        if name not in after:
            yield f"{name}: a prohibition is gone"
            continue
        for clause in sorted(rule.keys() | after[name].keys()):
            was, now = rule.get(clause), after[name].get(clause)
            more = clause in ("when", "drops") and _set(was) <= _set(now)
            less = clause == "excepted" and _set(now) <= _set(was)
            if _text(was) != _text(now) and not more and not less:
                yield f"{name}: {clause}"


def _tables(old: Parts, new: Parts) -> Iterator[str]:
    for name, columns in _TABLES.items():
        before, after = (
            {tuple(row.get(column) for column in columns) if columns else _text(row) for row in _read(parts.get(name, b""))}
            for parts in (old, new)
        )
        if not after <= before:
            yield f"{name}: a new or changed row"


def _others(old: Parts, new: Parts) -> Iterator[str]:
    """A file of a sort that is not known here must be the same to the byte."""
    for name in sorted(old.keys() | new.keys()):
        is_known = name.startswith(("agreements/", "prohibitions/")) or name in _TABLES
        if not is_known and old.get(name) != new.get(name):
            yield name


def _rules(parts: Parts, prefix: str) -> dict[str, dict[str, Any]]:
    """The files of a folder by the id that they say."""
    read = [yaml.safe_load(content) for name, content in sorted(parts.items()) if name.startswith(prefix)]
    found = {str(rule["id"]): rule for rule in read}
    if len(found) != len(read):
        raise ValueError("an id stands twice")
    return found


def _end(rule: Mapping[str, Any]) -> str:
    return str(rule["valid_until"])


def _read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(errors="replace"))))


def _set(values: Any) -> frozenset[str]:
    if values is not None and not isinstance(values, list):
        raise TypeError("expected a list")
    return frozenset(map(_text, values or ()))


def _text(value: Any) -> str:
    """One text for one value: 1 and true are two."""
    return json.dumps(value, sort_keys=True, default=str)
