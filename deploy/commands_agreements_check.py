"""`pointduty agreements check`. Exit codes: 0 no error; 1 errors; 2 wrong usage; 3 set-up, or a broken set; 4 not ready."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.hub_records import HubRecords
    from stream_processors.rule_findings import Finding
    from stream_processors.rule_set import Parts

_New = Annotated[
    Path | None, typer.Argument(metavar="[NEW]", exists=True, help="A candidate's files. Default: the set in force.")
]
_Since = Annotated[str, typer.Option("--since", help="Records of how long are looked at: 7d, 36h, or an ISO date.")]
_File = Annotated[
    Path | None,
    typer.Option("--from-file", exists=True, dir_okay=False, help="Standard records as JSON lines, instead of Kafka."),
]
_Rules = Annotated[bool, typer.Option("--rules-only", help="Look at no record: what the rules alone tell.")]
_Shipped = Annotated[
    bool, typer.Option("--shipped", help="The set that this version ships; with --rules-only it needs no hub.")
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(agreements: typer.Typer) -> None:
    """Add the command."""
    agreements.command("check")(check_command)


def check_command(
    new: _New = None,
    *,
    since: _Since = "7d",
    from_file: _File = None,
    rules_only: _Rules = False,
    shipped: _Shipped = False,
    as_json: _AsJson = False,
) -> None:
    """Find rules that can't hold, overlap, end soon or met no record; fields that go to nobody; who has not accepted."""
    from contextlib import ExitStack

    from deploy.hub_records import open_hub
    from deploy.output import ExitCode, note, print_json, print_table
    from deploy.settings import load_settings

    with ExitStack() as stack:
        needs_hub = not shipped or not (rules_only or from_file)
        hub = stack.enter_context(open_hub(load_settings())) if needs_hub else None
        records, found = _check(_parts(hub, new, shipped), hub, since, from_file, rules_only)
    errors = sum(each.severity == "error" for each in found)
    if as_json:
        print_json({"records": records, "errors": errors, "findings": [each._asdict() for each in found]})
    else:
        print_table("Rules", ("severity", "code", "rule", "where", "what"), found)
    note(f"{len(found)} findings, {errors} of them errors; {records:,} versions looked at")
    if errors:
        raise typer.Exit(ExitCode.FAILED)


def _check(
    parts: "Parts", hub: "HubRecords | None", since: str, from_file: Path | None, rules_only: bool
) -> "tuple[int, list[Finding]]":
    from datetime import UTC, datetime

    from deploy.hub_records import now_ms
    from deploy.no_pauses import no_pauses
    from deploy.rehearse_run import events_of
    from deploy.rehearse_run import since as moment
    from deploy.standard_file import read_standard_file
    from stream_processors.decide import Decider
    from stream_processors.rule_coverage import Coverage
    from stream_processors.rule_findings import find_in_rules
    from stream_processors.rule_set import load_rule_set

    now, rules = now_ms(), load_rule_set(parts)
    decider = Decider(rules)
    found = find_in_rules(rules, decider, datetime.fromtimestamp(now / 1000, UTC).date(), now)
    coverage = Coverage(rules, decider, now)
    if not rules_only:
        try:
            since_ms = 0 if from_file and since == "7d" else moment(since, now)
        except ValueError:
            raise typer.BadParameter("--since: expected 7d, 36h or an ISO date") from None
        events = read_standard_file(from_file) if from_file else events_of(hub) if hub is not None else iter(())
        with no_pauses():
            for event, at_ms in events:
                coverage.take(event, at_ms >= since_ms)
        found += coverage.findings()
    order = ("error", "warning", "note")
    return coverage.records, sorted(found, key=lambda each: (order.index(each.severity), each.code, each.rule, each.where))


def _parts(hub: "HubRecords | None", new: Path | None, shipped: bool) -> "Parts":
    from deploy.candidate import read_candidate
    from schemas.codes import Code
    from schemas.errors import Misconfigured
    from stream_processors.rule_set import shipped_parts

    current = None if shipped or hub is None else hub.control().current
    if current is None and not shipped:
        raise Misconfigured(Code.NO_RULES)
    base = shipped_parts() if current is None else current.parts
    return base if new is None else read_candidate(new, base)
