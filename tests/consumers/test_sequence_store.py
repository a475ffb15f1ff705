import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.sequence_store import SequenceStore
from consumers.sequences import LaneState, observe
from schemas.codes import Code
from schemas.errors import Misconfigured


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 50)), min_size=1, max_size=40))
def test_states_survive_a_restart(arrivals: list[tuple[int, int]]) -> None:
    """Whatever was observed, a store that is opened again gives the same states, and the highest offset seen."""
    with SequenceStore(Path(":memory:")) as store:
        states: dict[int, LaneState] = {}
        for offset, (lane, sequence) in enumerate(arrivals):
            states[lane], _ = observe(lane, states.get(lane), sequence)
            store.save("feed.a.b", lane, states[lane], 0, offset + 1)
        assert store.load("feed.a.b") == states
        assert store.next_offset("feed.a.b", 0) == len(arrivals)
        assert store.next_offset("feed.a.b", 1) is None
        assert store.load("feed.a.c") == {}


def test_forget_drops_one_feed(tmp_path: Path) -> None:
    """Forgetting a feed leaves the others, in the file too."""
    with SequenceStore(tmp_path / "x" / "s.sqlite") as store:
        for feed in ("one", "two"):
            store.save(feed, 0, LaneState(1, 5, ((2, 3),)), 0, 9)
        store.forget("one")
    with SequenceStore(tmp_path / "x" / "s.sqlite") as store:
        assert store.load("one") == {}
        assert store.load("two") == {0: LaneState(1, 5, ((2, 3),))}


_PROGRAM = """
import sys
from pathlib import Path
from consumers.sequence_store import SequenceStore
from consumers.sequences import LaneState
store = SequenceStore(Path(sys.argv[1]))
for last in range(1, 100):
    store.save("feed", 0, LaneState(1, last), 0, last)
print("saved", flush=True)
sys.stdin.read()
"""


def test_what_was_saved_survives_a_kill(tmp_path: Path) -> None:
    """After SIGKILL of the process everything it saved is there, without any sync."""
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path / "s.sqlite")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    own = {"cwd": Path(__file__).parents[2], "env": {**os.environ, "PYTHONPATH": "."}}
    with subprocess.Popen(command, **pipes, **own) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == b"saved\n"
        process.send_signal(signal.SIGKILL)
    with SequenceStore(tmp_path / "s.sqlite") as store:
        assert store.load("feed") == {0: LaneState(1, 99)}


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    """A state file that is no database, or a folder that can't be made, is PD-416."""
    (tmp_path / "s.sqlite").write_bytes(b"no database" * 500)
    for file in (tmp_path / "s.sqlite", tmp_path / "s.sqlite" / "below"):
        with pytest.raises(Misconfigured) as refused:
            SequenceStore(file)
        assert refused.value.code is Code.BAD_SETTING
