"""The truth file: its rows. `truth.schema.json` is made from these models; `truth_reader` reads by them.

One JSON object a line; `row` names its type. Fields that are empty are left out. Identities come before the first row that
names them, strings where they first occur in an event, versions in the order in which they were sent.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from deploy.nation.readings_facts import LATCHES
from deploy.nation.readings_levels import LEVELS, PLACE_SORTS, THING_SORTS
from deploy.nation.telling import FORMS, SORTS

SCHEMA_VERSION = 1
"""Of the truth file. Rises with every change that a reader could notice."""

Outcome = Literal["NEW", "RESEND", "STALE", "CONFLICT", "REFUSED", "DEAD"]
"""What becomes of a row or message: taken as a new version; the same again; older than what is there; the same number with
other content; refused by the force's door; refused by standardise. Only NEW changes what anybody may hold.
"""
Sort = Annotated[str, Field(json_schema_extra={"enum": list(SORTS)})]
Form = Annotated[str, Field(json_schema_extra={"enum": list(FORMS)})]
Level = Annotated[str, Field(json_schema_extra={"enum": list(LEVELS)})]
Places = Annotated[str, Field(json_schema_extra={"enum": list(PLACE_SORTS)})]
Things = Annotated[str, Field(json_schema_extra={"enum": list(THING_SORTS)})]

Latch = Annotated[str, Field(json_schema_extra={"enum": list(LATCHES)})]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Episode(_Row):
    """Something out of the ordinary in one force: a major incident, a silence, a collapse of quality."""

    kind: str
    force: str
    lad: str | None = None
    since: str = Field(alias="from")
    until: str


class NationRow(_Row):
    """The first row: what was simulated."""

    row: Literal["nation"] = "nation"
    schema_version: int
    seed: int
    start: str
    """UTC, ISO 8601."""
    hours: float
    scale: float
    fault_rate: float = 0.0
    forces: list[str]
    episodes: list[Episode] = []


class IdentityRow(_Row):
    """A person, place, thing or source of the scenario. Comes again with more, where only its name was known at first."""

    row: Literal["identity"] = "identity"
    id: str
    what: Literal["person", "place", "thing", "source"]
    traits: list[str] = []
    born: str | None = None
    home: str | None = None
    """Identity of the place where the person lives."""
    household: str | None = None
    type: str | None = None
    """Of a place: its kind. Of a thing: its national object type."""
    lad: str | None = None


class StringRow(_Row):
    """A string that identifies somebody or something, at its first use."""

    row: Literal["string"] = "string"
    value: str
    of: str
    sort: Sort
    form: Form


class PartRow(_Row):
    """One person's part in a version."""

    person: str
    role: str


class Received(_Row):
    """What an agency may receive of a version, and why."""

    why: str
    persons: dict[str, Level] = {}
    """Identity to level. Somebody who is not here is not told of."""
    places: Places
    things: Things
    text: Literal["summary", "sanitised", "none"]


class Withdrawal(_Row):
    """An agency that may have held an earlier version and may not hold this one."""

    agency: str
    why: str


class VersionRow(_Row):
    """One row or message that a force sent."""

    row: Literal["version"] = "version"
    record: str
    """`force:source system:source reference`."""
    kind: str
    force: str
    number: int
    version: int
    state: str = ""
    action: str = "VERSION"
    at: str
    """When the force sent it: UTC, ISO 8601, milliseconds."""
    occurred: str
    """When it happened."""
    outcome: Outcome
    code: str | None = None
    """The code that it must earn at the door or as a dead letter."""
    flags: list[str] = []
    """The quality flags that it must earn."""
    hides: str = ""
    """What a labelled fault keeps from whoever reads it: `fault.Fault.hides`."""
    features: list[str] = []
    sub_type: str | None = None
    offence: str | None = None
    category: str | None = None
    closing: str | None = None
    result: str | None = None
    """Public outcome of a crime, outcome of a stop and search."""
    markers: list[str] = []
    latched: list[Latch] = []
    """What was so of this version or an earlier one, and narrows the record for good."""
    lad: str
    place: str
    parts: list[PartRow] = []
    things: list[str] = []
    mentions: list[str] = []
    """Identities named in any text."""
    named: dict[str, list[Sort]] = {}
    """Identity to sorts named in the text that somebody receives; empty where nobody receives any."""
    receive: dict[str, Received] = {}
    withdraw: list[Withdrawal] = []


class EndRow(_Row):
    """The last row: how many of everything."""

    row: Literal["end"] = "end"
    rows: dict[str, int]
    """Rows by their type, this one not counted."""
    kinds: dict[str, int] = {}
    outcomes: dict[str, int] = {}
    codes: dict[str, int] = {}
    """Of refused rows and dead letters."""
    flags: dict[str, int] = {}
    received: dict[str, int] = {}
    """Versions that each agency may receive."""
    withdrawn: dict[str, int] = {}


Row = NationRow | IdentityRow | StringRow | VersionRow | EndRow

ROWS: TypeAdapter[Row] = TypeAdapter(Annotated[Row, Field(discriminator="row")])
"""Reads any row, strictly: an unknown field or type is an error."""


def make_schema() -> Mapping[str, Any]:
    """The JSON Schema of one line, as `truth.schema.json` has it."""
    schema = ROWS.json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A row of the nation's truth file", **schema}
