"""`pointduty agreements rehearse`: what a change of the rules would disclose, before it is live.

Exit codes: 0 rehearsed, whatever came out; 1 refused; 2 wrong usage; 3 a set that does not load, or set-up; 4 not ready.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.hub_records import HubRecords
    from deploy.rehearse_run import Done, Plan, Progress
    from deploy.settings import Settings
    from schemas.records import Record
    from stream_processors.rule_set import Parts
    from stream_processors.tokens import Tokens

_New = Annotated[
    Path, typer.Argument(metavar="NEW", exists=True, help="A folder with a whole set, or files to lay over the set in force.")
]
_Since = Annotated[str, typer.Option("--since", help="How far back: 7d, 36h, or an ISO date.")]
_File = Annotated[
    Path | None,
    typer.Option("--from-file", exists=True, dir_okay=False, help="Standard records as JSON lines, instead of Kafka."),
]
_Against = Annotated[
    Path | None,
    typer.Option("--against", exists=True, help="A folder with the set to compare with. Default: the set in force."),
]
_Page = Annotated[Path | None, typer.Option("--html", dir_okay=False, help="Write the report as one page with charts.")]
_Out = Annotated[Path | None, typer.Option("--out", dir_okay=False, help="Write the report that approvers sign.")]
_Examples = Annotated[
    int, typer.Option("--examples", min=0, max=20, help="Show so many examples for each effect and agreement.")
]
_By = Annotated[str | None, typer.Option("--by", help="Who looks at the examples; it is logged.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before examples are shown.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(agreements: typer.Typer) -> None:
    """Add the command."""
    agreements.command("rehearse")(rehearse_command)


def rehearse_command(
    new: _New,
    *,
    since: _Since = "7d",
    from_file: _File = None,
    against: _Against = None,
    html: _Page = None,
    out: _Out = None,
    examples: _Examples = 0,
    by: _By = None,
    yes: _Yes = False,
    as_json: _AsJson = False,
) -> None:
    """Run the rules in force and NEW over what was really sent: who would newly get, stop getting, or get other fields.

    Shows counts alone. Examples are shown as the agency would get them, to a person who is named, and the look is logged first.
    """
    from deploy.output import note, print_json
    from deploy.rehearse_page import print_report, render_page, write_page

    if examples and not by:
        raise typer.BadParameter("--examples shows values of records: say who looks, with --by NAME")
    if examples and not yes:
        _ask_for_examples()
    done = _rehearse(new, since, from_file, against, examples, by or "")
    samples = done.samples if examples else []
    if out is not None:
        _write(out, done)
    if html is not None:
        write_page(render_page(done.report, done.sha256, samples), html)
    if as_json:
        shown = [{"effect": each.effect, "feed": each.feed, "record": each.shown} for each in samples]
        print_json({"report": done.report, "report_sha256": done.sha256, "examples": shown})
    else:
        print_report(done.report, done.sha256, samples)
    note(f"{done.events:,} versions in {done.seconds:.1f} s, {done.rate:,.0f} a second under both sets")


def _ask_for_examples() -> None:
    from deploy.output import ExitCode, is_wanted

    if not is_wanted("Examples hold personal data, and the look is logged. Show them?"):
        raise typer.Exit(ExitCode.FAILED)


def _rehearse(new: Path, since: str, from_file: Path | None, against: Path | None, examples: int, by: str) -> "Done":
    from deploy.hub_records import now_ms, open_hub
    from deploy.rehearse_run import Plan
    from deploy.rehearse_run import since as moment
    from deploy.settings import load_settings

    settings, now = load_settings(), now_ms()
    try:
        since_ms = 0 if from_file and since == "7d" else moment(since, now)
    except ValueError:
        raise typer.BadParameter("--since: expected 7d, 36h or an ISO date") from None
    if from_file is not None and not examples and (against is not None or not _has_hub(settings)):
        old = _folder(against)
        return _run(Plan(old, _candidate(new, old), since_ms, now, "file"), from_file, None, by)
    with open_hub(settings) as hub:
        old = _folder(against) if against else _in_force(hub)
        source = "file" if from_file else "kafka"
        return _run(Plan(old, _candidate(new, old), since_ms, now, source, examples), from_file, hub, by)


def _run(plan: "Plan", from_file: Path | None, hub: "HubRecords | None", by: str) -> "Done":
    from deploy.rehearse_run import events_of, rehearse
    from deploy.standard_file import read_standard_file

    # Without a hub tokens name nothing that anybody could look up: they are made under a key that is thrown away.
    tokens = hub.tokens() if hub is not None else _lost_tokens()
    holders: Iterable[Record] = hub.holders() if hub is not None and from_file is None else ()
    with _progress() as progress:
        if from_file is not None:
            events: Iterable[tuple[Record, int]] = read_standard_file(from_file)
        else:
            assert hub is not None  # noqa: S101  # the caller has opened one: there is no file
            events = events_of(hub)
        done = rehearse(plan, events, holders, tokens.ledger_record, tokens.pseudonym, progress)
    if plan.examples and hub is not None:
        _log_look(hub, done, by)
    return done


def _log_look(hub: "HubRecords", done: "Done", by: str) -> None:
    """Before anything is shown. Raises NotReady: then nothing is."""
    import secrets

    from deploy.hub_records import now_ms
    from stream_processors.consultation import EXAMPLES, consultation

    tokens = hub.tokens()
    named = sorted({tokens.ledger_record(sample.record_id) for sample in done.samples})
    hub.log(consultation(EXAMPLES, "approver", by, named, now_ms(), done.sha256, secrets.token_bytes(16)))


def _lost_tokens() -> "Tokens":
    import secrets

    from stream_processors.tokens import Tokens

    return Tokens(secrets.token_bytes(32))


def _has_hub(settings: "Settings") -> bool:
    from deploy.cluster import load_cluster

    return load_cluster(settings.home) is not None


def _in_force(hub: "HubRecords") -> "Parts":
    from schemas.codes import Code
    from schemas.errors import Misconfigured

    current = hub.control().current
    if current is None:
        raise Misconfigured(Code.NO_RULES)
    return current.parts


def _folder(path: Path | None) -> "Parts":
    """A whole set; without a path the one that this version ships."""
    from deploy.candidate import read_candidate
    from stream_processors.rule_set import shipped_parts

    return shipped_parts() if path is None else read_candidate(path, {})


def _candidate(path: Path, old: "Parts") -> "Parts":
    from deploy.candidate import read_candidate

    return read_candidate(path, old)


def _write(out: Path, done: "Done") -> None:
    import orjson

    draft = out.with_name(out.name + ".draft")
    draft.write_bytes(orjson.dumps(done.report, option=orjson.OPT_INDENT_2) + b"\n")
    draft.replace(out)


@contextmanager
def _progress() -> "Iterator[Progress]":
    """A line that counts on a terminal; quiet elsewhere."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed:,}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("events", total=None)

        def show(what: str, number: int) -> None:
            bar.update(task, description=what, completed=number)

        yield show
