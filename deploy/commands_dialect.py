"""`pointduty check-dialect`. Exit codes: 0 everything maps, 1 something does not, 2 wrong usage, 3 no dialect that loads."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from schemas.kinds import KINDS

if TYPE_CHECKING:
    from producers.adapters.catalogue import Adapter
    from schemas.dialect import Dialect

_File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The dialect, a YAML file.")]
_Sample = Annotated[Path, typer.Argument(metavar="SAMPLE", exists=True, dir_okay=False, help="A file of the system.")]
_AdapterName = Annotated[str | None, typer.Option("--adapter", help="SYSTEM-LAYOUT. Default: by the sample's name.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("check-dialect")(check_dialect)


def check_dialect(dialect: _File, sample: _Sample, adapter: _AdapterName = None, as_json: _AsJson = False) -> None:
    """Say what a dialect makes of a sample: codes that map or do not, with the nearest national code; columns left unused.

    Shows values of the sample: it is meant for the force's own machine and its own file. Needs no hub, sends nothing.
    """
    from deploy.dialect_check import find_in_sample, report_of
    from deploy.dialects import read_dialect
    from deploy.output import ExitCode, print_json

    loaded = read_dialect(dialect)
    chosen = _choose(loaded, sample, adapter)
    layout = loaded.files.get(chosen.name.removeprefix(f"{loaded.source_system}-"))
    report = report_of(loaded, layout, find_in_sample(loaded, chosen, layout, sample))
    if as_json:
        print_json({"adapter": chosen.name, **report})
    else:
        _print(chosen.name, report)
    if not report["maps"]:
        raise typer.Exit(ExitCode.FAILED)


def _choose(dialect: "Dialect", sample: Path, name: str | None) -> "Adapter":
    """The adapter named; else the dialect's own whose file names fit; else its only one."""
    from producers.adapters.catalogue import CODED_ADAPTERS, adapters_of

    own = {key: one for key, one in adapters_of({dialect.source_system: dialect}).items() if key not in CODED_ADAPTERS}
    if name is not None:
        known = own | CODED_ADAPTERS
        return known[name] if name in known else _stop_usage(f"--adapter: one of {', '.join(known)}")
    fitting = [one for one in own.values() if one.is_of(sample)] or list(own.values())
    if len(fitting) != 1:
        _stop_usage(f"--adapter: the sample's name does not tell which of {', '.join(own) or ', '.join(CODED_ADAPTERS)}")
    return fitting[0]


def _print(adapter: str, report: dict[str, Any]) -> None:
    from deploy.output import note, print_table

    code = ("code list", "value", "count")
    rows = [(one["code_list"], one["value"], one["count"], one["national"]) for one in report["mapped"]]
    print_table(f"{adapter}: what maps", (*code, "national code"), rows)
    if report["unmapped"]:
        rows = [(one["code_list"], one["value"], one["count"], _nearest(one["suggestions"])) for one in report["unmapped"]]
        print_table("What does not map", (*code, "nearest national codes"), rows)
    if report["unreadable_times"]:
        times = [(one["value"], one["count"]) for one in report["unreadable_times"][:20]]
        print_table("Times that can't be read (see time_formats)", ("time", "count"), times)
    if report["refused"]:
        refused = [(one["code"], one["field"], one["count"]) for one in report["refused"]]
        print_table("Rows that can't be read", ("code", "column", "count"), refused)
    named = (
        ("columns of the sample that the dialect does not use", report["unused_columns"]),
        ("columns of the dialect that the sample does not have", report["missing_columns"]),
        ("fields that the dialect maps and the sample leaves empty", report["empty_fields"]),
        (
            "fields of the event that the dialect never fills (--json: all)",
            [one for one in report["never_filled"] if _is_of_event(one)],
        ),
    )
    print_table("What is left", ("what", "which"), [(what, ", ".join(which)) for what, which in named if which])
    note(f"{report['rows']:,} rows; {'everything maps' if report['maps'] else 'not everything maps'}")


def _is_of_event(path: str) -> bool:
    return path.startswith(("occurred.", *(f"{kind.detail}." for kind in KINDS.values())))


def _nearest(suggestions: list[dict[str, Any]]) -> str:
    return "; ".join(f"{one['code']} {one['label']} ({one['score']})" for one in suggestions) or "none is near"


def _stop_usage(text: str) -> NoReturn:
    from deploy.output import ExitCode, note

    note(text)
    raise typer.Exit(ExitCode.USAGE)
