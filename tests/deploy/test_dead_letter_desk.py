"""The desk: which letters are meant, what mending makes of them, and that nothing is kept that is still wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from core_hub import FORCE, NOW, framed, message, run_standardise, submission

from deploy.dead_letter_desk import Desk, Means, Wanted
from producers.dead_letters import Letter, Submission
from producers.door import Door
from producers.mended_file import LetterState, MendedFile
from producers.mending import Rule, Setting
from schemas.codes import Code
from schemas.dialect import Dialect, shipped_dialects
from schemas.errors import Refused
from schemas.kinds import KINDS
from schemas.records import decode
from schemas.wire import unframe
from stream_processors.national import load_national

NEW_SYSTEM = Dialect(source_system="new-system", source="test", default_marking=None, codes={})


def _letter(number: int, **parts: Any) -> Letter:
    """A letter of what the hub refuses now; an unreadable one without parts."""
    value = framed("crime", submission(ref=f"R/{number}", **parts)) if parts else b"no submission"
    refused = run_standardise(value)
    assert isinstance(refused, Refused), refused
    told = {"code": str(refused.code), "field": refused.field, "offset": number, "partition": 0, "key": message(value).key}
    told |= {"received_at": NOW, "refused_at": NOW + timedelta(hours=number), "original_sha256": "00"}
    body = unframe(value)[1] if parts else b""
    sent = Submission(KINDS["crime"], decode(KINDS["crime"].submission, body), body) if parts else None
    return Letter(f"0-{number}", told, sent)


LETTERS = [
    _letter(0, marking={"tier": "CONFIDENTIAL"}),
    _letter(1, envelope={"source_system": "new-system"}),
    _letter(2, envelope={"version": 0}),
    _letter(3),
]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with MendedFile(tmp_path / "mended.sqlite", FORCE) as mended:
        yield Desk(LETTERS, mended, Door(FORCE), shipped_dialects() | {"new-system": NEW_SYSTEM})


def _mend(desk: Desk, wanted: Wanted, means: Means) -> list[tuple[str, str]]:
    found = list(desk.mend(desk.find(wanted), means, load_national(), NOW))
    desk.keep(found, NOW)
    return [(each.letter.id, "standard" if each.refused is None else str(each.refused.code)) for each in found]


def test_letters_are_found_by_id_code_state_and_time(desk: Desk) -> None:
    """All conditions together; an id that is none is told by its code."""
    assert [letter.id for letter in desk.find(Wanted())] == ["0-0", "0-1", "0-2", "0-3"]
    assert [letter.id for letter in desk.find(Wanted(codes=frozenset({"PD-212", "PD-202"})))] == ["0-1", "0-3"]
    assert [letter.id for letter in desk.find(Wanted(states=frozenset({LetterState.UNREADABLE})))] == ["0-3"]
    assert [letter.id for letter in desk.find(Wanted(since=datetime(2026, 6, 15, 14, tzinfo=UTC)))] == ["0-2", "0-3"]
    assert desk.find(Wanted(ids=("0-1",), codes=frozenset({"PD-208"}))) == []
    with pytest.raises(Refused) as refused:
        desk.find(Wanted(ids=("0-1", "9-9")))
    assert (refused.value.code, refused.value.field) == (Code.NO_SUCH_LETTER, "9-9")


def test_a_rule_touches_its_letters_alone_and_keeps_what_is_right(desk: Desk) -> None:
    """What would be refused again stays new; a second rule mends it."""
    tier = Rule("marking.tier", "CONFIDENTIAL", "SECRET")
    assert _mend(desk, Wanted(), Means(rules=(tier,))) == [("0-0", "PD-106"), ("0-3", "PD-202")]
    assert desk.state(LETTERS[0]) == LetterState.NEW
    assert _mend(desk, Wanted(ids=("0-0",)), Means(rules=(tier._replace(means="OFFICIAL-SENSITIVE"),))) == [("0-0", "standard")]
    assert desk.state(LETTERS[0]) == LetterState.MENDED
    kept = desk.kept(LETTERS[0])
    assert kept is not None and kept.submission["marking"]["tier"] == "OFFICIAL-SENSITIVE"


def test_as_it_was_sent_is_enough_where_the_hub_has_learnt_to_read_it(desk: Desk) -> None:
    """The system has a dialect now; the letter with a marking too high is as wrong as before."""
    ids = Wanted(ids=("0-0", "0-1", "0-3"))
    assert _mend(desk, ids, Means()) == [("0-0", "PD-106"), ("0-1", "standard"), ("0-3", "PD-202")]
    sent = LETTERS[1].submission
    assert sent is not None
    mended = desk.resubmittable(LETTERS[1], NOW)
    assert (mended.record_id, mended.version, mended.body) == (f"{FORCE}:new-system:R/1", 1, sent.body)


def test_a_suggestion_is_taken_where_nothing_else_was_said(desk: Desk) -> None:
    """A version that was missing becomes the first; a value that is set by hand stands."""
    assert _mend(desk, Wanted(ids=("0-2",)), Means(accepts_suggestions=True)) == [("0-2", "standard")]
    assert desk.resubmittable(LETTERS[2], NOW).version == 1
    by_hand = Means(settings=(Setting("marking.tier", "OFFICIAL"),), accepts_suggestions=True)
    assert _mend(desk, Wanted(ids=("0-0",)), by_hand) == [("0-0", "standard")]


def test_what_was_not_mended_is_not_resubmitted(desk: Desk) -> None:
    """Nor what only has bytes; nor what the door refuses by then."""
    for letter in (LETTERS[0], LETTERS[3]):
        with pytest.raises(Refused) as refused:
            desk.resubmittable(letter, NOW)
        assert (refused.value.code, refused.value.field) == (Code.NOT_MENDED, letter.id)
    _mend(desk, Wanted(ids=("0-1",)), Means())
    with pytest.raises(Refused) as refused:
        desk.resubmittable(LETTERS[1], NOW - timedelta(days=365))
    assert refused.value.code == Code.DOOR_FUTURE
