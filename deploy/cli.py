"""The command `pointduty`."""

import os
import sys
from typing import Annotated

import typer

from deploy import (
    commands_agreements,
    commands_approvers,
    commands_broker,
    commands_check,
    commands_dead_letters,
    commands_demo,
    commands_dialect,
    commands_emergency,
    commands_explain,
    commands_process,
    commands_provision,
    commands_publish,
    commands_quality_reports,
    commands_reconcile,
    commands_redecide,
    commands_replay,
    commands_simulate,
    commands_submissions,
    commands_subscribe,
    commands_subscriptions,
    commands_suspend,
    commands_trim,
    commands_withdrawals,
)
from deploy.output import ExitCode, exit_code_of, note, print_error, print_json, print_table
from schemas.codes import Code, describe
from schemas.errors import PointDutyError

app = typer.Typer(
    name="pointduty",
    help="Lets police information through by rule: forces publish, agencies receive what they are authorised for.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(version("pointduty"))
        raise typer.Exit


@app.callback()
def _start(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version, and end.")
    ] = False,
) -> None:
    if "--help" not in sys.argv:  # help is to be quick, and logs nothing
        from deploy.logs import configure_logs

        configure_logs()


@app.command()
def codes(
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="One code, such as PD-204. Default: all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the stable codes: what each says, what was expected, what to do."""
    try:
        chosen = list(Code) if code is None else [Code(code.upper())]
    except ValueError:
        raise typer.BadParameter("no such code") from None
    rows = [(str(one), meaning.title, meaning.expected, meaning.mend) for one in chosen for meaning in [describe(one)]]
    columns = ("code", "title", "expected", "mend")
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table("Codes", ("code", "what", "expected", "what to do"), rows)


for commands in (
    commands_broker,
    commands_provision,
    commands_approvers,
    commands_agreements,
    commands_check,
    commands_publish,
    commands_dead_letters,
    commands_submissions,
    commands_quality_reports,
    commands_process,
    commands_subscribe,
    commands_subscriptions,
    commands_suspend,
    commands_simulate,
    commands_demo,
    commands_dialect,
    commands_explain,
    commands_emergency,
    commands_redecide,
    commands_reconcile,
    commands_withdrawals,
    commands_trim,
    commands_replay,
):
    commands.register(app)


def main() -> None:
    """Run the command line and end the process. An error is one block; POINTDUTY_DEBUG=1 shows the traceback."""
    try:
        app(prog_name="pointduty")
    except PointDutyError as error:
        print_error(error)
        _end(error, exit_code_of(error))
    except Exception as error:
        note(f"error: unexpected {type(error).__name__} at {_place(error)}; POINTDUTY_DEBUG=1 shows all")
        _end(error, ExitCode.FAILED)


def _place(error: Exception) -> str:
    """File and line where it happened: no text of the error, which may hold a payload."""
    from pathlib import Path
    from traceback import extract_tb

    frames = extract_tb(error.__traceback__)
    return f"{Path(*Path(frames[-1].filename).parts[-2:])}:{frames[-1].lineno}" if frames else "an unknown place"


def _end(error: Exception, code: ExitCode) -> None:
    if os.environ.get("POINTDUTY_DEBUG") == "1":
        raise error
    sys.exit(code)
