"""Agreements and prohibitions as data: what their files must say. Loading fails on a missing clause; absence denies.

An agreement is a template for one kind of agency and one feed; it loads only when bound to instances, so that "own area"
means this council's area. What its field list doesn't name is dropped.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

KindName = Literal["crime", "incident", "stop-search", "custody", "intelligence"]
Values = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)] | None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clause(_Strict):
    """All of its lines must hold; each line holds where the record has any of the values. The attributes are closed."""

    kind: Values = None
    sub_type: Values = None
    force: Values = None
    crime_type: Values = None
    offence: Values = None
    offence_group: Values = None
    outcome: Values = None
    incident_category: Values = None
    qualifier: Values = None
    response_grade: Values = None
    marking: Values = None
    handling_instruction: Values = None
    grade_handling: Values = None
    action_code: Values = None
    sanitisation_code: Values = None
    subject_category: Values = None
    person_role: Values = None
    marker: Values = None
    victim_anonymity: Values = None
    area: Literal["own"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _each_line_has_values(cls, given: object) -> object:
        # A line left empty would be no line at all, and the clause would hold for more records than it seems to.
        if isinstance(given, dict) and any(value is None for value in given.values()):
            raise ValueError("a line has no values")
        return given

    def lines(self) -> dict[str, frozenset[str]]:
        """Attribute to the values that satisfy it, without `area`."""
        named = self.model_dump(exclude={"area"}, exclude_none=True)
        return {name: frozenset(values) for name, values in named.items()}

    @model_validator(mode="after")
    def _says_something(self) -> "Clause":
        if not self.lines() and self.area is None:
            raise ValueError("an empty clause would hold for every record")
        return self


class Obligation(_Strict):
    """What must be done to a field first. Exactly one of these; the words keep and drop stand alone in a file."""

    keep: bool = False
    drop: bool = False
    mask_keep_last: int | None = Field(None, ge=0, le=4)
    generalise: Literal["year", "month", "day", "hour", "outward"] | None = None
    decimals: int | None = Field(None, ge=0, le=3)
    pseudonymise: bool = False

    @model_validator(mode="before")
    @classmethod
    def _word(cls, value: object) -> object:
        return {value: True} if value in ("keep", "drop", "pseudonymise") else value

    @model_validator(mode="after")
    def _exactly_one(self) -> "Obligation":
        chosen = [self.keep, self.drop, self.mask_keep_last is not None, bool(self.generalise), self.pseudonymise]
        if sum([*chosen, self.decimals is not None]) != 1:
            raise ValueError("expected exactly one obligation")
        return self


class Agreement(_Strict):
    """One information sharing agreement: one kind of agency, one feed. Every clause is there, or it does not load."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    version: int = Field(ge=1)
    partner_kind: str
    feed: str = Field(pattern=r"^[a-z0-9-]+$")
    purpose: str = Field(min_length=10)
    regime: Literal["PART3", "UK_GDPR"]
    lawful_basis: str = Field(min_length=5)
    sensitive_condition: str = Field(min_length=4)
    gateways: tuple[str, ...] = Field(min_length=1)
    apd_ref: str
    dpia_ref: str
    necessity: str = Field(min_length=10)
    proportionality: str = Field(min_length=10)
    owner: str
    valid_from: date
    valid_until: date
    review_on: date
    kinds: tuple[KindName, ...] = Field(min_length=1)
    max_marking: Literal["OFFICIAL", "OFFICIAL-SENSITIVE"]
    share_when: tuple[Clause, ...] = Field(min_length=1)
    withhold_when: tuple[Clause, ...]
    fields: Mapping[str, Obligation] = Field(min_length=1)
    time_grain: Literal["second", "minute", "hour", "day"]
    handling: str
    onward_sharing: str
    retention_days: int = Field(ge=1)
    withdraw_within_hours: int = Field(ge=1)

    @model_validator(mode="after")
    def _dates_in_order(self) -> "Agreement":
        if not self.valid_from < self.valid_until or not self.review_on <= self.valid_until:
            raise ValueError("expected valid_from before valid_until, and review_on not after it")
        return self


class Excepted(_Strict):
    """An agreement that a prohibition does not bind, with gateway and reason."""

    agreement: str
    gateway: str
    reason: str = Field(min_length=10)


class Prohibition(_Strict):
    """A national rule above every agreement. Unknown satisfies it."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    reason: str = Field(min_length=10)
    source: str
    when: tuple[Clause, ...] = Field(min_length=1)
    effect: Literal["withhold", "drop"]
    latch: bool
    drops: tuple[str, ...] = ()
    excepted: tuple[Excepted, ...] = ()

    @model_validator(mode="after")
    def _drop_names_fields(self) -> "Prohibition":
        if (self.effect == "drop") != bool(self.drops):
            raise ValueError("expected `drops` with the effect drop, and only with it")
        if any(clause.area for clause in self.when):
            raise ValueError("a national rule has no own area")
        return self


class Acceptance(_Strict):
    """One force has accepted one agreement."""

    agreement: str
    force: str
    accepted_by: str
    accepted_on: date
