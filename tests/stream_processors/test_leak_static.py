"""The static leak check: every sort of field list that gives away what it means to withhold, and what it takes for a reason."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from core_hub import agreement, parts_of, prohibition
from typer.testing import CliRunner

from deploy.cli import app
from schemas.codes import Code
from schemas.errors import Misconfigured
from schemas.records import Record
from stream_processors.leak_carriers import ENVELOPE
from stream_processors.leak_static import Finding, organisation_of
from stream_processors.rule_set import carried_by, load_rule_set, shipped_parts

PERSON = {"persons[*].given_name": "keep", "persons[*].surname": "keep", "persons[*].date_of_birth": "keep"}
COUNCIL = (
    "id,name,kind,forces,lad_codes,nation\n"
    "one,Exampleburn City Council first team,council,,E08000021,England\n"
    "two,Exampleburn City Council second team,bureau,,E08000021,England\n"
    "three,Elsewhere Council first team,squad,,E08000022,England\n"
)


def bare(name: str = "council", **changes: Any) -> Record:
    """An agreement that gives no reasons; `fields` replaces its field list."""
    return agreement(name, **({"carries": {}, "feed": name} | changes))


def findings(*agreements: Record, prohibitions: tuple[Record, ...] = (), agencies: str = COUNCIL) -> list[Finding]:
    return [one for one in carried_by(parts_of(agreements, prohibitions, agencies)) if not one.reason]


def keys(fields: Mapping[str, Any], **more: Any) -> dict[str, tuple[str, ...]]:
    """Field to what it gives away, for one agreement with this field list."""
    return {one.key: one.told for one in findings(bare(fields=fields, **more))}


OUTWARD = {"generalise": "outward"}
LEAKY: list[tuple[str, dict[str, Any], str, str]] = [
    ("a summary names whoever is dropped", {"incident.summary": "keep"}, "incident.summary", "persons.surname"),
    ("so does a way of working", {"crime.modus_operandi": "keep"} | PERSON, "crime.modus_operandi", "persons.telephone"),
    ("a description", {"persons[SUSPECT].description": "keep"}, "persons.description", "persons.surname"),
    ("a statement", {"statements[*].text": "keep"}, "statements.text", "persons.surname"),
    ("an object's description", {"objects[*].description": "keep"}, "objects.description", "objects.identifier"),
    ("a sanitised text", {"intelligence.sanitised_text": "keep"}, "intelligence.sanitised_text", "locations.postcode"),
    ("a text beside a masked number", {"incident.summary": "keep", "persons[*].telephone": {"mask_keep_last": 3}},
     "incident.summary", "persons.telephone"),
    ("a text beside names of some only", {"custody.summary": "keep", "persons[SUSPECT].surname": "keep"},
     "custody.summary", "persons.surname"),
    ("the force's own reference", {"envelope.source_ref": "keep"}, "envelope.source_ref", "persons.surname"),
    ("a source's reference", {"intelligence.source_ref": "keep"}, "intelligence.source_ref", "persons.surname"),
    ("a court's reference", {"custody.case_ref": "keep"}, "custody.case_ref", "persons.surname"),
    ("a PNC number without the name", {"persons[SUSPECT].pnc_id": "keep"}, "persons.pnc_id", "persons.surname"),
    ("an e-mail address has a name in it", {"persons[*].email": "keep"}, "persons.email", "persons.surname"),
    ("an object that is a telephone", {"objects[*].identifier": "keep"}, "objects.identifier", "persons.telephone"),
    ("a pseudonym beside the name", {"persons[*].pnc_id": "pseudonymise", "persons[SUSPECT].surname": "keep"},
     "persons.surname", "persons.pnc_id"),
    ("an address beside a rounded point", {"locations[*].text": "keep", "locations[*].latitude": {"decimals": 2}},
     "locations.text", "locations.latitude"),
    ("a point beside an outward postcode", {"locations[*].latitude": "keep", "locations[*].postcode": OUTWARD},
     "locations.latitude", "locations.postcode"),
    ("an LSOA beside an outward postcode", {"locations[*].lsoa_code": "keep", "locations[*].postcode": OUTWARD},
     "locations.lsoa_code", "locations.postcode"),
    ("the end beside a coarse beginning", {"occurred.end": "keep", "occurred.start": {"generalise": "day"}},
     "occurred.end", "occurred.start"),
    ("when it was reported", {"incident.reported_at": "keep", "occurred.start": {"generalise": "day"}},
     "incident.reported_at", "occurred.start"),
    ("the delivery's own time", {"occurred.start": {"generalise": "day"}}, "time_grain", "occurred.start"),
    ("an age beside a year of birth", {"persons[*].age": "keep", "persons[*].date_of_birth": {"generalise": "year"}},
     "persons.age", "persons.date_of_birth"),
    ("the record's markers beside those of some", {"markers": "keep", "persons[SUSPECT].markers": "keep"},
     "markers", "persons.markers"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "key", "told"), [case[1:] for case in LEAKY], ids=[case[0] for case in LEAKY])
def test_what_carries_needs_a_reason(fields: dict[str, Any], key: str, told: str) -> None:
    """Without a reason the set does not load, and the field is named; with one under its own key it does."""
    assert told in keys(fields)[key]
    with pytest.raises(Misconfigured) as caught:
        load_rule_set(parts_of([bare(fields=fields)]))
    assert caught.value.code == Code.AGREEMENT_INVALID
    assert f"{key}, which can carry" in caught.value.field or key == "time_grain"
    others = dict.fromkeys(keys(fields), "a reason of this test")
    assert key in keys(fields, carries=others | {key: "no"})
    assert keys(fields, carries=others) == {}
    load_rule_set(parts_of([bare(fields=fields, carries=others)]))
    listed = dict.fromkeys(fields, "a reason of this test") | {"time_grain": "a reason of this test"}
    assert keys(fields, carries=listed) == {}  # as the field list names it, selectors and all


HUBS_OWN = ("envelope.record_id", "envelope.event_id", "envelope.version")
"""What no field list may have: they join feeds, or count what was never sent."""

FINE: list[dict[str, Any]] = [
    PERSON | {"crime.offence": "keep"},
    PERSON | {"persons[*].pnc_id": "keep", "persons[*].age": "keep"},
    {"persons[SUSPECT].surname": "keep", "persons[SUSPECT].given_name": "keep", "persons[SUSPECT].date_of_birth": "keep",
     "persons[SUSPECT].nino": "keep"},
    {"objects[VEHICLE].identifier": "keep"},
    {"persons[VICTIM].pnc_id": "pseudonymise", "persons[SUSPECT].surname": "keep"},
    {"locations[*].lad_code": "keep", "locations[*].postcode": OUTWARD},
    {"locations[INCIDENT].text": "keep", "locations[HOME].postcode": {"generalise": "outward"}},
    {"occurred.start": "keep", "occurred.end": "keep"},
    {"persons[*].age": "keep"},
    {"markers": "keep"},
]  # fmt: skip


@pytest.mark.parametrize("fields", FINE)
def test_what_carries_nothing_needs_none(fields: dict[str, Any]) -> None:
    """Names with their numbers, a vehicle's plate, what speaks of other people or places: no finding, and the set loads."""
    assert keys(fields) == {}
    load_rule_set(parts_of([bare(fields=fields)]))


