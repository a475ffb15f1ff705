"""What is so in the scenario: people, places, things, and the scene that one record tells of. Pure.

Neither what a force wrote nor what the hub decided: the ground of both the submission (`render`) and the truth (`readings`).
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from deploy.nation.telling import NOTHING_TOLD, Telling


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A place that does not exist, in a local authority that does. `kind`: one of PLACE_KINDS."""

    id: str
    kind: str
    text: str
    """Number and street, or the name of the building."""
    postcode: str
    """Upper case with a space; of a postcode area that no post town has."""
    lad: str
    force: str
    latitude: float
    longitude: float
    uprn: str | None = None
    """12 digits that begin with 999."""
    lsoa_name: str | None = None
    """A name that `reference_geography.lad_of_lsoa_name` knows, with its suffix: `Durham 012C`."""


PLACE_KINDS = ("home", "refuge", "care-home", "school", "street", "shop", "licensed", "station", "port", "trunk-road", "coast")


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """A vehicle, a telephone or another object. `type`: a national object type."""

    id: str
    type: str
    identifier: str | None
    """A plate (`AB97 CDE`, with its space), a telephone number (E.164), a serial number."""
    status: str | None = None
    description: str | None = None
    keeper: str | None = None
    """Id of the person who keeps it."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """Somebody who does not exist. `id` is the scenario's own and occurs in no event."""

    id: str
    given_name: str
    """Empty for an unborn child."""
    surname: str
    """Empty for whoever has one name only."""
    nickname: str
    aliases: tuple[str, ...]
    """Other full names used."""
    misspelt: str
    """The full name as a tired officer spells it; never equal to the full name."""
    born: date | None
    """None: not known, or not born yet."""
    is_unborn: bool
    sex: str
    """MALE, FEMALE, OTHER or NOT_STATED."""
    ethnicity: str
    """Self-defined, W1 to NS."""
    observed_ethnicity: str
    """Officer-defined, IC1 to IC7."""
    nationality: str
    """ISO 3166 alpha-3."""
    telephone: str | None
    """E.164; one of Ofcom's numbers for drama. May be shared."""
    email: str | None
    pnc_id: str | None
    cro_number: str | None
    nhs_number: str | None
    school: str | None
    workplace: str | None
    home: Place
    household: str
    """Id of the household."""
    traits: frozenset[str]
    """Of TRAITS."""
    age_range: str | None = None
    """Written where no date of birth is known: `18-24`."""

    def age_on(self, day: date) -> int | None:
        """Whole years on `day`; None: unknown or unborn. Born on 29 February: a year older on 1 March of a common year."""
        if self.born is None:
            return None
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))

    def is_child_on(self, day: date) -> bool:
        """Under eighteen on `day`; an unborn child too, and who is known to be a child although not how old."""
        if self.born is not None:
            return day.year - self.born.year < 20 and (self.age_on(day) or 0) < 18
        return self.is_unborn or "child-of-unknown-age" in self.traits


TRAITS = frozenset(
    "supervised mappa source protected at-risk looked-after in-refuge abuser abused prolific organised "
    "child-of-unknown-age foreign-national tenant young-offender sex-offender repeat-missing".split()
)
"""What is so of a person for as long as the scenario lasts."""


@dataclass(frozen=True, slots=True, eq=False)
class Household:
    """People who live at one place. `kind`: family, couple, alone, shared, care-home, refuge, or the name of a case."""

    id: str
    kind: str
    place: Place
    members: tuple[Person, ...]
    relations: tuple[tuple[int, str, int], ...]
    """(a, "mother", b): members[a] is the mother of members[b]."""
    vehicles: tuple[Thing, ...]

    def relation(self, of: Person, to: Person) -> str | None:
        """What `of` is to `to`: mother, father, son, daughter, brother, sister, partner, ...; None: nothing."""
        for a, name, b in self.relations:
            if self.members[a] is of and self.members[b] is to:
                return name
        return None


@dataclass(slots=True, eq=False)
class Part:
    """One person's part in what happened."""

    person: Person
    role: str
    """POLE role: VICTIM, SUSPECT, OFFENDER, WITNESS, SUBJECT, PERSON_REPORTING, VULNERABLE_CHILD, VULNERABLE_ADULT, MISSING,
    INVOLVED_PARTY.
    """
    category: str
    """DPA 2018 s.38(3): SUSPECT, CONVICTED, VICTIM or WITNESS_OR_OTHER."""
    is_assessment: bool = False
    description: Telling = NOTHING_TOLD


class Grading(NamedTuple):
    """3x5x2, as the force wrote it: it may contradict itself."""

    source: str
    assessment: str
    handling: str
    action: str | None = None
    sanitisation: str | None = None


@dataclass(slots=True, eq=False)
class Scene:
    """What is so at one version of one record. National codes throughout."""

    kind: str
    """A name of `schemas.kinds.KINDS`."""
    force: str
    number: int
    """Ordinal of the record within its force and kind: with the force's habit it makes the source reference."""
    place: Place
    occurred_ms: int
    """UTC, milliseconds since 1970."""
    recorded_ms: int
    """When this version was recorded; moves with each version."""
    reported_ms: int = 0
    """When it was reported: from what happened to the first recording. Of a crime and an incident."""
    parts: list[Part] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    state: str = ""
    """A state of the life that this record lives."""
    action: str = "VERSION"
    """As in the envelope: VERSION, CORRECTION, RECALL, RESTRICTION, ERASURE, REINSTATEMENT."""
    sub_type: str | None = None
    """Of an incident."""
    offence: str | None = None
    """Recorded-crime code."""
    outcome: str | None = None
    """Public outcome id of a crime, national stop outcome of a search."""
    category: str | None = None
    """Incident category: opening until `closing` is set."""
    closing: str | None = None
    qualifiers: tuple[str, ...] = ()
    grade: str | None = None
    """EMERGENCY, PRIORITY, SCHEDULED or NO_DEPLOYMENT."""
    is_sensitive: bool = False
    """OFFICIAL-SENSITIVE."""
    handling: tuple[str, ...] = ()
    grading: Grading | None = None
    markers: tuple[str, ...] = ()
    """What the force has set on the record, on the day `marked_on`: `stream_processors.national.MARKERS`."""
    marked_on: date | None = None
    is_sexual_ever: bool = False
    """A sexual offence is alleged, or once was: it never becomes false again."""
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    consents: tuple[tuple[str, str | None], ...] = ()
    """(agency or kind, last day or None)."""
    concerns: tuple[str, ...] = ()
    """What it is about, as the force sees it: domestic-abuse, soc, firearms, csea, modern-slavery, fraud, serious-violence,
    high-risk, referral-consent, source-material, legal-privilege. `markers` follow from these, from the parts and the place.
    """
    features: tuple[str, ...] = ()
    """What this life tries out: turns-18, clock-change, merged-into, p-becomes-c, ..."""
    summary: Telling = NOTHING_TOLD
    modus_operandi: Telling = NOTHING_TOLD
    intelligence: Telling = NOTHING_TOLD
    sanitised: Telling = NOTHING_TOLD
    source_ref: str | None = None
    source_person: Person | None = None
    search: tuple[str, str] = ("", "")
    """Of a stop and search: legislation, object of search."""
    arrest: tuple[str, str, str] = ("", "", "")
    """Of a custody record: arrest summons number, arrest reason, custody status."""
    crime: "Scene | None" = None
    """The crime that came of an incident log: what is alleged there later holds for the log, too."""
