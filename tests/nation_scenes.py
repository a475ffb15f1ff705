"""Hand-made people and scenes, and hypothesis strategies over them."""

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from deploy.nation.scene import TRAITS, Grading, Part, Person, Place, Scene, Thing
from deploy.nation.telling import Mention, Telling
from schemas import reference_codes

OCCURRED_MS = 1_774_612_800_000
"""2026-03-27 12:00 UTC."""
DAY = date(2026, 3, 27)
TYNE, GATESHEAD, TAFF = "E08000021", "E08000037", "W06000015"


def place(kind: str = "street", lad: str = TYNE, force: str = "northumbria", name: str = "p") -> Place:
    return Place(f"place:{name}:{kind}:{lad}", kind, "1 Quillmoor Street", "AA1 1AA", lad, force, 54.9, -1.6, "999000000001")


def person(name: str = "a", born: date | None = date(1985, 5, 5), traits: tuple[str, ...] = (), **changes: Any) -> Person:
    values: dict[str, Any] = {
        "id": f"person:{name}",
        "given_name": name.title(),
        "surname": "Example",
        "nickname": name,
        "aliases": (),
        "misspelt": "Exmaple",
        "born": born,
        "is_unborn": False,
        "sex": "FEMALE",
        "ethnicity": "W1",
        "observed_ethnicity": "IC1",
        "nationality": "GBR",
        "home": place("home", name=name),
        "household": f"household:{name}",
        "traits": frozenset(traits),
        "telephone": "+447700900123",
        **dict.fromkeys(("email", "pnc_id", "cro_number", "nhs_number", "school", "workplace")),
    }
    return Person(**{**values, **changes})


def child(name: str = "c", age: int = 8, **changes: Any) -> Person:
    return person(name, date(DAY.year - age, 1, 1), **changes)


def suspect(who: Person) -> Part:
    return Part(who, "SUSPECT", "SUSPECT")


def victim(who: Person) -> Part:
    return Part(who, "VICTIM", "VICTIM")


def scene(kind: str = "incident", **changes: Any) -> Scene:
    values: dict[str, Any] = {
        "force": "northumbria", "number": 1, "place": place(), "occurred_ms": OCCURRED_MS, "recorded_ms": OCCURRED_MS + 60_000,
    }  # fmt: skip
    if kind in ("crime", "custody"):
        values["offence"] = "105A"
    return Scene(kind, **{**values, **changes})


VEHICLE = Thing("vehicle:1", "VEHICLE", "AB97 CDE", "stolen")
TELEPHONE = Thing("telephone:1", "TELEPHONE", "+447700900999")

_kinds = ("incident", "crime", "custody", "intelligence", "stop-search")
_births = st.one_of(st.none(), st.dates(date(1930, 1, 1), date(2026, 3, 27)))
_traits = st.lists(st.sampled_from(sorted(TRAITS)), max_size=3, unique=True).map(tuple)
_roles = st.sampled_from(
    "VICTIM SUSPECT OFFENDER WITNESS SUBJECT PERSON_REPORTING VULNERABLE_CHILD VULNERABLE_ADULT MISSING INVOLVED_PARTY".split()
)
_categories = st.sampled_from(("SUSPECT", "CONVICTED", "VICTIM", "WITNESS_OR_OTHER"))
_markers = st.lists(
    st.sampled_from(
        "child vulnerable domestic-abuse high-risk mappa supervision referral-consent refuge safe-address protected-person "
        "source-material legal-privilege tenancy school port soc firearms csea modern-slavery fraud serious-violence".split()
    ),
    max_size=4,
    unique=True,
).map(tuple)
_lads = st.sampled_from((TYNE, GATESHEAD, "E08000022", "E06000047", TAFF, "E08000018", "E06000016", "E06000023", "E09000001"))
_gradings = st.one_of(
    st.builds(Grading, st.just("1"), st.just("B"), st.just("P")),
    st.builds(Grading, st.just("2"), st.just("A"), st.just("C"), st.sampled_from(("A2", "A3")), st.just("S1")),
    st.builds(
        Grading, st.sampled_from("123E"), st.sampled_from("ABCDE4"), st.sampled_from("PC5"),
        st.sampled_from((None, "A1", "A2", "A3")), st.sampled_from((None, "S1", "S2")),
    ),
)  # fmt: skip


