"""The plain-English rendering: the same text for the same set, and no clause of it unsaid."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import yaml
from core_hub import agreement, parts_of, prohibition, rule_set

from stream_processors.clauses import Clause, PersonClause, PlaceClause
from stream_processors.rendering import render_rule_set, sections_of
from stream_processors.rule_set import load_rule_set, shipped_parts

FULL = agreement(
    people={"child": [{"age": ["10-17"], "not_role": ["SUSPECT"]}],
            "home": [{"household_of": "child", "not_marker": ["refuge"]}]},
    places={"flat": [{"role": ["HOME"], "home_of": "child"}]},
    share_when=[
        {"kind": ["crime"], "area": "own", "quality_at_least": 40, "persons": {"any": "child", "none": "home"}},
        {"marker": ["school"], "consent": "given", "places": {"every": "flat"}, "unknown": "share", "because": "a reason why"},
    ],
    withhold_when=[{"marker": ["refuge"], "hour": ["00", "01"]}],
    fields={"crime.summary": {"keep": True, "when": [{"kind": ["crime"]}]}, "persons[child].telephone": {"mask_keep_last": 2},
            "persons[*].surname": "keep", "locations[*].postcode": {"generalise": "outward"}},
    carries={"crime.summary": "a reason of this test"},
    supporting_law=["CA2004-11"],
    gateways=["CDA1998-115", "POLICING"],
    confirmed={"POLICING": {"by": "a person", "on": "2026-01-02", "note": "looked up by hand"}},
)  # fmt: skip
RULE = prohibition(
    "no-names", effect="drop", drops=["persons[*].surname"], latch=True,
    excepted=[{"agreement": "council", "gateway": "CDA1998-115", "reason": "a reason here", "when": [{"marker": ["child"]}]}],
)  # fmt: skip


def leaves(value: Any) -> Iterator[Any]:
    """Every single value of a file."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield key if key in FULL["fields"] or key in FULL["people"] or key in FULL["places"] else None
            yield from leaves(below)
    elif isinstance(value, list):
        for below in value:
            yield from leaves(below)
    else:
        yield value


def said(text: str) -> str:
    """One line, so that a value is found also where it was wrapped."""
    return " ".join(text.split())


def test_every_value_of_a_rule_is_said() -> None:
    """Purposes, laws, gateways, groups, conditions, fields, obligations, exceptions and conditions of use."""
    sections = sections_of(rule_set([FULL], [RULE]))
    for name, rule in (("council", FULL), ("no-names", RULE)):
        text = said(sections[name])
        words = {"own", "given", "share", "keep", "drop", "withhold"}
        missing = {str(v) for v in leaves(rule) if v not in (None, True, False, *words) and str(v) not in text}
        assert missing == set()
    for sentence in ("agency's own authorities", "names the agency", "counts as so, because", "as it is", "for the life",
                     "but only of records where", "last 2 characters", "is not SUSPECT"):  # fmt: skip
        assert sentence in said("".join(sections.values())), sentence


@pytest.mark.parametrize("model", [Clause, PersonClause, PlaceClause])
def test_no_line_of_the_language_is_unsaid(model: Any) -> None:
    """Each attribute that a condition can have, one at a time: it is in the text, and another value is another."""
    from stream_processors.rendering_words import say_clause

    base = {"kind": ["crime"]} if model is Clause else {"role": ["HOME"]}
    plain = say_clause(model.model_validate(base))
    single = ("consent", "originator_control", "quality_at_least", "persons", "places")  # of these one value is tried
    for name, field in model.model_fields.items():
        if name in ("unknown", "because"):
            continue
        texts = set()
        for value in (["alpha"], ["beta"], "own", "own-csp", "given", "barred", "group-a", "group-b", 7, {"any": "group-a"}):
            try:
                made = model.model_validate({**base, name: value})
            except ValueError:
                continue
            texts.add(say_clause(made))
        assert texts - {plain}, f"{name}: {field.description}"
        assert len(texts) >= (1 if name in single else 2), name


def changed(rule: dict[str, Any], chance: random.Random) -> dict[str, Any] | None:
    """The rule with one value changed somewhere."""
    rule = deepcopy(rule)
    node: Any = rule
    while True:
        key = chance.choice(list(node) if isinstance(node, dict) else range(len(node)))
        if isinstance(node[key], dict | list) and node[key]:
            node = node[key]
            continue
        value = node[key]
        if isinstance(value, bool):
            return None
        node[key] = value + 1 if isinstance(value, int) else f"{value}x" if not str(value)[:4].isdigit() else value
        return rule


def test_another_rule_is_another_text() -> None:
    """Any value of a rule changed, where the set still loads: its section reads differently."""
    chance, seen = random.Random(4), 0
    before = sections_of(rule_set([FULL], [RULE]))
    for _ in range(300):
        new = changed(FULL, chance)
        if new is None or new == FULL or new["id"] != "council":
            continue
        try:
            after = sections_of(rule_set([new], [RULE]))
        except Exception:  # noqa: S112  # it does not load: nobody signs it
            continue
        seen += 1
        assert after["council"] != before["council"]
    assert seen > 50


def test_the_order_of_files_and_keys_does_not_matter() -> None:
    """The same rules from files in another order: the same sections."""
    parts = parts_of([FULL, agreement("bureau")], [RULE, prohibition()])
    turned = parts_of([agreement("bureau"), FULL], [prohibition(), RULE])
    shuffled = {name: yaml.safe_dump(yaml.safe_load(content), sort_keys=True).encode() if name.endswith(".yaml") else content
                for name, content in turned.items()}  # fmt: skip
    assert sections_of(load_rule_set(parts)) == sections_of(load_rule_set(shuffled))


def test_the_text_is_the_same_in_every_process() -> None:
    """Another hash seed, time zone and locale: two approvers on two machines sign one hash."""
    program = (
        "import hashlib; from stream_processors.rendering import render_rule_set as r; "
        "from stream_processors.rule_set import load_rule_set as l, shipped_parts as s; "
        "print(hashlib.sha256(r(l(s())).encode()).hexdigest())"
    )
    found = set()
    for seed, zone in (("1", "Pacific/Kiritimati"), ("2", "UTC")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
        found.add(done.stdout)
    assert len(found) == 1


def test_nothing_in_a_rule_can_hide_a_line() -> None:
    """Escape sequences, line breaks and turned writing in a value are shown as a sign that can't be read; no line is forged."""
    evil = "a purpose\n  Not shared where: never \x1b[2K\x1b[1A and \u202eback \u2028here"
    text = sections_of(rule_set([agreement(purpose=evil)]))["council"]
    assert not set(text) & {"\x1b", "\u202e", "\u2028"}
    assert not any(line.startswith("  Not shared where: never") for line in text.splitlines())


def test_the_shipped_set_is_rendered_whole() -> None:
    """Every shipped agreement and prohibition has its section, each agency and each gateway is named."""
    rules = load_rule_set(shipped_parts())
    text = said(render_rule_set(rules))
    wanted = {rule.id for rule in rules.with_feeds} | {rule.id for rule in rules.prohibitions}
    assert sections_of(rules).keys() == wanted
    for bound in (each for rule in rules.agreements for each in rules.bound[rule.id]):
        assert f"({bound.agency.id})" in text
    assert rules.emergency
    said_of_emergency = said(sections_of(rules)[rules.emergency.id])
    values = {str(value) for value in leaves(rules.emergency.model_dump(mode="json")) if value is not None}
    assert {value for value in values if value not in said_of_emergency} == set()
    assert all(gateway in text for rule in rules.agreements for gateway in rule.gateways)
