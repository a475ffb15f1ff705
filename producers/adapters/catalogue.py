"""Every adapter by name, the files that belong to it, and how a file is opened."""

import gzip
import io
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from producers.adapters.bichard import read_court_results
from producers.adapters.layouts import read_layout
from producers.adapters.misp import read_misp
from producers.adapters.native_jsonl import read_native
from producers.adapters.stix import read_stix
from producers.row import Row, refuse
from schemas.codes import Code
from schemas.dialect import Dialect
from schemas.errors import Refused

_GZIP = b"\x1f\x8b"
_BUFFER_BYTES = 1 << 18


@dataclass(frozen=True)
class Adapter:
    """One file format. `file_name` matches its files' names, without `.gz`, and may find the force in them."""

    name: str
    file_name: re.Pattern[str]
    read: Callable[[BinaryIO, Collection[str]], Iterator[Row]]
    """Rows of an open file that is not compressed. The names are those by which the file may call its force."""

    def is_of(self, path: Path) -> bool:
        """Whether the file's name is one of this adapter's."""
        return self._match(path) is not None

    def force_in(self, path: Path) -> str | None:
        """The force that the file's name tells, or None."""
        match = self._match(path)
        return match.groupdict().get("force") if match else None

    def _match(self, path: Path) -> re.Match[str] | None:
        return self.file_name.fullmatch(path.name.removesuffix(".gz"))


CODED_ADAPTERS: dict[str, Adapter] = {
    adapter.name: adapter
    for adapter in (
        Adapter("native-jsonl", re.compile(r"(?P<force>[a-z0-9-]+)\.jsonl"), read_native),
        Adapter("bichard-results", re.compile(r".+\.xml|.*(court|bichard).*\.tar"), read_court_results),
        Adapter("misp-events", re.compile(r".*misp.*\.(json|tar)"), read_misp),
        Adapter("stix-bundles", re.compile(r".*stix.*\.(json|tar)"), read_stix),
    )
}
"""The adapters that have code of their own: what no map of columns can say."""


def adapters_of(dialects: Mapping[str, Dialect]) -> dict[str, Adapter]:
    """Every adapter by name: those with code, and `<system>-<layout>` for each layout of the dialects."""
    declared = {
        f"{system}-{name}": Adapter(f"{system}-{name}", re.compile(layout.file_name), partial(read_layout, system, layout))
        for system, dialect in dialects.items()
        for name, layout in dialect.files.items()
    }
    return declared | CODED_ADAPTERS


def find_files(adapter: Adapter, path: Path) -> list[Path]:
    """`path` itself, or the files below it whose names are of this adapter, sorted. Raises Refused (NO_SUCH_FILE)."""
    if path.is_file():
        return [path]
    found = sorted(file for file in path.rglob("*") if adapter.is_of(file) and file.is_file())
    if not found:
        raise Refused(Code.NO_SUCH_FILE)
    return found


def read_file(adapter: Adapter, file: BinaryIO, force_names: Collection[str]) -> Iterator[Row]:
    """Rows of an open file, plain or gzip (told by its first bytes). A file that breaks off ends with a refusal."""
    line = 0
    try:
        for row in adapter.read(decompressed(file), force_names):
            line = row.line
            yield row
    except (OSError, EOFError, zlib.error):
        yield refuse(line, Code.NO_SUCH_FILE)


def decompressed(file: BinaryIO) -> BinaryIO:
    """The file as it is, or what its gzip holds. Reading may raise OSError, EOFError or zlib.error where that is broken."""
    start = file.read(len(_GZIP))
    file.seek(0)
    return cast(BinaryIO, io.BufferedReader(gzip.GzipFile(fileobj=file), _BUFFER_BYTES)) if start == _GZIP else file
