"""Slots: a small, stable set of transactional ids, each claimed by one process at a time."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.master_key import key_file, make_master_key, read_master_key
from deploy.slots import claim_slot
from schemas.codes import Code
from schemas.errors import Misconfigured

HOLD = """
import sys, time
from pathlib import Path
from deploy.slots import claim_slot
with claim_slot(Path(sys.argv[1]), "disseminate", 2) as slot:
    print(slot, flush=True)
    sys.stdin.read()
"""


def hold(home: Path) -> "subprocess.Popen[str]":
    """Another process with a slot."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip


def test_a_slot_is_one_processes_own_and_free_again_after_kill_9(tmp_path: Path) -> None:
    """Two processes get two slots, a third none (PD-406); the slot of a killed one is free at once."""
    first, second = hold(tmp_path), hold(tmp_path)
    try:
        assert first.stdout is not None and second.stdout is not None
        slots = [int(first.stdout.readline()), int(second.stdout.readline())]
        assert sorted(slots) == [0, 1]
        with pytest.raises(Misconfigured) as refused, claim_slot(tmp_path, "disseminate", 2):
            pass
        assert refused.value.code is Code.SLOT_TAKEN
        first.send_signal(signal.SIGKILL)
        first.wait(30)
        with claim_slot(tmp_path, "disseminate", 2) as slot:
            assert slot == slots[0]
    finally:
        for process in (first, second):
            process.kill()
            process.wait(30)


def test_a_slot_can_be_asked_for_by_number(tmp_path: Path) -> None:
    """A process that is told its slot gets that one or none; another stage's slots are others."""
    with claim_slot(tmp_path, "disseminate", 8, wanted=5) as slot:
        assert slot == 5
        with pytest.raises(Misconfigured), claim_slot(tmp_path, "disseminate", 8, wanted=5):
            pass
        with claim_slot(tmp_path, "standardise", 8, wanted=5) as other:
            assert other == 5


def test_the_master_key_is_made_once_and_private(tmp_path: Path) -> None:
    """A second provisioning keeps the key: tokens stay what they are. Nobody else can read it."""
    assert make_master_key(tmp_path)
    key = read_master_key(tmp_path)
    assert not make_master_key(tmp_path)
    assert read_master_key(tmp_path) == key and len(key) == 32
    assert key_file(tmp_path).stat().st_mode & 0o077 == 0


def test_a_missing_or_broken_master_key_is_said(tmp_path: Path) -> None:
    """PD-420, and never a part of the key."""
    with pytest.raises(Misconfigured):
        read_master_key(tmp_path)
    make_master_key(tmp_path)
    key_file(tmp_path).write_text("secret-but-not-hex")
    with pytest.raises(Misconfigured) as broken:
        read_master_key(tmp_path)
    assert broken.value.code is Code.NO_SECRET and "secret-but" not in str(broken.value)
