"""A force's desk: its dead letters beside what was done about them. Values in, values out; files and clients are handed in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from deploy.foresight import foresee
from producers.dead_letters import Letter, Submission, gather_copies
from producers.door import Checked, Door
from producers.mended_file import Kept, LetterState, MendedFile
from producers.mending import Change, Draft, Rule, Setting, apply_rules, apply_settings
from producers.mending_suggestions import suggest_mending
from producers.resubmission import Mended
from producers.versions import Event, content_sha256, make_version
from schemas.codes import Code
from schemas.dialect import Dialect
from schemas.errors import Refused
from stream_processors.national import National
from stream_processors.standardise import Standard

FIRST_VERSION = 1
"""A letter whose submission had no version, which is why it was refused, is mended as this one."""


@dataclass(frozen=True)
class Wanted:
    """Which letters are meant. Empty: all."""

    ids: tuple[str, ...] = ()
    codes: frozenset[str] = frozenset()
    states: frozenset[LetterState] = frozenset()
    since: datetime | None = None


@dataclass(frozen=True)
class Means:
    """How letters are to be mended. None of them: as they were sent, for a hub that has learnt to read them."""

    rules: tuple[Rule, ...] = ()
    settings: tuple[Setting, ...] = ()
    accepts_suggestions: bool = False


@dataclass(frozen=True)
class Mending:
    """What mending made of one letter. `refused`: what is still wrong; else `standard` is what the hub would make of it."""

    letter: Letter
    draft: Draft
    standard: Standard | None = None
    refused: Refused | None = None


class Desk:
    """One force's letters, one for each version and content."""

    def __init__(self, letters: Iterable[Letter], mended: MendedFile, door: Door, dialects: Mapping[str, Dialect]) -> None:
        copies = list(letters)
        self._keys = {letter.id: letter.key for letter in copies}
        self._letters = {letter.key: letter for letter in gather_copies(copies)}
        self._mended, self._door, self._dialects = mended, door, dialects
        self._states = mended.states()

    def state(self, letter: Letter) -> LetterState:
        """What was done about a letter."""
        if letter.submission is None:
            return LetterState.UNREADABLE
        return self._states.get(letter.key, LetterState.NEW)

    def kept(self, letter: Letter) -> Kept | None:
        """What is kept of its mending."""
        return self._mended.find(letter.key)

    def suggestion(self, letter: Letter) -> Change | None:
        """What the field that it names may have meant."""
        return suggest_mending(letter, self._dialects.keys(), self._door.force)

    def find(self, wanted: Wanted) -> list[Letter]:
        """The letters that are meant, oldest first. Raises Refused (NO_SUCH_LETTER) for an id that is none."""
        unknown = [one for one in wanted.ids if one not in self._keys]
        if unknown:
            raise Refused(Code.NO_SUCH_LETTER, unknown[0])
        keys = {self._keys[one] for one in wanted.ids}
        return [
            letter
            for key, letter in self._letters.items()
            if (not keys or key in keys)
            and (not wanted.codes or letter.told["code"] in wanted.codes)
            and (not wanted.states or self.state(letter) in wanted.states)
            and (wanted.since is None or letter.told["refused_at"] >= wanted.since)
        ]

    def mend(self, letters: Sequence[Letter], means: Means, national: National, now: datetime) -> Iterator[Mending]:
        """Try each letter; keeps nothing. One that the means do not touch is left out, where there are any.

        Raises ValueError where a setting leads to a place that is not there.
        """
        for letter in letters:
            if letter.submission is None:
                yield Mending(letter, Draft({}), refused=Refused(Code(letter.told["code"]), letter.told["field"]))
                continue
            draft = self._draft(letter, letter.submission, means)
            if draft.changes or means == Means():
                yield self._judge(letter, letter.submission, draft, national, now)

    def keep(self, mendings: Iterable[Mending], now: datetime) -> int:
        """Keep those that nothing is wrong with any more; gives their number."""
        good = {each.letter.key: each for each in mendings if each.standard is not None}
        rows = {
            key: (each.letter.submission.kind.name, each.draft.record)
            for key, each in good.items()
            if each.letter.submission is not None
        }
        self._mended.keep_mended(rows, now.isoformat(timespec="seconds"))
        self._states |= dict.fromkeys(rows, LetterState.MENDED)
        return len(rows)

    def resubmittable(self, letter: Letter, now: datetime) -> Mended:
        """The mended letter through the door. Raises Refused (NOT_MENDED, or what the door says now)."""
        sent, kept = letter.submission, self.kept(letter)
        if sent is None or kept is None:
            raise Refused(Code.NOT_MENDED, letter.id)
        checked = self._door.admit_merged(kept.kind, kept.submission, now)
        return Mended(checked, sent.record_id, max(FIRST_VERSION, sent.version), sent.body)

    def keep_resubmitted(self, sent: Mapping[str, tuple[int, str]], superseded: Iterable[str]) -> None:
        """Keep by key what is in the outbox, with version and event id, and what came too late."""
        self._mended.keep_resubmitted(sent)
        self._mended.keep_superseded(superseded)

    def _draft(self, letter: Letter, sent: Submission, means: Means) -> Draft:
        draft = apply_rules(Draft(sent.record), means.rules, self._dialects)
        suggestion = self.suggestion(letter) if means.accepts_suggestions else None
        if suggestion is not None and not any(change.field.startswith(suggestion.field) for change in draft.changes):
            draft = draft.with_value(suggestion.field, suggestion.after)
        return apply_settings(draft, means.settings)

    def _judge(self, letter: Letter, sent: Submission, draft: Draft, national: National, now: datetime) -> Mending:
        try:
            checked = self._door.admit_merged(sent.kind.name, draft.record, now)
        except Refused as refused:
            return Mending(letter, draft, refused=refused)
        found = foresee(_event(checked, sent.version), self._door.force, self._dialects, national, int(now.timestamp() * 1000))
        if isinstance(found, Standard):
            return Mending(letter, draft, standard=found)
        return Mending(letter, draft, refused=found)


def _event(checked: Checked, version: int) -> Event:
    return make_version(checked, content_sha256(checked), max(FIRST_VERSION, version))
