"""`pointduty simulate`. Exit codes: 0 done, 1 published but not all of it accepted or delivered as labelled, 2 wrong usage,
3 set-up is wrong, 4 not ready, 130 interrupted."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from deploy.nation.simulated import Nation, Simulated

_LONGEST_HOURS = 24 * 366
_LARGEST_SEED = 2**53
"""What JSON carries without loss."""
_INTERRUPTED = 130

_Seed = Annotated[int, typer.Option("--seed", min=0, max=_LARGEST_SEED, help="Another seed, another nation.")]
_Hours = Annotated[int, typer.Option("--hours", min=1, max=_LONGEST_HOURS, help="Length of the window.")]
_Scale = Annotated[float, typer.Option("--scale", help="1: the volumes of England and Wales.")]
_Forces = Annotated[list[str] | None, typer.Option("--forces", help="Force ids, comma-separated or repeated. Default: all 43.")]
_Start = Annotated[
    datetime | None, typer.Option("--start", formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d"], help="First hour, UTC. Default: a Friday.")
]
_Faults = Annotated[float | None, typer.Option("--faults", min=0, max=1, help="Share of rows with a labelled fault.")]
_Out = Annotated[
    Path | None, typer.Option("--out", help="Folder to write: rows of each force, truth, manifest. Must be empty.")
]
_Publish = Annotated[bool, typer.Option("--publish", help="Publish it to the hub, each force by its own route.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("simulate")(simulate_command)


def simulate_command(
    seed: _Seed = 1,
    hours: _Hours = 24,
    scale: _Scale = 1.0,
    forces: _Forces = None,
    start: _Start = None,
    faults: _Faults = None,
    out: _Out = None,
    publish: _Publish = False,
    as_json: _AsJson = False,
) -> None:
    """Make a synthetic nation: the rows of its forces and, beside them, the truth. The same arguments give the same bytes."""
    from time import perf_counter

    nation = _nation(seed, hours, scale, forces, start, faults)
    if (out is None) != publish:
        _stop_usage("either --out FOLDER or --publish")
    began = perf_counter()
    if publish:
        _publish(nation, as_json)
        return
    folder = out or Path()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        _stop_usage("--out: a folder that is empty or not there yet")
    try:
        simulated = _simulate(nation, folder)
    except OSError:
        _stop_usage("--out: a folder that can be written")
    except KeyboardInterrupt:
        typer.echo("broken off: what is in the folder is part of a nation, and has no nation.json", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    _show(nation, simulated, perf_counter() - began, as_json)


def _nation(
    seed: int, hours: int, scale: float, forces: list[str] | None, start: datetime | None, faults: float | None
) -> "Nation":
    from datetime import UTC

    from deploy.nation.places import territorial_forces
    from deploy.nation.simulated import FAULT_RATE, START, Nation

    asked = [force.strip() for text in forces or () for force in text.split(",") if force.strip()]
    known = territorial_forces()
    if any(force not in known for force in asked) or (forces and not asked):
        _stop_usage("--forces: ids of territorial forces of England and Wales, such as durham,cleveland")
    if not 0 < scale <= 1000:
        _stop_usage("--scale: above 0, at most 1000")
    if start is not None and start.minute:
        _stop_usage("--start: a whole hour")
    return Nation(
        seed=seed,
        hours=hours,
        scale=scale,
        forces=tuple(sorted(set(asked))),
        start=start.replace(tzinfo=UTC) if start else START,
        fault_rate=FAULT_RATE if faults is None else faults,
    )


def _simulate(nation: "Nation", folder: Path) -> "Simulated":
    """Simulate with a progress bar on a terminal; quiet elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    from deploy.nation.simulated import simulate_folder

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("hours", total=nation.hours)

        def show(hours: int, rows: int) -> None:
            progress.update(task, completed=hours, description=f"{rows:,} rows")

        return simulate_folder(nation, folder, show)


def _show(nation: "Nation", simulated: "Simulated", seconds: float, as_json: bool) -> None:
    from deploy.output import note, print_json, print_table

    if as_json:
        print_json({**nation.describe(), **simulated.describe(), "seconds": round(seconds, 3)})
        return
    rows = [("rows", simulated.rows), *sorted(simulated.outcomes.items())]
    print_table(f"Nation {nation.seed}: {nation.hours} h at scale {nation.scale:g}", ("what", "count"), rows)
    labels = [("refused at the door", simulated.refused), ("dead letter", simulated.dead), ("quality flag", simulated.flags)]
    faults = [(where, str(code), number) for where, found in labels for code, number in sorted(found.items())]
    print_table("Labelled faults", ("where", "code", "count"), faults)
    note(f"{seconds:.1f} s, {simulated.rows / max(seconds, 1e-9):,.0f} rows/s; SHA-256 {simulated.sha256}")


def _publish(nation: "Nation", as_json: bool) -> None:
    """Simulate into the home folder, publish from there, and compare what was refused with the labels."""
    import tempfile

    from deploy.broker_progress import Lines
    from deploy.nation_publish import publish_nation
    from deploy.output import print_json, print_table
    from deploy.settings import load_settings

    settings = load_settings()
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="nation-", dir=settings.home) as folder:
        simulated = _simulate(nation, Path(folder))
        published = publish_nation(settings, Path(folder), Lines())
    labelled = {str(code): number for code, number in sorted(simulated.refused.items())}
    is_as_labelled = dict(sorted(published.refused_by_code.items())) == labelled and not published.waiting
    result = {
        "sha256": simulated.sha256,
        "rows": simulated.rows,
        "submitted": published.submitted,
        "refused": published.refused,
        "refused_by_code": published.refused_by_code,
        "waiting": published.waiting,
        "as_labelled": is_as_labelled,
    }
    if as_json:
        print_json(result)
    else:
        print_table("Published", ("what", "count"), [(name, str(value)) for name, value in result.items()])
    if not is_as_labelled:
        raise typer.Exit(1)


def _stop_usage(expected: str) -> NoReturn:
    typer.echo(f"expected {expected}", err=True)
    raise typer.Exit(2)
