"""`pointduty agreements show`, `history` and `save`: what is in force, in plain English; what was; and its files.

Exit codes: 0 shown; 1 there is no such agreement or set; 2 wrong usage; 3 set-up; 4 not ready.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands_agreements_approve import AsJson

if TYPE_CHECKING:
    from stream_processors.control_rule_sets import Published
    from stream_processors.rule_set import Parts

_Name = Annotated[str | None, typer.Argument(metavar="NAME", help="One agreement or prohibition, by its id. Default: all.")]
_Candidate = Annotated[Path | None, typer.Option("--candidate", help="A candidate's files, laid over the set in force.")]
_Shipped = Annotated[bool, typer.Option("--shipped", help="The set that this version ships; needs no hub.")]
_Number = Annotated[int | None, typer.Option("--number", help="The set that had this number.")]
_Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or empty folder.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("show")(show_command)
    app.command("history")(history_command)
    app.command("save")(save_command)


def show_command(
    name: _Name = None,
    *,
    candidate: _Candidate = None,
    shipped: _Shipped = False,
    number: _Number = None,
    as_json: AsJson = False,
) -> None:
    """Say in plain English who receives what of whom, when, by which gateway, and what national rules forbid.

    The whole text is what approvers sign: its hash stands in its last line and in every approval.
    """
    import hashlib
    import sys

    from deploy.output import note, print_json
    from stream_processors.rendering import render_rule_set, sections_of
    from stream_processors.rule_set import load_rule_set

    rules = load_rule_set(parts_of(candidate, shipped, number))
    whole = render_rule_set(rules)
    sections = sections_of(rules)
    if name is not None and name not in sections:
        note(f"no agreement or prohibition {name}: one of {', '.join(sections)}")
        raise typer.Exit(1)
    sha256 = hashlib.sha256(whole.encode()).hexdigest()
    chosen = sections if name is None else {name: sections[name]}
    if as_json:
        print_json({"rule_set": rules.sha256, "rendering_sha256": sha256, "sections": chosen})
        return
    sys.stdout.write(whole if name is None else sections[name])
    note(f"hash of the whole rendering: {sha256}")


def history_command(*, as_json: AsJson = False) -> None:
    """List every rule set that was in force: number, hash, when, and who approved it."""
    from deploy.output import print_json, print_table
    from deploy.provision_hub import open_desk
    from deploy.rule_sets import read_rule_sets
    from deploy.settings import load_settings

    with open_desk(load_settings()) as desk:
        known = read_rule_sets(desk)
    rows = [_row(each, is_current=each is known.current) for each in known.history.values()]
    if as_json:
        print_json(rows)
    else:
        columns = ("number", "in_force", "kind", "rule_set", "published_at", "approved_by")
        print_table("Rule sets", columns, [[str(row[name]) for name in columns] for row in rows])


def save_command(folder: _Folder, *, shipped: _Shipped = False, number: _Number = None, as_json: AsJson = False) -> None:
    """Write the files of a rule set (the one in force, if nothing else is said) to a folder: a candidate to be changed."""
    from deploy.candidate import write_candidate
    from deploy.output import note, print_json

    parts = parts_of(None, shipped, number)
    write_candidate(folder, parts)
    if as_json:
        print_json({"folder": str(folder), "files": sorted(parts)})
    else:
        note(f"{len(parts)} files in {folder}")


def parts_of(candidate: Path | None, shipped: bool, number: int | None) -> "Parts":
    """The rule set that is meant: a candidate, the shipped one, an earlier one, or the one in force."""
    from deploy.provision_hub import open_desk
    from deploy.rule_change import Source
    from deploy.rule_sets import read_rule_sets
    from deploy.settings import load_settings
    from schemas.codes import Code
    from schemas.errors import Misconfigured
    from stream_processors.rule_set import shipped_parts

    if [candidate is not None, shipped, number is not None].count(True) > 1:
        raise typer.BadParameter("at most one of: --candidate, --shipped, --number")
    if shipped:
        return shipped_parts()
    with open_desk(load_settings()) as desk:
        known = read_rule_sets(desk)
    if candidate is not None or number is not None:
        return Source(candidate=candidate, rollback=number).parts(known)
    if known.current is None:
        raise Misconfigured(Code.NO_RULES)
    return known.current.parts


def _row(published: "Published", *, is_current: bool) -> dict[str, object]:
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(published.published_at_ms / 1000, UTC)
    return {
        "number": published.number,
        "in_force": "yes" if is_current else "",
        "kind": published.statement.kind if published.statement else "",
        "rule_set": published.sha256,
        "published_at": at.isoformat(timespec="seconds"),
        "approved_by": ", ".join(f"{each.approver} ({each.organisation})" for each in published.approvals),
    }
