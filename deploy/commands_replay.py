"""`pointduty replay`: deliver again what was standardised in a time.

Exit codes: 0 done; 1 the answer was no, or not yet done in every lane; 2 wrong usage; 3 set-up is wrong; 4 broker or registry
away."""

import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.control_desk import ControlDesk

_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("replay")(replay_command)


def replay_command(
    *,
    feed: Annotated[str | None, typer.Option(metavar="AGENCY.FEED", help="The feed that gets it.")] = None,
    since: Annotated[datetime | None, typer.Option("--from", help="What was standardised from then on, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", help="And before then, UTC.")] = None,
    rate: Annotated[
        int | None, typer.Option(min=1, help="Records a second by each process. Default: so many that live traffic keeps pace.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, in words. It stands on control: name no person of a record.")] = None,
    by: Annotated[str | None, typer.Option(help="Who says so. Default: your name on this machine.")] = None,
    wait_seconds: Annotated[float, typer.Option(min=0, help="How long to wait for the lanes; they go on without you.")] = 60.0,
    status: Annotated[bool, typer.Option("--status", help="List replays and how far each is; give none.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: _AsJson = False,
) -> None:
    """Deliver what was standardised in a time to one feed again, decided under today's rules: for an agency that lost its copy.

    The last version of each record only; what the agency holds unchanged comes once more. It is a disclosure like any other.
    """
    from deploy.commands_redecide import show_commands

    if status:
        show_commands(("REPLAY",), as_json=as_json)
        return
    if feed is None or since is None or until is None or reason is None:
        raise typer.BadParameter("name --feed, --from, --to and --reason; or --status")
    _replay(feed, (_utc_ms(since), _utc_ms(until)), rate, (reason, by), wait_seconds, yes, as_json)


def _replay(
    feed: str,
    times_ms: tuple[int, int],
    rate: int | None,
    said: tuple[str, str | None],
    wait_seconds: float,
    yes: bool,
    as_json: bool,
) -> None:
    import getpass
    import secrets

    from deploy.commands_redecide import give_command
    from deploy.emergency import read_rules
    from deploy.output import ExitCode, is_wanted
    from deploy.settings import load_settings
    from deploy.topic_rules import load_topic_rules
    from stream_processors.control_commands import LaneCommand
    from stream_processors.replays import check_feed, check_times

    (since_ms, until_ms), now_ms = times_ms, int(time.time() * 1000)
    kept_days = load_topic_rules()["standard"].retention_days
    check_times(since_ms, until_ms, None if kept_days == "for-ever" else kept_days, now_ms)
    if not yes and not is_wanted(f"Deliver what today's rules permit of that time to {feed} again?"):
        raise typer.Exit(ExitCode.FAILED)
    reason, by = said
    command = LaneCommand(
        id=secrets.token_hex(16),
        verb="REPLAY",
        subject=f"feed/{feed}",
        by=by or getpass.getuser(),
        reason=reason,
        at_ms=now_ms,
        since_ms=since_ms,
        until_ms=until_ms,
        rate=rate,
    )

    def check(desk: "ControlDesk") -> None:
        state = desk.read()
        check_feed(read_rules(state), state.suspensions.standing, feed, now_ms)

    give_command(load_settings(), command, check, wait_seconds, as_json=as_json)


def _utc_ms(at: datetime) -> int:
    from datetime import UTC

    return round(at.replace(tzinfo=at.tzinfo or UTC).timestamp() * 1000)
