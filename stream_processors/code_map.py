"""Local codes to national ones, through one dialect. Pure; remembers what it has found.

First the dialect's own map; then the national list that the submission names (`scheme`): the same code means different things
in different lists (`W4`, `IC7`); last, where the dialect says `national`, the code itself.
"""

from collections.abc import Mapping

from schemas.dialect import Dialect
from schemas.records import Record
from stream_processors.national import UNMAPPED, National

_REMEMBERED = 20_000
"""Codes that are remembered for one dialect: a system that invents codes must not fill the memory."""

_DIALECTS = 64
"""Dialects that are remembered."""


class CodeMap:
    """Every code list of one dialect."""

    def __init__(self, dialect: Dialect, national: National) -> None:
        self.dialect, self.national = dialect, national
        self._found: dict[tuple[str, str, str | None], Record] = {}

    def find(self, code_list: str, value: str, scheme: str | None) -> Record:
        """The standard code record of a value, UNMAPPED where none is known. Records share it, so nobody may change it."""
        key = (code_list, value, scheme)
        found = self._found.get(key)
        if found is None:
            code = self._look_up(code_list, value, scheme)
            found = {"code": code or UNMAPPED, "source_value": value, "scheme": scheme}
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[key] = found
        return found

    def _look_up(self, code_list: str, value: str, scheme: str | None) -> str | None:
        own = self.dialect.codes.get(code_list)
        if isinstance(own, Mapping) and value in own:
            return own[value]
        if scheme is not None:
            named = self.national.coded.get((code_list, scheme.strip().lower(), value))
            if named is not None:
                return named
        return value if isinstance(own, str) and value in self.national.lists.get(code_list, ()) else None


_MAPS: dict[int, CodeMap] = {}


def code_map(dialect: Dialect, national: National) -> CodeMap:
    """The map of a dialect, made once. It holds the dialect, so that no other can have the identity it is found by."""
    found = _MAPS.get(id(dialect))
    if found is None or found.dialect is not dialect or found.national is not national:
        if len(_MAPS) >= _DIALECTS:
            _MAPS.clear()
        found = _MAPS[id(dialect)] = CodeMap(dialect, national)
    return found
