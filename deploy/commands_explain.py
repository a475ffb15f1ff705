"""`pointduty explain`. Exit codes: 0 explained; 1 nothing that may be told is known; 2 wrong usage; 3 set-up; 4 not ready."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from stream_processors.explanation import Told


def _agencies(incomplete: str) -> list[str]:
    from schemas.reference import agencies

    return [name for name in agencies() if name.startswith(incomplete)]


def _forces(incomplete: str) -> list[str]:
    from schemas.reference import forces

    return [name for name in forces() if name.startswith(incomplete)]


_Record = Annotated[
    str, typer.Argument(metavar="RECORD", help="Record id (FORCE:SYSTEM:REFERENCE); for an agency the token of its delivery.")
]
_Agency = Annotated[
    str | None, typer.Option("--agency", help="For this agency; with --as auditor: about it.", autocompletion=_agencies)
]
_Force = Annotated[str | None, typer.Option("--force", help="For this force: its own records.", autocompletion=_forces)]
_As = Annotated[str | None, typer.Option("--as", help="force, agency or auditor. Default: by --force or --agency.")]
_By = Annotated[str | None, typer.Option("--by", help="Who asks; it is logged. Default: the user of this machine.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("explain")(explain_command)


def explain_command(
    record: _Record,
    *,
    agency: _Agency = None,
    force: _Force = None,
    reader: _As = None,
    by: _By = None,
    as_json: _AsJson = False,
) -> None:
    """Say in plain English why a record went to somebody, or did not. Every look is logged in the ledger before it is answered.

    An agency is answered by its own token, and alike whether a record was withheld or never was.
    """
    import sys

    from deploy.explain_run import nothing_known
    from deploy.output import print_json

    who = _reader(reader, agency, force)
    told, text = _explain(record, who, agency, force, by or _user())
    if told is None:
        raise nothing_known()
    if as_json:
        print_json(told)
    else:
        sys.stdout.write(text)


def _reader(reader: str | None, agency: str | None, force: str | None) -> str:
    who = reader or ("force" if force else "agency" if agency else None)
    if who not in ("force", "agency", "auditor"):
        raise typer.BadParameter("say for whom: --force NAME, --agency NAME, or --as auditor")
    if who == "force" and force is None:
        raise typer.BadParameter("--as force: which? --force NAME")
    if who == "agency" and agency is None:
        raise typer.BadParameter("--as agency: which? --agency NAME")
    return who


def _explain(record: str, who: str, agency: str | None, force: str | None, by: str) -> "tuple[Told | None, str]":
    from deploy import explain_text
    from deploy.explain_run import explain_to_agency, explain_to_auditor, explain_to_force
    from deploy.hub_records import open_hub
    from deploy.settings import load_settings

    with open_hub(load_settings()) as hub:
        if who == "agency":
            told = explain_to_agency(hub, record, str(agency), by)
            return told, explain_text.text_for_agency(told) if told else ""
        if who == "force":
            told = explain_to_force(hub, record, str(force), by)
            return told, explain_text.text_for_force(told) if told else ""
        told = explain_to_auditor(hub, record, agency, by)
        return told, explain_text.text_for_auditor(told) if told else ""


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
