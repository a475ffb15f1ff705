"""Obligations: each on each sort of field gives another name and another value, never a rest of the first."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from core_hub import agreement, rule_set
from hypothesis import given
from hypothesis import strategies as st
from projected import full, person, place, projected

from stream_processors.coarser import COARSER, place_square
from stream_processors.field_paths import parse_path
from stream_processors.field_types import known_fields, standard_type
from stream_processors.grid import parse_grid_ref, reference_metres, square_name

Record = dict[str, Any]
MOMENT = datetime(2026, 1, 15, 9, 41, 7, 125_000, UTC)
HOUR = datetime(2026, 1, 15, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "obligation", "value", "name", "leaves"),
    [
        ("crime.summary", "keep", "text", "summary", "text"),
        ("crime.offence", "keep", {"code": "5D", "source_value": "secret", "scheme": None}, "offence", "5D"),
        ("crime.hate_flag", "keep", False, "hate_flag", False),
        ("crime.outcome_date", "keep", MOMENT, "outcome_date", MOMENT),
        ("crime.outcome_date", {"generalise": "hour"}, MOMENT, "outcome_date_hour", HOUR),
        ("crime.outcome_date", {"generalise": "day"}, MOMENT, "outcome_date_day", "2026-01-15"),
        ("crime.outcome_date", {"generalise": "month"}, MOMENT, "outcome_date_month", "2026-01"),
        ("crime.outcome_date", {"generalise": "year"}, MOMENT, "outcome_date_year", "2026"),
        ("crime.summary", {"mask_keep_last": 3}, "07700900123", "summary_masked", "****123"),
        ("crime.summary", {"mask_keep_last": 3}, "123", "summary_masked", "****"),
        ("crime.summary", {"mask_keep_last": 4}, "12", "summary_masked", "****"),
        ("crime.summary", {"mask_keep_last": 0}, "12345", "summary_masked", "****"),
        ("retention.review_date", {"generalise": "year"}, "2031-02-03", "review_date_year", "2031"),
        ("retention.review_date", {"generalise": "month"}, "2031-02-03", "review_date_month", "2031-02"),
        ("retention.review_date", {"generalise": "month"}, "03/02/2031", "review_date_month", None),
        ("retention.review_date", {"generalise": "year"}, "Smithson", "review_date_year", None),
        ("envelope.source_ref", "pseudonymise", "C/1", "source_ref_pseudonym", "<source_ref:C/1>"),
        ("custody.asn", "pseudonymise", "24/0", "asn_pseudonym", "<asn:24/0>"),
        ("custody.other_offences", "keep", [{"code": "5D", "source_value": "x", "scheme": None}], "other_offences", ["5D"]),
        ("incident.qualifiers", "keep", [{"code": "Q_CHILD", "source_value": "k", "scheme": "o"}], "qualifiers", ["Q_CHILD"]),
    ],
)  # fmt: skip
def test_an_obligation_on_a_field(path: str, obligation: Any, value: Any, name: str, leaves: Any) -> None:
    """On each type of field of the record; null where the value has no coarser form."""
    part, _, field = path.partition(".")
    record = full(part if part in ("custody", "incident") else "crime")
    record[part][field] = value
    assert projected({path: obligation}, record)[part] == {name: leaves}


@pytest.mark.parametrize(
    ("path", "obligation", "value", "left"),
    [
        ("persons[*].date_of_birth", {"generalise": "year"}, "2001-02-03", {"date_of_birth_year": "2001"}),
        ("persons[*].date_of_birth", {"generalise": "month"}, "2001-02-03", {"date_of_birth_month": "2001-02"}),
        ("persons[*].date_of_birth", {"generalise": "year"}, "Smith", None),
        ("persons[*].date_of_birth", {"generalise": "age-band"}, "2001-02-03", {"date_of_birth_age_band": "adult"}),
        ("persons[*].date_of_birth", {"generalise": "age-band"}, "2012-02-03", {"date_of_birth_age_band": "10-17"}),
        ("persons[*].date_of_birth", {"generalise": "age-band"}, "2020-02-03", {"date_of_birth_age_band": "under-10"}),
        ("persons[*].date_of_birth", {"generalise": "age-band"}, "3 February", None),
        ("persons[*].date_of_birth", {"generalise": "age-band"}, None, None),
        ("persons[*].age", {"generalise": "age-band"}, 17, {"age_age_band": "10-17"}),
        ("persons[*].age", {"generalise": "age-band"}, 999, None),
        ("persons[*].age_range", {"generalise": "age-band"}, "18-24", {"age_range_age_band": "adult"}),
        ("persons[*].age_range", {"generalise": "age-band"}, "16-20", None),
        ("persons[*].age_range", {"generalise": "age-band"}, "about thirty", None),
        ("persons[*].pnc_id", "pseudonymise", "99/1X", {"pnc_id_pseudonym": "<pnc_id:99/1X>"}),
        ("persons[*].email", "pseudonymise", "a@b.org", {"email_pseudonym": "<email:a@b.org>"}),
        ("persons[*].telephone", {"mask_keep_last": 3}, "01632960123", {"telephone_masked": "****123"}),
        ("persons[*].alias", "keep", [], None),
        ("locations[*].postcode", {"generalise": "outward"}, "NE1 4XF", {"postcode_outward": "NE1"}),
        ("locations[*].postcode", {"generalise": "outward"}, "sw1a1aa", {"postcode_outward": "SW1A"}),
        ("locations[*].postcode", {"generalise": "sector"}, "NE1 4XF", {"postcode_sector": "NE1 4"}),
        ("locations[*].postcode", {"generalise": "sector"}, "ne14xf", {"postcode_sector": "NE1 4"}),
        ("locations[*].postcode", {"generalise": "outward"}, "12 High Street NE1 4XF", None),
        ("locations[*].postcode", {"generalise": "sector"}, "NE1", None),
        ("locations[*].uprn", "pseudonymise", "004510", {"uprn_pseudonym": "<uprn:004510>"}),
        ("locations[*].latitude", {"decimals": 3}, 54.978252, {"latitude_3_decimals": 54.978}),
        ("locations[*].longitude", {"decimals": 0}, -1.61, {"longitude_0_decimals": -2.0}),
        ("objects[*].identifier", "pseudonymise", "AB12CDE", {"identifier_pseudonym": "<identifier:AB12CDE>"}),
    ],
)  # fmt: skip
def test_an_obligation_on_an_item(path: str, obligation: Any, value: Any, left: Record | None) -> None:
    """On persons, places and objects. Where the value has nothing coarser nothing is left, and no item that says so."""
    at = parse_path(path)
    record = full()
    record["occurred"] = {"start": MOMENT, "end": None, "precision": "MINUTE"}
    item = record[at.list_name][0] | {"date_of_birth": None, "age": None, "age_range": None} | {at.names[0]: value}
    if at.list_name != "persons":
        item = record[at.list_name][0] | {at.names[0]: value}
    record[at.list_name] = [item]
    assert projected({path: obligation}, record)[at.list_name] == ([] if left is None else [left])


def test_an_age_band_is_that_at_the_event_by_this_field_alone() -> None:
    """Eighteen the day after is not eighteen; of a month in which both are possible nothing leaves; an age or a marker that is
    not listed is not looked at."""
    born = person("SUSPECT", date_of_birth="2008-01-16", age=30, markers=["child"])
    fields = {"persons[*].date_of_birth": {"generalise": "age-band"}}

    def band(start: datetime, precision: str, who: Record) -> list[Record]:
        occurred = {"start": start, "end": None, "precision": precision}
        return list(projected(fields, full(persons=[who], occurred=occurred))["persons"])

    assert band(MOMENT, "MINUTE", born) == [{"date_of_birth_age_band": "10-17"}]
    assert band(MOMENT.replace(day=16), "MINUTE", born) == [{"date_of_birth_age_band": "adult"}]
    assert band(MOMENT.replace(day=1), "MONTH", born) == []
    assert band(MOMENT, "MINUTE", born | {"date_of_birth": None}) == []
    assert projected(fields, full(persons=[born], occurred=None))["persons"] == []


POINTS: list[tuple[Record, str, str | None]] = [
    ({"easting": 425_000.0, "northing": 564_999.9}, "square-1km", "NZ2564"),
    ({"easting": 425_000.0, "northing": 564_999.9}, "square-10km", "NZ26"),
    ({"grid_ref": "NZ 2512 6434"}, "square-1km", "NZ2564"),
    ({"grid_ref": "NZ2564"}, "square-1km", "NZ2564"),
    ({"grid_ref": "NZ26"}, "square-1km", None),
    ({"grid_ref": "NZ26"}, "square-10km", "NZ26"),
    ({"grid_ref": "NZ26", "latitude": 54.99, "longitude": -1.68}, "square-1km", None),
    ({"latitude": 54.978252, "longitude": -1.61778}, "square-1km", "NZ2464"),
    ({"latitude": 54.978252, "longitude": -1.61778}, "square-10km", "NZ26"),
    ({"latitude": 54.978252}, "square-10km", None),
    ({"easting": float("inf"), "northing": 0.0}, "square-1km", None),
    ({"easting": float("nan"), "northing": 0.0}, "square-1km", None),
    ({"latitude": 0.0, "longitude": 0.0}, "square-1km", None),
    ({"lad_code": "E08000021"}, "area", "E08000021"),
    ({"lad_code": None, "latitude": 54.978252, "longitude": -1.61778}, "area", None),
    ({}, "square-1km", None),
]


@pytest.mark.parametrize(("known", "to", "square"), POINTS)
def test_a_point_is_given_by_its_square_or_area(known: Record, to: str, square: str | None) -> None:
    """From whatever coordinates there are; never finer than they are known: a reference of 10 km has no square of one."""
    left = projected({"locations[*].point": {"generalise": to}}, full(locations=[place(**known)]))["locations"]
    assert left == ([] if square is None else [{f"point_{to.replace('-', '_')}": square}])


@pytest.mark.parametrize("lost", ["latitude", "longitude", "easting", "northing", "grid_ref", "lad_code", "point"])
def test_what_takes_a_coordinate_takes_the_point(lost: str) -> None:
    """A prohibition on any field that a point is made of takes the point, whatever it would be made of here."""
    fields = {"locations[*].point": {"generalise": "square-10km"}, "locations[*].role": "keep"}
    record = full(locations=[place(easting=425_000.0, northing=564_000.0)])
    assert len(projected(fields, record)["locations"][0]) == 2
    assert projected(fields, record, f"locations[*].{lost}")["locations"] == [{"role": "INCIDENT"}]


@given(st.floats(0, 699_999.9), st.floats(0, 1_299_999.9), st.sampled_from((1_000, 10_000)))
def test_a_square_holds_its_point(easting: float, northing: float, side: int) -> None:
    """Read back, the name gives the corner of a square of that side with the point in it."""
    name = square_name(easting, northing, side)
    assert name is not None
    corner = parse_grid_ref(name)
    assert corner is not None
    assert reference_metres(name) == side
    assert all(0 <= metres - at < side for metres, at in zip((easting, northing), corner, strict=True))
    assert place_square(place(easting=easting, northing=northing), side) == name


TOGETHER: list[tuple[str, str, list[Any], str]] = [
    ("persons", "date_of_birth", ["keep", *({"generalise": to} for to in ("month", "year", "age-band"))], "age_band"),
    ("persons", "telephone", ["keep", {"mask_keep_last": 4}, {"mask_keep_last": 1}], "masked"),
    ("persons", "pnc_id", [{"mask_keep_last": 2}, "pseudonymise"], "pseudonym"),
    ("locations", "postcode", [{"generalise": "sector"}, {"generalise": "outward"}], "outward"),
    ("locations", "latitude", [{"decimals": 3}, {"decimals": 1}], "1_decimals"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "field", "obligations", "wins"), TOGETHER)
def test_of_two_that_make_coarser_the_coarser_wins(name: str, field: str, obligations: list[Any], wins: str) -> None:
    """In whatever order they are listed: a year over a month, one digit over four, an outward part over a sector."""
    selectors = {
        "persons": ("*", "VICTIM", "SUSPECT", "WITNESS"),
        "locations": ("*", "INCIDENT", "INCIDENT,HOME", "HOME,INCIDENT"),
    }
    record = full(
        persons=[person("VICTIM", "SUSPECT", "WITNESS", date_of_birth="2001-02-03", telephone="01632960123")],
        locations=[place(postcode="NE1 4XF", latitude=54.978252)],
        occurred={"start": MOMENT, "end": None, "precision": "MINUTE"},
    )
    for order in permutations(obligations):
        fields = {f"{name}[{chosen}].{field}": how for chosen, how in zip(selectors[name], order, strict=False)}
        [left] = projected(fields, record)[name]
        assert list(left) == [f"{field}_{wins}"]


def test_every_field_that_can_be_named_can_be_kept() -> None:
    """Each field of the standard records that a list may name compiles with keep (a point: made coarser), and none of the hub's
    own is among them."""
    fields = {path: {"generalise": "area"} if path.endswith(".point") else "keep" for path in known_fields()}
    conditioned = agreement(fields=fields, sensitive_condition="DPA 2018 Schedule 8 paragraph 1")
    schema = str(rule_set([conditioned]).schemas["council"])
    assert len(fields) > 100
    assert not [path for path in fields if path.startswith(("links", "sources", "originator_control", "quality", "marking"))]
    assert not [path for path in fields if path.endswith((".ref", "about_ref", "record_id", "event_id", "envelope.version"))]
    assert "'other_offences'" in schema
    types = {standard_type(parse_path(path)) for path in fields}
    assert types == {"string", "int", "double", "boolean", "time", "strings", "code", "codes", "point"}
    assert set(COARSER) == {"time", "postcode", "point"} | {
        "persons.date_of_birth", "persons.age", "persons.age_range", "retention.review_date",
    }  # fmt: skip
