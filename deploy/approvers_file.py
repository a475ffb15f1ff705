"""The file of the pinned approvers: written by whoever runs this process, read by nobody but it.

It is trusted with who may approve. Whoever can write it can put rule sets in force together with whoever can write to control.
"""

from collections.abc import Iterable
from pathlib import Path

from deploy.cluster import write_private
from deploy.settings import Settings
from schemas.codes import Code
from schemas.errors import Misconfigured
from stream_processors.approvers import NOBODY, Approver, Approvers, make_approvers, parse_approvers, write_approvers


def read_approvers(settings: Settings) -> Approvers:
    """The pinned approvers. Raises Misconfigured: NO_APPROVERS (none is pinned), APPROVERS_INVALID."""
    found = read_pinned(settings.approvers_file)
    if not found.all:
        raise Misconfigured(Code.NO_APPROVERS, settings.approvers_file.name)
    return found


def read_pinned(file: Path) -> Approvers:
    """As `read_approvers`; nobody where there is no file yet."""
    try:
        return parse_approvers(file.read_bytes())
    except FileNotFoundError:
        return NOBODY
    except OSError:
        raise Misconfigured(Code.APPROVERS_INVALID, file.name, "can't be read") from None


def pin(file: Path, new: Iterable[Approver]) -> None:
    """Add approvers. Raises Misconfigured(APPROVERS_INVALID) where a name or a key stands there already."""
    write(file, make_approvers([*read_pinned(file).all, *new]))


def retire(file: Path, name: str, until_number: int) -> None:
    """Let this approver's signature count for no rule set above `until_number`. Raises Misconfigured(NO_APPROVERS)."""
    known = read_pinned(file)
    found = known.find(name)
    if found is None:
        raise Misconfigured(Code.NO_APPROVERS, "name", "no approver of this name is pinned")
    ended = min(until_number, found.until_number) if found.until_number is not None else until_number
    changed = found.model_copy(update={"until_number": ended})
    write(file, make_approvers([changed if each is found else each for each in known.all]))


def write(file: Path, approvers: Approvers) -> None:
    """The whole list, or what was there before: a crash leaves no half of it."""
    write_private(file, write_approvers(approvers).decode())
