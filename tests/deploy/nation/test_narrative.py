"""Texts name whom they say they name, and nobody else."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.nation import narrative_phrases
from deploy.nation.births import make_incident, make_report
from deploy.nation.births_crime import make_crime
from deploy.nation.births_custody import make_custody
from deploy.nation.calendar import local_ms
from deploy.nation.lives import TRANSITIONS
from deploy.nation.naming import call_again, introduce
from deploy.nation.narrative import (
    LONGEST,
    tell_description,
    tell_intelligence,
    tell_modus_operandi,
    tell_more,
    tell_summary,
)
from deploy.nation.narrative_conditions import CONDITIONS_OF_PERSON, CONDITIONS_OF_SCENE
from deploy.nation.narrative_phrases import Pattern, compile_pattern, load_phrases
from deploy.nation.narrative_slots import NEEDS_OF_PERSON, OF_PERSON
from deploy.nation.narrative_stage import cast_of
from deploy.nation.narrative_themes import theme_of, theme_of_offence, theme_of_report, theme_of_working
from deploy.nation.narrative_things import NEEDS_OF_SCENE, OF_SCENE, code_name
from deploy.nation.narrative_words import KIN_WORDS, UNKNOWN
from deploy.nation.population import Population
from deploy.nation.scene import Household, Part, Person, Place, Scene, Thing
from deploy.nation.telling import FORMS, SORTS, Mention, Telling
from deploy.nation.territory import Territory
from schemas import reference_codes, reference_offences

START_MS = 1_774_569_600_000
MONTHS = "January February March April May June July August September October November December".split()
STATES = sorted({state for table in TRANSITIONS.values() for state in table if state})

KIN = "mother father partner husband wife son daughter child brother sister half brother aunt uncle".split()
KIN += "grandmother grandfather grandson granddaughter".split()
KIN += [word for words in KIN_WORDS.values() for word in words.values()]
KINSHIP = re.compile(rf"\b([Hh]is|[Hh]er|[Tt]heir|\w+'s) ({'|'.join(KIN)})\b")


# -- every known form of what identifies somebody, written anew ------------------------------------------------------


def telephone_forms(e164: str) -> set[str]:
    """As it is, in national form, and in the groups that Ofcom prints for its numbers for drama."""
    national = "0" + e164.removeprefix("+44")
    if national.startswith("02"):
        a, b = 3, 4
    else:
        a, b = (4, 3) if re.match(r"011|01\d1", national) else (5, 3)
    return {e164, national, f"{national[:a]} {national[a : a + b]} {national[a + b :]}"}


def birth_forms(born: date) -> set[str]:
    ordinal = (
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
        "sixteenth seventeenth eighteenth nineteenth twentieth"
    ).split() + ["twenty-" + unit for unit in "first second third fourth fifth sixth seventh eighth ninth".split()]
    words = [*ordinal, "thirtieth", "thirty-first"][born.day - 1]
    month = MONTHS[born.month - 1]
    figures = {born.strftime(form) for form in ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y")}
    return {*figures, f"{born.day} {month} {born.year}", f"the {words} of {month} {born.year}"}


def name_forms(person: Person) -> set[str]:
    given, surname = person.given_name, person.surname
    full = " ".join(filter(None, (given, surname)))
    found = {full, full.upper(), surname, surname.upper(), given, person.nickname, person.misspelt}
    found |= {f"{given} {surname.upper()}", f"{surname.upper()}, {given}"}
    found |= {f"{title} {surname}" for title in ("Mr", "Ms", "Mrs", "Miss")} if surname else set()
    return found - {"", " ", ", "}


def person_forms(person: Person) -> dict[str, set[str]]:
    """By sort of identifier."""
    one = {"EMAIL": person.email, "PNC": person.pnc_id, "CRO": person.cro_number, "NHS": person.nhs_number}
    one |= {"SCHOOL": person.school, "WORKPLACE": person.workplace}
    found = {sort: {value} for sort, value in one.items() if value}
    found |= {"NAME": name_forms(person), "ALIAS": set(person.aliases)}
    found["TELEPHONE"] = telephone_forms(person.telephone) if person.telephone else set()
    found["DATE_OF_BIRTH"] = birth_forms(person.born) if person.born else set()
    return found


def place_forms(place: Place) -> dict[str, set[str]]:
    street = re.sub(r"^(.*, )?\d+ ", "", place.text)
    texts = {place.text, place.text.upper(), street}
    return {"ADDRESS": texts, "POSTCODE": {place.postcode, place.postcode.replace(" ", "")}}


def thing_forms(thing: Thing) -> dict[str, set[str]]:
    if thing.identifier is None:
        return {}
    if thing.type == "TELEPHONE":
        return {"TELEPHONE": telephone_forms(thing.identifier)}
    if thing.type != "VEHICLE":
        return {"SERIAL": {thing.identifier}}
    bare = thing.identifier.replace(" ", "")
    return {"PLATE": {thing.identifier, bare, bare.lower(), thing.identifier.lower()}}


def all_forms(scene: Scene, households: list[Household], part: Part | None = None) -> dict[str, dict[str, set[str]]]:
    """By id of everybody and everything in reach of a text about the scene."""
    people = [each.person for each in scene.parts] + [member for household in households for member in household.members]
    people += [scene.source_person] if scene.source_person else []
    found = {person.id: person_forms(person) for person in people}
    found |= {place.id: place_forms(place) for place in [scene.place, *(person.home for person in people)]}
    found |= {thing.id: thing_forms(thing) for thing in scene.things}
    if scene.source_ref:
        of = scene.source_person.id if scene.source_person else scene.source_ref
        found.setdefault(of, {})["SOURCE"] = {scene.source_ref, code_name(of)}
    if scene.arrest[0]:
        for each in scene.parts:
            found[each.person.id]["ASN"] = {scene.arrest[0]}
    return found


def stands(value: str, text: str) -> bool:
    """Whether the text has it as whole words."""
    return value in text and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


def check(telling: Telling, known: dict[str, dict[str, set[str]]]) -> None:
    """Both ways: every mention stands in the text and is of whom it says; nothing that identifies stands there without one."""
    rest = telling.text
    for mention in sorted(telling.mentions, key=lambda each: -len(each.value)):
        assert mention.value, mention
        assert mention.value in telling.text, (mention, telling.text)
        assert mention.sort in SORTS, mention
        assert mention.form in FORMS, mention
        if mention.form != "relation":
            assert mention.value in known[mention.of][mention.sort], (mention, telling.text)
        rest = re.sub(rf"(?<!\w){re.escape(mention.value)}(?!\w)", "\0", rest)
    assert not KINSHIP.search(rest), (rest, telling)
    for forms in known.values():
        for values in forms.values():
            for value in values:
                assert not stands(value, rest), (value, rest, telling)


# -- people of the hardest kinds, made by hand ------------------------------------------------------------------------

HOME = Place("p1", "home", "Flat 3, 12 Quarrelby Lane", "AA1 2BB", "W06000022", "gwent", 51.6, -3.0)
REFUGE = Place("p2", "refuge", "44 Snorrowby Grove", "EE4 9ZZ", "W06000022", "gwent", 51.6, -3.0)
PUB = Place("p3", "licensed", "The Salted Wombat", "HH7 1AA", "W06000022", "gwent", 51.6, -3.0)
CAR = Thing("t1", "VEHICLE", "LX91 QZZ", description="orange hatchback")
PHONE = Thing("t2", "TELEPHONE", "+442079460999")
LAPTOP = Thing("t3", "PROPERTY", "SNX-0001-77", description="a laptop")


def person(name: str, given_name: str, surname: str, **changes: object) -> Person:
    fields: dict[str, object] = {
        "nickname": f"{given_name[:3]}oz" if given_name else "", "aliases": (), "misspelt": f"{given_name}{surname}x".strip(),
        "born": date(1987, 5, 3), "is_unborn": False, "sex": "FEMALE", "ethnicity": "W1", "observed_ethnicity": "IC1",
        "nationality": "GBR", "telephone": "+447700900123", "email": f"{name}@example.org", "pnc_id": f"2008/9{name}A",
        "cro_number": f"CRO{name}", "nhs_number": f"999{name}", "school": None, "workplace": None, "home": HOME,
        "household": "h1", "traits": frozenset(),
    }  # fmt: skip
    return Person(id=name, given_name=given_name, surname=surname, **{**fields, **changes})  # type: ignore[arg-type]


MOTHER = person("1001", "Angharad", "Tŷ-Gwynneth", aliases=("Ann Wombwell",), telephone="+441134960123")
PARTNER = person(
    "1002", "Siôn", "O'Quillane", sex="MALE", ethnicity="A2", born=date(1979, 2, 28), aliases=("John Quill", "J Quo")
)
BABY = person("1003", "", "", is_unborn=True, born=None, telephone=None, nickname="", misspelt="", email=None, sex="NOT_STATED")
CHILD = person(
    "1004", "Łucja", "Świątkova", born=date(2016, 2, 29), school="Grobbleby Primary School", nationality="POL", sex="OTHER"
)
SINGLE = person("1005", "Sukarnodi", "", nickname="", born=None, workplace="Zibbit Roofing", home=REFUGE)
HIDDEN = person("1006", "Novella", "Chambray", aliases=("Olda Nameless",), traits=frozenset(("protected",)))
SOURCE = person(
    "1007", "Quentina", "Wispington", born=date(1991, 1, 9), telephone="+441632960777", traits=frozenset(("source",))
)
PEOPLE = (MOTHER, PARTNER, BABY, CHILD, SINGLE, HIDDEN, SOURCE)
ROLES = (
    "VICTIM SUSPECT OFFENDER WITNESS SUBJECT PERSON_REPORTING VULNERABLE_CHILD VULNERABLE_ADULT MISSING INVOLVED_PARTY".split()
)
HOUSEHOLD = Household(
    "h1", "family", HOME, PEOPLE,
    (
        (0, "mother", 2), (0, "mother", 3), (1, "father", 3), (1, "partner", 0), (0, "partner", 1), (3, "child", 0),
        (6, "sister", 0), (4, "half-brother", 1), (5, "aunt", 3), (1, "father", 2), (2, "child", 0),
    ), (CAR,),
)  # fmt: skip


class Family:
    """Relations of the one household."""

    def relation(self, a: Person, b: Person) -> str | None:
        return HOUSEHOLD.relation(a, b)

    def household_of(self, person: Person) -> Household:
        assert person in PEOPLE
        return HOUSEHOLD


@st.composite
def scenes(draw: st.DrawFn, kind: str | None = None) -> Scene:
    """Any kind of record, of any of the people in any roles."""
    kind = kind or draw(st.sampled_from(("crime", "incident", "custody", "intelligence")))
    people = draw(st.lists(st.sampled_from(PEOPLE[:6]), unique_by=id, max_size=4))
    parts = [Part(each, draw(st.sampled_from(ROLES)), "WITNESS_OR_OTHER") for each in people]
    sub_types = ("asb", "safeguarding", "missing", "wanted", "transport", "public-safety", "crime-related")
    return Scene(
        kind=kind, force="gwent", number=draw(st.integers(1, 10**6)), place=draw(st.sampled_from((HOME, REFUGE, PUB))),
        occurred_ms=START_MS,
        recorded_ms=START_MS + draw(st.integers(0, 10**9)), parts=parts,
        things=draw(st.lists(st.sampled_from((CAR, PHONE, LAPTOP)), unique_by=id)),
        state=draw(st.sampled_from(STATES)),
        sub_type=draw(st.sampled_from(sub_types)) if kind == "incident" else None,
        category=draw(st.sampled_from(sorted(reference_codes.incident_categories()))) if kind == "incident" else None,
        offence=draw(st.sampled_from(sorted(reference_offences.offences()))) if kind in ("crime", "custody") else None,
        concerns=draw(st.sampled_from(((), ("domestic-abuse",), ("soc",), ("csea",), ("fraud",), ("firearms",)))),
        arrest=("90/0000/00/90000000001Z", "", "") if kind == "custody" else ("", "", ""),
        source_ref="SRC-0000077" if kind == "intelligence" else None,
        source_person=draw(st.sampled_from((SOURCE, None))) if kind == "intelligence" else None,
    )  # fmt: skip


chances = st.integers(0, 2**32).map(random.Random)


@settings(max_examples=400)
@given(scenes(), chances)
def test_a_summary_names_whom_it_says_and_nobody_else(scene: Scene, chance: random.Random) -> None:
    """Every mention stands in the text as it is and is a form of whom it names; no other identifier stands there."""
    telling = tell_summary(scene, Family(), chance)
    assert 20 <= len(telling.text) <= LONGEST
    check(telling, all_forms(scene, [HOUSEHOLD]))


@settings(max_examples=300)
@given(scenes("crime"), chances)
def test_a_modus_operandi_fits_its_field(scene: Scene, chance: random.Random) -> None:
    """20 to 300 characters (POLE), and named as in a summary."""
    telling = tell_modus_operandi(scene, Family(), chance)
    assert 20 <= len(telling.text) <= 300
    check(telling, all_forms(scene, [HOUSEHOLD]))


@settings(max_examples=400)
@given(scenes(), chances)
def test_updates_add_to_the_text_until_it_is_full(scene: Scene, chance: random.Random) -> None:
    """What was told stays, what is added names whom it says, and no text grows beyond its limit."""
    telling = tell_summary(scene, Family(), chance)
    for _ in range(12):
        longer = tell_more(scene, telling, Family(), chance)
        assert longer.text.startswith(telling.text)
        assert set(longer.mentions) >= set(telling.mentions)
        assert len(longer.text) <= LONGEST
        telling = longer
    check(telling, all_forms(scene, [HOUSEHOLD]))
    is_the_arrest = scene.kind == "custody" and scene.state == "ARRESTED"  # of which a custody record tells from the start
    assert ("UPDATE" in telling.text or "CORRECTION" in telling.text) != is_the_arrest


@settings(max_examples=400)
@given(scenes("intelligence"), chances)
def test_sanitised_text_says_nothing_of_the_source(scene: Scene, chance: random.Random) -> None:
    """The original may name the source by reference, code name or name; the sanitised text has none of these."""
    original, sanitised = tell_intelligence(scene, Family(), chance)
    known = all_forms(scene, [HOUSEHOLD])
    check(original, known)
    check(sanitised, known)
    of = {SOURCE.id, scene.source_ref}
    assert not of & {mention.of for mention in sanitised.mentions}
    told = {value for each in of if each in known for values in known[each].values() for value in values}
    assert not [value for value in told if stands(value, sanitised.text)]


@given(st.sampled_from(PEOPLE), chances, st.booleans())
def test_a_description_names_at_most_a_relative(one: Person, chance: random.Random, is_known: bool) -> None:
    """Without a population nobody of the family is named; a description never names the source."""
    part = Part(one, "SUSPECT", "SUSPECT")
    telling = tell_description(part, chance, Family() if is_known else None)
    scene = Scene("crime", "gwent", 1, HOME, 0, 0, parts=[part])
    check(telling, all_forms(scene, [HOUSEHOLD]))
    if not is_known:
        assert {mention.of for mention in telling.mentions} <= {one.id, HOME.id, REFUGE.id}
    assert one is SOURCE or SOURCE.id not in {mention.of for mention in telling.mentions}


@given(st.lists(chances, min_size=60, max_size=60))
def test_a_protected_person_is_known_by_the_new_name(many: list[random.Random]) -> None:
    """The old name is written by nobody who writes a text; other people's other names are."""
    scene = Scene("crime", "gwent", 1, PUB, START_MS, START_MS, offence="46", parts=[Part(HIDDEN, "SUSPECT", "SUSPECT")])
    told = [tell_summary(replace(scene, number=number), Family(), chance).text for number, chance in enumerate(many)]
    told += [write(HIDDEN, chance, []) for chance in many for write in (introduce, call_again)]
    assert "Nameless" not in "".join(told)
    assert "aka" in "".join(introduce(PARTNER, random.Random(number), []) for number in range(200))


