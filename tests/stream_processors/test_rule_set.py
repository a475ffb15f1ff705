"""Rule sets load whole or not at all, and say everything that is wrong with them at once."""

import random
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from core_hub import agreement, parts_of, prohibition
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.errors import Misconfigured
from stream_processors.rule_set import hash_parts, load_rule_set, shipped_parts

Record = dict[str, Any]


def faults(parts: dict[str, bytes]) -> str:
    """What loading says; fails where it loads."""
    with pytest.raises(Misconfigured) as caught:
        load_rule_set(parts)
    assert caught.value.code is Code.AGREEMENT_INVALID
    return caught.value.field


def test_the_shipped_rules_load() -> None:
    """At least six kinds of agency, each with agencies, forces that have accepted, a projection and a schema."""
    rules = load_rule_set(shipped_parts())
    assert len({each.partner_kind for each in rules.agreements}) >= 6
    assert all(rules.bound[each.id] and rules.accepted[each.id] for each in rules.agreements)
    assert {"victim-anonymity", "source-identity"} <= {each.id for each in rules.prohibitions}
    assert all(rules.drops[each.id] for each in rules.prohibitions if each.effect == "drop")
    words = {word for each in rules.agreements for obligation in each.fields.values() for word in obligation.model_fields_set}
    assert words >= {"keep", "mask_keep_last", "generalise", "decimals", "pseudonymise"}


@pytest.mark.parametrize("clause", [name for name in agreement() if name != "carries"])
def test_a_missing_clause_of_an_agreement_is_named(clause: str) -> None:
    """Whatever is left out of an agreement, it does not load, and the clause is named with its file."""
    whole = agreement()
    del whole[clause]
    said = faults(parts_of([whole | ({"id": "x"} if clause != "id" else {})]) if clause != "id" else _nameless(whole))
    assert f"agreements/0.yaml: {clause}: " in said


def _nameless(whole: Record) -> dict[str, bytes]:
    return parts_of([]) | {"agreements/0.yaml": yaml.safe_dump(whole).encode()}


@pytest.mark.parametrize("clause", ["id", "reason", "source", "when", "effect", "latch"])
def test_a_missing_clause_of_a_prohibition_is_named(clause: str) -> None:
    """A prohibition says what, why, whence, and whether it lasts; or the whole set does not load."""
    whole = prohibition()
    del whole[clause]
    assert f"prohibitions/0.yaml: {clause}: " in faults(parts_of([agreement()], [whole]))


BAD_AGREEMENTS: list[tuple[Record, str]] = [
    ({"gateways": ["NO-SUCH-ACT"]}, "gateways: NO-SUCH-ACT is not known"),
    ({"gateways": ["CDA1998-17"]}, "gateways: none of them can carry a standing feed alone"),
    ({"gateways": []}, "gateways"),
    ({"partner_kind": "nobody"}, "partner_kind: not bound to any agency"),
    ({"share_when": []}, "share_when"),
    ({"share_when": [{}]}, "share_when"),
    ({"share_when": [{"marker": []}]}, "share_when.0.marker"),
    ({"share_when": [{"marker": None, "kind": ["crime"]}]}, "share_when.0"),
    ({"share_when": [{"colour": ["red"]}]}, "share_when.0.colour"),
    ({"withhold_when": [{"marker": []}]}, "withhold_when.0.marker"),
    ({"withhold_when": [{"marker": [""]}]}, "withhold_when.0.marker"),
    ({"fields": {}}, "fields"),
    ({"fields": {"persons": "keep"}}, "fields.persons"),
    ({"fields": {"persons[*].colour": "keep"}}, "fields.persons[*].colour"),
    ({"fields": {"persons[VICTM].surname": "keep"}}, "fields.persons[VICTM].surname"),
    ({"fields": {"crime.offence": {"mask_keep_last": 2}}}, "fields.crime.offence"),
    ({"fields": {"crime.summary": {"generalise": "hour"}}}, "fields.crime.summary"),
    ({"fields": {"crime.summary": {"decimals": 2}}}, "fields.crime.summary"),
    ({"fields": {"occurred.start": "pseudonymise"}}, "fields.occurred.start"),
    ({"fields": {"crime.summary": "show"}}, "fields.crime.summary"),
    ({"fields": {"crime.summary": {"keep": True, "drop": True}}}, "fields.crime.summary"),
    ({"fields": {"crime.summary": {}}}, "fields.crime.summary"),
    ({"fields": {"crime.offence": "keep", "crime.offence.code": "keep"}}, "crime.offence"),
    ({"valid_until": "2025-01-01"}, "valid_from before valid_until"),
    ({"review_on": "2029-01-01"}, "review_on"),
    ({"kinds": []}, "kinds"),
    ({"kinds": ["rumour"]}, "kinds.0"),
    ({"max_marking": "SECRET"}, "max_marking"),
    ({"time_grain": "never"}, "time_grain"),
    ({"retention_days": 0}, "retention_days"),
    ({"id": "A_B"}, "id"),
    ({"feed": "a.b"}, "feed"),
    ({"more": 1}, "more"),
    ({"withhold_when": [{"marker": ["protectd-person"]}]}, "protectd-person: no such marker"),
    ({"withhold_when": [{"handling_instruction": ["EMBARGO"]}]}, "EMBARGO: no such handling_instruction"),
]


