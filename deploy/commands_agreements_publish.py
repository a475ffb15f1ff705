"""`pointduty agreements publish` and `rollback`: put an approved rule set in force.

Exit codes: 0 in force; 1 refused (the code says why), or not confirmed; 2 wrong usage; 3 set-up; 4 not ready.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands_agreements_approve import (
    AsJson,
    Candidate,
    PassphraseFile,
    ReportFile,
    Shipped,
    Yes,
    confirm,
    read_private,
    show,
    source_of,
    tell,
)

if TYPE_CHECKING:
    from deploy.rule_change import Source

_Approvals = Annotated[
    list[Path] | None, typer.Option("--approval", help="Approval file; may be repeated. Default: those beside the candidate.")
]
_Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Of the set to go back to: see `agreements history`.")]
_Retroactive = Annotated[
    bool, typer.Option("--retroactive", help="Decide again what agencies hold, and withdraw what is no longer permitted.")
]
_Wait = Annotated[float, typer.Option(min=0, help="How long to wait for what reaches back; the lanes go on without you.")]
_Key = Annotated[
    Path | None, typer.Option("--key", help="Sign as well, with this private key: enough where it only takes away.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("publish")(publish_command)
    app.command("rollback")(rollback_command)


def publish_command(
    candidate: Candidate = None,
    *,
    shipped: Shipped = False,
    report: ReportFile = None,
    approval: _Approvals = None,
    retroactive: _Retroactive = False,
    wait_seconds: _Wait = 60.0,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Put a rule set in force that two approvers have signed, exactly as it is. Every disseminator checks it again by itself.

    Suspensions stay as they are. What agencies hold and may no longer have is withdrawn with the next version of each record;
    with --retroactive now, and nothing is shared by it.
    """
    told = _change(source_of(candidate, shipped=shipped), report, approval or [], None, None, yes, as_json)
    if retroactive:
        _reach_back(told, wait_seconds, as_json=as_json)
    else:
        _end(told, as_json=as_json)


def _end(told: "dict[str, object]", *, as_json: bool) -> None:
    from deploy.output import print_json

    if as_json:
        print_json(told)


def _reach_back(told: "dict[str, object]", wait_seconds: float, *, as_json: bool) -> None:
    """Behind the manifest on control: who decides again does so under the new rules. A crash before it leaves those in force
    and nothing decided again: `redecide --held` does that later."""
    import getpass
    import secrets
    import time

    from deploy.commands_redecide import end_with, put_command
    from deploy.settings import load_settings
    from stream_processors.control_commands import LaneCommand

    at_ms = int(time.time() * 1000)
    command = LaneCommand(secrets.token_hex(16), "RETROACT", "all", getpass.getuser(), "rules that reach back", at_ms)
    waited = put_command(load_settings(), command, lambda _desk: None, wait_seconds)
    _end({**told, "retroactive": {"command": command.id, **waited._asdict()}}, as_json=as_json)
    end_with(command, waited)


def rollback_command(
    number: _Number,
    *,
    report: ReportFile = None,
    approval: _Approvals = None,
    key: _Key = None,
    passphrase_file: PassphraseFile = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Put the parts of an earlier rule set in force again, under a new number.

    One approver is enough where it can be proved that it only takes away; else it is a change like any other: a rehearsal
    report and two approvals (`agreements approve --rollback NUMBER`). Suspensions stay; no agreement's end is put off.
    """
    told = _change(source_of(None, rollback=number), report, approval or [], key, passphrase_file, yes, as_json)
    _end(told, as_json=as_json)


def _change(
    source: "Source",
    report: Path | None,
    files: list[Path],
    key: Path | None,
    passphrase_file: Path | None,
    yes: bool,
    as_json: bool,
) -> "dict[str, object]":
    """Put it in force, and give what there is to tell of it."""
    from deploy.output import note
    from deploy.provision_hub import open_desk
    from deploy.rule_change import approve, carry_out, gather, prepare
    from deploy.settings import load_settings

    settings = load_settings()
    private = read_private(key, passphrase_file) if key else None
    with open_desk(settings) as desk:
        known, proposal = prepare(desk, source, report)
        approvals = gather(source, files)
        if private is not None:
            approvals.append(approve(desk, known, proposal, private))
        known.check(proposal.published(approvals, {}, 0))
        told = tell(proposal) | {"approved_by": [each.approver for each in approvals]}
        if not as_json:
            show(told, "about to be in force")
        if proposal.wider:
            confirm("It may share more than the set in force. Put it in force?", yes)
        done = carry_out(settings, desk, proposal, approvals, lambda _what, _count: None)
    if not as_json:
        note(f"rule set {done.number} is in force")
    return told
