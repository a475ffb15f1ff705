"""Two approvers for a hub on one machine, so that it runs at once. Their keys lie beside the hub: whoever runs it is both.

Never on a cluster of one's own: there real approvers are pinned, or nothing is published.
"""

from pathlib import Path

from deploy.approver_keys import new_approver, owner_of, read_key
from deploy.approvers_file import read_pinned, write
from deploy.control_desk import ControlDesk
from deploy.rule_sets import publish, read_rule_sets
from deploy.settings import Settings
from stream_processors.approvals import Approval, sign
from stream_processors.approvers import Power, make_approvers
from stream_processors.control_rule_sets import Published
from stream_processors.proposals import Proposal, propose
from stream_processors.rehearsal_report import first_report, report_of
from stream_processors.rule_set import Parts, hash_parts

NAMES = ("local demonstration approver 1", "local demonstration approver 2")
ORGANISATIONS = ("local demonstration 1, no organisation", "local demonstration 2, no organisation")
POWERS: tuple[Power, ...] = ("approve", "emergency", "review")


def local_keys(settings: Settings) -> list[Path]:
    """Where the private keys are: beside the file in which their owners are pinned."""
    return [settings.approvers_file.parent / "keys" / f"{name.replace(' ', '-')}.pem" for name in NAMES]


def pin_local_approvers(settings: Settings) -> bool:
    """Make and pin both, where nobody is pinned yet; True if they were made. Raises Misconfigured(APPROVERS_INVALID).

    A crash before both are pinned leaves keys of nobody, which the next run writes over.
    """
    if read_pinned(settings.approvers_file).all:
        return False
    made = []
    for name, organisation, key_file in zip(NAMES, ORGANISATIONS, local_keys(settings), strict=True):
        key_file.unlink(missing_ok=True)  # nobody is pinned, so it is nobody's
        given = {"name": name, "organisation": organisation, "powers": POWERS, "demonstration": True}
        made.append(new_approver(given, key_file))
    write(settings.approvers_file, make_approvers(made))
    return True


def has_local_keys(settings: Settings) -> bool:
    """Whether this hub is approved by its demonstration approvers."""
    pinned = [each for each in read_pinned(settings.approvers_file).all if each.demonstration]
    return len(pinned) == len(NAMES) and all(key.exists() for key in local_keys(settings))


def approve_locally(settings: Settings, desk: ControlDesk, proposal: Proposal, now_ms: int) -> list[Approval]:
    """Both signatures. Raises Misconfigured(APPROVER_KEY)."""
    keys = [read_key(file) for file in local_keys(settings)]
    return [sign(proposal.statement, owner_of(key, desk.approvers), key, now_ms) for key in keys]


def publish_first(settings: Settings, desk: ControlDesk, parts: Parts, now_ms: int) -> Published | None:
    """Publish a first set, where none is in force; None where one is. Raises Refused, Misconfigured, NotReady."""
    known = read_rule_sets(desk)
    if known.current is not None:
        return None
    proposal = propose(known, parts, report_of(first_report(hash_parts(parts))), "PUBLISH")
    return publish(desk, proposal, approve_locally(settings, desk, proposal, now_ms), now_ms)