@given(scenes(), st.integers(0, 2**32))
def test_the_same_chance_tells_the_same(scene: Scene, seed: int) -> None:
    """Texts depend on their arguments alone."""
    once, again = (tell_summary(scene, Family(), random.Random(seed)) for _ in range(2))
    assert once == again


def test_special_people_come_out_right() -> None:
    """Among many texts: the unborn by the mother, one name alone, an unknown suspect, a relative, a date in words."""
    scene = Scene(
        "incident", "gwent", 1, HOME, START_MS, START_MS, sub_type="safeguarding", category="PSW_CONCERN",
        parts=[Part(BABY, "VULNERABLE_CHILD", "VICTIM"), Part(SINGLE, "PERSON_REPORTING", "WITNESS_OR_OTHER")],
    )  # fmt: skip
    told = [tell_summary(replace(scene, number=n), Family(), random.Random(n)) for n in range(200)]
    wanted = Mention("the unborn baby of Angharad Tŷ-Gwynneth", BABY.id, "NAME", "relation")
    assert any(wanted in telling.mentions for telling in told)
    crime = Scene("crime", "gwent", 1, PUB, START_MS, START_MS, offence="8N", parts=[Part(CHILD, "VICTIM", "VICTIM")])
    told += [tell_summary(replace(crime, number=n), Family(), random.Random(n)) for n in range(400)]
    missing = replace_parts(scene, [Part(MOTHER, "MISSING", "VICTIM")])
    told += [tell_summary(replace(missing, number=n), Family(), random.Random(n)) for n in range(400)]
    texts = "\n".join(telling.text for telling in told)
    for words in (
        "SUKARNODI",
        "Sukarnodi",
        "unknown male (IC1, 20s)",
        "ŚWIĄTKOVA",
        "her partner",
        "the third of May 1987",
        "Wombwell",
    ):
        assert words in texts, words
    forms = {mention.form for telling in told for mention in telling.mentions}
    assert forms >= {
        "full-name",
        "upper",
        "surname",
        "given-name",
        "nickname",
        "misspelt",
        "relation",
        "in-words",
        "spaced",
        "local",
    }


