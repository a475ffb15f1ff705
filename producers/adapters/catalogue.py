"""Every adapter by name, the files that belong to it, and how a file is opened."""

import gzip
import io
import re
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from producers.adapters.lines import Line, read_lines
from producers.adapters.native_jsonl import read_native
from producers.adapters.police_uk_outcomes import read_outcomes
from producers.adapters.police_uk_stop_search import read_stop_search
from producers.adapters.police_uk_street import read_street
from producers.row import Row, refuse
from schemas.codes import Code
from schemas.errors import Refused

_GZIP = b"\x1f\x8b"
_BUFFER_BYTES = 1 << 18
_FORCE = r"(?P<force>[a-z0-9-]+)"


@dataclass(frozen=True)
class Adapter:
    """One file format. `file_name` matches its files' names and finds the force in them."""

    name: str
    file_name: re.Pattern[str]
    read: Callable[[Iterable[Line], Collection[str]], Iterator[Row]]

    def force_in(self, path: Path) -> str | None:
        """The force that the file's name tells, or None."""
        match = self.file_name.match(path.name)
        return match["force"] if match else None


def _dated(ending: str) -> re.Pattern[str]:
    return re.compile(rf"^\d{{4}}-\d{{2}}-{_FORCE}-{ending}\.csv(\.gz)?$")


ADAPTERS: dict[str, Adapter] = {
    adapter.name: adapter
    for adapter in (
        Adapter("police-uk-street", _dated("street"), read_street),
        Adapter("police-uk-outcomes", _dated("outcomes"), read_outcomes),
        Adapter("police-uk-stop-and-search", _dated("stop-and-search"), read_stop_search),
        Adapter("native-jsonl", re.compile(rf"^{_FORCE}\.jsonl(\.gz)?$"), read_native),
    )
}
"""Every adapter by name."""


def find_files(adapter: Adapter, path: Path) -> list[Path]:
    """`path` itself, or the files below it whose names are of this adapter, sorted. Raises Refused (NO_SUCH_FILE)."""
    if path.is_file():
        return [path]
    found = sorted(file for file in path.rglob("*") if adapter.file_name.match(file.name) and file.is_file())
    if not found:
        raise Refused(Code.NO_SUCH_FILE)
    return found


def read_file(adapter: Adapter, file: BinaryIO, force_names: Collection[str]) -> Iterator[Row]:
    """Rows of an open file, plain or gzip (told by its first bytes). A file that breaks off ends with a refusal."""
    line = 0
    try:
        for row in adapter.read(read_lines(_decompressed(file)), force_names):
            line = row.line
            yield row
    except (OSError, EOFError, zlib.error):
        yield refuse(line, Code.NO_SUCH_FILE)


def _decompressed(file: BinaryIO) -> BinaryIO:
    start = file.read(len(_GZIP))
    file.seek(0)
    return cast(BinaryIO, io.BufferedReader(gzip.GzipFile(fileobj=file), _BUFFER_BYTES)) if start == _GZIP else file
