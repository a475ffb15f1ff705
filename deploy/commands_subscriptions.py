"""`pointduty subscriptions`: what an agency's subscribers could not handle, and how to give it to them again.

Exit codes: 0 nothing waits; 1 something does; 2 wrong usage; 3 set-up is wrong; 4 the database gives no answer. No content is
shown: where a delivery stands, and the name of the error.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands_subscribe import Csv, Database, Home, Jsonl, Parquet, Sqlite, sink_of

if TYPE_CHECKING:
    from consumers.parking import Parked
    from deploy.parked_run import Place

_Agency = Annotated[str, typer.Option("--agency", help="The agency's id.")]
_Feed = Annotated[str | None, typer.Option("--feed", help="Only of this feed: its last part, or the whole topic name.")]
_Ids = Annotated[list[str] | None, typer.Option("--id", help="Only this one, by the id that `parked` shows; may be repeated.")]
_Wait = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for what comes of it.")]
_AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    found = typer.Typer(help="What an agency's subscribers could not handle: see it, and try it again.", no_args_is_help=True)
    found.command("parked")(list_parked)
    found.command("retry")(retry_parked)
    app.add_typer(found, name="subscriptions")


def list_parked(
    *,
    agency: _Agency,
    feed: _Feed = None,
    jsonl: Jsonl = None,
    csv: Csv = None,
    parquet: Parquet = None,
    sqlite: Sqlite = None,
    database: Database = None,
    as_json: _AsJson = False,
    home: Home = None,
) -> None:
    """List what was put aside: where it stands, the name of the error, how often and how long ago it was tried.

    Without a sink, of every group of the agency in this home folder; a database of your own must be named.
    """
    from deploy.hub_records import now_ms
    from deploy.output import ExitCode, print_json, print_table
    from deploy.parked_run import choose, open_places

    with open_places(*_where(home, agency), sink_of(jsonl, csv, parquet, sqlite, database), now_ms) as places:
        rows = [row for place in places for row in _rows(place, choose(place, feed, ()), now_ms())]
    if as_json:
        print_json(rows)
    else:
        columns = ("id", "group", "action", "reason", "tries", "age_seconds")
        print_table("Parked deliveries", columns, [[row[name] for name in columns] for row in rows])
    if rows:
        raise typer.Exit(ExitCode.FAILED)


def retry_parked(
    *,
    agency: _Agency,
    feed: _Feed = None,
    ids: _Ids = None,
    jsonl: Jsonl = None,
    csv: Csv = None,
    parquet: Parquet = None,
    sqlite: Sqlite = None,
    database: Database = None,
    wait: _Wait = 5.0,
    as_json: _AsJson = False,
    home: Home = None,
) -> None:
    """Have what was put aside tried again: by the subscriber that runs, within a second, or by the next one at its start."""
    import time
    from dataclasses import asdict

    from deploy.hub_records import now_ms
    from deploy.output import ExitCode, note, print_json
    from deploy.parked_run import open_places, retry

    with open_places(*_where(home, agency), sink_of(jsonl, csv, parquet, sqlite, database), now_ms) as places:
        found = retry(places, feed, ids or [], wait, time.monotonic, time.sleep)
    if as_json:
        print_json(asdict(found))
    else:
        print(f"{found.asked} asked for, {found.handled} handled, {found.again} put aside again, {found.waiting} not tried yet")
    if ids and found.asked < len(set(ids)):
        note("an id is not among what waits")
    if found.waiting:
        note("what was not tried is tried when its subscriber starts")
    if found.handled < found.asked or (ids and found.asked < len(set(ids))):
        raise typer.Exit(ExitCode.FAILED)


def _where(given: Path | None, agency: str) -> tuple[Path, str]:
    from deploy.settings import load_settings

    settings = load_settings()
    try:
        settings.topics.recall(agency)  # ids have one form
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return given or settings.home, agency


def _rows(place: "Place", found: "list[Parked]", at_ms: int) -> list[dict[str, object]]:
    from deploy.parked_run import item_id
    from schemas.codes import Code

    return [
        {
            **{"id": item_id(one), "group": place.name, "feed": one.feed, "lane": one.lane, "sequence": one.sequence},
            **{
                "action": one.action,
                "code": str(Code.DELIVERY_PARKED),
                "reason": one.reason,
                "tries": one.tries,
                "due": one.due,
            },
            "age_seconds": max(0, (at_ms - one.at) // 1000),
        }
        for one in found
    ]
