"""`pointduty reconcile` and `signing-key`. Exit codes: 0 everything is acknowledged; 1 something is missing; 2 wrong usage;
3 set-up is wrong; 4 broker or registry away."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from stream_processors.reconciling import FeedAccount


def _agencies(incomplete: str) -> list[str]:
    from schemas.reference import agencies

    return [name for name in agencies() if name.startswith(incomplete)]


_Agency = Annotated[str, typer.Option("--agency", help="Which agency.", autocompletion=_agencies)]
_Day = Annotated[
    datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Only this day, in UTC. Default: everything.")
]
_Sign = Annotated[bool, typer.Option("--sign", help="Sign what was sent on the day and give it to the agency: needs --day.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("reconcile")(reconcile_command)
    app.command("signing-key")(signing_key_command)


def reconcile_command(*, agency: _Agency, day: _Day = None, sign: _Sign = False, as_json: _AsJson = False) -> None:
    """Hold what an agency was sent against its receipts: so many sent, so many acknowledged, these are missing.

    With --sign a manifest of each feed and that day goes to the agency, which checks its own store against it.
    """
    from dataclasses import asdict

    from deploy.hub_records import open_hub
    from deploy.output import ExitCode, note, print_json
    from deploy.reconcile_run import publish_manifests, reconcile, sent_to, sign_day
    from deploy.settings import load_settings

    if sign and day is None:
        raise typer.BadParameter("--sign needs --day")
    manifests = []
    with open_hub(load_settings()) as hub:
        if sign and day is not None:
            manifests = sign_day(hub, sent_to(hub, [agency], day.date())[agency], day.date())
            publish_manifests(hub, agency, manifests)
        found = reconcile(hub, agency, day.date() if day else None)
    if as_json:
        print_json({"agency": agency, "day": day and day.date().isoformat(), "feeds": [asdict(each) for each in found],
                    "manifests": manifests})  # fmt: skip
    else:
        _show(agency, found)
        for manifest in manifests:
            note(f"signed: {manifest['feed']} {manifest['day']} {manifest['digest']} key {manifest['key_id']}")
    if any(each.missing for each in found):
        raise typer.Exit(ExitCode.FAILED)


def signing_key_command(*, as_json: _AsJson = False) -> None:
    """Print the hub's public signing key, for agencies to pin. Give it to them on a way of its own, not by the hub."""
    from deploy.output import print_json
    from deploy.settings import load_settings
    from deploy.signing_key import read_signing_key
    from schemas.manifests import key_id_of, public_text

    key = read_signing_key(load_settings().home).public_key()
    if as_json:
        print_json({"key_id": key_id_of(key), "public_key": public_text(key)})
    else:
        print(public_text(key))


_SHOWN = 10
"""Gaps of a feed in the table; all of them are in the JSON."""


def _show(agency: str, found: "list[FeedAccount]") -> None:
    from deploy.output import note, print_table

    if not found:
        note("nothing was sent")
        return
    rows = [(e.feed, e.sent, e.handled, e.rejected, e.received, e.missing, _gaps(e)) for e in found]
    columns = ("feed", "sent", "handled", "rejected", "received", "missing", "lane:numbers missing")
    print_table(f"Sent to {agency}, and what it says of it", columns, rows)


def _gaps(found: "FeedAccount") -> str:
    shown = [f"{lane}:{first}" if first == last else f"{lane}:{first}-{last}" for lane, first, last in found.gaps[:_SHOWN]]
    return ", ".join(shown) + (f", and {len(found.gaps) - _SHOWN} more" if len(found.gaps) > _SHOWN else "")
