"""A fault never shares: whatever breaks in a record, at whatever step, withholds, closes what can latch, and is told."""

import copy
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from core_hub import Hub, agreement, at, event, prohibition, rule_set

from schemas.codes import Code
from schemas.kinds import KINDS
from schemas.records import Record
from stream_processors.attribute_maps import from_map
from stream_processors.attributes import derive_attributes
from stream_processors.rule_set import RuleSet, load_rule_set, shipped_parts


class Broken:
    """Fails whatever is done with it: read, compared, counted, asked for its hash."""

    def _fail(self, *_: object) -> NoReturn:
        raise ArithmeticError

    __iter__ = __len__ = __bool__ = __getitem__ = __eq__ = __hash__ = __str__ = __contains__ = __index__ = _fail
    __lt__ = __le__ = __gt__ = __ge__ = __float__ = __int__ = _fail  # type: ignore[assignment]

    def __getattr__(self, _name: str) -> NoReturn:
        raise ArithmeticError

    def __deepcopy__(self, _memo: object) -> "Broken":
        return self


VICTIMS = {"people": {"victims": [{"role": ["VICTIM"]}], "others": [{"outside": "victims"}]}, "places": {}}
FIELDS = {
    "envelope.kind": "keep",
    "occurred.start": "keep",
    "crime.offence": "keep",
    "crime.summary": {"keep": True, "when": [{"subject_category": ["VICTIM"]}]},
    "incident.summary": "keep",
    "persons[victims].surname": "keep",
    "persons[others].telephone": {"mask_keep_last": 3},
    "persons[*].date_of_birth": {"generalise": "year"},
    "locations[INCIDENT].postcode": {"generalise": "outward"},
    "objects[*].identifier": "pseudonymise",
}
RULES = rule_set(
    [
        agreement(share_when=[{"kind": list(KINDS), "area": "own"}], fields=FIELDS, **VICTIMS),
        agreement("bureau", feed="short", fields={"envelope.kind": "keep", "crime.offence": "keep"}),
    ],
    [
        prohibition("people", when=[{"persons": {"any": "known"}}], people={"known": [{"marker": ["protected-person"]}]}),
        prohibition("anonymity", when=[{"victim_anonymity": ["Y"]}], effect="drop", drops=["crime.summary"], latch=True),
        prohibition("safe", when=[{"marker": ["refuge"]}], latch=True),
    ],
)
LATCHING = {"anonymity", "safe"}


