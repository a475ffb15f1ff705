"""Rule sets load whole or not at all, and say everything that is wrong with them at once."""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml
from core_hub import agreement, parts_of, prohibition, unchecked_rule_set
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.errors import Misconfigured
from stream_processors.rule_faults import InvalidRules
from stream_processors.rule_set import check_rules, hash_parts, load_rule_set, shipped_parts

Record = dict[str, Any]


def faults(parts: dict[str, bytes]) -> str:
    """What loading says; fails where it loads."""
    with pytest.raises(Misconfigured) as caught:
        load_rule_set(parts)
    assert caught.value.code is Code.AGREEMENT_INVALID
    assert isinstance(caught.value, InvalidRules)
    assert caught.value.faults == check_rules(parts).faults
    return caught.value.field


def test_the_shipped_rules_load() -> None:
    """At least six kinds of agency, each with agencies, forces that have accepted, a projection and a schema."""
    rules = load_rule_set(shipped_parts())
    assert len({each.partner_kind for each in rules.agreements}) >= 6
    assert all(rules.bound[each.id] and rules.accepted[each.id] for each in rules.agreements)
    assert {"victim-anonymity", "source-identity"} <= {each.id for each in rules.prohibitions}
    assert all(rules.drops[each.id] for each in rules.prohibitions if each.effect == "drop")
    words = {word for each in rules.agreements for obligation in each.fields.values() for word in obligation.model_fields_set}
    assert words >= {"keep", "generalise", "pseudonymise", "when"}


@pytest.mark.parametrize("clause", [name for name in agreement() if name != "carries"])
def test_a_missing_clause_of_an_agreement_is_named(clause: str) -> None:
    """Whatever is left out of an agreement, it does not load, and the clause is named with its file."""
    whole = agreement()
    del whole[clause]
    said = faults(parts_of([whole | ({"id": "x"} if clause != "id" else {})]) if clause != "id" else _nameless(whole))
    assert re.search(rf"agreements/0.yaml:\d+ {clause}: found nothing; expected the clause `{clause}`", said)


def _nameless(whole: Record) -> dict[str, bytes]:
    return parts_of([]) | {"agreements/0.yaml": yaml.safe_dump(whole).encode()}


@pytest.mark.parametrize("clause", ["id", "reason", "source", "when", "effect", "latch"])
def test_a_missing_clause_of_a_prohibition_is_named(clause: str) -> None:
    """A prohibition says what, why, whence, and whether it lasts; or the whole set does not load."""
    whole = prohibition()
    del whole[clause]
    said = faults(parts_of([agreement()], [whole]))
    assert re.search(rf"prohibitions/0.yaml:\d+ {clause}: found nothing; expected the clause `{clause}`", said)


def test_all_faults_are_said_at_once() -> None:
    """Three broken files and a broken line: one error that names each of them."""
    parts = parts_of([agreement(purpose="short"), agreement(id="other", retention_days=0)], [prohibition(reason="x")])
    said = faults(parts | {"agreements/9.yaml": b"id: [", "acceptances.csv": parts["acceptances.csv"] + b"\nx,y,z,w\n"})
    for name in ("agreements/0.yaml:", "agreements/1.yaml:", "agreements/9.yaml:1", "prohibitions/0.yaml:", "acceptances.csv:"):
        assert name in said


def test_one_fault_does_not_hide_the_others_of_its_file() -> None:
    """A clause missing, an unknown key, a word, a gateway, a basis, dates, a field and a key twice, all in one file."""
    changes: Record = {
        "purpose": "short", "form": "standin", "gateways": ["CDA1998-17"], "regime": "UK_GDPR", "valid_until": "2025-01-01",
        "share_when": [{"marker": ["chld"]}, {"colour": ["red"]}], "fields": {"crime.sumary": "keep"}, "mor": 1,
    }  # fmt: skip
    whole = agreement(**changes)
    del whole["retention_days"]
    content = yaml.safe_dump(whole).encode() + b"owner: another\n"
    checked = check_rules(parts_of([whole]) | {"agreements/0.yaml": content})
    assert {fault.key for fault in checked.faults} >= {
        "purpose", "form", "gateways[0]", "lawful_basis", "valid_until", "share_when[0].marker[0]", "share_when[1].colour",
        "fields.crime.sumary", "mor", "retention_days", "owner",
    }  # fmt: skip
    assert len({fault.code for fault in checked.faults}) == 5
    assert list(checked.faults) == sorted(set(checked.faults))


JUNK: list[Any] = [
    None,
    "",
    "x",
    0,
    -1,
    3.5,
    True,
    [],
    {},
    [None],
    [[]],
    [{}],
    {"x": 1},
    {"x": None},
    "2026-99-99",
    ["*"],
    "\udcff"[:0],
]


@settings(max_examples=150)
@given(seed=st.integers(0, 2**32))
def test_no_file_makes_loading_fail_otherwise(seed: int) -> None:
    """Any clause replaced, removed or turned to junk, and any byte of any part changed: it loads, or it is Misconfigured."""
    chance = random.Random(seed)
    whole: list[Record] = [agreement(), prohibition(effect="drop", drops=["crime.summary"])]
    spoilt = chance.choice(whole)
    _spoil(spoilt, chance)
    parts = dict(parts_of([{"id": "council"} | whole[0]], [whole[1]]))
    if chance.random() < 0.4:
        name = chance.choice(sorted(parts))
        content = bytearray(parts[name])
        content[chance.randrange(len(content))] = chance.randrange(256)
        parts[name] = bytes(content)
    try:
        load_rule_set(parts)
    except Misconfigured as error:
        assert error.field


def _spoil(node: Any, chance: random.Random) -> None:
    """Change something somewhere in a tree."""
    keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
    if not keys:
        return
    key = chance.choice(keys)
    if isinstance(node[key], dict | list) and node[key] and chance.random() < 0.6:
        _spoil(node[key], chance)
    elif chance.random() < 0.3:
        del node[key]
    else:
        node[key] = chance.choice(JUNK)


def _longer(parts: dict[str, bytes]) -> dict[str, bytes]:
    return parts | {"agreements/0.yaml": parts["agreements/0.yaml"] + b"\n"}


def _renamed(parts: dict[str, bytes]) -> dict[str, bytes]:
    return {name.replace("0", "1"): content for name, content in parts.items()}


@pytest.mark.parametrize("change", [_longer, _renamed])
def test_one_byte_more_is_another_rule_set(change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> None:
    """The hash is over names and contents, in whatever order they come."""
    parts = parts_of([agreement()])
    assert hash_parts(change(parts)) != hash_parts(parts)
    assert hash_parts(dict(reversed(parts.items()))) == hash_parts(parts)


def test_what_is_checked_and_what_is_not_are_one_rule_set() -> None:
    """Tests of the engine that need rules which the loader refuses get the very rule set that it would have made."""
    given = ([agreement(), agreement("bureau")], [prohibition(effect="drop", drops=["crime.summary"])])
    made, loaded = unchecked_rule_set(*given), load_rule_set(parts_of(*given))
    assert replace(made, projections={}) == replace(loaded, projections={})  # those have functions in them
    assert made.projections.keys() == loaded.projections.keys()
