"""Commands of one small hub, run in this process as a terminal would."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import main
from deploy.settings import Settings


class Terminal:
    """Runs commands of one small hub in this process, in a folder of its own, as a terminal would."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder

    def run(self, *words: str, answer: str = "") -> tuple[int, Any, str]:
        """Exit code, JSON of standard output (None: there was none), standard error."""
        given = {"HOME": str(self.settings.home), "TOPIC_PREFIX": self.settings.topic_prefix, "LANES": str(self.settings.lanes)}
        given["APPROVERS"] = str(self.settings.approvers_file)
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", ["pointduty", *words, "--json"])
            patch.setattr(sys, "stdin", io.StringIO(answer))
            for name, value in given.items():
                patch.setenv(f"POINTDUTY_{name}", value)
            with pytest.raises(SystemExit) as ended:
                main()
        said = [line for line in out.getvalue().splitlines() if line[:1] in "[{"]  # a worker of the test's logs there too
        assert len(said) <= 1, "more than one JSON value"
        return int(ended.value.code or 0), json.loads(said[0]) if said else None, err.getvalue()

    def good(self, *words: str) -> Any:
        code, told, error = self.run(*words)
        assert code == 0, error
        return told

    def refused(self, *words: str) -> str:
        """The stable code with which a command ends."""
        code, _, error = self.run(*words)
        assert code in (1, 3), error
        return error.split("error ")[1][:6]