def test_two_views_of_one_organisation_need_a_reason() -> None:
    """Two teams of one council: a nameless feed beside a named one, a coarse field beside the whole one. Another council, or
    other kinds of record, is no matter; a reason on either side is enough."""
    named = bare(fields=PERSON | {"locations[*].postcode": "keep"})
    nameless = {"persons[*].roles": "keep", "locations[*].postcode": OUTWARD}
    [found] = findings(named, bare("bureau", fields=nameless))
    assert (found.agreement, found.clause, found.key) == ("bureau", "beside", "council")
    assert {"persons.surname", "locations.postcode"} <= set(found.told)
    assert findings(named, bare("squad", fields=nameless)) == []
    assert findings(named | {"kinds": ["crime"]}, bare("bureau", fields=nameless, kinds=["incident"])) == []
    assert findings(named | {"beside": {"bureau": "a reason of this test"}}, bare("bureau", fields=nameless)) == []
    assert findings(named, bare("bureau", fields=nameless, beside={"council": "a reason of this test"})) == []
    assert len(findings(named, bare("bureau", fields=nameless, beside={"council": "no"}))) == 1
    with pytest.raises(Misconfigured, match="another view of one organisation, council"):
        load_rule_set(parts_of([named, bare("bureau", fields=nameless)], agencies=COUNCIL))