@pytest.mark.parametrize(("change", "said"), BAD_AGREEMENTS, ids=[str(change)[:60] for change, _ in BAD_AGREEMENTS])
def test_an_agreement_that_can_not_be_meant_does_not_load(change: Record, said: str) -> None:
    """Unknown or insufficient gateways, unbound kinds, empty or unknown conditions, fields that are not there."""
    assert said in faults(parts_of([agreement(**change)]))


BAD_PROHIBITIONS: list[tuple[Record, str]] = [
    ({"effect": "drop"}, "drops"),
    ({"drops": ["crime.summary"]}, "drops"),
    ({"effect": "drop", "drops": ["crime.sumary"]}, "drops"),
    ({"effect": "drop", "drops": ["persons[VICTM].surname"]}, "drops"),
    ({"effect": "drop", "drops": ["persons[VICTIM]"]}, "drops"),
    ({"when": [{"area": "own", "marker": ["x"]}]}, "own area"),
    ({"when": []}, "when"),
    ({"when": [{"marker": None, "kind": ["crime"]}]}, "when.0"),
    ({"excepted": [{"agreement": "council", "gateway": "CA2004-10", "reason": "a reason here"}]}, "CA2004-10"),
    ({"excepted": [{"agreement": "nobody", "gateway": "CDA1998-115", "reason": "a reason here"}]}, "no agreement nobody"),
    ({"excepted": [{"agreement": "council", "gateway": "CDA1998-115", "reason": ""}]}, "excepted.0.reason"),
]


@pytest.mark.parametrize(("change", "said"), BAD_PROHIBITIONS, ids=[str(change)[:60] for change, _ in BAD_PROHIBITIONS])
def test_a_prohibition_that_would_prohibit_nothing_does_not_load(change: Record, said: str) -> None:
    """A field, a role or an exception that is not there would be dropped nowhere, and nobody would know."""
    assert said in faults(parts_of([agreement()], [prohibition(**change)]))


def test_two_agreements_for_one_feed_do_not_load() -> None:
    """A feed has one agreement, an id one file, or whatever came last would win."""
    assert "two agreements for one feed" in faults(parts_of([agreement(), agreement(id="other")]))
    assert "council: two files with this id" in faults(parts_of([agreement(), agreement(feed="second")]))
    assert "a-rule: two files with this id" in faults(parts_of([agreement()], [prohibition(), prohibition()]))
    load_rule_set(parts_of([agreement(), agreement(id="other", feed="second")]))


def test_an_agreement_that_no_force_has_accepted_does_not_load() -> None:
    """Absence denies: without acceptances there is no agreement; a broken line is said with its number."""
    head = b"agreement,force,accepted_by,accepted_on\n"
    assert "no force has accepted it" in faults(parts_of([agreement()]) | {"acceptances.csv": head})
    broken = head + b"council,northumbria,a person,yesterday\n"
    assert "acceptances.csv: line 2" in faults(parts_of([agreement()]) | {"acceptances.csv": broken})


def test_all_faults_are_said_at_once() -> None:
    """Three broken files and a broken line: one error that names each of them."""
    parts = parts_of([agreement(purpose="short"), agreement(id="other", retention_days=0)], [prohibition(reason="x")])
    said = faults(parts | {"agreements/9.yaml": b"id: [", "acceptances.csv": parts["acceptances.csv"] + b"\nx,y,z,w\n"})
    for name in ("agreements/0.yaml", "agreements/1.yaml", "agreements/9.yaml: line", "prohibitions/0.yaml", "acceptances.csv"):
        assert name in said


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
