"""`pointduty dead-letters`: what the hub refused of a force's submissions, and how to mend it.

Exit codes: 0 all done, 1 something is still refused or waits, 2 wrong usage, 3 set-up, 4 not ready. Values of submissions are
shown: it is the force's own machine, and its own records.
"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.dead_letter_desk import Means, Wanted
    from deploy.settings import Settings

_T = TypeVar("_T")

_Force = Annotated[str, typer.Option("--force", help="Force id.")]
_Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Letters, by the ids that `list` shows.")]
_Id = Annotated[str, typer.Argument(metavar="ID", help="A letter, by the id that `list` shows.")]
_Codes = Annotated[list[str] | None, typer.Option("--code", help="Only letters with this code; may be repeated.")]
_States = Annotated[
    list[str] | None, typer.Option("--state", help="new, mended, resubmitted, superseded, unreadable; may be repeated.")
]
_Since = Annotated[datetime | None, typer.Option("--since", help="Only letters refused since then (UTC).")]
_AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
_Rules = Annotated[
    list[str] | None, typer.Option("--rule", help='"FIELD: X means Y", such as "incident.grade: G9 means G4"; may be repeated.')
]
_Settings = Annotated[
    list[str] | None, typer.Option("--set", help='FIELD=JSON, such as marking={"tier":"OFFICIAL"}; needs IDs; may be repeated.')
]
_Accept = Annotated[bool, typer.Option("--accept-suggestions", help="Take what `show` suggests, where it does.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; keep nothing.")]
_SaveTo = Annotated[Path | None, typer.Option("--save-to-dialect", help="Write rules about codes into this dialect file.")]
_Outbox = Annotated[Path | None, typer.Option("--outbox", help="Outbox file. Default: the force's in the home folder.")]
_Wait = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for the hub at the end.")]
_ShowSubmission = Annotated[bool, typer.Option("--submission", help="Show the whole submission as JSON.")]
_Original = Annotated[Path | None, typer.Option("--original", help="Write the bytes as they were sent to this file.")]
_All = Annotated[bool, typer.Option("--all", help="Every mended letter that has not been resubmitted.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    letters = typer.Typer(help="What the hub refused of a force's submissions: see, mend, resubmit.", no_args_is_help=True)
    letters.command("list")(list_letters)
    letters.command("show")(show_letter)
    letters.command("mend")(mend_letters)
    letters.command("resubmit")(resubmit_letters)
    app.add_typer(letters, name="dead-letters")


def list_letters(
    *, force: _Force, code: _Codes = None, state: _States = None, since: _Since = None, as_json: _AsJson = False
) -> None:
    """List the letters: id, when, code, field, record, state. Copies of one submission are one line."""
    from deploy.dead_letter_run import open_desk
    from deploy.dead_letter_words import list_row
    from deploy.output import print_json, print_table

    wanted = _wanted([], code, state, since)
    with open_desk(_settings(force), force) as desk:
        rows = [list_row(letter, desk.state(letter)) for letter in desk.find(wanted)]
    if as_json:
        print_json(rows)
    else:
        columns = ("id", "refused_at", "code", "field", "kind", "ref", "version", "copies", "state")
        print_table("Dead letters", columns, [[row[name] for name in columns] for row in rows])


def show_letter(
    letter_id: _Id,
    *,
    force: _Force,
    submission: _ShowSubmission = False,
    original: _Original = None,
    as_json: _AsJson = False,
) -> None:
    """Show one letter: why it was refused, the value as it was sent, what it may have meant, what was done about it."""
    from deploy.dead_letter_run import open_desk
    from deploy.dead_letter_words import show_rows, write_original
    from deploy.output import print_json, print_table

    with open_desk(_settings(force), force) as desk:
        [letter] = desk.find(_wanted([letter_id], None, None, None))
        told = show_rows(letter, desk.state(letter), desk.suggestion(letter), desk.kept(letter), submission)
    if original is not None:
        write_original(letter, original)
    if as_json:
        print_json(told)
    else:
        print_table(
            f"Dead letter {letter_id}", ("what", "value"), [(name.replace("_", " "), _words(told[name])) for name in told]
        )


def mend_letters(
    ids: _Ids = None,
    *,
    force: _Force,
    rule: _Rules = None,
    set_: _Settings = None,
    accept_suggestions: _Accept = False,
    code: _Codes = None,
    state: _States = None,
    since: _Since = None,
    dry_run: _DryRun = False,
    save_to_dialect: _SaveTo = None,
    as_json: _AsJson = False,
) -> None:
    """Mend letters by id, or all new ones by rule or suggestion. What would be refused again is told, and not kept.

    With IDs alone: as they were sent, for a hub that has learnt to read them meanwhile. Nothing is sent: see `resubmit`.
    """
    from deploy.dead_letter_run import mend, open_desk
    from deploy.dead_letter_words import mended_row
    from deploy.dialect_save import save_rules
    from deploy.output import ExitCode, note, print_json, print_table

    means = _means(rule, set_, accept_suggestions, bool(ids))
    if save_to_dialect is not None and not dry_run:
        save_rules(save_to_dialect, means.rules)
    with open_desk(_settings(force), force, *([save_to_dialect] if save_to_dialect else [])) as desk:
        wanted = _wanted(ids or [], code, state or ([] if ids else ["new"]), since)
        rows = [mended_row(each) for each in _checked(lambda: mend(desk, wanted, means, keep=not dry_run), "--set")]
    wrong = [row for row in rows if row["refused"]]
    if as_json:
        print_json(rows)
    else:
        columns = ("id", "changes", "becomes", "flags")
        print_table("Would become" if dry_run else "Mended", columns, [[_words(row[name]) for name in columns] for row in rows])
        note(f"{len(rows) - len(wrong)} mended, {len(wrong)} still refused; send with: pointduty dead-letters resubmit --all")
    if wrong:
        raise typer.Exit(ExitCode.FAILED)


def resubmit_letters(
    ids: _Ids = None,
    *,
    force: _Force,
    all_: _All = False,
    outbox: _Outbox = None,
    wait: _Wait = 60.0,
    as_json: _AsJson = False,
) -> None:
    """Send mended letters again, through the outbox. Doing it twice sends the same bytes, which no agency sees twice."""
    from deploy.dead_letter_run import open_desk, resubmit
    from deploy.dead_letter_words import resubmitted_rows
    from deploy.output import ExitCode, note, print_json, print_table

    if bool(ids) == all_:
        raise typer.BadParameter("either IDs or --all")
    settings = _settings(force)
    with open_desk(settings, force) as desk:
        letters = desk.find(_wanted(ids or [], None, ["mended"] if all_ else None, None))
        result = resubmit(settings, force, desk, letters, outbox, wait)
    rows = resubmitted_rows(result)
    if as_json:
        print_json({"letters": rows, "waiting": result.waiting, "trouble": result.trouble})
    else:
        columns = ("id", "state", "version", "code")
        print_table("Resubmitted", columns, [[row[name] for name in columns] for row in rows])
        if result.waiting:
            note(f"{result.trouble or 'not delivered yet'}: what waits is safe; send it with: publish --force {force}")
    if result.refused or result.waiting:
        raise typer.Exit(ExitCode.FAILED)


def _settings(force: str) -> "Settings":
    from deploy.settings import load_settings
    from schemas.reference import forces

    if force not in forces():
        raise typer.BadParameter("no such force id", param_hint="--force")
    return load_settings()


def _wanted(ids: list[str], codes: list[str] | None, states: list[str] | None, since: datetime | None) -> "Wanted":
    from datetime import UTC

    from deploy.dead_letter_desk import Wanted
    from producers.mended_file import LetterState

    if not set(states or ()) <= set(LetterState):
        raise typer.BadParameter(f"one of {', '.join(LetterState)}", param_hint="--state")
    chosen = frozenset(map(LetterState, states or ()))
    when = since.replace(tzinfo=UTC) if since is not None and since.tzinfo is None else since
    return Wanted(tuple(ids), frozenset(code.upper() for code in codes or ()), chosen, when)


def _means(rules: list[str] | None, settings: list[str] | None, accepts: bool, has_ids: bool) -> "Means":
    from deploy.dead_letter_desk import Means
    from producers.mending import parse_rule, parse_setting

    read = _checked(lambda: tuple(parse_rule(text) for text in rules or ()), "--rule")
    means = Means(read, _checked(lambda: tuple(parse_setting(text) for text in settings or ()), "--set"), accepts)
    if not has_ids and (means.settings or means == Means()):
        raise typer.BadParameter("IDs, or --rule, or --accept-suggestions; --set needs IDs")
    return means


def _checked(make: "Callable[[], _T]", option: str) -> "_T":
    """What `make` gives; a ValueError of it is wrong usage of this option."""
    try:
        return make()
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def _words(value: object) -> str:
    """A value as text in a table's cell."""
    import orjson

    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
