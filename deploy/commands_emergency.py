"""`pointduty emergency grant|review|end|list`. Exit codes: 0 done; 1 refused, the answer was no, or not yet live in every lane;
2 wrong usage; 3 set-up is wrong; 4 broker or registry away: look at the list before you try again."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from deploy.emergency import Asked

LIVE_SECONDS = 5.0
"""Within so long a grant is to be live in every lane."""

_WAIT_SECONDS = 30.0

_Key = Annotated[Path, typer.Option("--key", help="Your private key (PEM).")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
_Id = Annotated[str, typer.Argument(metavar="ID", help="The grant's id.")]

app = typer.Typer(no_args_is_help=True, help="Emergency sharing: one record, person or place, one agency, hours.")


def register(parent: typer.Typer) -> None:
    """Add the commands to `parent`."""
    parent.add_typer(app, name="emergency")


@app.command("grant")
def grant_command(
    *,
    agency: Annotated[str, typer.Option(help="Who is to receive.")],
    reason: Annotated[str, typer.Option(help="Why, in words. It stands on control: name no person.")],
    urgency: Annotated[str, typer.Option(help="Why it can't wait for an agreement. Name no person.")],
    gateway: Annotated[str, typer.Option(help="Gateway id, of those in emergency.yaml.")],
    fields: Annotated[str, typer.Option(help="The least that is needed: paths with commas between, or a file of them.")],
    hours: Annotated[float, typer.Option(min=0.01, max=72, help="For how long.")],
    key: _Key,
    record: Annotated[str | None, typer.Option(help="One record, by its id.")] = None,
    person: Annotated[
        str | None, typer.Option(help="KIND:IDENTIFIER of one person; kinds: pnc, cro, nhs, nino, telephone, email.")
    ] = None,
    place: Annotated[str | None, typer.Option(help="KIND:IDENTIFIER of one place; kinds: postcode, uprn.")] = None,
    override: Annotated[list[str] | None, typer.Option(help="A prohibition of the closed list; may be repeated.")] = None,
    yes: _Yes = False,
    as_json: _AsJson = False,
) -> None:
    """Share in an emergency, now: what comes, and what the hub has already. A second person must review it within 24 hours."""
    from deploy.control_desk import control_desk
    from deploy.emergency import Asked, make_grant, read_fields, read_rules, write_grant
    from deploy.lane_progress import ProgressWatch
    from deploy.master_key import read_master_key
    from deploy.output import ExitCode, note, print_json
    from deploy.settings import load_settings
    from stream_processors.tokens import Tokens

    settings, named = load_settings(), _target(record, person, place)
    asked = Asked(agency, gateway, reason, urgency, *named, read_fields(fields), tuple(override or ()), hours)
    private = _read_key(key)
    with control_desk(settings) as desk:
        rules, tokens = read_rules(desk.read()), Tokens(read_master_key(settings.home))
        made = make_grant(desk, rules, asked, private, tokens, int(time.time() * 1000))
        if not yes and not _confirm(asked):
            raise typer.Exit(ExitCode.FAILED)
        watch = ProgressWatch(desk)
        # The time of the grant is when it is given, not when the question was asked.
        made = make_grant(desk, rules, asked, private, tokens, int(time.time() * 1000))
        watch.restart()
        write_grant(desk, made)
        waited = watch.wait(made["id"], _WAIT_SECONDS)
    said = {"id": made["id"], "ends": made["until"].isoformat(), **waited._asdict()}
    if as_json:
        print_json(said)
    else:
        note(f"grant {made['id']}: in force in every lane after {waited.begun_seconds} s")
        note(f"what the hub had already, {waited.released} deliveries, was shared after {waited.seconds} s")
        note(f"until {said['ends']}; a second person must review it within 24 hours: pointduty emergency review {made['id']}")
    if waited.done < waited.lanes:
        note(f"not yet known to be live in {waited.lanes - waited.done} of {waited.lanes} lanes: is disseminate running?")
    if waited.done < waited.lanes or waited.seconds > LIVE_SECONDS:
        raise typer.Exit(ExitCode.FAILED)


@app.command("review")
def review_command(
    grant: _Id,
    *,
    key: _Key,
    verdict: Annotated[Literal["UPHELD", "REFUSED"], typer.Option(help="REFUSED ends the grant at once.")],
    note_text: Annotated[str, typer.Option("--note", help="In words. Name no person.")],
) -> None:
    """Review a grant as the second person."""
    from deploy.control_desk import control_desk
    from deploy.emergency import make_review, write_review
    from deploy.output import note
    from deploy.settings import load_settings

    with control_desk(load_settings()) as desk:
        made = make_review(desk, desk.read(), grant, verdict, note_text, _read_key(key), int(time.time() * 1000))
        write_review(desk, made)
    note(f"grant {grant}: {verdict} by {made['approver']}")


@app.command("end")
def end_command(
    grant: _Id,
    *,
    reason: Annotated[str, typer.Option(help="Why, in words. Name no person.")],
    by: Annotated[str | None, typer.Option(help="Who says so. Default: your name on this machine.")] = None,
    as_json: _AsJson = False,
) -> None:
    """End a grant before its time. Who holds under it is told to delete. Again: changes nothing."""
    import getpass

    from deploy.control_desk import control_desk
    from deploy.emergency import end_grant
    from deploy.lane_progress import ProgressWatch
    from deploy.output import ExitCode, note, print_json
    from deploy.settings import load_settings

    with control_desk(load_settings()) as desk:
        state = desk.read()
        is_over = grant in state.emergencies.ends
        watch = None if is_over else ProgressWatch(desk)
        end_grant(desk, state, grant, by or getpass.getuser(), reason, int(time.time() * 1000))
        waited = watch.wait(f"{grant}/end", _WAIT_SECONDS) if watch is not None else None
    if as_json:
        print_json({"id": grant, **(waited._asdict() if waited is not None else {})})
    else:
        note(f"grant {grant} is over" + (f": {waited.released} withdrawals in {waited.seconds} s" if waited else ""))
    if waited is not None and waited.done < waited.lanes:
        note(f"not yet known to be done in {waited.lanes - waited.done} of {waited.lanes} lanes: is disseminate running?")
        raise typer.Exit(ExitCode.FAILED)


@app.command("list")
def list_command(*, as_json: _AsJson = False) -> None:
    """List the grants: who may have what, until when, and which are unreviewed."""
    from deploy.control_desk import control_desk
    from deploy.emergency import list_grants, read_rules
    from deploy.output import note, print_json, print_table
    from deploy.settings import load_settings

    with control_desk(load_settings()) as desk:
        state = desk.read()
    emergency = read_rules(state).emergency
    rows = list_grants(state, int(time.time() * 1000), emergency.review_within_hours if emergency else 0)
    if as_json:
        print_json(rows)
    elif rows:
        columns = ("id", "standing", "agency", "target", "gateway", "reason", "approver", "ends", "reviewed_by")
        print_table("Emergency grants", columns, [[row[column] for column in columns] for row in rows])
    else:
        note("there is no emergency grant")


def _target(record: str | None, person: str | None, place: str | None) -> tuple[Any, str, str]:
    """What is named: exactly one of the three."""
    from deploy.emergency import split_identifier
    from stream_processors.emergency_targets import PERSON_KINDS, PLACE_KINDS

    if sum(each is not None for each in (record, person, place)) != 1:
        raise typer.BadParameter("name one record, person or place: --record, --person or --place")
    if record is not None:
        return ("RECORD", "", record)
    if person is not None:
        return ("PERSON", *split_identifier(person, PERSON_KINDS))
    return ("PLACE", *split_identifier(place or "", PLACE_KINDS))


def _confirm(asked: "Asked") -> bool:
    from deploy.output import is_wanted

    what = f"{len(asked.fields)} fields of one {asked.target.lower()} to {asked.agency} for {asked.hours} hours"
    over = f", over {', '.join(asked.overrides)}" if asked.overrides else ""
    return is_wanted(f"Share {what}{over}?")


def _read_key(key: Path) -> Any:
    from deploy.approver_keys import needs_passphrase, read_key

    passphrase = typer.prompt("Passphrase", hide_input=True, err=True).encode() if needs_passphrase(key) else None
    return read_key(key, passphrase)
