"""The written reading of each partner kind, and the national rules above it."""

import ast
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nation_scenes import (
    GATESHEAD,
    TAFF,
    TELEPHONE,
    TYNE,
    VEHICLE,
    child,
    person,
    place,
    scene,
    scenes,
    scenes_near,
    suspect,
    victim,
)

from deploy.nation.readings import HIDDEN, READINGS, WITHOUT_FEED, may_receive
from deploy.nation.readings_facts import (
    CHILD_SUSPECT,
    CHILDS_HOME,
    LATCHES,
    PROTECTED,
    SEXUAL,
    SHELTERED,
    YOUNG_SUSPECT,
    alleges_sexual,
    latch_of,
)
from deploy.nation.readings_levels import LEVELS, PLACE_SORTS, TEXTS, THING_SORTS
from deploy.nation.scene import Grading, Part, Person, Scene
from deploy.nation.telling import SORTS, Mention, Telling
from schemas import reference

NATION = Path(__file__).parents[3] / "deploy" / "nation"
KINDS = {agency.id: agency.kind for agency in reference.agencies().values()}
PLACES, THINGS = list(PLACE_SORTS)[::-1], ("none", "class", "vehicle", "exact")
"""From least to most."""

_abuser = person("abuser", household="household:1")
_mother = person("mother", household="household:1")
_child = child("child", 8, household="household:1")
_elder = person("elder", date(1940, 1, 1), ("at-risk",))
_youth = child("youth", 14)
_supervised = person("supervised", traits=("supervised",))
_from_afar = person("afar", home=place("home", "E09000001", "metropolitan"))
_caller = person("caller")
_P = Grading("1", "B", "P")
_AT_HOME = [victim(_mother), suspect(_abuser), Part(_child, "VULNERABLE_CHILD", "VICTIM")]


def _in(lad: str, force: str, kind: str = "street") -> Any:
    return place(kind, lad, force)


SHARED: dict[str, tuple[Scene, Scene]] = {
    "la-children-mash": (
        scene(sub_type="safeguarding", parts=_AT_HOME, is_sensitive=True),
        scene(sub_type="safeguarding", parts=_AT_HOME[:2], is_sensitive=True),
    ),
    "la-adults-sab": (
        scene(sub_type="safeguarding", parts=[victim(_elder)], place=_in("E06000016", "leicestershire")),
        scene(sub_type="safeguarding", parts=[suspect(_elder)], place=_in("E06000016", "leicestershire")),
    ),
    "la-asb-team": (
        scene(sub_type="asb", category="ASB_NOISE", parts=[suspect(_abuser), Part(_caller, "PERSON_REPORTING", "")]),
        scene(sub_type="asb", category="ASB_NOISE", parts=[suspect(_abuser)], is_sensitive=True),
    ),
    "fire-rescue": (
        scene(sub_type="transport", category="TRN_RTC_INJURY"),
        scene(sub_type="public-safety", category="PSW_HATE"),
    ),
    "ambulance": (
        scene(sub_type="public-safety", category="PSW_ILLNESS_INJURY", parts=[Part(_elder, "SUBJECT", "")]),
        scene(sub_type="public-safety", category="PSW_ILLNESS_INJURY", parts=[Part(_elder, "SUBJECT", "")], number=8),
    ),
    "coastguard": (
        scene(sub_type="missing", markers=("coast",), parts=[Part(_elder, "MISSING", "VICTIM")]),
        scene(sub_type="missing", place=place("street"), parts=[Part(_elder, "MISSING", "VICTIM")]),
    ),
    "nhs-icb": (
        scene(sub_type="safeguarding", parts=_AT_HOME, place=_in("E06000023", "avon-and-somerset")),
        scene(sub_type="safeguarding", parts=[suspect(_abuser)], place=_in("E06000023", "avon-and-somerset")),
    ),
    "probation": (scene("crime", parts=[suspect(_supervised)]), scene("crime", parts=[victim(_supervised)])),
    "prisons": (
        scene("custody", parts=[suspect(_abuser)], arrest=("", "", "CHARGED")),
        scene("custody", parts=[suspect(_abuser)], arrest=("", "", "BAILED")),
    ),
    "yjs": (
        scene("crime", parts=[suspect(_youth)], place=_in(TAFF, "south-wales"), force="south-wales"),
        scene("crime", parts=[suspect(_abuser)], place=_in(TAFF, "south-wales"), force="south-wales"),
    ),
    "cps": (
        scene("crime", parts=_AT_HOME, outcome="charged"),
        scene("crime", parts=_AT_HOME, outcome="under-investigation"),
    ),
    "nca": (scene("crime", markers=("soc",)), scene("crime", markers=("high-risk",))),
    "rocu": (
        scene("intelligence", markers=("soc",), grading=_P),
        scene("intelligence", markers=("soc",), grading=_P, force="kent", place=_in("E07000105", "kent")),
    ),
    "other-force": (
        scene("crime", parts=[suspect(_from_afar)], markers=("cross-border",)),
        scene("crime", parts=[victim(_from_afar)]),
    ),
    "immigration": (
        scene("custody", parts=[suspect(person("pole", nationality="POL"))]),
        scene("custody", parts=[suspect(person("unknown", nationality=""))]),
    ),
    "border-force": (
        scene("intelligence", markers=("port",), grading=_P, parts=[Part(_abuser, "SUBJECT", "SUSPECT", True)]),
        scene("intelligence", markers=("port",), grading=_P, parts=[Part(_mother, "WITNESS", "WITNESS_OR_OTHER")]),
    ),
    "hmrc": (
        scene("intelligence", markers=("fraud",), grading=_P),
        scene("intelligence", markers=("fraud",), grading=Grading("1", "B", "C", "A3", "S1")),
    ),
    "dwp": (
        scene("crime", markers=("fraud",), offence="95", parts=[suspect(_abuser)]),
        scene("crime", markers=("fraud",), offence="38", parts=[suspect(_abuser)]),
    ),
    "national-highways": (
        scene(sub_type="transport", category="TRN_RTC_DAMAGE", markers=("trunk-road",), things=[VEHICLE]),
        scene(sub_type="transport", category="TRN_RTC_DAMAGE", place=place("street"), things=[VEHICLE]),
    ),
    "housing-provider": (
        scene(sub_type="asb", markers=("tenancy",), parts=[suspect(_abuser), Part(_caller, "PERSON_REPORTING", "")]),
        scene(sub_type="asb", parts=[suspect(_abuser)]),
    ),
    "school-encompass": (
        scene(sub_type="safeguarding", markers=("domestic-abuse",), parts=_AT_HOME),
        scene(sub_type="safeguarding", markers=("high-risk",), parts=_AT_HOME),
    ),
    "victim-support": (
        scene(
            "crime",
            parts=[victim(_mother)],
            markers=("referral-consent",),
            place=_in("E08000019", "south-yorkshire"),
            consents=(("victim-support", None),),
        ),
        scene("crime", parts=[victim(_mother)], place=_in("E08000019", "south-yorkshire")),
    ),
    "violence-reduction": (scene("crime", markers=("serious-violence",)), scene("crime", markers=("domestic-abuse",))),
    "coroner": (
        scene(sub_type="public-safety", category="PSW_SUDDEN_DEATH", parts=[Part(_elder, "SUBJECT", "")]),
        scene(sub_type="public-safety", category="PSW_CONCERN", parts=[Part(_elder, "SUBJECT", "")]),
    ),
}
"""Of each kind, a scene that it receives and one that it doesn't."""


