"""Which dialects are known here: those that the project ships, those of a folder, and single files. Shell."""

from pathlib import Path

from schemas.codes import Code
from schemas.dialect import Dialect, load_dialect, shipped_dialects
from schemas.errors import Misconfigured


def known_dialects(folder: Path | None, *files: Path) -> dict[str, Dialect]:
    """Dialects by source system. One of the folder replaces a shipped one of its system, and a single file replaces both.

    Raises Misconfigured (BAD_SETTING): a file that does not load, a folder that is none, two files of one system.
    """
    found = dict(shipped_dialects())
    if folder is not None:
        if not folder.is_dir():
            raise Misconfigured(Code.BAD_SETTING, "dialects", "no such folder")
        found |= _read_all(sorted(folder.glob("*.yaml")))
    return found | _read_all(files)


def read_dialect(path: Path) -> Dialect:
    """The dialect in a file. Raises Misconfigured (BAD_SETTING)."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(Code.BAD_SETTING, path.name, "no such file, or not UTF-8") from None
    return load_dialect(text, path.name)


def _read_all(paths: list[Path] | tuple[Path, ...]) -> dict[str, Dialect]:
    found: dict[str, Dialect] = {}
    for path in paths:
        dialect = read_dialect(path)
        if dialect.source_system in found:
            raise Misconfigured(Code.BAD_SETTING, f"{path.name}: source_system", "another file has the same")
        found[dialect.source_system] = dialect
    return found
