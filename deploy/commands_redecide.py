"""`pointduty redecide` and `pointduty commands`. Exit codes: 0 done; 1 the answer was no, or not yet done in every lane;
2 wrong usage; 3 set-up is wrong; 4 broker or registry away."""

import time
from datetime import datetime
from typing import Annotated, Any

import typer

_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("redecide")(redecide_command)
    app.command("commands")(commands_command)


def redecide_command(
    *,
    record: Annotated[str | None, typer.Option(help="One record, by its id.")] = None,
    faults: Annotated[bool, typer.Option("--faults", help="Whatever a fault withheld, after its cure.")] = False,
    feed: Annotated[str | None, typer.Option(metavar="AGENCY.FEED", help="Everything, for this feed alone.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Only what was standardised since then, UTC.")] = None,
    reason: Annotated[str, typer.Option(help="Why, in words. It stands on control: name no person of a record.")],
    by: Annotated[str | None, typer.Option(help="Who says so. Default: your name on this machine.")] = None,
    wait_seconds: Annotated[float, typer.Option(min=0, help="How long to wait for the lanes; they go on without you.")] = 60.0,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: _AsJson = False,
) -> None:
    """Decide records again under today's rules: share what is permitted now, withdraw what is not. Each lane does it once."""
    import getpass
    import secrets
    from datetime import UTC

    from deploy.control_desk import control_desk
    from deploy.lane_progress import ProgressWatch
    from deploy.master_key import read_master_key
    from deploy.output import ExitCode, is_wanted, note, print_json
    from deploy.settings import load_settings
    from stream_processors.control_commands import LANE_COMMAND, LaneCommand, record_of
    from stream_processors.tokens import Tokens

    settings = load_settings()
    subject = _subject(record, faults, feed)
    if record is not None:
        subject = f"record/{Tokens(read_master_key(settings.home)).ledger_record(record)}"
    since_ms = round(since.replace(tzinfo=since.tzinfo or UTC).timestamp() * 1000) if since is not None else None
    if not yes and not is_wanted(f"Decide {subject} again and disclose what today's rules permit?"):
        raise typer.Exit(ExitCode.FAILED)
    said_by, now_ms = by or getpass.getuser(), int(time.time() * 1000)
    command = LaneCommand(secrets.token_hex(16), "REDECIDE", subject, said_by, reason, now_ms, since_ms)
    with control_desk(settings) as desk:
        if feed is not None:
            _check_feed(desk, feed)
        watch = ProgressWatch(desk)
        desk.write(desk.topics.control, LANE_COMMAND, f"command/{command.id}", record_of(command))
        waited = watch.wait(command.id, wait_seconds)
    if as_json:
        print_json({"command": command.id, "subject": subject, **waited._asdict()})
    else:
        note(f"command {command.id}: {waited.released} deliveries; done in {waited.done} of {waited.lanes} lanes")
    if waited.done < waited.lanes:
        note("the lanes go on by themselves: pointduty commands")
        raise typer.Exit(ExitCode.FAILED)


def commands_command(*, as_json: _AsJson = False) -> None:
    """List the commands that lanes carry out, and how far each is in each lane."""
    from deploy.control_desk import control_desk
    from deploy.lane_progress import read_progress
    from deploy.output import note, print_json, print_table
    from deploy.settings import load_settings

    settings = load_settings()
    with control_desk(settings) as desk:
        state, progress = desk.read(), read_progress(desk)
    rows = [_row(each, progress.get(each["id"], {}), settings.lanes) for each in _commands(state)]
    if as_json:
        print_json(rows)
    elif rows:
        columns = ("id", "verb", "subject", "by", "at", "lanes_done", "lanes", "decided", "released", "is_done")
        print_table("Commands", columns, [[row[column] for column in columns] for row in rows])
    else:
        note("there is no command")


def _commands(state: Any) -> list[dict[str, Any]]:
    """Commands as given, and what emergency grants ask of the lanes."""
    found = [
        {"id": c.id, "verb": c.verb, "subject": c.subject, "by": c.by, "reason": c.reason, "at_ms": c.at_ms}
        for c in state.commands.by_id.values()
    ]
    from stream_processors.control_emergency import milliseconds

    for name, grant in state.emergencies.grants.items():
        words = {"subject": f"grant/{name}", "by": grant["approver"], "reason": grant["reason"]}
        found.append({"id": name, "verb": "EMERGENCY", **words, "at_ms": milliseconds(grant["at"])})
        found.append({"id": f"{name}/end", "verb": "EMERGENCY_END", **words, "at_ms": milliseconds(grant["at"])})
    return sorted(found, key=lambda each: (each["at_ms"], each["id"]))


def _row(command: dict[str, Any], lanes: Any, count: int) -> dict[str, Any]:
    from datetime import UTC

    done = sum(progress["state"] == "DONE" for progress in lanes.values())
    at = datetime.fromtimestamp(command["at_ms"] / 1000, UTC).isoformat()
    return {
        **{name: value for name, value in command.items() if name != "at_ms"},
        "at": at,
        "lanes_done": done,
        "lanes": count,
        **{name: sum(progress[name] for progress in lanes.values()) for name in ("voided", "decided", "released")},
        "is_done": done == count,
        "by_lane": {str(lane): f"{p['state']} {p['next']}/{p['until']}" for lane, p in sorted(lanes.items())},
    }


def _subject(record: str | None, faults: bool, feed: str | None) -> str:
    if sum((record is not None, faults, feed is not None)) != 1:
        raise typer.BadParameter("name one: --record, --faults or --feed")
    return "faults" if faults else f"feed/{feed}"


def _check_feed(desk: Any, feed: str) -> None:
    """Raises Refused (NO_SUCH_COMMAND): a command for a feed that is not there would be done, and nobody would notice."""
    from deploy.emergency import read_rules
    from schemas.codes import Code
    from schemas.errors import Refused

    if feed not in read_rules(desk.read()).by_feed:
        raise Refused(Code.NO_SUCH_COMMAND, "feed")
