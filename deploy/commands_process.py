"""`pointduty process standardise|disseminate|watch|acknowledge`: one process of a stage."""

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from deploy.metrics_server import Views
    from deploy.settings import Settings
    from deploy.stage_clients import Overrides
    from deploy.watch import Watch
    from stream_processors.pump import Pump


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("process")(process_command)


def process_command(
    stage: Annotated[Literal["standardise", "disseminate", "watch", "acknowledge"], typer.Argument(help="Which stage to run.")],
    slots: Annotated[int, typer.Option(min=1, max=1024, help="How many processes of this stage there may be.")] = 8,
    slot: Annotated[int | None, typer.Option(help="This slot and no other (a stateful set's ordinal).")] = None,
    metrics_port: Annotated[int, typer.Option(help="Port of /metrics and /health; 0: any free one.")] = 0,
    port_file: Annotated[Path | None, typer.Option(help="Write the metrics port to this file.")] = None,
    kafka: Annotated[
        list[str] | None, typer.Option("--kafka", help="consumer.NAME=VALUE or producer.NAME=VALUE; may be repeated.")
    ] = None,
) -> None:
    """Run one process of a stage until Ctrl-C or SIGTERM. Of the watch and of acknowledge there is one.

    Exit codes: 0 stopped, 1 ended by a fault (start it again), 3 set-up is wrong, 4 not ready.
    """
    from prometheus_client import CollectorRegistry

    from deploy.cluster import load_cluster
    from deploy.metrics_server import serve
    from deploy.settings import load_settings
    from deploy.slots import claim_slot
    from deploy.stop_signals import stop_requested
    from schemas.codes import Code
    from schemas.errors import Misconfigured

    settings = load_settings()
    cluster = load_cluster(settings.home)
    if cluster is None:
        raise Misconfigured(Code.NO_BROKER)
    registry, name = CollectorRegistry(), settings.topics.group(stage)
    slots = 1 if stage in ("watch", "acknowledge") else slots  # what they keep has one writer
    with claim_slot(settings.home, name, slots, slot) as number, stop_requested() as stop:
        running, views, beside = _build(stage, settings, cluster.registry_url, number, registry, _overrides(kafka or []))
        server = serve(registry, running.health, metrics_port, views=views)
        try:
            if port_file is not None:
                port_file.write_text(str(server.port))
            sys.stderr.write(json.dumps({"stage": stage, "slot": number, "metrics": server.port}) + "\n")
            with beside:
                running.run(stop)
        finally:
            server.close()


def _build(
    stage: str, settings: "Settings", registry_url: str, slot: int, metrics: "CollectorRegistry", overrides: "Overrides"
) -> "tuple[Pump | Watch, Views, AbstractContextManager[object]]":
    """What runs, what it shows, and what goes on beside it. Each imports what the others do not need, for a second."""
    if stage == "watch":
        from deploy.watch import build_watch

        watch = build_watch(settings, registry_url, metrics)
        return watch, watch.views, nullcontext()
    from deploy.stages import Worker, build_pump

    beside: AbstractContextManager[object] = nullcontext()
    if stage == "acknowledge":
        from deploy.acknowledge_jobs import AcknowledgeJobs

        beside = AcknowledgeJobs(settings, registry_url, metrics)
    return build_pump(stage, Worker(settings, registry_url, slot, metrics, overrides)), {}, beside


def _overrides(given: list[str]) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for item in given:
        name, found_sign, value = item.partition("=")
        if not found_sign or not name.startswith(("consumer.", "producer.")):
            raise typer.BadParameter("expected consumer.NAME=VALUE or producer.NAME=VALUE")
        found[name] = value
    return found
