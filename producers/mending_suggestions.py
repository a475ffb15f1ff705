"""What a refused submission may have meant: one suggestion for the field that its dead letter names, or none. Pure.

A suggestion is for a person, who accepts it or not. None is made that could lower a marking: only another spelling of a tier
that the hub carries is recognised, never a tier that it refuses for being too high.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz, process

from producers.dead_letters import Letter, value_as_sent
from producers.mending import Change
from schemas.codes import Code
from schemas.dialect_fields import code_list_of
from schemas.suggestions import suggest

_LONDON = ZoneInfo("Europe/London")
_SENSITIVE = "OFFICIALSENSITIVE"
_SHORT_FORMS = frozenset(("OS", "OFFSEN", "OFFICIALS", "OFFICIALSEN", "OFFICIALSENS"))
"""Of OFFICIAL-SENSITIVE, letters only."""
_TIER_SCORE, _SYSTEM_SCORE = 88, 70
"""Likeness (0 to 100) below which nothing is suggested: two letters of OFFICIAL-SENSITIVE, a third of a system's name."""
_TOLERANCE = timedelta(minutes=5)
"""As at the door and at the hub."""


def suggest_mending(letter: Letter, systems: Collection[str], force: str) -> Change | None:
    """The field that the letter names, as sent and as suggested. `systems` are the source systems that have a dialect."""
    if letter.submission is None:
        return None
    field, sent = letter.told["field"], value_as_sent(letter)
    make = _SUGGESTIONS.get(letter.told["code"])
    suggested = make(letter, sent, systems, force) if make is not None else _suggest_code(field, sent)
    return None if suggested is None or suggested == sent else Change(field, sent, suggested)


def _suggest_tier(_letter: Letter, sent: object, _systems: Collection[str], _force: str) -> object:
    """Another spelling of a tier. What may be either is the higher one."""
    squeezed = re.sub(r"[^A-Z]", "", str(sent).upper())
    if squeezed in _SHORT_FORMS or fuzz.ratio(squeezed, _SENSITIVE) >= _TIER_SCORE:
        return "OFFICIAL-SENSITIVE"
    is_like = len(squeezed) <= len("OFFICIAL") and fuzz.ratio(squeezed, "OFFICIAL") >= _TIER_SCORE
    return "OFFICIAL" if is_like else None


def _suggest_force(_letter: Letter, _sent: object, _systems: Collection[str], force: str) -> object:
    return force


def _suggest_system(_letter: Letter, sent: object, systems: Collection[str], _force: str) -> object:
    found = process.extractOne(str(sent).lower(), sorted(systems), scorer=fuzz.ratio, score_cutoff=_SYSTEM_SCORE)
    return found[0] if found is not None else None


def _suggest_identity(letter: Letter, _sent: object, _systems: Collection[str], force: str) -> object:
    """From the key of the submission, which a publisher sets to the record's id."""
    part = letter.told["field"].removeprefix("envelope.")
    if part == "version":
        return 1
    key = (letter.told["key"] or b"").decode(errors="replace").split(":", 2)
    known: Mapping[str, str] = dict(zip(("force", "source_system", "source_ref"), key, strict=False)) if len(key) == 3 else {}
    return force if part == "force" else known.get(part, "").strip() or None


def _suggest_time(letter: Letter, sent: object, _systems: Collection[str], _force: str) -> object:
    """Day and month the other way round; or the offset that a clock in the United Kingdom has then. Only a time that had
    passed when the hub got the submission."""
    try:
        moment = datetime.fromisoformat(str(sent))
    except ValueError:
        return None
    latest = letter.told["received_at"] + _TOLERANCE
    for make in (_in_london, _swapped):
        found = make(moment)
        if found is not None and _instant(found) <= latest:
            return found.isoformat() if len(str(sent)) > 10 else found.date().isoformat()
    return None


def _in_london(moment: datetime) -> datetime | None:
    """The same clock reading in London, where it was told with another offset."""
    found = moment.replace(tzinfo=_LONDON)
    return found if moment.tzinfo is not None and found.utcoffset() != moment.utcoffset() else None


def _swapped(moment: datetime) -> datetime | None:
    return moment.replace(month=moment.day, day=moment.month) if moment.day <= 12 and moment.day != moment.month else None


def _instant(moment: datetime) -> datetime:
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=_LONDON)).astimezone(UTC)


def _suggest_code(field: str, sent: object) -> object:
    code_list = code_list_of(field) if field else None
    value = sent.get("value") if isinstance(sent, dict) else sent
    found = suggest(code_list, value) if code_list is not None and isinstance(value, str) else []
    if not found:
        return None
    return {**sent, "value": found[0].code} if isinstance(sent, dict) else found[0].code


_SUGGESTIONS: Mapping[str, Callable[[Letter, object, Collection[str], str], object]] = {
    Code.MARKING_TOO_HIGH: _suggest_tier,
    Code.WRONG_FORCE: _suggest_force,
    Code.IDENTITY_MISSING: _suggest_identity,
    Code.TIME_IN_FUTURE: _suggest_time,
    Code.UNKNOWN_SYSTEM: _suggest_system,
}