_WITH_CHILDREN = [
    scene("crime", parts=[victim(_mother), suspect(_youth)], markers=("soc",), things=[VEHICLE]),
    scene(sub_type="safeguarding", parts=[suspect(child("small", 8)), victim(_mother)], markers=("child",)),
    scene(sub_type="safeguarding", parts=[suspect(_youth), victim(_mother)], markers=("child",)),
    scene("intelligence", parts=[Part(_supervised, "SUBJECT", "SUSPECT")], markers=("soc",), grading=_P, things=[TELEPHONE]),
]
NEAR = scenes_near([*(shares for shares, _ in SHARED.values()), *_WITH_CHILDREN])


def _kinds(received: dict[str, Any]) -> set[str]:
    return {KINDS[agency] for agency in received}


def test_every_kind_is_read_and_written_about() -> None:
    """Each kind of the catalogue has a reading or is by period, a section, a scene that shares and one that doesn't."""
    kinds = set(reference.partner_kinds())
    assert set(READINGS) | set(WITHOUT_FEED) == kinds
    assert set(SHARED) == set(READINGS)
    sections = [
        line[4:] for line in (NATION / "READINGS.md").read_text(encoding="utf-8").splitlines() if line.startswith("### ")
    ]
    assert sorted(sections) == sorted(kinds)


@pytest.mark.parametrize("kind", sorted(SHARED))
def test_each_reading_shares_and_withholds(kind: str) -> None:
    """The first scene goes to the kind, the second doesn't."""
    shares, withholds = SHARED[kind]
    assert kind in _kinds(may_receive(shares))
    assert kind not in _kinds(may_receive(withholds))


@pytest.mark.parametrize("kind", sorted(READINGS))
def test_a_reading_takes_what_its_row_says(kind: str) -> None:
    """Kinds of record, highest marking and handling codes are those of the catalogue's row."""
    row, reading = reference.partner_kinds()[kind], READINGS[kind]
    never = {"prisons": {"intelligence"}}  # no record says that its subject is in prison
    assert set(reading.events) == set(row.event_types) - {"anpr-hit"} - never.get(kind, set())
    assert reading.takes_sensitive == (row.max_marking == "OFFICIAL-SENSITIVE")
    assert "intelligence" not in reading.events or set(reading.handling) == set(row.intel_handling)


