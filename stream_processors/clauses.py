"""Clauses: the conditions of agreements and prohibitions, as their files say them. A closed set of attributes.

All lines of a clause must hold; a line holds where the record has any of its values. Groups of persons and places are named
once in a rule and used by its conditions and its field list, so that both speak of the same people.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Values = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)] | None
"""Values of one line: any of them is enough."""

GROUP_NAME = r"^[a-z][a-z0-9-]*$"
"""Form of a group's name: lower case, so that no role or location role can be taken for one."""

GroupName = Annotated[str, Field(pattern=GROUP_NAME)]

QUANTIFIERS = ("any", "every", "none", "subject")
"""any: at least one is of the group. every: there is one, and all are. none: nobody is. subject: one of those whom the record
is about (SUSPECT, OFFENDER or SUBJECT by role, SUSPECT or CONVICTED by DPA 2018 s.38(3) category) is."""


class Strict(BaseModel):
    """No key that the language doesn't know; nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Lines(Strict):
    @model_validator(mode="before")
    @classmethod
    def _each_line_has_values(cls, given: object) -> object:
        # A line left empty would be no line at all, and the clause would hold for more records than it seems to.
        if isinstance(given, dict) and any(value is None for value in given.values()):
            raise ValueError("a line has no values")
        return given

    @model_validator(mode="after")
    def _says_something(self) -> "_Lines":
        if not self.model_dump(exclude_none=True, exclude={"unknown", "because"}):
            raise ValueError("an empty clause would hold for everything")
        return self


class PersonClause(_Lines):
    """What is so of one person of a record."""

    role: Values = Field(default=None, description="POLE roles, any of them")
    not_role: Values = Field(default=None, description="none of these roles")
    subject_category: Values = Field(default=None, description="DPA 2018 s.38(3) categories, any of them")
    not_subject_category: Values = Field(default=None, description="none of these categories")
    age: Values = Field(default=None, description="age at the event: under-10, 10-17, adult")
    marker: Values = Field(default=None, description="markers of this person, any of them")
    not_marker: Values = Field(default=None, description="none of these markers")
    nationality: Values = Field(default=None, description="british or foreign")
    household_of: GroupName | None = Field(default=None, description="lives in one household with somebody of this group")
    within: GroupName | None = Field(default=None, description="is of this group as well")
    outside: GroupName | None = Field(default=None, description="is not of this group")

    def lines(self) -> dict[str, frozenset[str]]:
        """Attribute of the person to the values that satisfy it; `not_` lines under their own names, groups left aside."""
        named = self.model_dump(exclude={"household_of", "within", "outside"}, exclude_none=True)
        return {name: frozenset(values) for name, values in named.items()}


class PlaceClause(_Lines):
    """What is so of one place of a record."""

    role: Values = Field(default=None, description="INCIDENT, HOME, WORK, SCHOOL, OTHER")
    marker: Values = Field(default=None, description="markers of this place, any of them")
    home_of: GroupName | None = Field(default=None, description="somebody of this group of persons lives there")
    outside: GroupName | None = Field(default=None, description="is not of this group of places")

    def lines(self) -> dict[str, frozenset[str]]:
        """Attribute of the place to the values that satisfy it; groups left aside."""
        named = self.model_dump(exclude={"home_of", "outside"}, exclude_none=True)
        return {name: frozenset(values) for name, values in named.items()}


People = Mapping[GroupName, tuple[PersonClause, ...]]
"""Groups of persons by name: of a group is who satisfies any of its clauses. A group may use those named before it."""

Places = Mapping[GroupName, tuple[PlaceClause, ...]]
"""Groups of places by name, likewise."""


class Quantified(_Lines):
    """Conditions on groups of persons or places; each holds."""

    any: GroupName | None = None
    every: GroupName | None = None
    none: GroupName | None = None
    subject: GroupName | None = Field(default=None, description="of persons: somebody whom the record is about is of the group")

    def conditions(self) -> list[tuple[str, str]]:
        """(quantifier, group)."""
        return [(name, group) for name in QUANTIFIERS if (group := getattr(self, name)) is not None]


class Clause(_Lines):
    """All of its lines must hold; each line holds where the record has any of the values. The attributes are closed."""

    kind: Values = Field(default=None, description="kind of record")
    sub_type: Values = Field(default=None, description="sub-type of an incident")
    force: Values = Field(default=None, description="originator")
    crime_type: Values = Field(default=None, description="public crime type")
    offence: Values = Field(default=None, description="offence code")
    offence_group: Values = Field(default=None, description="national offence group")
    offence_flag: Values = Field(default=None, description="sexual, modern-slavery, hate")
    outcome: Values = Field(default=None, description="outcome of a crime, disposal of a custody record")
    status: Values = Field(default=None, description="status of the crime, incident or custody record")
    incident_category: Values = Field(default=None, description="opening or closing category (NSIR)")
    incident_theme: Values = Field(default=None, description="theme of the category: ASB, TRANSPORT, PSW, CRIME, ADMIN, ...")
    qualifier: Values = Field(default=None, description="incident qualifier")
    response_grade: Values = Field(default=None, description="EMERGENCY, PRIORITY, SCHEDULED, NO_DEPLOYMENT")
    marking: Values = Field(default=None, description="OFFICIAL, OFFICIAL-SENSITIVE")
    handling_instruction: Values = Field(default=None, description="GSC handling instructions")
    grade_handling: Values = Field(default=None, description="P or C of the 3x5x2 grade")
    action_code: Values = Field(default=None, description="A1, A2, A3")
    sanitisation_code: Values = Field(default=None, description="S1, S2")
    subject_category: Values = Field(default=None, description="DPA 2018 s.38(3) category of any person")
    person_role: Values = Field(default=None, description="role of any person")
    marker: Values = Field(default=None, description="marker of the record or of any of its parts")
    victim_anonymity: Values = Field(default=None, description="Y or N: a sexual offence is alleged (SO(A)A 1992 s.1)")
    object_type: Values = Field(default=None, description="type of any object")
    object_status: Values = Field(default=None, description="status of any object, as sent, upper case")
    cross_border: Values = Field(default=None, description="Y or N: marked so, or it happened in another force's area")
    hour: Values = Field(default=None, description="local hour of the event, 00 to 23")
    quality_at_least: int | None = Field(default=None, ge=0, le=100, description="quality score at least this")
    area: Literal["own", "own-csp", "own-force"] | None = Field(
        default=None, description="it happened in the agency's own authorities, partnership, or member forces"
    )
    consent: Literal["given", "not-ended"] | None = Field(
        default=None, description="given: a consent names the agency and has not ended; not-ended: none that names it has ended"
    )
    originator_control: Literal["barred"] | None = Field(
        default=None, description="the originator has barred the agency by `only` or `except`"
    )
    persons: Quantified | None = Field(default=None, description="conditions on groups of persons")
    places: Quantified | None = Field(default=None, description="conditions on groups of places")
    unknown: Literal["share"] | None = Field(default=None, description="what is unknown satisfies this clause")
    because: str | None = Field(default=None, min_length=10, description="why unknown may share")

    def lines(self) -> dict[str, frozenset[str]]:
        """Record attribute to the values that satisfy it, without what hangs on the agency or on groups."""
        left_out = {*AGENCY_LINES, "quality_at_least", "persons", "places", "unknown", "because"}
        named: dict[str, Any] = self.model_dump(exclude=left_out, exclude_none=True)
        return {name: frozenset(values) for name, values in named.items()}

    def agency_lines(self) -> dict[str, str]:
        """Lines whose truth hangs on the agency: area, consent, originator_control."""
        return {name: value for name in AGENCY_LINES if (value := getattr(self, name)) is not None}

    @model_validator(mode="after")
    def _unknown_has_a_reason(self) -> "Clause":
        if (self.unknown is None) != (self.because is None):
            raise ValueError("`unknown: share` needs `because`, and `because` goes with nothing else")
        return self


AGENCY_LINES = ("area", "consent", "originator_control")
"""Lines whose truth differs between the agencies that one agreement is bound to."""
