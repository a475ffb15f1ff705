"""`pointduty agreements who-can-see`. Exit codes: 0 answered, also with nobody; 2 wrong usage; 3 set-up; 4 not ready."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from stream_processors.rule_analysis_reach import Reach
    from stream_processors.rule_set import Parts, RuleSet


def _fields(incomplete: str) -> list[str]:
    from stream_processors.reach_questions import known_fields

    return [name for name in known_fields() if name.startswith(incomplete)]


def _lines(incomplete: str) -> list[str]:
    from stream_processors.reach_questions import attributes
    from stream_processors.rule_analysis_lines import values_of_line

    name, equals, _ = incomplete.partition("=")
    if not equals:
        return [f"{each}=" for each in attributes() if each.startswith(name)]
    return [text for value in values_of_line(name) if (text := f"{name}={value}").startswith(incomplete)]


_Field = Annotated[str, typer.Argument(metavar="FIELD", help="Such as persons.name or crime.summary.", autocompletion=_fields)]
_Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where", help="Of records known to have ATTRIBUTE=VALUE[,VALUE]; repeated: all of them.", autocompletion=_lines
    ),
]
_New = Annotated[Path | None, typer.Option("--candidate", exists=True, help="A candidate's files, laid over the set in force.")]
_Shipped = Annotated[bool, typer.Option("--shipped", help="The set that this version ships; needs no hub.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(agreements: typer.Typer) -> None:
    """Add the command."""
    agreements.command("who-can-see")(who_command)


def who_command(
    field: _Field,
    where: _Where = None,
    *,
    candidate: _New = None,
    shipped: _Shipped = False,
    as_json: _AsJson = False,
) -> None:
    """Say who could ever receive a field, as what, under which conditions and gateways, and what national rules take away.

    By analysis of the rules: whatever the hub would ever send is in the answer. `proved` has found a record that shows it.
    """
    from deploy.output import print_json, print_table
    from stream_processors.reach_questions import ask

    rules = _rules(candidate, shipped)
    try:
        question = ask(field, where or ())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    told = _answers(rules, question)
    if as_json:
        print_json({"field": field, "where": where or [], "rule_set": rules.sha256, "answers": told})
        return
    rows = [
        (", ".join(one["agencies"]), one["agreement"], one["field"], _form(one), _conditions(one), _limits(one)) for one in told
    ]
    title = f"Who could receive {field}{' where ' + ' and '.join(where) if where else ''}: {len(told) or 'nobody'}"
    print_table(title, ("agencies", "agreement", "field", "as", "where", "limits"), rows)


def _answers(rules: "RuleSet", question: Any) -> list[dict[str, Any]]:
    from deploy.hub_records import now_ms
    from stream_processors.decide import Decider
    from stream_processors.rule_analysis_proof import find_proof
    from stream_processors.rule_analysis_reach import who_can_see

    decider, now = Decider(rules), now_ms()
    return [
        _told(rules, found) | {"proved": find_proof(rules, decider, found, question, now) is not None}
        for found in who_can_see(rules, question)
    ]


def _told(rules: "RuleSet", found: "Reach") -> dict[str, Any]:
    from stream_processors.clause_words import any_of, clause_words
    from stream_processors.reason_words import prohibition_words

    agreement = found.agreement
    people, places = agreement.people, agreement.places
    when = agreement.fields[found.line].when
    return {
        "agreement": agreement.id,
        "agencies": [bound.agency.id for bound in found.agencies],
        "field": found.line,
        "form": found.form,
        "leaves_as": found.leaves_as,
        "conditions": [clause_words(agreement.share_when[at], people, places) for at in found.clauses],
        "only_where": any_of([when[at] for at in found.whens], people, places),
        "not_where": any_of(agreement.withhold_when, people, places),
        "gateways": list(agreement.gateways),
        "purpose": agreement.purpose,
        "forces": list(found.forces),
        "prohibitions": [prohibition_words(rules, each) for each in found.prohibitions],
        "prohibition_ids": list(found.prohibitions),
    }


def _form(one: dict[str, Any]) -> str:
    return f"{one['form']} ({one['leaves_as']}){'' if one['proved'] else '; no example found'}"


def _conditions(one: dict[str, Any]) -> str:
    only = f"; only where {one['only_where']}" if one["only_where"] else ""
    return "; or ".join(one["conditions"]) + only


def _limits(one: dict[str, Any]) -> str:
    parts = [f"gateway {', '.join(one['gateways'])}", f"records of {len(one['forces'])} forces"]
    parts += [f"not where {one['not_where']}"] if one["not_where"] else []
    parts += [f"national rules: {', '.join(one['prohibition_ids'])}"] if one["prohibition_ids"] else []
    return "; ".join(parts)


def _rules(candidate: Path | None, shipped: bool) -> "RuleSet":
    from stream_processors.rule_set import load_rule_set

    return load_rule_set(_parts(candidate, shipped))


def _parts(candidate: Path | None, shipped: bool) -> "Parts":
    from deploy.candidate import read_candidate
    from deploy.hub_records import open_hub
    from deploy.settings import load_settings
    from schemas.codes import Code
    from schemas.errors import Misconfigured
    from stream_processors.rule_set import shipped_parts

    if shipped:
        base: Parts = shipped_parts()
    else:
        with open_hub(load_settings()) as hub:
            current = hub.control().current
        if current is None:
            raise Misconfigured(Code.NO_RULES)
        base = current.parts
    return base if candidate is None else read_candidate(candidate, base)
