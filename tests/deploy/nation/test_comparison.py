"""The comparison of a nation with its sources counts each root once, and hides no difference."""

from typing import Any

import pytest

from deploy.nation import comparison, rates
from deploy.nation.comparison import Line

NATION = {"row": "nation", "hours": 168.0, "scale": 0.5}


def version(record: str, kind: str = "incident", outcome: str = "NEW", **more: Any) -> dict[str, Any]:
    """A row of a truth file."""
    row = {"row": "version", "record": record, "kind": kind, "force": "durham", "outcome": outcome}
    return {**row, "at": "2026-03-30T23:30:00.000Z", **more}


def test_a_record_is_one_root_however_often_it_is_sent() -> None:
    """Resends and refused rows add no root and no version; other rows of the file add nothing."""
    rows: list[dict[str, Any]] = [
        NATION,
        {"row": "string", "value": "x"},
        version("a", outcome="REFUSED", sub_type="asb"),
        version("a", sub_type="asb"),
        version("a", sub_type="missing"),
        version("a", outcome="RESEND", sub_type="missing"),
        version("b", kind="stop-search", result="ARREST"),
        {"row": "end"},
    ]
    tally = comparison.tally_rows(rows)
    assert tally.roots == {("incident", "durham"): 1, ("stop-search", "durham"): 1}
    assert tally.sub_types == {"asb": 1}
    assert tally.versions == {"incident": {2: 1}, "stop-search": {1: 1}}
    assert tally.search_outcomes == {"ARREST": 1}


def test_hours_are_local_and_counts_become_a_year() -> None:
    """Half past eleven at night UTC in summer time is Tuesday's first hour; half a nation in a week counts 104 times."""
    tally = comparison.tally_rows([NATION, version("a")])
    assert tally.hours_of_week == {"incident": {24: 1}}
    assert tally.to_a_year == pytest.approx(rates.HOURS_A_YEAR / 168 / 0.5)
    [incident, *_] = comparison.compare_kinds(tally, {})
    assert incident.simulated == pytest.approx(tally.to_a_year)
    assert incident.source == rates.volumes()["all_incident_logs"]


@pytest.mark.parametrize(
    ("simulated", "expected", "is_near"),
    [(104.9, 1e6, True), (105.1, 1e6, False), (94.9, 1e6, False), (120, 200, True), (130, 200, False), (0, 1e6, False)],
)
def test_near_is_within_a_twentieth_or_within_chance(simulated: float, expected: float, is_near: bool) -> None:
    """Many roots must be within 5 %; few within three standard errors; nothing at all is not near."""
    assert Line("x", simulated, 100, 0, expected).is_near is is_near


def test_a_large_difference_is_shown_with_its_reason_or_with_the_lack_of_one() -> None:
    """A table says `not explained` where nobody has said why, and says no reason where none is needed."""
    far, near = Line("far", 200, 100, 9, 1e6), Line("near", 101, 100, 9, 1e6, "", "a reason")
    told, nothing = Line("told", 200, 100, 9, 1e6, "", "a reason"), Line("nothing", 3, None, 9)
    table = comparison.write_table("name", "unit", [far, near, told, nothing])
    assert "**+100.0 %**" in table[2]
    assert "**not explained**" in table[2]
    assert "a reason" not in table[3]
    assert "a reason" in table[4]
    assert "none" in table[5]
    assert "%" not in table[5]


def test_shares_are_of_the_names_that_the_source_has() -> None:
    """What the source doesn't know is left out on both sides; a name that never came is zero, and far."""
    lines = comparison.compare_shares({"a": 30_000, "x": 50_000}, {"a": 3, "b": 1}, "here", {})
    assert [(line.name, line.simulated, line.source) for line in lines] == [("a", 100.0, 75.0), ("b", 0.0, 25.0)]
    assert not any(line.is_near for line in lines)


def test_crimes_have_the_category_of_their_offence() -> None:
    """By the reference, and violence is counted without sexual offences."""
    tally = comparison.tally_rows([NATION, *(version(code, "crime", offence=code) for code in ("8N", "19C", "46", "1"))])
    assert comparison.crime_categories(tally) == {"violent-crime": 3, "shoplifting": 1}
    seen = {line.name: line.seen for line in comparison.compare_themes(tally, {})}
    assert (seen["violence against the person"], seen["homicide"], seen["shoplifting"]) == (2, 1, 1)
