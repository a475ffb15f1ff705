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


def _refuse_agency(clauses: tuple[Clause, ...]) -> None:
    """Field lists and exceptions are judged once for all agencies: a line about one would be left out, and open more."""
    if any(clause.agency_lines() or clause.unknown for clause in clauses):
        raise ValueError("when: area, consent, originator_control and unknown are for share_when")


class Obligation(Strict):
    """What must be done to a field first. Exactly one of these; the words keep, drop and pseudonymise stand alone in a file.

    With `when` it may leave only of records for which one of these clauses is known to hold; of others it is dropped.
    """

    keep: bool = Field(default=False, description="leaves as it is; of a code the national code")
    drop: bool = Field(default=False, description="never leaves")
    mask_keep_last: int | None = Field(default=None, ge=0, le=4, description="asterisks, and so many of the last characters")
    generalise: Precision | None = Field(default=None, description="leaves coarser, under another name")
    decimals: int | None = Field(default=None, ge=0, le=3, description="degrees, rounded to so many places")
    pseudonymise: bool = Field(default=False, description="an identifier becomes a keyed pseudonym, another for each agency")
    when: tuple[Clause, ...] = Field(default=(), description="only of records of which one of these clauses is known to hold")

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
        _refuse_agency(self.when)
        return self


class Confirmation(Strict):
    """Somebody has confirmed a gateway that the reference data only recall."""

    by: str = Field(min_length=3, description="who has seen the provision")
    on: date
    note: str = Field(min_length=10, description="what was seen, and where")


class Agreement(Strict):
    """One information sharing agreement: one kind of agency, one feed. Every clause is there, or it does not load."""

    id: str = Field(pattern=r"^[a-z0-9-]+$", description="its name: no other rule has it")
    version: int = Field(ge=1, description="rises with each change that is signed")
    partner_kind: str = Field(description="kind of agency, as in partner_kinds.csv; it binds to each agency of the kind")
    feed: str = Field(pattern=r"^[a-z0-9-]+$", description="the feed's name at each agency: feed.<agency>.<feed>")
    purpose: str = Field(min_length=10, description="what it is for; each delivery and each ledger entry says it")
    regime: Literal["PART3", "UK_GDPR"] = Field(description="PART3: to a competent authority, for a law-enforcement purpose")
    lawful_basis: str = Field(min_length=5, description="PART3: DPA 2018 s.35(2)(a) or (b); UK_GDPR: article 6(1) and its law")
    sensitive_condition: str = Field(
        min_length=4,
        description="none: why; or DPA 2018 Schedule 8 (PART3), article 9 or 10 with Schedule 1 (UK_GDPR), paragraph n",
    )
    form: Form = Field(description="standing, or on a request or a case of which the originator's consent on the record tells")
    gateways: tuple[str, ...] = Field(min_length=1, description="each must stand alone, in this form, in each agency's nation")
    confirmed: Mapping[str, Confirmation] = Field(
        default={}, description="gateways that were RECALLED, and who has confirmed them"
    )
    supporting_law: tuple[str, ...] = Field(default=(), description="provisions that matter and carry nothing alone")
    apd_ref: str = Field(min_length=3, description="appropriate policy document (DPA 2018 s.42)")
    dpia_ref: str = Field(min_length=3, description="data protection impact assessment")
    necessity: str = Field(min_length=10, description="why it can't be done without")
    proportionality: str = Field(min_length=10, description="why it is no more than that")
    owner: str = Field(min_length=3, description="who answers for it")
    valid_from: date = Field(description="first day, in London")
    valid_until: date = Field(description="last day, in London")
    review_on: date = Field(description="day of its review, while it is valid")
    kinds: tuple[KindName, ...] = Field(min_length=1, description="kinds of record; no others leave by it")
    max_marking: Literal["OFFICIAL", "OFFICIAL-SENSITIVE"] = Field(description="the highest marking that it takes")
    intelligence_handling: tuple[Literal["P", "C"], ...] = Field(description="3x5x2 handling codes that it takes; empty: none")
    people: People = Field(default={}, description="groups of persons that conditions and fields name")
    places: Places = Field(default={}, description="groups of places that conditions and fields name")
    share_when: tuple[Clause, ...] = Field(min_length=1, description="one of these must be known to hold")
    withhold_when: tuple[Clause, ...] = Field(description="none of these may hold; what is unknown may")
    fields: Mapping[str, Obligation] = Field(min_length=1, description="what leaves, and what is done to it first")
    carries: Mapping[str, str] = Field(
        default={}, description="kept fields that may carry another's content, and why that is right"
    )
    beside: Mapping[str, str] = Field(default={}, description="agreements of the same organisation with another view, and why")
    time_grain: Literal["second", "minute", "hour", "day"] = Field(description="times of deliveries are no finer")
    handling: str = Field(min_length=3, description="what each delivery says of its handling")
    onward_sharing: str = Field(min_length=3, description="what each delivery says of passing it on")
    retention_days: int = Field(ge=1, description="how long the agency may keep it")
    withdraw_within_hours: int = Field(ge=1, description="how soon it must delete what is withdrawn")


class Excepted(Strict):
    """An agreement that a prohibition does not bind; with `when` only where a clause is known to hold."""

    agreement: str = Field(description="id of the agreement")
    gateway: str = Field(description="a gateway of the agreement that carries the exception")
    reason: str = Field(min_length=10, description="why the rule does not bind it")
    when: tuple[Clause, ...] = Field(default=(), description="only where one of these clauses is known to hold")

    @model_validator(mode="after")
    def _judged_for_all(self) -> "Excepted":
        _refuse_agency(self.when)
        return self


class Prohibition(Strict):
    """A national rule above every agreement. Unknown satisfies it."""

    id: str = Field(pattern=r"^[a-z0-9-]+$", description="its name: no other rule has it")
    reason: str = Field(min_length=10, description="what is said of each record that it withholds")
    source: str = Field(min_length=5, description="statute or standard")
    people: People = Field(default={}, description="groups of persons that its clauses, exceptions and drops name")
    places: Places = Field(default={}, description="groups of places, likewise")
    when: tuple[Clause, ...] = Field(min_length=1, description="it holds where one of these may hold")
    effect: Literal["withhold", "drop"] = Field(description="withhold the record, or drop fields of it")
    latch: bool = Field(description="once it has held it holds for the life of the record")
    drops: tuple[str, ...] = Field(default=(), description="with the effect drop: fields that it takes away")
    excepted: tuple[Excepted, ...] = Field(default=(), description="agreements that it does not bind, each with its reason")


class Acceptance(Strict):
    """One force has accepted one agreement."""

    agreement: str
    force: str
    accepted_by: str
    accepted_on: date