@st.composite
def persons(draw: st.DrawFn, name: str) -> Person:
    home = place(draw(st.sampled_from(("home", "refuge", "care-home"))), draw(_lads), draw(st.sampled_from(FORCES)), name)
    return person(
        name, draw(_births), draw(_traits), home=home, nationality=draw(st.sampled_from(("GBR", "POL", ""))),
        household=draw(st.sampled_from(("household:x", "household:y"))), is_unborn=draw(st.integers(0, 9)) == 0,
        age_range=draw(st.sampled_from((None, "18-24", "10-17"))),
    )  # fmt: skip


FORCES = ("northumbria", "durham", "south-wales", "south-yorkshire", "metropolitan")


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Any scene at all, more often one that somebody might receive."""
    kind = draw(st.sampled_from(_kinds))
    names = draw(st.lists(st.sampled_from("abcdef"), max_size=4, unique=True))
    parts = [Part(draw(persons(name)), draw(_roles), draw(_categories)) for name in names]
    lad, force = draw(_lads), draw(st.sampled_from(FORCES))
    third = Mention("Cerys Example", "person:third", "NAME", "full-name")
    telling = Telling(
        "Cerys Example saw it", (third, *(Mention(p.person.given_name, p.person.id, "NAME", "plain") for p in parts))
    )
    return scene(
        kind,
        force=force,
        place=place(draw(st.sampled_from(("home", "street", "refuge", "port", "coast", "trunk-road", "school"))), lad, force),
        parts=parts,
        things=draw(st.sampled_from(([], [VEHICLE], [VEHICLE, TELEPHONE]))),
        sub_type=draw(st.sampled_from(("asb", "safeguarding", "missing", "wanted", "transport", "public-safety"))),
        offence=draw(st.sampled_from((None, "105A", "48", "95", "38", "19C"))),
        outcome=draw(st.sampled_from((None, "charged", "under-investigation"))),
        category=draw(st.sampled_from(sorted(reference_codes.incident_categories()))),
        closing=draw(st.sampled_from((None, None, "PSW_SUDDEN_DEATH", "ADM_ERROR"))),
        is_sensitive=draw(st.booleans()),
        handling=draw(st.sampled_from(((), (), (), ("RECIPIENTS ONLY",), ("FOR PUBLIC RELEASE",), ("MY EYES ONLY",)))),
        grading=draw(_gradings) if kind == "intelligence" and draw(st.booleans()) else None,
        markers=draw(_markers),
        is_sexual_ever=draw(st.booleans()),
        only=draw(st.sampled_from(((), (), (), ("nca",), ("cps", "probation")))),
        never=draw(st.sampled_from(((), (), ("nca",), ("rocu",), ("mash-tyne-a",)))),
        action=draw(st.sampled_from(("VERSION", "VERSION", "VERSION", "CORRECTION", "RECALL", "ERASURE", "RESTRICTION"))),
        arrest=("", "", draw(st.sampled_from(("ARRESTED", "CHARGED", "RELEASED")))),
        summary=telling,
        sanitised=telling,
        source_person=parts[0].person if parts and draw(st.integers(0, 5)) == 0 else None,
    )


_CHANGED = (
    "is_sensitive",
    "handling",
    "grading",
    "is_sexual_ever",
    "only",
    "never",
    "action",
    "category",
    "offence",
    "occurred_ms",
)


@st.composite
def scenes_near(draw: st.DrawFn, bases: list[Scene]) -> Scene:
    """One of `bases` with at most two things changed and perhaps another person or a marker: most of them somebody receives."""
    base, other = draw(st.sampled_from(bases)), draw(scenes())
    names = draw(st.lists(st.sampled_from(_CHANGED), max_size=2, unique=True))
    changes: dict[str, Any] = {name: getattr(other, name) for name in names}
    parts = [_changed(draw, part) for part in base.parts] + other.parts[: draw(st.integers(0, 1))]
    parts = draw(st.permutations(parts))
    changes |= {"parts": parts, "summary": other.summary, "sanitised": other.sanitised}
    changes["markers"] = (*base.markers, *other.markers[: draw(st.integers(0, 1))])
    if parts and draw(st.integers(0, 4)) == 0:
        changes["source_person"] = parts[0].person
    return replace(base, **changes)


def _changed(draw: st.DrawFn, part: Part) -> Part:
    """The same part, now and then with another age or another trait."""
    drawn = draw(st.integers(0, 7))
    if drawn == 0:
        traits = part.person.traits | {draw(st.sampled_from(sorted(TRAITS)))}
        return replace(part, person=replace(part.person, traits=traits))
    if drawn == 1:
        return replace(part, person=replace(part.person, born=draw(_births)))
    return part
