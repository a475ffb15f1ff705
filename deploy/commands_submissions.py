"""`pointduty submissions`: what became of a force's record. Exit codes: 0 known, 1 nothing is known of it, 2 wrong usage."""

from pathlib import Path
from typing import Annotated

import typer

_HELP = """What became of a record: one line for each version that is known.

accepted: the hub has standardised it. dead-lettered: refused; the letter's id and code are given. superseded: refused, and a
later version is known, so nothing needs to be mended. waiting: in the outbox, or on its way to the hub's decision. held: the
broker refuses it; it stays in the outbox. decided: accepted or refused so long ago that its dead letter would have run out.
delivered: sent before the outbox remembered where."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("submissions", help=_HELP)(submissions_command)


def submissions_command(
    *,
    force: Annotated[str, typer.Option("--force", help="Force id.")],
    ref: Annotated[str, typer.Option("--ref", help="The source system's own reference of the record.")],
    system: Annotated[str | None, typer.Option("--system", help="Source system. Default: any.")] = None,
    outbox: Annotated[Path | None, typer.Option("--outbox", help="Outbox file. Default: that of the home folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Run the command."""
    from deploy.output import ExitCode, note, print_json, print_table
    from deploy.settings import load_settings
    from deploy.submissions_run import tell_submissions
    from schemas.reference import forces

    if force not in forces():
        raise typer.BadParameter("no such force id", param_hint="--force")
    found = tell_submissions(load_settings(), force, ref, system, outbox)
    rows = [{"record": record, **fate._asdict()} for record, fates in found.items() for fate in fates]
    if as_json:
        print_json(rows)
    elif rows:
        columns = ("record", "version", "state", "letter_id", "code")
        print_table(
            "Submissions", ("record", "version", "state", "letter", "code"), [[row[name] for name in columns] for row in rows]
        )
    if not rows:
        note("no version of such a record is known here: not in the outbox, not among the dead letters")
        raise typer.Exit(ExitCode.FAILED)
