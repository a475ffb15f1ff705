"""`pointduty publish`. Exit codes: 0 all accepted and delivered, 1 some refused or not delivered yet, 2 wrong usage."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands_publish_act import EXIT_INCOMPLETE, EXIT_USAGE, VERBS, Asked, act_command

if TYPE_CHECKING:
    from deploy.publish_run import Options


def _actions() -> list[str]:
    return list(VERBS)


def _reasons(ctx: typer.Context) -> list[str]:
    from schemas.actions import REASONS, Action

    verb = ctx.params.get("action")
    return sorted(REASONS[Action(VERBS[verb])]) if verb in VERBS else []


FROM_FILE = "from-file"
_SHOWN = ("files", "rows_read", "submitted", "refused", "updates", "resends", "waiting", "held", "files_left_out")

_Paths = Annotated[list[Path] | None, typer.Argument(help="Files or folders. None: only send what waits.")]
_Force = Annotated[str, typer.Option("--force", help=f"Force id, or '{FROM_FILE}': each file's name tells its force.")]
_AdapterName = Annotated[
    str, typer.Option("--adapter", help="native-jsonl, or SYSTEM-LAYOUT of a dialect, such as police-uk-street.")
]
_DialectFile = Annotated[Path | None, typer.Option("--dialect", help="Dialect file of a force system that is not shipped.")]
_Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first bad row.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_OutboxPath = Annotated[Path | None, typer.Option("--outbox", help=f"Outbox file; with {FROM_FILE}: their folder.")]
_Limit = Annotated[int | None, typer.Option("--outbox-limit", min=1, help="Events that may wait in the outbox.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and check only; needs no hub.")]
_Rejects = Annotated[Path | None, typer.Option("--rejects", help="Where all refusals go, one JSON object a line.")]
_Action = Annotated[
    str | None,
    typer.Option("--action", help="Do it with records: correct, recall, restrict, erase, reinstate.", autocompletion=_actions),
]
_Record = Annotated[list[str] | None, typer.Option("--record", help="Record id, FORCE:SYSTEM:REFERENCE; repeated: each.")]
_Records = Annotated[Path | None, typer.Option("--records", help="File with record ids, one a line.")]
_Reason = Annotated[str | None, typer.Option("--reason", help="Why: a reason of the action.", autocompletion=_reasons)]
_Kind = Annotated[str, typer.Option("--kind", help="Kind of a record that this machine's outbox does not know.")]
_Version = Annotated[int | None, typer.Option("--version", min=1, help="Its version: the hub's last one plus 1.")]
_Test = Annotated[bool, typer.Option("--test", help="Try the way: agencies are sent TEST, nobody holds anything of it.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before records are erased.")]
_Wait = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for the hub at the end.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("publish")(publish_command)


def publish_command(
    *,
    force: _Force,
    paths: _Paths = None,
    adapter: _AdapterName = "native-jsonl",
    dialect: _DialectFile = None,
    strict: _Strict = False,
    as_json: _AsJson = False,
    outbox: _OutboxPath = None,
    outbox_limit: _Limit = None,
    dry_run: _DryRun = False,
    rejects: _Rejects = None,
    wait: _Wait = 60.0,
    action: _Action = None,
    record: _Record = None,
    records: _Records = None,
    reason: _Reason = None,
    kind: _Kind = "",
    version: _Version = None,
    test: _Test = False,
    yes: _Yes = False,
) -> None:
    """Publish a force's records: read, check, queue in the outbox, send. Bad rows are reported; the rest goes on.

    With --action: correct, recall, restrict, erase or reinstate records that were published. The reason stays in the ledger.
    """
    from deploy.dialects import known_dialects
    from deploy.publish_run import Options, run
    from deploy.settings import load_settings
    from producers.adapters.catalogue import adapters_of
    from schemas.actions import Action
    from schemas.reference import forces

    settings = load_settings()
    dialects = known_dialects(settings.dialects, *([dialect] if dialect else []))
    adapters = adapters_of(dialects)
    if adapter not in adapters:
        _stop_usage(f"--adapter: one of {', '.join(adapters)}")
    if force != FROM_FILE and force not in forces():
        _stop_usage(f"--force: a force id, or {FROM_FILE}")
    if force == FROM_FILE and not paths:
        _stop_usage(f"--force {FROM_FILE} needs a path")
    if action is not None:
        about = (tuple(record or ()), records, tuple(paths or ()), kind, version)
        asked = Asked(force, action, reason, *about, outbox, wait, yes)
        act_command(settings, asked, adapters[adapter], dialects, as_json=as_json)
        return
    options = Options(
        force=None if force == FROM_FILE else force,
        adapter=adapters[adapter],
        dialects=dialects,
        paths=tuple(paths or ()),
        is_strict=strict,
        is_dry=dry_run,
        outbox=outbox,
        outbox_limit=outbox_limit,
        rejects=rejects or settings.home / "publish" / "rejects.jsonl",
        wait_seconds=wait,
        action=Action.TEST if test else None,
    )
    _finish(options, run(settings, options), as_json)


def _finish(options: "Options", result: dict[str, object], as_json: bool) -> None:
    from deploy.output import note, print_json, print_table

    if as_json:
        print_json(result)
    else:
        title = "checked, nothing sent" if options.is_dry else "published"
        print_table(title, ("what", "count"), [(name.replace("_", " "), result[name]) for name in _SHOWN])
        if result["refused"]:
            note(f"all refusals: {result['rejects']}")
        if result["waiting"]:
            note(f"{result['trouble'] or 'not delivered yet'}: what waits is safe; send it with: publish --force ID")
    if result["refused"] or result["waiting"] or result["held"]:
        raise typer.Exit(EXIT_INCOMPLETE)


def _stop_usage(message: str) -> None:
    from deploy.output import note

    note(message)
    raise typer.Exit(EXIT_USAGE)
