"""The JSON Schema of rule files: never stale, it takes what is shipped, and refuses what is planted."""

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
import yaml
from core_hub import agreement, parts_of, prohibition
from documents import ROOT

from stream_processors.rule_schema import agreement_schema, prohibition_schema
from stream_processors.rule_set import check_rules, shipped_parts

Record = dict[str, Any]
SCHEMAS = {"agreements": agreement_schema, "prohibitions": prohibition_schema}
FILES = {"agreements": "agreement.schema.json", "prohibitions": "prohibition.schema.json"}
SHIPPED = [name for name in shipped_parts() if name.startswith(("agreements/", "prohibitions/"))]


def check(kind: str, value: Any) -> list[str]:
    """What the schema has against a file's value, as JSON says it."""
    validator = jsonschema.Draft202012Validator(SCHEMAS[kind](), format_checker=jsonschema.FormatChecker())
    return [error.json_path for error in validator.iter_errors(json.loads(json.dumps(value, default=str)))]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_shipped_schema_is_the_one_that_is_made(kind: str) -> None:
    """`pointduty agreements schema` was run after the last change of the language."""
    shipped = (files("schemas") / "rules" / FILES[kind]).read_text(encoding="utf-8")
    assert json.loads(shipped) == SCHEMAS[kind](), "run: pointduty agreements schema [--prohibition]"
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[kind]())


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_names_its_schema_and_fits_it(name: str) -> None:
    """An editor finds the schema by the first line, and has nothing against the file."""
    kind = name.partition("/")[0]
    content = shipped_parts()[name]
    head, _, path = content.decode().splitlines()[0].partition("=")
    assert head == "# yaml-language-server: $schema"
    folder = ROOT / "stream_processors" / "rules" / kind
    assert (folder / path).resolve() == ROOT / "schemas" / "rules" / FILES[kind]
    assert check(kind, yaml.safe_load(content)) == []


def test_every_obligation_and_line_fits() -> None:
    """What loads fits: each word, each mapping, groups, confirmations, exceptions."""
    whole = agreement(
        people={"victims": [{"role": ["VICTIM"], "age": ["under-10"]}]},
        places={"homes": [{"home_of": "victims"}]},
        share_when=[{"persons": {"any": "victims"}, "places": {"none": "homes"}, "hour": ["00"], "quality_at_least": 50}],
        fields={
            "crime.summary": {"keep": True, "when": [{"marker": ["soc"]}]},
            "persons[victims].telephone": {"mask_keep_last": 3},
            "persons[*].date_of_birth": {"generalise": "age-band"},
            "locations[homes].point": {"generalise": "square-1km"},
            "locations[*].latitude": {"decimals": 2},
            "persons[*].pnc_id": "pseudonymise",
            "statements[victims].text": "drop",
            "markers": "keep",
        },
    )
    rule = prohibition(
        effect="drop",
        drops=["persons[*].surname"],
        excepted=[{"agreement": "council", "gateway": "CDA1998-115", "reason": "a reason here", "when": [{"marker": ["soc"]}]}],
    )
    assert check_rules(parts_of([whole], [rule])).faults == ()
    assert check("agreements", whole) == check("prohibitions", rule) == []


def _without(name: str) -> Callable[[Record], Record]:
    return lambda whole: {key: value for key, value in whole.items() if key != name}


def _with(**changes: Any) -> Callable[[Record], Record]:
    return lambda whole: whole | changes


PLANTED: list[tuple[str, Callable[[Record], Record], str]] = [
    *(("agreements", _without(name), "$") for name in agreement() if name != "carries"),  # which may be left out
    *(("prohibitions", _without(name), "$") for name in prohibition()),
    ("agreements", _with(more=1), "$"),
    ("agreements", _with(form="standin"), "$.form"),
    ("agreements", _with(gateways=["CDA1998-17"]), "$.gateways[0]"),
    ("agreements", _with(valid_from="yesterday"), "$.valid_from"),
    ("agreements", _with(share_when=[{}]), "$.share_when[0]"),
    ("agreements", _with(share_when=[{"marker": None}]), "$.share_when[0].marker"),
    ("agreements", _with(share_when=[{"marker": ["chld"]}]), "$.share_when[0].marker[0]"),
    ("agreements", _with(share_when=[{"colour": ["red"]}]), "$.share_when[0]"),
    ("agreements", _with(share_when=[{"unknown": "share", "marker": ["soc"]}]), "$.share_when[0]"),
    ("agreements", _with(share_when=[{"places": {"subject": "p"}}]), "$.share_when[0].places"),
    ("agreements", _with(people={"Victims": [{"role": ["VICTIM"]}]}), "$.people"),
    ("agreements", _with(people={"victims": [{"role": ["HOME"]}]}), "$.people.victims[0].role[0]"),
    ("agreements", _with(fields={}), "$.fields"),
    ("agreements", _with(fields={"persons": "keep"}), "$.fields"),
    ("agreements", _with(fields={"crime.summary": "kep"}), "$.fields['crime.summary']"),
    ("agreements", _with(fields={"crime.summary": {"keep": True, "drop": True}}), "$.fields['crime.summary']"),
    ("agreements", _with(fields={"crime.summary": {"keep": False}}), "$.fields['crime.summary']"),
    ("agreements", _with(fields={"crime.summary": {"generalise": "decade"}}), "$.fields['crime.summary']"),
    ("prohibitions", _with(effect="drop"), "$"),
    ("prohibitions", _with(drops=["crime.summary"]), "$.drops"),
    ("prohibitions", _with(effect="forbid"), "$.effect"),
    ("prohibitions", _with(when=[{"marker": ["sock"]}]), "$.when[0].marker[0]"),
    ("prohibitions", _with(excepted=[{"agreement": "council"}]), "$.excepted[0]"),
]


@pytest.mark.parametrize(("kind", "change", "path"), PLANTED, ids=[f"{n} {p}" for n, (_, _, p) in enumerate(PLANTED)])
def test_what_is_planted_is_refused_where_it_stands(kind: str, change: Callable[[Record], Record], path: str) -> None:
    """A clause left out, an unknown key or word, an obligation that is none: refused by the schema as it is by the loader."""
    whole = change(agreement() if kind == "agreements" else prohibition())
    assert path in check(kind, whole)
    rules = parts_of([whole | {"id": whole.get("id", "x")}] if kind == "agreements" else [agreement()])
    rules = rules | {f"{kind}/0.yaml": yaml.safe_dump(whole).encode()}
    assert check_rules(rules).faults
