"""Agreements and prohibitions as data: what their files must say. Loading fails on a missing clause; absence denies.

An agreement is a template for one kind of agency and one feed; it loads only when bound to instances, so that "own area"
means this council's area. What its field list doesn't name is dropped.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from stream_processors.clauses import Clause, People, Places, Strict

KindName = Literal["crime", "incident", "stop-search", "custody", "intelligence"]
Form = Literal["standing", "on-request", "case-by-case"]
Precision = Literal[
    "year", "month", "day", "hour", "age-band", "outward", "sector", "area", "square-1km", "square-10km"
]  # fmt: skip
"""What a field can be generalised to: a date to year, month or age band; a time to day or hour; a postcode to its outward part
or sector; a point (`locations[...].point`) to the authority's area or a National Grid square."""


class Obligation(Strict):
    """What must be done to a field first. Exactly one of these; the words keep, drop and pseudonymise stand alone in a file.

    With `when` it may leave only of records for which one of these clauses is known to hold; of others it is dropped.
    """

    keep: bool = False
    drop: bool = False
    mask_keep_last: int | None = Field(default=None, ge=0, le=4)
    generalise: Precision | None = None
    decimals: int | None = Field(default=None, ge=0, le=3)
    pseudonymise: bool = False
    when: tuple[Clause, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _word(cls, value: object) -> object:
        return {value: True} if value in ("keep", "drop", "pseudonymise") else value

    @model_validator(mode="after")
    def _exactly_one(self) -> "Obligation":
        chosen = [self.keep, self.drop, self.mask_keep_last is not None, bool(self.generalise), self.pseudonymise]
        if sum([*chosen, self.decimals is not None]) != 1:
            raise ValueError("expected exactly one of keep, drop, mask_keep_last, generalise, decimals, pseudonymise")
        if self.drop and self.when:
            raise ValueError("drop is dropped always: expected no `when` with it")
        return self


class Confirmation(Strict):
    """Somebody has confirmed a gateway that the reference data only recall."""

    by: str = Field(min_length=3)
    on: date
    note: str = Field(min_length=10)


class Agreement(Strict):
    """One information sharing agreement: one kind of agency, one feed. Every clause is there, or it does not load."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    version: int = Field(ge=1)
    partner_kind: str
    feed: str = Field(pattern=r"^[a-z0-9-]+$")
    purpose: str = Field(min_length=10)
    regime: Literal["PART3", "UK_GDPR"]
    lawful_basis: str = Field(min_length=5)
    sensitive_condition: str = Field(min_length=4)
    form: Form = Field(description="standing, or on a request or a case of which the originator's consent on the record tells")
    gateways: tuple[str, ...] = Field(min_length=1, description="each must stand alone, in this form, in each agency's nation")
    confirmed: Mapping[str, Confirmation] = Field(
        default={}, description="gateways that were RECALLED, and who has confirmed them"
    )
    supporting_law: tuple[str, ...] = Field(default=(), description="provisions that matter and carry nothing alone")
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
    intelligence_handling: tuple[Literal["P", "C"], ...] = Field(description="3x5x2 handling codes that it takes; empty: none")
    people: People = Field(default={}, description="groups of persons that conditions and fields name")
    places: Places = Field(default={}, description="groups of places that conditions and fields name")
    share_when: tuple[Clause, ...] = Field(min_length=1)
    withhold_when: tuple[Clause, ...]
    fields: Mapping[str, Obligation] = Field(min_length=1)
    carries: Mapping[str, str] = Field(
        default={}, description="kept fields that may carry another's content, and why that is right"
    )
    beside: Mapping[str, str] = Field(default={}, description="agreements of the same organisation with another view, and why")
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

    @model_validator(mode="after")
    def _withholds_without_unknown(self) -> "Agreement":
        if any(clause.unknown for clause in self.withhold_when):
            raise ValueError("withhold_when: what is unknown withholds already")
        if any(clause.originator_control for clause in (*self.share_when, *self.withhold_when)):
            raise ValueError("originator_control is for prohibitions: it binds every agreement")
        return self


class Excepted(Strict):
    """An agreement that a prohibition does not bind; with `when` only where a clause is known to hold."""

    agreement: str
    gateway: str
    reason: str = Field(min_length=10)
    when: tuple[Clause, ...] = ()


class Prohibition(Strict):
    """A national rule above every agreement. Unknown satisfies it."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    reason: str = Field(min_length=10)
    source: str = Field(min_length=5, description="statute or standard")
    people: People = Field(default={}, description="groups of persons that its clauses, exceptions and drops name")
    places: Places = Field(default={}, description="groups of places, likewise")
    when: tuple[Clause, ...] = Field(min_length=1)
    effect: Literal["withhold", "drop"]
    latch: bool = Field(description="once it has held it holds for the life of the record")
    drops: tuple[str, ...] = ()
    excepted: tuple[Excepted, ...] = ()

    @model_validator(mode="after")
    def _drop_names_fields(self) -> "Prohibition":
        if (self.effect == "drop") != bool(self.drops):
            raise ValueError("expected `drops` with the effect drop, and only with it")
        if any(clause.area for clause in self.when):
            raise ValueError("a national rule has no own area")
        if any(clause.unknown for clause in self.when):
            raise ValueError("what is unknown satisfies a prohibition already")
        if self.latch and any(clause.agency_lines() for clause in self.when):
            raise ValueError("what hangs on the agency can't latch: it would hold for everybody")
        return self


class Acceptance(Strict):
    """One force has accepted one agreement."""

    agreement: str
    force: str
    accepted_by: str
    accepted_on: date
