"""Faults of content that are refused: by the door where the row goes through one, else by standardise. Pure."""

from random import Random

from deploy.nation.fault import DEAD, DOOR, EITHER, OUTBOX, STOCK, Fault, always, change_part, is_whole, pick
from schemas.codes import Code
from schemas.kinds import Kind
from schemas.records import Record

SYSTEMS_WITH_DEFAULT = frozenset({"marsh"})
"""Force systems of the nation whose dialect has a default marking."""
_OUTBOX, _STOCK = frozenset((OUTBOX,)), frozenset((STOCK,))
_FUTURES = ("2099-03-27T21:15:00Z", "2126-03-28", "2062-01-01T00:00:00+00:00")
"""Later than any day on which this runs: a year mistyped, or a clock that was never set."""
_TIERS = ("SECRET", "TOP SECRET", "CONFIDENTIAL", "OFFICAL")
"""Above what the hub carries, or nobody's tier: what can't be read counts as too high."""
_NOBODY = "nowhere"
"""No force."""
_NO_SYSTEMS = ("unheard-of", "rms-test", "holt2")
"""Source systems without a dialect."""
_NO_ACTIONS = ("UPSERT", "DELETE", "VERSIO")
"""What other systems call it, or a slip: what the originator wants is not guessed."""
_MANY_PERSONS = 46_000
"""Empty persons that make more than 1 MiB of Avro (23 bytes each) in a row of half a MiB: no line is too long."""


def needs_marking(kind: Kind, submission: Record) -> bool:
    """Whether it would be refused without a marking. A patch has that of what it is merged into."""
    has_default = submission["envelope"]["source_system"] in SYSTEMS_WITH_DEFAULT and kind.name != "intelligence"
    return is_whole(kind, submission) and not has_default


def _is_marked(kind: Kind, submission: Record) -> bool:
    return is_whole(kind, submission) and submission.get("marking") is not None


def _tier(_kind: Kind, submission: Record, chance: Random) -> Record:
    tier = pick(chance, _TIERS)
    return {**submission, "marking": {**(submission.get("marking") or {}), "tier": tier}}


def remove_marking(_kind: Kind, submission: Record, _chance: Random) -> Record:
    """Without a marking."""
    return {**submission, "marking": None}


def _force(_kind: Kind, submission: Record, _chance: Random) -> Record:
    return change_part(submission, "envelope", force=_NOBODY)


def _system(_kind: Kind, submission: Record, chance: Random) -> Record:
    return change_part(submission, "envelope", source_system=pick(chance, _NO_SYSTEMS))


def _bad_system(_kind: Kind, submission: Record, _chance: Random) -> Record:
    return change_part(submission, "envelope", source_system=submission["envelope"]["source_system"] + ":2")


def _no_reference(_kind: Kind, submission: Record, _chance: Random) -> Record:
    return change_part(submission, "envelope", source_ref="")


def _no_version(_kind: Kind, submission: Record, _chance: Random) -> Record:
    return change_part(submission, "envelope", version=0)


def _occurs_in_future(_kind: Kind, submission: Record, chance: Random) -> Record:
    return {**submission, "occurred": {**(submission.get("occurred") or {}), "start": pick(chance, _FUTURES)}}


def _recorded_in_future(_kind: Kind, submission: Record, chance: Random) -> Record:
    return change_part(submission, "envelope", recorded_at=pick(chance, _FUTURES))


def _unknown_action(_kind: Kind, submission: Record, chance: Random) -> Record:
    return change_part(submission, "envelope", action=pick(chance, _NO_ACTIONS))


def _unknown_reason(_kind: Kind, submission: Record, _chance: Random) -> Record:
    return change_part(submission, "envelope", action_reason="BECAUSE")


def _unknown_field(kind: Kind, submission: Record, chance: Random) -> Record:
    return change_part(submission, kind.detail, **{pick(chance, ("colour", "legacy_id", "tmp1")): "x"})


def _wrong_type(_kind: Kind, submission: Record, _chance: Random) -> Record:
    return {**submission, "markers": "none"}


def _too_large(_kind: Kind, submission: Record, _chance: Random) -> Record:
    return {**submission, "persons": [{"ref": ""}] * _MANY_PERSONS}


AT_THE_DOOR = (
    Fault("tier-above", Code.DOOR_MARKING, DOOR, _OUTBOX, 30, content=_tier, applies=always),
    Fault("marking-left-out", Code.NO_MARKING, DOOR, _OUTBOX, 40, content=remove_marking, applies=needs_marking),
    Fault("other-force", Code.WRONG_FORCE_IN_FILE, DOOR, _OUTBOX, 20, content=_force, applies=always),
    Fault("occurs-in-future", Code.DOOR_FUTURE, DOOR, _OUTBOX, 30, content=_occurs_in_future, applies=always),
    Fault("recorded-in-future", Code.DOOR_FUTURE, DOOR, _OUTBOX, 20, content=_recorded_in_future, applies=always),
    Fault("unknown-field", Code.NOT_A_SUBMISSION, DOOR, _OUTBOX, 20, content=_unknown_field, applies=always),
    Fault("wrong-type", Code.NOT_A_SUBMISSION, DOOR, _OUTBOX, 20, content=_wrong_type, applies=always),
    Fault("no-reference", Code.NOT_A_SUBMISSION, DOOR, _OUTBOX, 20, content=_no_reference, applies=always),
    Fault("colon-in-system", Code.NOT_A_SUBMISSION, DOOR, _OUTBOX, 10, content=_bad_system, applies=always),
    Fault("action-of-no-list", Code.WRONG_REASON, DOOR, _OUTBOX, 10, content=_unknown_action, applies=always),
    Fault("reason-of-no-list", Code.WRONG_REASON, DOOR, _OUTBOX, 10, content=_unknown_reason, applies=always),
    Fault("too-many-persons", Code.DOOR_TOO_LARGE, DOOR, _OUTBOX, 1, content=_too_large, applies=always),
)
"""The outbox never sees these."""

DEAD_LETTERS = (
    Fault("system-unknown", Code.UNKNOWN_SYSTEM, DEAD, EITHER, 30, content=_system, applies=_is_marked),
    Fault("force-of-another-topic", Code.WRONG_FORCE, DEAD, _STOCK, 20, content=_force),
    Fault("tier-too-high", Code.MARKING_TOO_HIGH, DEAD, _STOCK, 30, content=_tier),
    Fault("marking-missing", Code.MARKING_MISSING, DEAD, _STOCK, 40, content=remove_marking, applies=needs_marking),
    Fault("reference-empty", Code.IDENTITY_MISSING, DEAD, _STOCK, 20, content=_no_reference),
    Fault("version-zero", Code.IDENTITY_MISSING, DEAD, _STOCK, 10, content=_no_version),
    Fault("action-unknown", Code.UNKNOWN_ACTION, DEAD, _STOCK, 10, content=_unknown_action),
    Fault("reason-unknown", Code.UNKNOWN_REASON, DEAD, _STOCK, 10, content=_unknown_reason),
    Fault("occurs-too-late", Code.TIME_IN_FUTURE, DEAD, _STOCK, 30, content=_occurs_in_future),
    Fault("recorded-too-late", Code.TIME_IN_FUTURE, DEAD, _STOCK, 20, content=_recorded_in_future),
)
"""They fit the schema, so only standardise can refuse them."""
