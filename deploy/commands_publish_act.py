"""`pointduty publish --action`. Exit codes: 0 accepted and delivered, 1 some refused, not yet delivered or not wanted, 2 wrong
usage."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploy.settings import Settings
    from producers.adapters.catalogue import Adapter
    from schemas.dialect import Dialect

EXIT_INCOMPLETE, EXIT_USAGE = 1, 2

VERBS = {
    "correct": "CORRECTION",
    "recall": "RECALL",
    "restrict": "RESTRICTION",
    "erase": "ERASURE",
    "reinstate": "REINSTATEMENT",
}
"""What `--action` can be, and what it is on the wire."""

_WITH_FILE = ("correct", "reinstate")
_SHOWN = ("orders", "submitted", "resends", "refused", "waiting", "held")


class Asked(NamedTuple):
    """What the options said."""

    force: str
    verb: str
    reason: str | None
    record: tuple[str, ...]
    records: Path | None
    paths: tuple[Path, ...]
    kind: str
    version: int | None
    outbox: Path | None
    wait_seconds: float
    is_sure: bool


def act_command(
    settings: "Settings", asked: Asked, adapter: "Adapter", dialects: "Mapping[str, Dialect]", *, as_json: bool
) -> None:
    """Carry the orders out. Raises typer.Exit."""
    from deploy.act_run import ActOptions, act
    from schemas.actions import Action

    records = _check(asked)
    if asked.verb == "erase" and not asked.is_sure:
        _ask(len(records))
    options = ActOptions(
        force=asked.force,
        action=Action(VERBS[asked.verb]),
        reason=asked.reason or "",
        records=records,
        paths=asked.paths,
        adapter=adapter,
        dialects=dialects,
        kind=asked.kind,
        version=asked.version,
        outbox=asked.outbox,
        wait_seconds=asked.wait_seconds,
    )
    result = act(settings, options)
    _finish(asked.verb, result, result["refused_by_code"], as_json=as_json)


def _check(asked: Asked) -> tuple[str, ...]:
    """The records that are meant; empty: those of the file. Stops at wrong usage."""
    from schemas.actions import REASONS, Action
    from schemas.kinds import KINDS
    from schemas.reference import forces

    if asked.verb not in VERBS:
        _stop_usage(f"--action: one of {', '.join(VERBS)}")
    reasons = REASONS[Action(VERBS[asked.verb])]
    if asked.reason not in reasons:
        known = (f"  {name:20} {reason.title} ({reason.source})" for name, reason in reasons.items())
        _stop_usage(f"--reason, for {asked.verb}, is one of:", *known)
    if asked.force not in forces():
        _stop_usage("--force: a force id")
    if asked.kind and asked.kind not in KINDS:
        _stop_usage(f"--kind: one of {', '.join(KINDS)}")
    if asked.paths and asked.verb not in _WITH_FILE:
        _stop_usage(f"{asked.verb} takes no file: what it is about stands in the outbox")
    listed = _read_list(asked.records) if asked.records is not None else ()
    records = tuple(dict.fromkeys((*asked.record, *listed)))
    if not records and not asked.paths:
        _stop_usage("which records? --record, --records, or for correct and reinstate a file")
    if asked.verb == "correct" and not asked.paths:
        _stop_usage("correct needs the file with what is right")
    if asked.version is not None and len(records) != 1:
        _stop_usage("--version is of one --record")
    return records


def _ask(count: int) -> None:
    """Stops where nobody says yes: what is erased can't be had back from here."""
    from deploy.output import is_wanted

    what = "the record" if count == 1 else f"{count:,} records"
    if not is_wanted(f"Erase {what}, here and wherever it was sent? The content can't be had back."):
        raise typer.Exit(EXIT_INCOMPLETE)


def _read_list(path: Path) -> tuple[str, ...]:
    try:
        return tuple(line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError):
        _stop_usage("--records: a readable text file, a record id a line")


def _finish(verb: str, result: dict[str, Any], refused: dict[str, int], *, as_json: bool) -> None:
    from deploy.output import note, print_json, print_table
    from schemas.codes import Code, describe

    if as_json:
        print_json(result)
    else:
        print_table(verb, ("what", "count"), [(name, result[name]) for name in _SHOWN])
        for code, count in refused.items():
            meaning = describe(Code(code))
            note(f"{count} x {code}: {meaning.title}. To mend: {meaning.mend}.")
        if result["waiting"]:
            note(f"{result['trouble'] or 'not delivered yet'}: what waits is safe; send it with: publish --force ID")
    if result["refused"] or result["waiting"] or result["held"]:
        raise typer.Exit(EXIT_INCOMPLETE)


def _stop_usage(*lines: str) -> NoReturn:
    from deploy.output import note

    for line in lines:
        note(line)
    raise typer.Exit(EXIT_USAGE)
