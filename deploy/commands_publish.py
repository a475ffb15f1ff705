"""`pointduty publish`. Exit codes: 0 all accepted and delivered, 1 some refused or not delivered yet, 2 wrong usage."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.publish_run import Options

FROM_FILE = "from-file"
EXIT_INCOMPLETE, EXIT_USAGE = 1, 2
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
) -> None:
    """Publish a force's records: read, check, queue in the outbox, send. Bad rows are reported; the rest goes on."""
    from deploy.dialects import known_dialects
    from deploy.publish_run import Options, run
    from deploy.settings import load_settings
    from producers.adapters.catalogue import adapters_of
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
