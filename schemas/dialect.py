"""Dialects: one file per force system, which says how its files are read and what its codes mean. Checked when it loads."""

from collections.abc import Hashable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.codes import Code
from schemas.dialect_checks import wrong_keys
from schemas.dialect_files import Layout
from schemas.errors import Misconfigured


class DefaultMarking(BaseModel):
    """The marking of a system that sends none. Never used for intelligence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tier: str
    sensitive: bool


class Dialect(BaseModel):
    """One force system: its code lists, each a map from local to national or the word `national`, and its files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_system: str
    source: str
    default_marking: DefaultMarking | None
    time_zone: str = "Europe/London"
    """Of its times that have no offset: a name of the IANA time zone database."""
    time_formats: tuple[str, ...] = ()
    """Its own forms of a time, as `datetime.strptime` reads them; tried where a time is not ISO 8601."""
    codes: Mapping[str, Mapping[str, str] | str]
    files: Mapping[str, Layout] = Field(default_factory=dict)
    """How its files are read, by the name of the layout; empty: it sends submissions, or has an adapter with code."""

    def national(self, code_list: str, value: str, lists: Mapping[str, frozenset[str]]) -> str | None:
        """The national code of a local one, or None."""
        mapped = self.codes.get(code_list)
        if mapped is None:
            return None
        if isinstance(mapped, str):
            return value if value in lists.get(code_list, frozenset()) else None
        return mapped.get(value)


class _Loader(yaml.CSafeLoader):
    """YAML in which a key stands once: of two equal keys the first would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]  # no other may be a key
        if len(set(keys)) < len(keys):
            raise yaml.YAMLError("a key stands twice")
        return super().construct_mapping(node, deep)


def load_dialect(text: str, name: str) -> Dialect:
    """A dialect from YAML. Raises Misconfigured(BAD_SETTING) that names the file and the keys, never a value."""
    try:
        dialect = Dialect.model_validate(yaml.load(text, _Loader))  # noqa: S506  # a SafeLoader
    except ValidationError as error:
        keys = sorted({".".join(map(str, each["loc"])) for each in error.errors()})
        raise Misconfigured(Code.BAD_SETTING, field=f"{name}: {', '.join(keys)}") from None
    except (ValueError, yaml.YAMLError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        detail = "not YAML, or a key stands twice" if line is None else f"not YAML in line {line + 1}"
        raise Misconfigured(Code.BAD_SETTING, field=name, detail=detail) from None
    wrong = list(dict.fromkeys(wrong_keys(dialect)))
    if wrong:
        raise Misconfigured(Code.BAD_SETTING, field=f"{name}: {', '.join(wrong)}")
    return dialect


@cache
def shipped_dialects() -> dict[str, Dialect]:
    """The dialects that the project ships, by source system. Read once; nobody may change it."""
    folder = files("schemas") / "dialects"
    loaded = [load_dialect(item.read_text("utf-8"), item.name) for item in folder.iterdir() if item.name.endswith(".yaml")]
    return {dialect.source_system: dialect for dialect in loaded}


def systems_with_default(dialects: Mapping[str, Dialect]) -> frozenset[str]:
    """The source systems that need send no marking (intelligence always does)."""
    return frozenset(name for name, dialect in dialects.items() if dialect.default_marking is not None)
