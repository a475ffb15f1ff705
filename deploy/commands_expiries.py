"""`pointduty agreements expiries`. Exit codes: 0 read; 1 one has ended or ends within 7 days; 3 set-up is wrong, or no rules
are in force; 4 broker or registry away."""

import time
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("expiries")(expiries_command)


def expiries_command(
    *,
    within: Annotated[int | None, typer.Option(min=0, help="Only what ends within so many days. Default: all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """When each agreement in force ends, the next one first. It shares until its last day is over in London, then nothing.

    Ends with 1 where one has ended or ends within 7 days: for a daily job.
    """
    from deploy.control_desk import control_desk
    from deploy.output import ExitCode, note, print_json, print_table
    from deploy.settings import load_settings
    from schemas.codes import Code
    from schemas.errors import Misconfigured
    from stream_processors.expiries import ALERT_DAYS, list_expiries
    from stream_processors.rule_set import load_rule_set

    with control_desk(load_settings()) as desk:
        current = desk.read().current
    if current is None:
        raise Misconfigured(Code.NO_RULES)
    every = list_expiries(load_rule_set(current.parts).agreements, int(time.time() * 1000))
    rows = [expiry._asdict() for expiry in every if within is None or expiry.days_left <= within]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(
            "Agreements by their end", ("agreement", "last day", "days left", "owner"), [list(r.values()) for r in rows]
        )
    else:
        note("no agreement ends by then")
    if any(expiry.days_left <= ALERT_DAYS for expiry in every):
        raise typer.Exit(ExitCode.FAILED)
