"""`pointduty redecide` and `pointduty commands`. Exit codes: 0 done; 1 the answer was no, or not yet done in every lane;
2 wrong usage; 3 set-up is wrong; 4 broker or registry away."""

import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.lane_progress import Waited
    from deploy.settings import Settings
    from stream_processors.control_commands import LaneCommand

_TELL_SECONDS = 2.0
"""How often a long wait says how far it is."""

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
    held: Annotated[
        bool, typer.Option("--held", help="Whatever is held, also past its retention: only take away what is not permitted.")
    ] = False,
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

    from deploy.master_key import read_master_key
    from deploy.output import ExitCode, is_wanted
    from deploy.settings import load_settings
    from stream_processors.control_commands import LaneCommand
    from stream_processors.tokens import Tokens

    settings = load_settings()
    subject = _subject(record, faults, feed, held)
    if record is not None:
        subject = f"record/{Tokens(read_master_key(settings.home)).ledger_record(record)}"
    since_ms = round(since.replace(tzinfo=since.tzinfo or UTC).timestamp() * 1000) if since is not None else None
    what = "withdraw what today's rules do not permit" if held else "disclose what today's rules permit"
    if not yes and not is_wanted(f"Decide {'what is held' if held else subject} again and {what}?"):
        raise typer.Exit(ExitCode.FAILED)
    said_by, now_ms = by or getpass.getuser(), int(time.time() * 1000)
    verb = "RETROACT" if held else "REDECIDE"
    command = LaneCommand(secrets.token_hex(16), verb, subject, said_by, reason, now_ms, since_ms)
    give_command(settings, command, lambda desk: _check_feed(desk, feed), wait_seconds, as_json=as_json)


def give_command(
    settings: "Settings", command: "LaneCommand", check: "Callable[[Any], None]", wait_seconds: float, *, as_json: bool
) -> None:
    """Put the command on control, wait for the lanes, and tell how far they are. Raises what `check` raises; Exit where a lane
    is not done."""
    from deploy.output import print_json

    waited = put_command(settings, command, check, wait_seconds)
    if as_json:
        print_json({"command": command.id, "subject": command.subject, **waited._asdict()})
    end_with(command, waited)


def put_command(settings: "Settings", command: "LaneCommand", check: "Callable[[Any], None]", wait_seconds: float) -> "Waited":
    """Put the command on control and wait for the lanes. Raises what `check` raises."""
    from deploy.control_desk import control_desk
    from deploy.lane_progress import ProgressWatch
    from stream_processors.control_commands import LANE_COMMAND, record_of

    with control_desk(settings) as desk:
        check(desk)
        watch = ProgressWatch(desk)
        desk.write(desk.topics.control, LANE_COMMAND, f"command/{command.id}", record_of(command))
        return watch.wait(command.id, wait_seconds, _teller())


def end_with(command: "LaneCommand", waited: "Waited") -> None:
    """Tell a person how far the lanes are. Raises Exit where one is not done."""
    from deploy.output import ExitCode, note

    note(f"command {command.id}: {waited.released} deliveries; done in {waited.done} of {waited.lanes} lanes")
    if waited.done < waited.lanes:
        note("the lanes go on by themselves: pointduty commands")
        raise typer.Exit(ExitCode.FAILED)


def _teller() -> "Callable[[Waited], None]":
    """Says on standard error how far it is, at most every other second."""
    from deploy.output import note

    told = time.monotonic()

    def tell(waited: "Waited") -> None:
        nonlocal told
        if time.monotonic() - told > _TELL_SECONDS and waited.done < waited.lanes:
            told = time.monotonic()
            note(f"{waited.released} deliveries; done in {waited.done} of {waited.lanes} lanes")

    return tell


def commands_command(*, as_json: _AsJson = False) -> None:
    """List the commands that lanes carry out, and how far each is in each lane."""
    show_commands((), as_json=as_json)


def show_commands(verbs: tuple[str, ...], *, as_json: bool) -> None:
    """Print the commands of these verbs (none: of all), and how far each is."""
    from deploy.control_desk import control_desk
    from deploy.lane_progress import read_progress
    from deploy.output import note, print_json, print_table
    from deploy.settings import load_settings

    settings = load_settings()
    with control_desk(settings) as desk:
        state, progress = desk.read(), read_progress(desk)
    wanted = [each for each in _commands(state) if not verbs or each["verb"] in verbs]
    rows = [_row(each, progress.get(each["id"], {}), progress.get(f"{each['id']}/held", {}), settings.lanes) for each in wanted]
    if as_json:
        print_json(rows)
    elif rows:
        columns = ("id", "verb", "subject", "by", "at", "lanes_done", "lanes", "decided", "released", "is_done")
        print_table("Commands", columns, [[row[column] for column in columns] for row in rows])
    else:
        note("there is no command")


def _commands(state: Any) -> list[dict[str, Any]]:
    """Commands as given, but for those that are over for good, and what emergency grants ask of the lanes."""
    from stream_processors.control_emergency import milliseconds
    from stream_processors.forgetting import is_over

    now_ms = int(time.time() * 1000)
    found = [
        {"id": c.id, "verb": c.verb, "subject": c.subject, "by": c.by, "reason": c.reason, "at_ms": c.at_ms}
        for c in state.commands.by_id.values()
        if not is_over(c, now_ms)
    ]

    for name, grant in state.emergencies.grants.items():
        words = {"subject": f"grant/{name}", "by": grant["approver"], "reason": grant["reason"]}
        found.append({"id": name, "verb": "EMERGENCY", **words, "at_ms": milliseconds(grant["at"])})
        found.append({"id": f"{name}/end", "verb": "EMERGENCY_END", **words, "at_ms": milliseconds(grant["at"])})
    return sorted(found, key=lambda each: (each["at_ms"], each["id"]))


def _row(command: dict[str, Any], lanes: Any, held: Any, count: int) -> dict[str, Any]:
    """One command. What goes through `held` records first is a part of its own, and counts too."""
    from datetime import UTC

    parts = (*lanes.values(), *held.values())
    done = sum(progress["state"] == "DONE" for progress in lanes.values())
    at = datetime.fromtimestamp(command["at_ms"] / 1000, UTC).isoformat()
    return {
        **{name: value for name, value in command.items() if name != "at_ms"},
        "at": at,
        "lanes_done": done,
        "lanes": count,
        **{name: sum(progress[name] for progress in parts) for name in ("voided", "decided", "released")},
        "is_done": done == count,
        "by_lane": {str(lane): f"{p['state']} {p['next']}/{p['until']}" for lane, p in sorted(lanes.items())},
    }


def _subject(record: str | None, faults: bool, feed: str | None, held: bool) -> str:
    if sum((record is not None, faults, feed is not None, held)) != 1:
        raise typer.BadParameter("name one: --record, --faults, --feed or --held")
    return "all" if held else "faults" if faults else f"feed/{feed}"


def _check_feed(desk: Any, feed: str | None) -> None:
    """Raises Refused (NO_SUCH_COMMAND): a command for a feed that is not there would be done, and nobody would notice."""
    from deploy.emergency import read_rules
    from schemas.codes import Code
    from schemas.errors import Refused

    if feed is not None and feed not in read_rules(desk.read()).by_feed:
        raise Refused(Code.NO_SUCH_COMMAND, "feed")
