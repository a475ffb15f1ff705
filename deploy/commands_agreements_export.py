"""`pointduty agreements export`: a rule set in the language of another engine, so that others can check what the hub decides.

Exit codes: 0 exported; 2 wrong usage; 3 set-up; 4 not ready.
"""

from pathlib import Path
from typing import Annotated

import typer

from deploy.commands_agreements_approve import AsJson

POLICIES, SCHEMA, AGENCIES = "policies.cedar", "schema.cedarschema", "entities.json"
"""Files of an export."""

_Cedar = Annotated[bool, typer.Option("--cedar", help="As Cedar policies, their schema, and the agencies as entities.")]
_Out = Annotated[Path | None, typer.Option("--out", metavar="FOLDER", help="A new or empty folder. Default: standard output.")]
_Candidate = Annotated[Path | None, typer.Option("--candidate", help="A candidate's files, laid over the set in force.")]
_Shipped = Annotated[bool, typer.Option("--shipped", help="The set that this version ships; needs no hub.")]
_Number = Annotated[int | None, typer.Option("--number", help="The set that had this number.")]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("export")(export_command)


def export_command(
    *,
    cedar: _Cedar = False,
    out: _Out = None,
    candidate: _Candidate = None,
    shipped: _Shipped = False,
    number: _Number = None,
    as_json: AsJson = False,
) -> None:
    """Export every agreement and prohibition as Cedar policies; nothing of any record is in them.

    Each policy's @id names its rule and clause, as the hub's own reasons do. How a record becomes an entity is said in
    stream_processors/cedar_export.py.
    """
    import sys

    import orjson

    from deploy.commands_agreements_show import parts_of
    from deploy.output import note, print_json
    from stream_processors.cedar_export import export_policies, export_schema
    from stream_processors.cedar_records import agency_entities
    from stream_processors.rule_set import load_rule_set

    if not cedar:
        raise typer.BadParameter("say in which language: --cedar")
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise typer.BadParameter("expected a new or empty folder", param_hint="--out")
    rules = load_rule_set(parts_of(candidate, shipped, number))
    entities = orjson.dumps(agency_entities(rules), option=orjson.OPT_INDENT_2).decode()
    files = {POLICIES: export_policies(rules), SCHEMA: export_schema(rules), AGENCIES: entities + "\n"}
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (out / name).write_text(text)
    if as_json:
        said: dict[str, object] = {"rule_set": rules.sha256, "policies": files[POLICIES].count("@id(")}
        print_json(said | ({"folder": str(out), "files": sorted(files)} if out is not None else {"texts": files}))
    elif out is None:
        sys.stdout.write(files[POLICIES])
    else:
        note(f"{files[POLICIES].count('@id(')} policies of rule set {rules.sha256[:12]} in {out}: {', '.join(sorted(files))}")
