"""The highest number of a rule set that was in force on this machine, as a file. One for each hub of a home folder.

Control is compacted and can be deleted from; without this, whoever may do that could bring an earlier set back.
"""

from pathlib import Path

from filelock import FileLock

from deploy.cluster import write_private
from schemas.codes import Code
from schemas.errors import Misconfigured


class RuleSetFloor:
    """Several processes may share it: they only ever raise it. A crash leaves the old number or the new one."""

    def __init__(self, home: Path, hub: str) -> None:
        """`hub`: full name of the control topic. Raises Misconfigured(BAD_SETTING) where the file is no number: it is not known
        what was in force, so a person must look."""
        self._file = home / "rule-sets" / f"{hub}.highest"
        self._number = self._read()

    @property
    def number(self) -> int:
        """As this process knows it; 0: none was in force."""
        return self._number

    def rise(self, number: int) -> None:
        """Remember it, before anything is decided under that set."""
        if number <= self._number:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(self._file.with_suffix(".lock")):
            self._number = max(self._read(), number)
            write_private(self._file, f"{self._number}\n")

    def _read(self) -> int:
        try:
            return int(self._file.read_text())
        except FileNotFoundError:
            return 0
        except (OSError, ValueError):
            raise Misconfigured(Code.BAD_SETTING, f"rule-sets/{self._file.name}") from None
