"""`pointduty withdrawals`. Exit codes: 0 nothing is overdue; 1 something is; 2 wrong usage; 3 set-up is wrong; 4 broker or
registry away."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.withdrawals import Withdrawal


def _agencies(incomplete: str) -> list[str]:
    from schemas.reference import agencies

    return [name for name in agencies() if name.startswith(incomplete)]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("withdrawals")(withdrawals_command)


def withdrawals_command(
    *,
    agency: Annotated[str | None, typer.Option("--agency", help="Of this agency alone.", autocompletion=_agencies)] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is past its deadline.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Who has not yet carried out what: each withdrawal, and each update that takes fields away, without its receipt.

    The next deadline first, with what can't be delivered and why. Ends with 1 where a deadline has passed: for a daily job.
    """
    from dataclasses import asdict

    from deploy.output import ExitCode, note, print_json, print_table

    found = _find()
    rows = [asdict(each) for each in found if agency in (None, each.agency) and (each.is_overdue or not overdue)]
    if as_json:
        print_json(rows)
    elif rows:
        columns = (
            "agency",
            "feed",
            "token",
            "action",
            "sent by",
            "state",
            "hours",
            "deadline",
            "overdue",
            "can't be delivered",
        )
        print_table("Not yet carried out", columns, [list(row.values()) for row in rows])
    else:
        note("nothing is awaited")
    if any(row["is_overdue"] for row in rows):
        raise typer.Exit(ExitCode.FAILED)


def _find() -> "list[Withdrawal]":
    """Everything that is awaited; says where it may be old."""
    from deploy.control_desk import control_desk
    from deploy.hub_records import HubRecords, now_ms
    from deploy.output import note
    from deploy.settings import load_settings
    from deploy.withdrawals import find_ways, is_running, list_withdrawals
    from stream_processors.rule_set import load_rule_set

    settings = load_settings()
    with control_desk(settings) as desk:
        config = {name: str(value) for name, value in desk.config.items()}
        known = HubRecords(settings, config, desk.registry).acknowledged()
        current = desk.read().current
        ways = find_ways(desk, load_rule_set(current.parts).by_feed if current else ())
        if not is_running(desk):
            note("no process of acknowledge is running: receipts that came since then are not seen here")
        return list_withdrawals(desk, known, ways, now_ms())