def test_two_feeds_of_one_agency_are_together() -> None:
    """One agency with two agreements of its kind needs no name to be one organisation."""
    both = [bare(fields=PERSON), bare(fields={"persons[*].roles": "keep"}) | {"id": "second", "feed": "second"}]
    assert [one.key for one in findings(*both)] == ["council"]


def test_a_partnership_reads_what_its_members_read() -> None:
    """A violence reduction partnership and a council in its area: the council is one of its authorities."""
    agencies = (
        "id,name,kind,forces,lad_codes,nation\na,A Partnership,violence-reduction,,E08000021 E08000022,England\n"
        "b,B Council children services,la-children-mash,,E08000022,England\n"
    )
    named = bare("la-children-mash", fields=PERSON)
    nameless = bare("violence-reduction", fields={"persons[*].roles": "keep"})
    assert [one.agreement for one in findings(named, nameless, agencies=agencies)] == ["violence-reduction"]
    assert findings(named, nameless, agencies=agencies.replace("mash,,E08000022", "mash,,E08000037")) == []


def test_a_rule_that_hides_somebody_is_not_got_round() -> None:
    """A prohibition that takes all names away and leaves a text: no reason of an agreement does; the rule must take the text
    too, or except the agreement."""
    names = ["persons[VICTIM].given_name", "persons[VICTIM].surname", "persons[VICTIM].alias"]
    shared = bare(fields={"incident.summary": "keep"}, carries={"incident.summary": "a reason of this test"})
    hiding = prohibition(effect="drop", drops=names)
    [found] = findings(shared, prohibitions=(hiding,))
    assert (found.clause, found.key) == ("fields", "incident.summary")
    assert findings(shared, prohibitions=(hiding | {"drops": [*names, "incident.summary"]},)) == []
    excepted = [{"agreement": "council", "gateway": "CDA1998-115", "reason": "a reason of this test"}]
    assert findings(shared, prohibitions=(hiding | {"excepted": excepted},)) == []


def test_what_is_shipped_gives_nothing_away_unsaid() -> None:
    """Every shipped agreement has a reason for each field that carries, and for each feed beside it; a reason that is taken
    away is missed; a reason for what carries nothing is there in none."""
    parts = shipped_parts()
    carried = carried_by(parts)
    assert [str(one) for one in carried if not one.reason] == []
    for one in carried:
        name = f"agreements/{one.agreement}.yaml"
        file = yaml.safe_load(parts[name])
        if one.key not in file.get(one.clause, {}):
            continue  # the other of the two gives the reason
        del file[one.clause][one.key]
        left = [each for each in carried_by(parts | {name: yaml.safe_dump(file).encode()}) if not each.reason]
        assert [(each.agreement, each.key) for each in left] == [(one.agreement, one.key)]


def test_the_envelope_is_closed() -> None:
    """Beside the record's own fields a delivery has these and no others: no headers, links, sources or statements can be
    listed, and the schema of no shipped feed has one."""
    for schema in load_rule_set(shipped_parts()).schemas.values():
        assert {field["name"] for field in schema["fields"]} == ENVELOPE
    for path in ("quality.flags", "links", "sources", "statements", "sources.value", "links.reason", "headers", *HUBS_OWN):
        with pytest.raises(Misconfigured):
            load_rule_set(parts_of([bare(fields={path: "keep"})]))


def test_organisations_are_told_by_name() -> None:
    """A council's teams are one; what has no council in its name is by itself."""
    assert organisation_of("Exampleburn City Council children services") == "Exampleburn City Council"
    assert organisation_of("Example National Probation") == "Example National Probation"


def test_the_command_says_what_is_given_away(tmp_path: Path) -> None:
    """Exit code 0 and an empty list for the shipped rules, all of it with --all; 1, with the finding, for a folder's."""
    run = CliRunner()
    done = run.invoke(app, ["agreements", "leaks", "--json"])
    assert (done.exit_code, json.loads(done.stdout)) == (0, [])
    assert "carries." in run.invoke(app, ["agreements", "leaks", "--all"]).stdout
    (tmp_path / "agreements").mkdir()
    for name, content in parts_of([bare(fields={"incident.summary": "keep"})]).items():
        if name.endswith(".yaml"):
            (tmp_path / name).write_bytes(content)
    done = run.invoke(app, ["agreements", "leaks", str(tmp_path), "--json"])
    assert done.exit_code == 1
    assert [(one["agreement"], one["key"]) for one in json.loads(done.stdout)] == [("council", "incident.summary")]
