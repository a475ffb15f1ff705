"""Mend a refused submission: by rule ("category X means Y"), field by field, or as suggested. Pure.

Nothing here decides that a submission is right: what comes out goes through the force's door again.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from producers.paths import find_values, parse_path, replace_value
from schemas.dialect import Dialect
from schemas.dialect_fields import code_list_of
from schemas.records import Record

_RULE = re.compile(r"(?P<field>[^:\s]+)\s*:\s*(?P<found>.+?)\s+means\s+(?P<means>.+?)\s*")


class Rule(NamedTuple):
    """In `field`, the value `found` means the value `means`. Of a coded field: `means` is a local or a national code."""

    field: str
    found: str
    means: str


class Setting(NamedTuple):
    """`field` becomes `value`, whatever it was."""

    field: str
    value: object


class Change(NamedTuple):
    """What mending has changed: values of the submission, so for the originating force's eyes alone."""

    field: str
    before: object
    after: object


@dataclass(frozen=True)
class Draft:
    """A submission on the desk, and what was changed of it so far."""

    record: Record
    changes: tuple[Change, ...] = ()

    def with_value(self, field: str, value: object) -> "Draft":
        """With another value at an exact path. Raises ValueError where there is no such place."""
        before = next((found for _, found in find_values(self.record, parse_path(field))), None)
        if type(before) is type(value) and before == value:
            return self
        return Draft(replace_value(self.record, field, value), (*self.changes, Change(field, before, value)))


def parse_rule(text: str) -> Rule:
    """A rule written as `FIELD: X means Y`. Raises ValueError, which names no value."""
    match = _RULE.fullmatch(text.strip())
    if match is None:
        raise ValueError('expected "FIELD: X means Y", such as "marking.tier: CONFIDENTIAL means OFFICIAL-SENSITIVE"')
    parse_path(match["field"])
    return Rule(**match.groupdict())


def parse_setting(text: str) -> Setting:
    """A setting written as `FIELD=JSON`. Raises ValueError, which names no value."""
    field, equals, value = text.partition("=")
    parse_path(field)
    if not equals:
        raise ValueError("expected FIELD=JSON")
    try:
        return Setting(field.strip(), orjson.loads(value))
    except orjson.JSONDecodeError:
        raise ValueError('expected JSON behind the sign "=": a text stands in double quotes') from None


def apply_rules(draft: Draft, rules: Iterable[Rule], dialects: Mapping[str, Dialect]) -> Draft:
    """The draft with every value replaced that a rule is about; the first rule that fits a value counts."""
    for rule in rules:
        for path, value in list(find_values(draft.record, parse_path(rule.field))):
            if any(change.field.startswith(path) for change in draft.changes):
                continue
            if isinstance(value, dict) and value.get("value") == rule.found:
                draft = draft.with_value(f"{path}.value", _local_code(draft.record, rule, dialects))
            elif value == rule.found:
                draft = draft.with_value(path, _local_code(draft.record, rule, dialects))
    return draft


def apply_settings(draft: Draft, settings: Iterable[Setting]) -> Draft:
    """The draft with these fields set. Raises ValueError for a place that is not there."""
    for setting in settings:
        draft = draft.with_value(setting.field, setting.value)
    return draft


def _local_code(record: Record, rule: Rule, dialects: Mapping[str, Dialect]) -> str:
    """What the force's own system would have sent: a national code is told in the local one, because the hub reads the
    submission by the dialect of its system, in which the national code may mean nothing."""
    code_list, dialect = code_list_of(rule.field), dialects.get(record["envelope"]["source_system"])
    codes = dialect.codes.get(code_list) if dialect is not None and code_list is not None else None
    if not isinstance(codes, Mapping) or rule.means in codes:
        return rule.means
    return next((local for local, national in codes.items() if national == rule.means), rule.means)
