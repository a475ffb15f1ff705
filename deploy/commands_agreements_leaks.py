"""`pointduty agreements leaks`. Exit codes: 0 nothing without a reason, 1 something, 2 wrong usage."""

from pathlib import Path
from typing import Annotated

import typer

_Folder = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FOLDER]",
        exists=True,
        file_okay=False,
        help="Folder with agreements/ and prohibitions/, laid over the shipped rules. Default: the shipped rules.",
    ),
]
_All = Annotated[bool, typer.Option("--all", help="Also what an agreement gives a reason for.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON array.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("leaks")(leaks_command)


def leaks_command(folder: _Folder = None, show_all: _All = False, as_json: _AsJson = False) -> None:
    """Say what kept fields give away of dropped ones, over all feeds of one organisation together. Reads rules, no record.

    A text can name whoever is dropped, a reference leads to the whole record, an exact place undoes a coarse one; one
    organisation may have a named and a nameless view of the same records. Each needs a reason in the agreement (`carries`,
    `beside`); a rule set with one that has none does not load.
    """
    from deploy.output import ExitCode, print_json, print_table
    from stream_processors.rule_set import carried_by, shipped_parts

    parts = shipped_parts()
    if folder is not None:
        parts |= {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    found = carried_by(parts)
    shown = [finding for finding in found if show_all or not finding.reason]
    if as_json:
        print_json([finding._asdict() for finding in shown])
    else:
        rows = [(one.agreement, f"{one.clause}.{one.key}", ", ".join(one.told), one.reason or "NONE") for one in shown]
        print_table("What may be given away", ("agreement", "clause", "tells of", "reason"), rows)
    if any(not finding.reason for finding in found):
        raise typer.Exit(ExitCode.FAILED)
