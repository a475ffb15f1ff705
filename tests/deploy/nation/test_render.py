"""What a complete force sends: the new fields follow from the scene, name nobody, and stay the same from version to version."""

import csv
from importlib.resources import files

from nation_scenes import OCCURRED_MS, place, scene, suspect, victim
from nation_scenes import person as make_person

from deploy.nation.birthplaces import TOWNS, place_of_birth
from deploy.nation.births_reports import reported_before, usual_qualifier
from deploy.nation.habits import forces_with_habits, habit_of
from deploy.nation.places import authorities, make_place
from deploy.nation.render import render
from deploy.nation.render_statements import render_statements
from deploy.nation.scene import Scene
from schemas import reference_codes
from schemas.records import Record
from schemas.reference_geography import forces_at

SUB_TYPES = ("asb", "crime-related", "missing", "public-safety", "safeguarding", "transport", "wanted")


def _render(what: Scene, force: str = "bedfordshire") -> Record:
    return render(what, habit_of(force), lambda _of, _to: None, "R/1", 1).submission


def test_a_hate_crime_is_one_by_its_offence() -> None:
    """The flag is always sent; where it is set it has been checked."""
    plain, racial = (_render(scene("crime", offence=code))["crime"] for code in ("105A", "105B"))
    assert (plain["hate_flag"], racial["hate_flag"]) == (False, True)
    assert racial["hate_checked"] is True


def test_a_report_stays_when_it_was() -> None:
    """Later versions tell the same time of the report, between the event and the first recording."""
    for number in range(200):
        assert OCCURRED_MS <= reported_before(OCCURRED_MS + 600_000, 600_000, number) <= OCCURRED_MS + 600_000
    what = scene("crime", offence="49", reported_ms=OCCURRED_MS + 30_000)
    first = _render(what)["crime"]["reported_at"]
    what.recorded_ms += 90_000_000
    assert _render(what)["crime"]["reported_at"] == first == "2026-03-27T12:00:30Z"


def test_every_usual_qualifier_is_one() -> None:
    """Of every sub-type, whatever the number: a qualifier of the national list."""
    qualifiers = {each.id for each in reference_codes.incident_categories().values() if each.theme == "QUALIFIER"}
    found = {usual_qualifier(sub_type, "", number) for sub_type in SUB_TYPES for number in range(12)}
    assert found <= qualifiers
    assert usual_qualifier("safeguarding", "PSW_DOMESTIC", 1) == "Q_DOMESTIC"


def test_a_log_of_asb_has_its_class() -> None:
    """From the qualifier; and who is harmed again and again is asked about."""
    log = _render(scene(sub_type="asb", category="ASB_NOISE", qualifiers=("Q_YOUTH", "Q_ASB_PERSONAL")))["incident"]
    assert log["asb_class"] == {"value": "PERSONAL", "scheme": "national"}
    assert {"repeat_victim", "questionnaire_completed"} <= set(log)


def test_a_clerical_log_is_not_one_of_public_safety() -> None:
    """The category decides what the force calls it, where it is of another sub-type than the scenario has it among."""
    for category, sub_type in (("ADM_ERROR", "administration"), ("TRN_RTC_INJURY", "transport"), ("PSW_HOAX", "public-safety")):
        assert _render(scene(sub_type="public-safety", category=category))["incident"]["sub_type"] == sub_type


def test_a_log_is_open_until_it_is_closed() -> None:
    """Also once it has become a crime."""
    for state, closing, status in (("ATTENDED", None, "OPEN"), ("CRIMED", "CRIME", "OPEN"), ("CLOSED", "ASB_NOISE", "CLOSED")):
        log = _render(scene(sub_type="asb", category="ASB_NOISE", state=state, closing=closing))["incident"]
        assert log["status"] == status


def test_places_of_birth_name_nobody() -> None:
    """No town is a name that somebody in the nation may have, and the same person is always born in the same one."""
    text = (files("deploy.nation") / "names.csv").read_text("utf-8")
    names = {row["name"].casefold() for row in csv.DictReader(text.splitlines())}
    assert [town for towns in TOWNS.values() for town in towns if town.casefold() in names] == []
    who = make_person("b", nationality="POL")
    assert place_of_birth(who) == place_of_birth(who) in TOWNS["POL"]
    assert place_of_birth(make_person("c", nationality="ATA")) in TOWNS["GBR"]


def test_statements_are_about_something_and_name_nobody() -> None:
    """Facts and assessments both occur; each is about a part of the record; none has a name of the scene in it."""
    told = []
    for number in range(24):
        what = scene("intelligence", number=number, parts=[suspect(make_person("a")), victim(make_person("b"))])
        statements = render_statements(what)
        assert 1 <= len(statements) <= 3
        assert all(each["about_ref"] in ("l1", "p1", "p2") for each in statements)
        assert not [each for each in statements if "Example" in each["text"]]
        told += statements
    assert {each["assertion"] for each in told} == {"FACT", "ASSESSMENT"}
    assert render_statements(scene("intelligence", parts=[])) == []
    assert render_statements(scene(sub_type="transport", parts=[victim(make_person("a"))])) == []


def test_places_lie_in_the_area_of_their_force() -> None:
    """Every place of every force, however small its area: the City of London too."""
    from random import Random

    for force in forces_with_habits():
        for number in range(40):
            made = make_place(force, "x", "street", "1 Quillmoor Street", number, Random(number), 0)
            assert force in forces_at(made.latitude, made.longitude)
            assert made.lad in {authority.code for authority in authorities()[force]}


def test_another_spelling_is_said_to_be_the_hubs() -> None:
    """What a force writes in its own way is known by the national spelling, too; what it writes nationally is said once."""
    what = scene("crime", offence="49", place=place(), parts=[victim(make_person("a"))])
    for force, forms in (("bedfordshire", {"local", "national"}), ("city-of-london", {"local"})):
        found = render(what, habit_of(force), lambda _of, _to: None, "R/1", 1).mentions
        assert {form for _, _, sort, form in found if sort == "TELEPHONE"} == forms