def whole(kind: str = "crime", **parts: Any) -> Record:
    """A record with something in every part, which both sorts of agencies have."""
    if kind == "crime":
        parts = {"crime": {"offence": {"value": "8N"}, "summary": "a summary", "hate_flag": False}} | parts
    persons = [
        {
            "ref": "p1",
            "roles": ["VICTIM"],
            "surname": "Example",
            "date_of_birth": "1980-01-02",
            "subject_categories": ["VICTIM"],
        },
        {"ref": "p2", "roles": ["SUSPECT"], "surname": "Sample", "telephone": "01632 960123", "markers": ["soc"]},
    ]
    return event(
        kind,
        locations=at(postcode="NE1 7RU"),
        persons=persons,
        objects=[{"ref": "o1", "type": "VEHICLE", "identifier": "AB12 CDE", "status": "stolen"}],
        links=[{"from_ref": "p1", "to_ref": "l1", "reason": "homeAddress"}],
        originator_control={"only": [], "except": ["squad"], "consents": []},
        grading={"source": "1", "assessment": "B", "handling": "P"},
        **parts,
    )


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a record, but its envelope and retention, which say which record it is and when it is to be reviewed."""
    if path[:1] in (("envelope",), ("retention",)):
        return
    if path:
        yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from paths(inner, (*path, step))


def spoil(record: Record, path: tuple[Any, ...], how: str) -> Record:
    """A copy of the record, broken at one place: the value fails, or is not there."""
    spoilt = copy.deepcopy(record)
    inner = spoilt
    for step in path[:-1]:
        inner = inner[step]
    if how == "failing":
        inner[path[-1]] = Broken()
    else:
        del inner[path[-1]]
    return spoilt


def left(outcome: Any) -> dict[str, tuple[str, bytes]]:
    """Agency to what it is sent."""
    return {release.agency: (release.action, release.value) for release in outcome.releases}


def never_more(hub: Hub, intact: dict[str, tuple[str, bytes]], spoilt: Record, latching: set[str]) -> str:
    """The code under which a broken record was withheld; empty: what is broken decides nothing, all have it as if intact,
    but for what is not there."""
    outcome = hub.decide(spoilt)
    holders = hub.overlay.holders(0, spoilt["envelope"]["record_id"])
    hub.overlay.drop()
    faults = set(outcome.entry["faults"])
    if str(Code.DECISION_FAULT) in faults:
        assert not outcome.releases
        assert [reason["reason"] for reason in outcome.entry["withheld"]] == ["FAULT"]
        assert holders is not None and latching <= set(holders["latches"])
        return str(Code.DECISION_FAULT)
    if str(Code.PROJECTION_FAILED) in faults:
        assert {agency: sent for agency, sent in left(outcome).items() if intact.get(agency) != sent} == {}
        assert len(outcome.releases) < len(intact)
        return str(Code.PROJECTION_FAILED)
    assert not faults
    assert set(left(outcome)) == set(intact)
    assert all(len(value) <= len(intact[agency][1]) for agency, (_, value) in left(outcome).items())
    return ""


@pytest.mark.parametrize("kind", KINDS)
def test_what_fails_anywhere_in_a_record_shares_nothing(kind: str) -> None:
    """A value that fails whatever is done with it, at every place of a record of every kind, one at a time: if the decision
    meets it nobody has the record, under the reason FAULT, and everything that can latch has; if a projection meets it the
    agencies of that agreement have nothing and the others what they would have had; if nothing meets it all is as before."""
    record, hub = whole(kind), Hub(RULES)
    intact = left(hub.decide(record))
    hub.overlay.drop()
    assert {"council-a", "bureau"} <= set(intact) or kind != "crime"
    found = {path: never_more(hub, intact, spoil(record, path, "failing"), LATCHING) for path in paths(record)}
    assert {"", str(Code.DECISION_FAULT)} <= set(found.values())
    decisive = [("marking", "tier"), ("markers",), ("persons", 1, "markers"), ("persons", 0, "roles"), ("locations", 0, "role")]
    for path in [*decisive, ("originator_control", "except", 0), ("links", 0, "reason"), ("grading", "handling")]:
        assert found[path] == str(Code.DECISION_FAULT), path
    if kind == "crime":
        projected = [("persons", 0, "surname"), ("crime", "summary"), ("persons", 1, "telephone"), ("objects", 0, "identifier")]
        assert all(found[path] == str(Code.PROJECTION_FAILED) for path in projected)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_from_a_record_shares_nothing(kind: str) -> None:
    """A field that every standard record has and this one has not, at every place: likewise, or all is
    as before without that field."""
    record, hub = whole(kind), Hub(RULES)
    intact = left(hub.decide(record))
    hub.overlay.drop()
    keys = [path for path in paths(record) if isinstance(path[-1], str)]
    found = [never_more(hub, intact, spoil(record, path, "missing"), LATCHING) for path in keys]
    assert found.count(str(Code.DECISION_FAULT)) >= 20


def test_under_the_rules_that_ship_a_fault_shares_nothing() -> None:
    """The same, under the rule set that ships, of a crime and of an incident that some agency has."""
    rules = load_rule_set(shipped_parts())
    latching = {each.id for each in rules.prohibitions if each.latch}
    for kind, parts in [("crime", {}), ("incident", {"incident": {"sub_type": "asb"}})]:
        record, hub = whole(kind, **parts), Hub(rules)
        intact = left(hub.decide(record))
        hub.overlay.drop()
        codes = {never_more(hub, intact, spoil(record, path, "failing"), latching) for path in paths(record)}
        assert str(Code.DECISION_FAULT) in codes


def _held(rules: RuleSet) -> tuple[Hub, Record]:
    hub, record = Hub(rules), whole()
    hub.handle(record)
    return hub, record


def test_a_fault_withdraws_and_stays_closed() -> None:
    """Who holds the record is told to withdraw it; the next version that is whole again finds everything closed that the
    broken one could have closed: a name that it may have hidden is not re-opened."""
    hub, record = _held(RULES)
    assert {holding["state"] for holding in hub.lanes.records[(0, record["envelope"]["record_id"])]["holdings"]} == {"HELD"}
    broken = spoil(event(version=2, locations=at()), ("markers",), "failing")
    outcome = hub.handle(broken)
    assert {release.action for release in outcome.releases} == {"WITHDRAW"}
    assert {release.agency for release in outcome.releases} == {"council-a", "bureau"}
    again = hub.handle(event(version=3, locations=at(), envelope={"action": "REINSTATEMENT"}))
    assert not again.releases, "what may have been a refuge stays one"
    assert again.decision is not None
    assert again.decision.latches >= LATCHING


def test_what_failed_is_not_kept_as_attributes() -> None:
    """Holders keep the attributes of what was decided; after a fault there are none, and reading them is a fault again."""
    hub, record = _held(RULES)
    kept = hub.lanes.records[(0, record["envelope"]["record_id"])]
    assert from_map(kept["attributes"]) == derive_attributes(record)
    hub.handle(spoil(event(version=2, locations=at()), ("persons",), "failing"))
    hub.handle(spoil(event(version=3, locations=at()), ("marking", "tier"), "failing"))
    kept = hub.lanes.records[(0, record["envelope"]["record_id"])]
    assert kept["version"] == 3
    assert kept["attributes"] == {}
    with pytest.raises(KeyError):
        from_map(kept["attributes"])
