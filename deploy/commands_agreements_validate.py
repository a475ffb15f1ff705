"""`pointduty agreements validate` and `schema`: is what the files say right, and what may they say.

Exit codes: 0 they load; 1 there is a fault; 2 wrong usage.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from stream_processors.rule_faults import RuleFault

_Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FOLDER|FILE",
        exists=True,
        help="A folder of a whole rule set, or files that are laid over the shipped one. Default: the shipped set.",
    ),
]
_Notes = Annotated[bool, typer.Option("--notes", help="Show what is no fault, but worth a look.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_IsProhibition = Annotated[bool, typer.Option("--prohibition", help="That of a prohibition. Default: of an agreement.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("validate")(validate_command)
    app.command("schema")(schema_command)


def validate_command(paths: _Paths = None, *, notes: _Notes = False, as_json: _AsJson = False) -> None:
    """Say everything that is wrong with rule files, all of it at once: file, line, key, what was found, what would be right.

    Needs no hub and publishes nothing. Exit code 0: the set loads; 1: it does not.
    """
    from deploy.output import ExitCode, note, print_json
    from deploy.rule_folders import read_candidate
    from stream_processors.rule_set import check_rules

    checked = check_rules(read_candidate(paths or []))
    if as_json:
        found = {
            name: [_row(each) for each in listed] for name, listed in (("faults", checked.faults), ("notes", checked.notes))
        }
        print_json({"loads": checked.rules is not None, "rule_set": checked.rules.sha256 if checked.rules else None, **found})
    else:
        _print("Faults", checked.faults)
        if notes:
            _print("Notes: no faults", checked.notes)
        hint = "" if notes or not checked.notes else f"; {len(checked.notes)} notes (--notes)"
        if checked.rules is not None:
            rules = checked.rules
            note(f"{len(rules.agreements)} agreements and {len(rules.prohibitions)} prohibitions load{hint}")
        else:
            note(f"{len(checked.faults)} faults: the set does not load{hint}")
    if checked.rules is None:
        raise typer.Exit(ExitCode.FAILED)


def schema_command(*, prohibition: _IsProhibition = False) -> None:
    """Print the JSON Schema of rule files, by which an editor completes and checks them.

    The shipped copies stand in schemas/rules; each rule file names its own in its first line.
    """
    import json

    from stream_processors.rule_schema import agreement_schema, prohibition_schema

    print(json.dumps(prohibition_schema() if prohibition else agreement_schema(), indent=1))


def _row(fault: "RuleFault") -> dict[str, object]:
    return {
        "file": fault.file,
        "line": fault.line,
        "key": fault.key,
        "found": fault.found,
        "expected": fault.expected,
        "code": str(fault.code),
    }


def _print(title: str, faults: "tuple[RuleFault, ...]") -> None:
    from deploy.output import print_table

    if faults:
        rows = [(each.file, each.line, each.key, each.found, each.expected, str(each.code)) for each in faults]
        print_table(title, ("file", "line", "key", "found", "what would be right", "code"), rows)
