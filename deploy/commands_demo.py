"""`pointduty demo`. Exit codes: 0 everything balances, 1 something does not, 2 wrong usage, 3 set-up is wrong, 4 not ready,
130 interrupted."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.demo import Options
    from deploy.demo_report import Findings
    from deploy.nation.simulated import Nation
    from deploy.settings import Settings

_USAGE, _INTERRUPTED = 2, 130
_LONGEST_HOURS = 24 * 31

_PoliceUk = Annotated[
    Path | None,
    typer.Option("--police-uk", exists=True, file_okay=False, help="Folder of *-street.csv[.gz] files, instead of the nation."),
]
_Start = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d"], help="First hour, UTC. Default: Friday 27 March 2026."),
]
_Home = Annotated[Path | None, typer.Option("--home", help="Where to make its folder. Default: POINTDUTY_HOME or .pointduty.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("demo")(demo_command)


def demo_command(
    *,
    seed: Annotated[int, typer.Option(min=0, help="Of the nation: the same seed, the same records.")] = 1,
    hours: Annotated[int | None, typer.Option(min=1, max=_LONGEST_HOURS, help="Hours that it lives. Default: 24.")] = None,
    scale: Annotated[float | None, typer.Option(min=0.01, max=100, help="1: a whole nation. Default: 0.1.")] = None,
    start: _Start = None,
    police_uk: _PoliceUk = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the folder with its logs and data.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    home: _Home = None,
) -> None:
    """Run a whole hub for once: 43 forces publish a day, agencies read, and every record is accounted for."""
    from deploy.demo import Options
    from deploy.demo_home import demo_home, interrupt_once
    from deploy.demo_report import is_balanced
    from deploy.output import note
    from deploy.settings import load_settings

    settings = load_settings()
    if home is not None:
        settings = settings.model_copy(update={"home": home})
    options = Options(_nation(seed, hours, scale, start), police_uk)
    try:
        with interrupt_once(), demo_home(settings, keep) as demo:
            findings = _run(demo.settings, options)
            demo.is_to_keep = demo.is_to_keep or not is_balanced(findings)
    except KeyboardInterrupt:
        note("interrupted; everything that was started has been stopped")
        raise typer.Exit(_INTERRUPTED) from None
    _print(findings, as_json)
    if demo.is_to_keep:
        note(f"kept: {demo.settings.home}")
    if not is_balanced(findings):
        raise typer.Exit(1)


def _nation(seed: int, hours: int | None, scale: float | None, start: datetime | None) -> "Nation":
    from deploy.demo import FAULT_RATE, HOURS, SCALE
    from deploy.nation.simulated import START, Nation
    from deploy.output import note

    began = start.replace(tzinfo=UTC) if start else START
    nation = Nation(seed=seed, hours=hours or HOURS, scale=scale or SCALE, start=began, fault_rate=FAULT_RATE)
    if began.minute or began + timedelta(hours=nation.hours) > datetime.now(UTC):
        note("--start: a whole hour, and no hour of the nation in the future: each door would refuse it")
        raise typer.Exit(_USAGE)
    return nation


def _run(settings: "Settings", options: "Options") -> "Findings":
    from deploy.broker_progress import Bar, Lines
    from deploy.demo import run_demo

    if not sys.stderr.isatty():
        return run_demo(settings, options, Lines())
    with Bar() as bar:
        return run_demo(settings, options, bar)


def _print(findings: "Findings", as_json: bool) -> None:
    from deploy.demo_report import list_checks, summarise
    from deploy.output import note, print_json, print_table

    if as_json:
        print_json(summarise(findings))
        return
    checks = list_checks(findings)
    lines = [("✓" if check.holds else "✗", check.text, _short(check.found), _short(check.expected)) for check in checks]
    print_table("What must balance", ("", "", "found", "expected"), lines)
    feeds = sorted(findings.counts.feeds.items())
    print_table("Feeds", ("feed", "shares in the ledger", "deliveries"), [(n, f.shares, f.deliveries) for n, f in feeds])
    note(f"{findings.seconds:.1f} s: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in findings.steps.items()))


def _short(value: object) -> str:
    if isinstance(value, dict):
        return f"{sum(value.values()):,} of {len(value)} codes"
    return f"{value:,}" if isinstance(value, int) else str(value)
