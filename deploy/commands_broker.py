"""`pointduty up`, `down` and `status`. Exit codes: 0 done and running, 1 not running or failed, 2 wrong usage."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

if TYPE_CHECKING:
    from deploy.broker_status import ProcessStatus, Status
    from deploy.cluster import Cluster
    from schemas.errors import PointDutyError

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Broker = Annotated[
    Literal["embedded", "docker"] | None,
    typer.Option("--broker", help="Start this kind, whatever POINTDUTY_BOOTSTRAP says."),
]


def register(app: typer.Typer) -> None:
    """Add the three commands to `app`."""
    app.command("up")(up_command)
    app.command("down")(down_command)
    app.command("status")(status_command)


def up_command(broker: Broker = None, as_json: AsJson = False) -> None:
    """Start Kafka and the schema registry, or use your own (POINTDUTY_BOOTSTRAP). Again: changes nothing."""
    from deploy.broker import up
    from deploy.broker_progress import Bar, Lines
    from schemas.errors import PointDutyError

    try:
        if sys.stderr.isatty():
            with Bar() as bar:
                cluster = up(_home(), broker, bar)
        else:
            cluster = up(_home(), broker, Lines())
    except PointDutyError as error:
        _fail(error, as_json)
    _print_cluster(cluster, as_json)


def down_command(as_json: AsJson = False) -> None:
    """Stop what `up` started, and only that. The data stay."""
    from deploy.broker import down
    from schemas.errors import PointDutyError

    try:
        cluster = down(_home())
    except PointDutyError as error:
        _fail(error, as_json)
    was = cluster.kind if cluster else None
    said = {None: "nothing was up", "external": "the cluster is your own: nothing to stop"}
    print(json.dumps({"kind": was, "stopped": was in {"embedded", "docker"}}) if as_json else said.get(was, "stopped"))


def status_command(as_json: AsJson = False) -> None:
    """Show what the cluster is doing. Exit code 1 unless Kafka and the registry both answer."""
    from deploy.broker_status import status
    from schemas.errors import PointDutyError

    try:
        found = status(_home())
    except PointDutyError as error:
        _fail(error, as_json)
    if as_json:
        print(json.dumps(found.model_dump(mode="json") | {"running": found.is_running} if found else {"running": False}))
    elif found:
        _print_status(found)
    else:
        print("no cluster yet; run: pointduty up")
    if found is None or not found.is_running:
        raise typer.Exit(1)


def _home() -> Path:
    from deploy.settings import load_settings

    return load_settings().home


def _fail(error: "PointDutyError", as_json: bool) -> NoReturn:
    if as_json:
        print(json.dumps({"running": False, "code": str(error.code), "error": str(error)}))
    else:
        print(error, file=sys.stderr)
    raise typer.Exit(1)


def _print_cluster(cluster: "Cluster", as_json: bool) -> None:
    if as_json:
        print(cluster.model_dump_json())
    else:
        print(f"{cluster.kind}: Kafka at {cluster.bootstrap}, registry at {cluster.registry_url}")


def _print_status(found: "Status") -> None:
    from rich.console import Console
    from rich.table import Column, Table

    table = Table("service", "state", Column("address", overflow="fold"), "version", "pid", "memory")
    for service in found.services:
        table.add_row(*_row(service))
    console = Console()
    console.print(table)
    console.print(f"{found.kind}, {found.data_bytes / 1e6:.0f} MB on the disk", highlight=False)
    for service in found.services:
        for line in service.log_lines:
            console.print(f"{service.role}: {line}", markup=False, highlight=False)


def _row(service: "ProcessStatus") -> list[str]:
    memory = f"{service.memory_bytes / 1e6:.0f} MB" if service.memory_bytes else ""
    return [service.role, service.state, service.address, service.version, str(service.pid or ""), memory]