def test_levels_are_closed_and_used() -> None:
    """Every sort of a level is one of the scenario's, no level names a source, each level is given by a reading or rule."""
    assert all(sorts <= set(SORTS) for table in (LEVELS, PLACE_SORTS, THING_SORTS) for sorts in table.values())
    assert not any("SOURCE" in sorts for sorts in LEVELS.values())
    source = "".join(path.read_text(encoding="utf-8") for path in NATION.glob("readings_*.py"))
    assert all(source.count(f'"{level}"') >= 2 for level in LEVELS if level != "role")


def test_the_truth_knows_nothing_of_the_hub() -> None:
    """No module of the readings or of the truth imports the hub, a producer, a consumer, or what writes the submissions."""
    for path in [*NATION.glob("readings*.py"), *NATION.glob("truth*.py"), NATION / "scene.py", NATION / "calendar.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.partition(".")[0] not in ("stream_processors", "producers", "consumers"), f"{path.name}: {name}"
                assert not name.startswith(("deploy.nation.render", "deploy.nation.fault")), f"{path.name}: {name}"


@given(st.one_of(NEAR, scenes()))
def test_what_is_stopped_goes_to_nobody(any_scene: Scene) -> None:
    """Recall, instructions, protected persons, source material, privilege, A1, S2, a missing or contradictory grade."""
    grade = any_scene.grading
    is_graded_well = grade is not None and grade.source in "123" and grade.assessment in "ABCDE"
    code = (grade.handling, grade.action, grade.sanitisation) if grade and is_graded_well else None
    is_held = any_scene.kind == "intelligence" and code not in (("P", None, None), ("C", "A2", "S1"), ("C", "A3", "S1"))
    is_stopped = (
        any_scene.action in ("RECALL", "ERASURE", "RESTRICTION")
        or set(any_scene.handling) - {"FOR PUBLIC RELEASE"}
        or set(any_scene.markers) & {"protected-person", "source-material", "legal-privilege"}
        or any("protected" in part.person.traits for part in any_scene.parts)
        or is_held
    )
    if is_stopped or any_scene.kind == "stop-search":
        assert may_receive(any_scene) == {}


@given(st.one_of(NEAR, scenes()))
def test_nobody_is_named_whom_the_nation_protects(any_scene: Scene) -> None:
    """Sources, victims of sexual offences, refuges, child suspects and children under ten: only as the national rules allow."""
    day = date(2026, 3, 27)
    for agency, given_to in may_receive(any_scene).items():
        kind = KINDS[agency]
        assert given_to.text in TEXTS
        for part in any_scene.parts:
            level, who = given_to.persons.get(part.person.id), part.person
            is_suspect = part.role in ("SUSPECT", "OFFENDER") or part.category in ("SUSPECT", "CONVICTED")
            if is_suspect and who.born is not None and (age := who.age_on(day) or 0) < 18:
                assert level in ((None, "role") if age >= 10 else (None,)) or kind in ("yjs", "cps", "la-children-mash")
                assert kind in ("yjs", "cps") or given_to.text == "none"
                assert kind != "la-children-mash" or age < 10 or level in (None, "role")
                assert kind in ("yjs", "cps") or given_to.things != "exact"
            if alleges_sexual(any_scene) and "VICTIM" in (part.role, part.category) and kind not in ("cps", "la-children-mash"):
                assert level in (None, "role")
            if "in-refuge" in who.traits:
                assert given_to.places == "none"
                assert level not in ("full", "care")
        if any_scene.place.kind == "refuge" or {"refuge", "safe-address"} & set(any_scene.markers):
            assert (given_to.places, given_to.text) == ("none", "none")
        if alleges_sexual(any_scene) and kind not in ("cps", "la-children-mash"):
            assert (given_to.places in ("none", "authority"), given_to.text) == (True, "none")
            assert given_to.things in ("none", "class")


@given(st.one_of(NEAR, scenes()), st.sampled_from(("", *HIDDEN)))
def test_a_text_goes_to_whoever_may_know_all_of_it(any_scene: Scene, hides: str) -> None:
    """Each person of the record by name, place and things exactly; whoever is no part of it where third parties may."""
    things = {thing.id for thing in any_scene.things}
    told = any_scene.sanitised if any_scene.kind == "intelligence" else any_scene.summary
    for agency, given_to in may_receive(any_scene, hides).items():
        if given_to.text == "none":
            continue
        assert all("NAME" in LEVELS[given_to.persons[part.person.id]] for part in any_scene.parts)
        assert given_to.places == "exact"
        assert given_to.things == "exact" or not things
        if KINDS[agency] not in ("nca", "rocu", "other-force", "cps"):
            assert {mention.of for mention in told.mentions} <= {any_scene.place.id, *things, *given_to.persons}


@given(st.one_of(NEAR, scenes()), st.sampled_from([1 << bit for bit in range(len(LATCHES))]))
def test_what_is_latched_never_shares_more(any_scene: Scene, latched: int) -> None:
    """Whatever an earlier version was: nobody new receives this one, nobody is told more of, no place or thing nearer."""
    whole = may_receive(any_scene)
    for agency, left in may_receive(any_scene, "", latched).items():
        was = whole[agency]
        assert left.persons.keys() <= was.persons.keys()
        assert all(LEVELS[level] <= LEVELS[was.persons[who]] for who, level in left.persons.items())
        assert PLACES.index(left.places) <= PLACES.index(was.places)
        assert THINGS.index(left.things) <= THINGS.index(was.things)
        assert left.text in ("none", was.text)


@given(st.one_of(NEAR, scenes()))
def test_a_version_is_read_as_if_latched_by_itself(any_scene: Scene) -> None:
    """What a version adds to the latches it has obeyed already: the next one, if nothing changes, gives the same."""
    assert may_receive(any_scene) == may_receive(any_scene, "", latch_of(any_scene))


@given(st.one_of(NEAR, scenes()))
def test_marking_area_and_originator_bind_every_reading(any_scene: Scene) -> None:
    """No agency receives what is marked too high, lies in no area of its own, or what the originator kept from it."""
    for agency in may_receive(any_scene):
        known = reference.agencies()[agency]
        row = reference.partner_kinds()[known.kind]
        assert not any_scene.is_sensitive or row.max_marking == "OFFICIAL-SENSITIVE"
        assert not known.lad_codes or any_scene.place.lad in known.lad_codes
        assert not known.forces or any_scene.force in known.forces
        assert not any_scene.only or {agency, known.kind} & set(any_scene.only)
        assert not {agency, known.kind} & set(any_scene.never)


@pytest.mark.parametrize("kind", sorted(kind for kind in READINGS if reference.partner_kinds()[kind].area == "local-authority"))
def test_neighbours_never_receive_each_others_records(kind: str) -> None:
    """What one authority's agency receives, no agency of the kind receives once it has happened anywhere else."""
    shares = SHARED[kind][0]
    for agency in reference.agencies().values():
        if agency.kind != kind:
            continue
        for lad in agency.lad_codes:
            there = replace(shares, place=replace(shares.place, lad=lad))
            received = may_receive(there)
            assert [other for other in received if KINDS[other] == kind] == [agency.id]
    elsewhere = may_receive(replace(shares, place=replace(shares.place, lad="E09000001")))
    assert kind not in _kinds(elsewhere)


@given(st.one_of(NEAR, scenes()), st.sampled_from(HIDDEN))
def test_what_is_hidden_never_shares_more(any_scene: Scene, hides: str) -> None:
    """Whatever a fault keeps from the reader: nobody new receives it, nobody is told more of, no text appears."""
    whole = may_receive(any_scene)
    for agency, left in may_receive(any_scene, hides).items():
        assert agency in whole
        was = whole[agency]
        assert all(LEVELS[level] <= LEVELS[was.persons[who]] for who, level in left.persons.items())
        assert PLACES.index(left.places) <= PLACES.index(was.places)
        assert THINGS.index(left.things) <= THINGS.index(was.things)
        assert left.text in ("none", was.text)


def test_anonymity_gives_way_to_safeguarding_and_prosecution_alone() -> None:
    """A child who is the victim is told of to children's services and to the prosecution, and by role to anybody else."""
    parts = [Part(_child, "VULNERABLE_CHILD", "VICTIM"), suspect(_supervised)]
    told = may_receive(scene(sub_type="safeguarding", parts=parts, markers=("csea",)))
    assert told["mash-tyne-a"].persons == {"person:child": "care", "person:supervised": "name"}
    assert told["mash-tyne-a"].places == "exact"
    assert told["probation"].persons == {"person:child": "role", "person:supervised": "full"}
    assert told["probation"].places == "authority"
    adults_too = [*parts, victim(_mother)]
    told = may_receive(scene(sub_type="safeguarding", parts=adults_too, markers=("csea",)))
    assert told["mash-tyne-a"].persons == {"person:child": "role", "person:supervised": "name", "person:mother": "role"}
    told = may_receive(scene("crime", parts=parts, offence="20A", outcome="charged"))
    assert told["cps"].persons == {"person:child": "full", "person:supervised": "full"}
    assert told["cps"].text == "summary"


def test_ages_are_counted_on_the_local_day() -> None:
    """Who turns eighteen on the day is an adult from local midnight, which in summer time is 23:00 UTC the day before."""
    eighteen = person("eighteen", date(2008, 3, 30), nationality="POL")
    before_midnight, after_midnight = 1_774_824_000_000 - 7_200_000, 1_774_824_000_000  # 20:40 and 22:40 UTC on 29 March
    assert may_receive(scene("custody", parts=[suspect(eighteen)], occurred_ms=before_midnight)) == {}
    assert "immigration" not in may_receive(scene("custody", parts=[suspect(eighteen)], occurred_ms=after_midnight))
    assert "immigration" in may_receive(scene("custody", parts=[suspect(eighteen)], occurred_ms=after_midnight + 1_200_000))


def test_an_age_range_is_an_age() -> None:
    """`10-17` is a youth, `18-24` an adult; without range and date of birth nothing follows but prohibitions."""
    here = {"place": _in(TAFF, "south-wales"), "force": "south-wales", "markers": ("soc",)}
    youth = person("r", None, ("child-of-unknown-age",), age_range="10-17")
    adult, nobody_knows = (
        replace(youth, traits=frozenset(), age_range="18-24"),
        replace(youth, traits=frozenset(), age_range=None),
    )
    told = {who.age_range: may_receive(scene("crime", parts=[suspect(who)], **here)) for who in (youth, adult, nobody_knows)}
    assert told["10-17"]["yjs-taff-a"].persons == {"person:r": "full"}
    assert told["10-17"]["nca"].persons == {"person:r": "role"}
    assert told["18-24"]["nca"].persons == {"person:r": "full"}
    assert "yjs-taff-a" not in told["18-24"]
    assert told[None]["nca"].persons == {}
    assert "yjs-taff-a" not in told[None]


def test_a_consent_is_good_up_to_its_last_day() -> None:
    """A referral ends with the day that the victim named."""
    shares = SHARED["victim-support"][0]
    assert "victim-don-a" in may_receive(replace(shares, consents=(("victim-support", "2026-03-27"),)))
    assert "victim-don-a" not in may_receive(replace(shares, consents=(("victim-support", "2026-03-26"),)))


def test_a_neighbouring_place_is_another_area() -> None:
    """Two councils side by side: the record moves, and so does who may have it."""
    at_home = scene(sub_type="safeguarding", parts=_AT_HOME, place=place("home", TYNE))
    moved = replace(at_home, place=place("home", GATESHEAD))
    assert [agency for agency in may_receive(at_home) if agency.startswith("mash")] == ["mash-tyne-a"]
    assert [agency for agency in may_receive(moved) if agency.startswith("mash")] == ["mash-tyne-b"]


_ORGANISED = scene("crime", parts=[suspect(_abuser), victim(_mother)], markers=("soc",), things=[VEHICLE])
_REPORT = scene("intelligence", parts=[Part(_abuser, "SUBJECT", "SUSPECT")], markers=("soc",), grading=_P)


@pytest.mark.parametrize(
    "changes",
    [
        {"markers": ("soc", "source-material")},
        {"markers": ("soc", "legal-privilege")},
        {"markers": ("soc", "protected-person")},
        {"parts": [victim(person("p", traits=("protected",)))]},
        *({"handling": (text,)} for text in ("RECIPIENTS ONLY", "EMBARGOED", "UK EYES ONLY", "HMG USE ONLY", "MY EYES ONLY")),
        {"handling": ("FOR PUBLIC RELEASE", "EMBARGOED")},
        *({"action": action} for action in ("RECALL", "ERASURE", "RESTRICTION")),
    ],
    ids=str,
)
def test_each_national_rule_stops_a_record(changes: dict[str, Any]) -> None:
    """A crime that three kinds of agency receive goes to none of them."""
    assert _kinds(may_receive(replace(_ORGANISED, handling=("FOR PUBLIC RELEASE",)))) == {"nca", "rocu"}
    assert may_receive(replace(_ORGANISED, **changes)) == {}


@pytest.mark.parametrize(
    "grading",
    [
        None,
        Grading("1", "B", "C", "A1", "S1"),
        Grading("1", "B", "C", "A2", "S2"),
        Grading("1", "B", "C", "A2", None),
        Grading("1", "B", "C", None, "S1"),
        Grading("1", "B", "P", "A3", None),
        Grading("1", "B", "P", None, "S1"),
        Grading("E", "B", "P"),
        Grading("1", "4", "P"),
        Grading("1", "B", "5"),
    ],
    ids=str,
)
def test_a_doubtful_grade_holds_a_report(grading: Grading | None) -> None:
    """P, and C with A2 or A3 and S1, go to police peers; whatever is stricter, missing or contradictory goes to nobody."""
    for good in (_P, Grading("1", "B", "C", "A2", "S1"), Grading("1", "B", "C", "A3", "S1")):
        assert _kinds(may_receive(replace(_REPORT, grading=good))) == {"nca", "rocu"}
    assert may_receive(replace(_REPORT, grading=grading)) == {}


@pytest.mark.parametrize(
    ("hides", "what", "kept"),
    [
        ("grading", _REPORT, ""),
        ("marker", _ORGANISED, ""),
        ("area", SHARED["la-children-mash"][0], ""),
        ("place", SHARED["la-children-mash"][0], ""),
        ("opening", SHARED["coroner"][0], ""),
        ("outcome", SHARED["cps"][0], ""),
        ("offence", SHARED["dwp"][0], "hmrc nca"),
        ("time", SHARED["yjs"][0], ""),
        ("role", SHARED["la-adults-sab"][0], ""),
        ("marking", _ORGANISED, "nca rocu"),
        ("person", _ORGANISED, "nca rocu"),
    ],
)
def test_what_is_hidden_is_not_known(hides: str, what: Scene, kept: str) -> None:
    """A fault takes from the reader what a reading rests on, and with it the record; what no reading rests on takes nothing."""
    assert may_receive(what)
    assert " ".join(sorted(_kinds(may_receive(what, hides)))) == kept


def test_an_offence_that_nobody_can_read_may_be_a_sexual_one() -> None:
    """The victim becomes a role, the place its authority, the vehicle a class; so too in every later version."""
    for told in (may_receive(_ORGANISED, "offence")["nca"], may_receive(_ORGANISED, "", SEXUAL)["nca"]):
        assert told.persons == {"person:abuser": "full", "person:mother": "role"}
        assert (told.places, told.things, told.text) == ("authority", "class", "none")
    assert may_receive(_ORGANISED)["nca"].persons == {"person:abuser": "full", "person:mother": "full"}


def test_without_a_time_no_suspect_is_named() -> None:
    """Anybody may have been nine then. Victims are named still."""
    told = may_receive(_ORGANISED, "time")["nca"]
    assert (told.persons, told.text) == ({"person:mother": "full"}, "none")


def test_a_person_in_no_role_is_left_out_with_all_text() -> None:
    """A child whose role is gone may be the suspect: no text, nothing of the child, and no case for children's services."""
    young = replace(_ORGANISED, parts=[suspect(_youth), victim(_mother)])
    told = may_receive(young, "role")["nca"]
    assert (told.persons, told.text) == ({"person:mother": "full"}, "none")
    marked = scene(
        sub_type="safeguarding", parts=[Part(_child, "VULNERABLE_CHILD", "VICTIM"), victim(_mother)], markers=("child",)
    )
    assert "mash-tyne-a" in may_receive(marked)
    assert "mash-tyne-a" not in may_receive(marked, "role")
    sexual = replace(marked, parts=[victim(_mother), *marked.parts[:1]], markers=("child", "csea"))
    assert may_receive(sexual, "role")["mash-tyne-a"].persons == {"person:child": "role"}


def test_a_complainant_who_is_the_subject_is_a_complainant() -> None:
    """Whoever has suffered a sexual offence is hidden in whatever role; the prosecution knows."""
    parts = [Part(_mother, "SUBJECT", "VICTIM"), suspect(_abuser), Part(_caller, "WITNESS", "WITNESS_OR_OTHER")]
    told = may_receive(replace(_ORGANISED, parts=parts, offence="20A", outcome="charged"))
    assert told["nca"].persons == {"person:mother": "role", "person:abuser": "full", "person:caller": "role"}
    assert set(told["cps"].persons.values()) == {"full"}


def test_a_child_under_ten_is_a_child_and_no_suspect() -> None:
    """Children's services care for it, police peers aren't told; of a child of unknown age nobody can say."""
    small, perhaps = child("small", 8), person("perhaps", None, ("child-of-unknown-age",))
    for who, level in ((small, "care"), (perhaps, None), (_youth, None)):
        told = may_receive(scene(sub_type="safeguarding", parts=[suspect(who), Part(_child, "MISSING", "")]))["mash-tyne-a"]
        assert told.persons.get(who.id) == (level if who is not _youth else "role")
    assert may_receive(replace(_ORGANISED, parts=[suspect(small), victim(_mother)]))["nca"].persons == {"person:mother": "full"}
    only_suspects = scene(sub_type="safeguarding", parts=[suspect(_youth), victim(_mother)], markers=("child",))
    assert "mash-tyne-a" not in may_receive(only_suspects)
    assert "mash-tyne-a" in may_receive(replace(only_suspects, parts=[victim(_mother)]))


def test_who_must_not_be_found_is_not_found() -> None:
    """No place, no text, no school and no workplace, in a refuge and for whoever lives in one."""
    for changes in ({"place": place("refuge")}, {"markers": ("soc", "safe-address")}, {"markers": ("soc", "refuge")}):
        told = may_receive(replace(_ORGANISED, **changes))["nca"]
        assert (set(told.persons.values()), told.places, told.text) == ({"full-unlocated"}, "none", "none")
    fled = victim(person("fled", traits=("in-refuge",)))
    assert may_receive(replace(_ORGANISED, parts=[fled]))["nca"].persons == {"person:fled": "full-unlocated"}
    fled_child = Part(child("kid", 6, traits=("in-refuge",)), "VULNERABLE_CHILD", "VICTIM")
    told = may_receive(scene(sub_type="safeguarding", parts=[fled_child]))["mash-tyne-a"]
    assert (told.persons, told.places) == ({"person:kid": "care-unlocated"}, "none")


def _names(*people: Person) -> Telling:
    return Telling("as told", tuple(Mention(who.given_name, who.id, "NAME", "given-name") for who in people))


def test_a_text_goes_to_peers_alone() -> None:
    """Border, probation and revenue get none, even where it names their own subjects alone: no record says so."""
    parts = [Part(_supervised, "SUBJECT", "SUSPECT")]
    report = scene("intelligence", markers=("soc", "port", "fraud"), grading=_P, place=_supervised.home, parts=parts)
    told = may_receive(replace(report, sanitised=_names(_supervised)))
    texts = {KINDS[agency]: given_to.text for agency, given_to in told.items()}
    assert texts == {"nca": "sanitised", "rocu": "sanitised", "border-force": "none", "probation": "none", "hmrc": "none"}
    assert {told.text for told in may_receive(replace(report, sanitised=_names(_supervised)), "role").values()} == {"none"}


def test_nobody_named_in_a_text_is_left_out_of_the_record() -> None:
    """Where the role of an adult can't be read, he or she is not told of, and no text is given that may tell."""
    told = may_receive(replace(_ORGANISED, outcome="charged"), "role")
    assert told["nca"].persons == {"person:mother": "full"}
    assert may_receive(replace(_ORGANISED, outcome="charged"))["nca"].text == "summary"
    assert {given_to.text for given_to in told.values()} == {"none"}


def test_probation_finds_its_own_subject_alone() -> None:
    """The home of the supervised person exactly; another's home roughly, cars as cars."""
    own_car = replace(VEHICLE, keeper=_supervised.id)
    at_home = scene("crime", parts=[suspect(_supervised), victim(_mother)], place=_supervised.home, things=[own_car])
    told = may_receive(at_home)["probation"]
    assert (told.places, told.things, told.text) == ("exact", "class", "none")
    told = may_receive(replace(at_home, place=_mother.home, things=[own_car, VEHICLE]))["probation"]
    assert (told.places, told.things) == ("outward", "class")


@pytest.mark.parametrize(("kind", "lad"), [("nhs-icb", "E06000023"), ("la-adults-sab", "E06000016")])
def test_care_finds_whoever_is_at_risk_alone(kind: str, lad: str) -> None:
    """At home with whoever is at risk, and in the street, exactly; at a caller's or a suspect's home roughly."""
    area = {"nhs-icb": "avon-and-somerset", "la-adults-sab": "leicestershire"}[kind]
    homes = {name: place("home", lad, area, name) for name in ("elder", "caller", "abuser")}
    elder = replace(_elder, home=homes["elder"])
    parts = [
        Part(elder, "VULNERABLE_ADULT", ""), suspect(replace(_abuser, home=homes["abuser"])),
        Part(replace(_caller, home=homes["caller"]), "PERSON_REPORTING", ""),
    ]  # fmt: skip
    for where, wanted in (("elder", "exact"), ("street", "exact"), ("caller", "outward"), ("abuser", "outward")):
        there = homes.get(where) or place("street", lad, area)
        told = may_receive(scene(sub_type="safeguarding", parts=parts, place=there, force=area))
        assert {given_to.places for agency, given_to in told.items() if KINDS[agency] == kind} == {wanted}


def test_a_child_suspect_is_not_found_by_home_or_car() -> None:
    """Things by class, and of the home the authority, but for youth justice and prosecution; who comes to help finds it."""
    crime = replace(_ORGANISED, parts=[suspect(_youth), victim(_mother)], outcome="charged")
    told = may_receive(crime)
    assert (told["nca"].places, told["nca"].things) == ("exact", "class")
    told = may_receive(replace(crime, place=_youth.home))
    assert (told["nca"].places, told["nca"].things) == ("authority", "class")
    assert (told["cps"].places, told["cps"].things) == ("exact", "exact")
    fire = scene(sub_type="public-safety", category="PSW_NATURAL", place=_youth.home, parts=[suspect(_youth), victim(_mother)])
    assert {given_to.places for agency, given_to in may_receive(fire).items() if KINDS[agency] == "fire-rescue"} == {"exact"}
    for home, wanted in ((_youth.home, "exact"), (_child.home, "authority")):
        small = replace(_child, home=home)
        told = may_receive(scene(sub_type="safeguarding", parts=[suspect(_youth), victim(small)], place=_youth.home))
        assert told["mash-tyne-a"].places == wanted


def test_a_child_who_only_tells_is_no_case_for_childrens_services() -> None:
    """Who rang up or saw it is not at risk by that; where another child is, he or she is told of by role."""
    for role in ("PERSON_REPORTING", "WITNESS"):
        telling = Part(child("bystander", 12), role, "WITNESS_OR_OTHER")
        alone = scene(sub_type="safeguarding", parts=[telling, victim(_mother)], markers=("child",))
        assert "mash-tyne-a" not in may_receive(alone)
        assert "mash-tyne-a" not in may_receive(alone, "time")
        beside = may_receive(replace(alone, parts=[*alone.parts, Part(_child, "VULNERABLE_CHILD", "VICTIM")]))["mash-tyne-a"]
        assert beside.persons == {"person:bystander": "role", "person:mother": "care", "person:child": "care"}


def test_the_dead_are_told_of_to_the_coroner() -> None:
    """Whether as subject or as victim; whoever found them by role."""
    for role in ("SUBJECT", "VICTIM"):
        parts = [Part(_elder, role, "VICTIM"), Part(_caller, "PERSON_REPORTING", "")]
        told = may_receive(scene(sub_type="public-safety", category="PSW_SUDDEN_DEATH", parts=parts))["coroner-tyne-a"]
        assert (told.persons, told.places) == ({"person:elder": "care", "person:caller": "role"}, "exact")


def test_a_consent_of_one_agency_ends_too() -> None:
    """A last day counts whether the victim named the kind of agency or the agency; another agency's doesn't matter."""
    shares = SHARED["victim-support"][0]
    for consents in (
        (("victim-don-a", "2026-03-26"),),
        (("victim-support", None), ("victim-don-a", "2026-03-26")),
        (),
        (("nca", None),),
    ):
        assert "victim-don-a" not in may_receive(replace(shares, consents=consents))
    for consents in ((("victim-don-a", None),), (("victim-support", None), ("nca", "2026-03-26"))):
        assert "victim-don-a" in may_receive(replace(shares, consents=consents))


@pytest.mark.parametrize(
    "kind", ["la-adults-sab", "nhs-icb", "fire-rescue", "ambulance", "coastguard", "national-highways", "coroner", "cps"]
)
def test_on_request_means_an_answer_on_the_record(kind: str) -> None:
    """One record in eight is answered to nobody: then the kind gets nothing, however it may want it."""
    shares = SHARED[kind][0]
    assert kind in _kinds(may_receive(shares))
    assert kind not in _kinds(may_receive(replace(shares, number=8)))


@pytest.mark.parametrize(
    ("control", "left"),
    [
        ({"only": ("nca",)}, {"nca"}),
        ({"only": ("rocu-a",)}, {"rocu-a"}),
        ({"only": ("rocu", "csp")}, {"rocu-a"}),
        ({"only": ("no-such-agency",)}, set()),
        ({"never": ("rocu",)}, {"nca"}),
        ({"never": ("rocu-a", "nca")}, set()),
        ({"only": ("nca", "rocu"), "never": ("nca",)}, {"rocu-a"}),
    ],
    ids=str,
)
def test_the_originator_decides_who(control: dict[str, tuple[str, ...]], left: set[str]) -> None:
    """Only these, never those, by agency and by kind; `never` is stronger."""
    assert set(may_receive(_ORGANISED)) == {"nca", "rocu-a"}
    assert set(may_receive(replace(_ORGANISED, **control))) == left


def test_a_source_by_night_is_a_witness_by_day() -> None:
    """An ordinary crime, an ordinary witness: told of as anybody, for no record can say who is a source."""
    witness = Part(person("s", traits=("source",)), "WITNESS", "WITNESS_OR_OTHER")
    plain = Part(person("s"), "WITNESS", "WITNESS_OR_OTHER")
    told = [may_receive(replace(_ORGANISED, parts=[*_ORGANISED.parts, part])) for part in (witness, plain)]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("part", "latched"),
    [
        (victim(person("p", traits=("protected",))), PROTECTED),
        (Part(person("s", traits=("source",)), "WITNESS", ""), 0),
        (victim(person("fled", traits=("in-refuge",))), SHELTERED),
        (suspect(_youth), CHILD_SUSPECT),
        (suspect(child("small", 8)), CHILD_SUSPECT | YOUNG_SUSPECT),
        (suspect(replace(_youth, home=_ORGANISED.place)), CHILD_SUSPECT | CHILDS_HOME),
        (suspect(person("perhaps", None)), CHILD_SUSPECT | YOUNG_SUSPECT),
        (victim(_youth), 0),
    ],
    ids=str,
)
def test_what_latches(part: Part, latched: int) -> None:
    """Protected persons, whoever lives in a refuge, child suspects and their homes, and who may be one."""
    assert latch_of(replace(_ORGANISED, parts=[suspect(_abuser), part])) == latched


def test_what_was_once_so_narrows_for_good() -> None:
    """The person is gone from the record, and what he or she asked of it stays."""
    crime = replace(_ORGANISED, outcome="charged")
    assert may_receive(crime, "", PROTECTED) == {}
    told = may_receive(crime, "", SHELTERED)["nca"]
    assert (set(told.persons.values()), told.places, told.text) == ({"full-unlocated"}, "none", "none")
    told = may_receive(crime, "", CHILD_SUSPECT | CHILDS_HOME)["nca"]
    assert (set(told.persons.values()), told.places, told.things, told.text) == ({"full"}, "authority", "class", "none")
    assert may_receive(crime, "", CHILD_SUSPECT)["cps"] == may_receive(crime)["cps"]
    assert may_receive(crime, "", YOUNG_SUSPECT)["cps"].text == "none"
