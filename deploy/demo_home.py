"""The folder of one demonstration: fresh at the beginning, gone at the end, and no process left in it."""

import secrets
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil
from filelock import FileLock, Timeout

from deploy.broker_embedded import ROLES
from deploy.broker_process import find_stray, stop_processes
from deploy.broker_settings import load_broker_settings
from deploy.cluster import load_cluster
from deploy.demo_hub import PROGRAM
from deploy.settings import Settings
from schemas.codes import Code
from schemas.errors import Misconfigured

FOLDER = "demo-run"
"""Within the home folder. A second run must not meet the outboxes and the topics of the first one."""


@dataclass
class DemoHome:
    """Where a demonstration runs. `is_to_keep` may be set while it does."""

    settings: Settings
    is_to_keep: bool


@contextmanager
def demo_home(settings: Settings, is_to_keep: bool) -> Iterator[DemoHome]:
    """A home folder for one run, removed at the end unless it is to be kept, or an error has left its logs there.

    On a cluster of the user's own (POINTDUTY_BOOTSTRAP) it is the home folder itself, under a topic prefix of its own:
    a fresh folder would give the users of that cluster new passwords. Its topics stay; nothing there is ever deleted.
    Raises Misconfigured (PD-406) while another demonstration runs in this home.
    """
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(settings.home / "demo.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise Misconfigured(Code.SLOT_TAKEN, "demo", "another demonstration runs in this home folder") from None
    try:
        yield from _external(settings) if load_broker_settings().bootstrap else _own(settings, is_to_keep)
    finally:
        lock.release()


def _external(settings: Settings) -> Iterator[DemoHome]:
    home = settings.home.resolve()
    # Approvers of its own: whoever is pinned for the hub itself has not approved what a demonstration does.
    approvers = home / "demo-approvers" / "approvers.json"
    own = {"home": home, "topic_prefix": f"demo-{secrets.token_hex(4)}.", "approvers": approvers}
    yield DemoHome(settings.model_copy(update=own), is_to_keep=True)


def _own(settings: Settings, is_to_keep: bool) -> Iterator[DemoHome]:
    folder = (settings.home / FOLDER).resolve()
    _remove(folder)
    folder.mkdir(mode=0o700)
    demo = DemoHome(settings.model_copy(update={"home": folder}), is_to_keep)
    try:
        yield demo
    except KeyboardInterrupt:
        if not demo.is_to_keep:
            _remove(folder)
        raise
    if not demo.is_to_keep:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove the folder, and first end what a killed demonstration has left running in it."""
    if not folder.exists():
        return
    cluster = load_cluster(folder)
    stop_processes(cluster.processes if cluster else (), folder)
    stop_processes([stray for role in ROLES if (stray := find_stray(folder, role))], folder)
    orphans = [process for process in psutil.process_iter(["cmdline"]) if _is_orphan(process, folder)]
    for orphan in orphans:
        orphan.kill()
    psutil.wait_procs(orphans, timeout=10)
    shutil.rmtree(folder)


def _is_orphan(process: psutil.Process, folder: Path) -> bool:
    """Whether it is a process of ours whose environment names this very folder."""
    try:
        return PROGRAM in (process.info["cmdline"] or ()) and process.environ().get("POINTDUTY_HOME") == str(folder)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


@contextmanager
def interrupt_once() -> Iterator[None]:
    """Ctrl-C and SIGTERM interrupt the block once; after that it is cleaning up, and further ones are ignored."""
    numbers = (signal.SIGINT, signal.SIGTERM)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)
