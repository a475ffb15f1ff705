"""Dialects: one file per force system that maps its local codes to the national ones. Checked when it loads."""

from collections.abc import Mapping
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from schemas.codes import Code
from schemas.errors import Misconfigured

NATIONAL = "national"
"""In place of a map: the system already sends national codes, which are checked against the national list."""


class DefaultMarking(BaseModel):
    """The marking of a system that sends none. Never used for intelligence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tier: str
    sensitive: bool


class Dialect(BaseModel):
    """One force system: its code lists, each a map from local to national or the word `national`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_system: str
    source: str
    default_marking: DefaultMarking | None
    time_zone: str = "Europe/London"
    """Of its times that have no offset: a name of the IANA time zone database."""
    time_formats: tuple[str, ...] = ()
    """Its own forms of a time, as `datetime.strptime` reads them; tried where a time is not ISO 8601."""
    codes: Mapping[str, Mapping[str, str] | str]

    def national(self, code_list: str, value: str, lists: Mapping[str, frozenset[str]]) -> str | None:
        """The national code of a local one, or None."""
        mapped = self.codes.get(code_list)
        if mapped is None:
            return None
        if isinstance(mapped, str):
            return value if value in lists.get(code_list, frozenset()) else None
        return mapped.get(value)


def load_dialect(text: str, name: str) -> Dialect:
    """A dialect from YAML. Raises Misconfigured(BAD_SETTING) that names the file and the keys, never a value."""
    try:
        dialect = Dialect.model_validate(yaml.safe_load(text))
    except (ValueError, yaml.YAMLError) as error:
        keys = [".".join(map(str, e["loc"])) for e in error.errors()] if hasattr(error, "errors") else []
        raise Misconfigured(Code.BAD_SETTING, field=f"{name}: {', '.join(keys)}") from None
    wrong = [key for key, value in dialect.codes.items() if isinstance(value, str) and value != NATIONAL]
    if wrong:
        raise Misconfigured(Code.BAD_SETTING, field=f"{name}: codes.{wrong[0]}")
    return dialect


def shipped_dialects() -> dict[str, Dialect]:
    """The dialects that the project ships, by source system."""
    folder = files("schemas") / "dialects"
    loaded = [load_dialect(item.read_text("utf-8"), item.name) for item in folder.iterdir() if item.name.endswith(".yaml")]
    return {dialect.source_system: dialect for dialect in loaded}
