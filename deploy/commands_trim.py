"""`pointduty trim`. Exit codes: 0 done; 1 the answer was no; 2 wrong usage; 3 set-up is wrong; 4 not ready: run it again."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("trim")(trim_command)


def trim_command(
    *,
    after_hours: Annotated[
        float | None, typer.Option(min=0, help="How long what was acknowledged stays. Default: POINTDUTY_TRIM_AFTER_HOURS.")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Only show what would be deleted.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Delete from feeds what their agencies acknowledged a while ago. The process of acknowledge does so by itself.

    What was not acknowledged stays until its topic lets it go, after 7 days. Deleted deliveries can be replayed, decided anew.
    """
    from dataclasses import asdict

    from deploy.hub_records import now_ms, open_hub
    from deploy.output import is_wanted, note, print_json, print_table
    from deploy.settings import load_settings
    from deploy.trimming import trim_feeds

    settings = load_settings()
    hours = settings.trim_after_hours if after_hours is None else after_hours
    if not show and not yes and not is_wanted(f"Let go of what was acknowledged {hours} hours ago, in every feed?"):
        raise typer.Exit(1)
    with open_hub(settings) as hub:
        found = trim_feeds(hub, int(hours * 3_600_000), now_ms(), delete=not show)
    rows = [asdict(each) for each in found]
    if as_json:
        print_json(rows)
    elif rows:
        columns = ("feed", "partition", "acknowledged below", "would be deleted below" if show else "deleted below")
        print_table("Feeds that were acknowledged", columns, [list(row.values()) for row in rows])
    else:
        note("no agency has acknowledged anything")
