"""`pointduty quality-reports`: a force reads what the hub found in its submissions, hour by hour."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from schemas.records import Record

_DAY_HOURS = 24
_COMMONEST = 3


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("quality-reports")(quality_reports)


def quality_reports(
    *,
    force: Annotated[str, typer.Option("--force", help="The force's id.")],
    hours: Annotated[int, typer.Option(min=1, max=720, help="How far back, from now.")] = _DAY_HOURS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array, the oldest report first.")] = False,
) -> None:
    """Show a force's quality reports: an hour each, with scores, dead letters, flags and what gives cause for alarm.

    Exit codes: 0 read, also where there are none, 3 not set up or not authorised, 4 no broker.
    """
    from deploy.output import print_json, print_table
    from deploy.settings import load_settings

    reports = _read(load_settings(), force, datetime.now(UTC) - timedelta(hours=hours))
    if as_json:
        print_json([_describe(report) for report in reports])
        return
    columns = ("hour (UTC)", "rows", "score", "before", "refused", "commonest", "signals")
    print_table(f"Quality of {force}", columns, [_row(report) for report in reports])


def _read(settings: Any, force: str, since: datetime) -> "list[Record]":
    """The reports since then, oldest first; of several of one hour the last counts."""
    from deploy.clients import client_config
    from deploy.topic_reader import read_topics
    from schemas.records import decode
    from schemas.wire import unframe
    from stream_processors.watch_report import QUALITY_REPORT

    try:
        topic = settings.topics.quality_report(force)
    except ValueError:
        raise typer.BadParameter("--force: expected a force id") from None
    user = f"force.{force}"
    config = {**client_config(settings.home, user), "group.id": settings.topics.group(f"{user}.quality-reports")}
    by_hour: dict[datetime, Record] = {}
    for message in read_topics(config, [topic]):
        report = decode(QUALITY_REPORT, unframe(message.value())[1])
        by_hour[report["hour"]] = report
    return [report for hour, report in sorted(by_hour.items()) if hour >= since - timedelta(hours=1)]


def _describe(report: "Record") -> "Record":
    times = {name: report[name].isoformat() for name in ("hour", "heard_at", "written_at")}
    return {**report, **times}


def _row(report: "Record") -> tuple[object, ...]:
    refused = sum(each["count"] for kind in report["kinds"] for each in kind["refused"])
    signals = (["silent"] if report["silent"] else []) + [f"{name} collapsing" for name in report["collapsing"]]
    return (
        report["hour"].strftime("%Y-%m-%d %H:%M"),
        report["rows"],
        _points(report["score"]),
        _points(report["score_before"]),
        refused,
        ", ".join(_commonest(report)),
        ", ".join(signals),
    )


def _commonest(report: "Record") -> list[str]:
    """The codes that were given most, dead letters and flags together."""
    counts: dict[str, int] = {}
    for kind in report["kinds"]:
        for each in (*kind["refused"], *kind["flags"]):
            counts[each["reason"]] = counts.get(each["reason"], 0) + each["count"]
    return [f"{code} {count}" for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_COMMONEST]]


def _points(score: float | None) -> str:
    return "" if score is None else f"{score:.1f}"