def replace_parts(scene: Scene, parts: list[Part]) -> Scene:
    return replace(scene, parts=parts, sub_type="missing", category="PSW_MISSING")


# -- what happened is told in one way -------------------------------------------------------------------------------


@settings(max_examples=300)
@given(scenes(), chances)
def test_no_text_knows_the_time_to_come(scene: Scene, chance: random.Random) -> None:
    """Each time of day in a text has been between what happened and its recording."""
    telling = tell_more(scene, tell_summary(scene, Family(), chance), Family(), chance)
    first, last = (local_ms(ms) // 60_000 for ms in (scene.occurred_ms, scene.recorded_ms))
    for hours, minutes in re.findall(r"(\d\d)(\d\d)hrs", telling.text):
        told = int(hours) * 60 + int(minutes)
        assert first + (told - first) % 1440 <= last, telling.text


@pytest.mark.parametrize(("one", "is_child"), [(CHILD, True), (PARTNER, False)])
def test_an_appropriate_adult_is_for_children_alone(one: Person, is_child: bool) -> None:
    """Nobody of age on the day of recording is said to be under eighteen; of children it is said now and then."""
    told = [tell_summary(replace(custody_of(one), number=n), Family(), random.Random(n)).text for n in range(300)]
    assert any("under 18" in text for text in told) == is_child


def custody_of(one: Person) -> Scene:
    parts = [Part(one, "SUSPECT", "SUSPECT")]
    return Scene("custody", "gwent", 1, PUB, START_MS, START_MS, offence="46", parts=parts, state="ARRESTED")


def test_an_arrest_is_told_once() -> None:
    """A custody record begins with the arrest and tells of no second one."""
    scene = custody_of(PARTNER)
    told = tell_summary(scene, Family(), random.Random(1))
    assert tell_more(scene, told, Family(), random.Random(2)) == told


@given(st.integers(0, 10**6), chances)
def test_a_wanted_log_is_about_the_suspect(number: int, chance: random.Random) -> None:
    """Whoever calls is not whom the log says to be wanted, even from home."""
    parts = [Part(MOTHER, "PERSON_REPORTING", "WITNESS_OR_OTHER"), Part(SINGLE, "SUSPECT", "SUSPECT")]
    scene = Scene("incident", "gwent", number, HOME, START_MS, START_MS, sub_type="wanted", parts=parts)
    for order in (parts, parts[::-1]):
        cast = cast_of(order, scene)
        assert (cast["P"], cast["W"]) == (SINGLE, MOTHER)
    text = tell_summary(scene, None, chance).text
    assert not re.search(r"(Gwynneth|GWYNNETH|Angharad\w*),? (is wanted|circulated)", text), text


@settings(max_examples=300)
@given(scenes("crime"), chances)
def test_the_way_of_working_is_that_of_the_summary(scene: Scene, chance: random.Random) -> None:
    """Words that only one summary of a group bears out stand beside no other."""
    summary, working = tell_summary(scene, Family(), chance).text, tell_modus_operandi(scene, Family(), chance).text
    for of_working, of_summary in (
        ("Bogus official", "claiming to be"), ("in bed upstairs", "heard a noise"), ("catalytic", "Catalytic"),
        ("remove tiles", "via the roof"), ("relay device", "keyless"), ("wheelie bin", "Bin set alight"),
        ("fills tank", "with fuel"),
    ):  # fmt: skip
        assert of_working not in working or of_summary in summary, (summary, working)


def test_every_way_of_working_belongs_to_a_summary() -> None:
    """No pattern of a way that no summary of the same theme has."""
    phrases = load_phrases()
    for theme, group in phrases["modus"].items():
        known = {pattern.way for pattern in phrases["summary"].get(theme, group).patterns}
        assert {pattern.way for pattern in group.patterns} - {""} <= known, theme


@settings(max_examples=300)
@given(scenes(), chances)
def test_a_correction_does_not_name_whom_it_removes(scene: Scene, chance: random.Random) -> None:
    """Nor as a relative; and a place is only corrected where it was wrong."""
    removed = scene.parts.pop() if scene.parts else None
    told = tell_summary(replace(scene, parts=[*scene.parts, removed] if removed else []), Family(), chance)
    scene.state = "CORRECTED"
    assert "location corrected" not in tell_more(scene, told, Family(), chance).text
    scene.features = ("person-removed",)
    corrected = tell_more(scene, told, Family(), chance)
    tellings = [corrected, tell_modus_operandi(scene, Family(), chance), *tell_intelligence(scene, Family(), chance)]
    check(corrected, all_forms(scene, [HOUSEHOLD]))
    assert "one person removed" in corrected.text
    assert removed is None or all(removed.person.id not in {each.of for each in telling.mentions} for telling in tellings)


@settings(max_examples=200)
@given(scenes("incident"), chances)
def test_the_dead_do_not_speak(scene: Scene, chance: random.Random) -> None:
    """After a sudden death nobody is quoted, advised or found well, and of a child's nothing is concluded."""
    scene = replace(
        scene, category="PSW_SUDDEN_DEATH", parts=[Part(chance.choice((MOTHER, CHILD)), "SUBJECT", "WITNESS_OR_OTHER")]
    )
    told = tell_summary(scene, Family(), chance)
    scene.category = "PSW_SUSPICIOUS"  # reclassified: the text remembers
    text = tell_more(scene, told, Family(), chance).text
    assert not re.search(r'given advice|"|spoken to|safe and well|at risk', re.sub(r' \("\w+"\)', "", text)), text
    assert scene.parts[0].person is MOTHER or not re.search("suspicious|heart|GP", text), text


def test_two_of_one_family_are_told_apart() -> None:
    """Where two have one surname, neither is called by it alone."""
    sister = replace(SOURCE, id="1008", surname=MOTHER.surname, given_name="Blodwen", misspelt="Blod", traits=frozenset())
    parts = [Part(MOTHER, "VICTIM", "VICTIM"), Part(sister, "SUSPECT", "SUSPECT")]
    scene = Scene("crime", "gwent", 1, PUB, START_MS, START_MS, offence="8N", parts=parts, concerns=("domestic-abuse",))
    for number in range(300):
        told = tell_summary(replace(scene, number=number), None, random.Random(number))
        assert not {mention.value for mention in told.mentions} & {MOTHER.surname.upper(), f"Ms {MOTHER.surname}"}, told


# -- the phrases ------------------------------------------------------------------------------------------------------


def patterns() -> Iterator[Pattern]:
    for themes in load_phrases().values():
        for group in themes.values():
            yield from group.patterns


def test_there_are_many_ways_to_say_it() -> None:
    """At least thirty beginnings of summaries, fifteen ways of working, fifteen reports; each line stands once in its group."""
    phrases = load_phrases()
    counts = {section: sum(len(group.patterns) for group in themes.values()) for section, themes in phrases.items()}
    assert counts["summary"] >= 150
    assert counts["modus"] >= 50
    assert counts["report"] >= 40
    assert all(len(set(group.patterns)) == len(group.patterns) for themes in phrases.values() for group in themes.values())


def test_every_theme_has_its_words() -> None:
    """Whatever the offence or category, there is a group for it; every group of summaries and updates is for something."""
    phrases = load_phrases()
    crimes = {theme_of_offence(offence) for offence in [*reference_offences.offences(), None]} | {"domestic"}
    logs = {
        theme_of(Scene("incident", "gwent", 1, HOME, 0, 0, sub_type=sub_type, category=category, parts=parts))
        for sub_type in ("asb", "safeguarding", "missing", "wanted", "transport", "public-safety", "crime-related")
        for category in reference_codes.incident_categories()
        for parts in (
            [Part(CHILD, "VULNERABLE_CHILD", "VICTIM")],
            [Part(MOTHER, "SUBJECT", "VICTIM")],
            [Part(BABY, "VULNERABLE_CHILD", "VICTIM")],
            [],
        )
    }
    assert crimes | logs | {"custody"} == set(phrases["summary"])
    workings = {
        theme_of_working(Scene("crime", "gwent", 1, HOME, 0, 0, offence=offence)) for offence in reference_offences.offences()
    }
    assert set(phrases["modus"]) >= workings - {"other-crime"}
    assert set(phrases["update"]) - {"any"} <= set(STATES)
    assert set(phrases["bereaved"]) - {"any"} <= set(phrases["update"])
    assert set(phrases["details"]) - {"any"} <= set(phrases["summary"])
    assert set(phrases["summary"]) == crimes | logs | {"custody"}


def test_every_report_theme_is_told() -> None:
    """Concerns, traits, places and chance together lead to every theme of a report."""
    found = set()
    for concern in ("", "soc", "firearms", "csea", "fraud", "serious-violence"):
        for one in (MOTHER, replace(MOTHER, traits=frozenset(("mappa",)))):
            for place in (HOME, replace(HOME, kind="port")):
                parts = [Part(one, "SUBJECT", "SUSPECT")]
                scene = Scene("intelligence", "gwent", 1, place, 0, 0, parts=parts, concerns=(concern,) if concern else ())
                found |= {theme_of_report(scene, drawn / 100) for drawn in range(100)}
    assert found == set(load_phrases()["report"])


@pytest.mark.parametrize(
    "line",
    [
        "{X} left.",
        "{?rain} Left.",
        "{V?rain} Left.",
        "Left {?home}.",
        "{V.shoe} left.",
        "Left {nowhere}.",
        "[a|{V}] left.",
        "Left {V",
    ],
)
def test_a_wrong_phrase_does_not_load(line: str) -> None:
    """A slot or condition that doesn't exist, a condition elsewhere than first, a slot among alternatives, an open brace."""
    with pytest.raises(ValueError, match=r"no such|a slot among"):
        compile_pattern(line)


def test_a_group_without_a_plain_pattern_does_not_load() -> None:
    """Each group has something to say of every scene."""
    with pytest.raises(ValueError, match="no pattern fits every scene"):
        narrative_phrases._group("{V.kin} left.")


def test_every_need_is_of_a_slot_and_every_slot_is_used() -> None:
    """No need without its slot, and no slot that no phrase has."""
    assert set(NEEDS_OF_PERSON) - {"!"} <= set(OF_PERSON)
    assert set(NEEDS_OF_SCENE) <= set(OF_SCENE)
    used = {slot for pattern in patterns() for _, slot, _, _ in pattern.pieces}
    needed = {need for pattern in patterns() for need, _ in pattern.needs}
    assert {*CONDITIONS_OF_PERSON.values(), *CONDITIONS_OF_SCENE.values()} <= needed
    assert {*OF_PERSON.values(), *OF_SCENE.values()} <= used


def test_no_word_of_the_phrases_is_a_name() -> None:
    """Words with a capital letter are nobody's name in the nation: what looks like a name is one."""
    names = {line.split(",")[0] for line in read("names.csv").splitlines()}
    words = re.findall(r"\b[A-Z]\w+", re.sub(r"\{[^}]*\}", "", read("phrases.yaml")))
    words += [word for first, again in UNKNOWN.values() for words in (*first, again) for word in words.split()]
    assert len(words) > 500
    assert set(words) & (names | {name.upper() for name in names}) == set()


def read(name: str) -> str:
    return (files("deploy.nation") / name).read_text(encoding="utf-8")


# -- the nation itself ------------------------------------------------------------------------------------------------


@cache
def nation() -> Population:
    return Population(7, date(2026, 3, 27))


@pytest.mark.parametrize("force", ["gwent", "west-midlands", "northumbria"])
def test_every_case_of_the_nation_is_told_truly(force: str) -> None:
    """Births of all kinds, with the special households among them: the property above holds for real households too."""
    territory = Territory(force, nation(), random.Random(f"7:{force}"))
    for number in range(150):
        at = START_MS + number * 3_600_000
        incident, crime, report = make_incident(territory, at), make_crime(territory, at), make_report(territory, at)
        scenes = [incident, crime, report]
        if any(part.role == "SUSPECT" for part in crime.parts):
            scenes.append(make_custody(territory, crime, at))
        for scene in scenes:
            households = [nation().household_of(part.person) for part in scene.parts]
            known = all_forms(scene, households)
            scene.state = STATES[number % len(STATES)]
            for telling in (scene.summary, scene.modus_operandi, scene.intelligence, scene.sanitised):
                check(telling, known)
                check(tell_more(scene, telling, nation(), territory.chance), known)
