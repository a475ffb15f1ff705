"""Dead letters and what was done about them, as rows for a table or for JSON. Values of submissions are the force's own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.dead_letter_desk import Mending
from deploy.dead_letter_run import Resubmitted
from producers.dead_letters import Letter, value_as_sent
from producers.mended_file import Kept, LetterState
from producers.mending import Change
from schemas.codes import Code, describe
from schemas.errors import Refused

Row = dict[str, Any]


def list_row(letter: Letter, state: LetterState) -> Row:
    """One line of the list. `refused_at` and `received_at` are ISO 8601, UTC."""
    sent = letter.submission
    return {
        "id": letter.id,
        "refused_at": _time(letter.told["refused_at"]),
        "code": letter.told["code"],
        "field": letter.told["field"],
        "kind": sent.kind.name if sent else None,
        "system": sent.record["envelope"]["source_system"] if sent else None,
        "ref": sent.record["envelope"]["source_ref"] if sent else None,
        "version": sent.version if sent else None,
        "copies": letter.copies,
        "state": str(state),
    }


def show_rows(letter: Letter, state: LetterState, suggestion: Change | None, kept: Kept | None, has_submission: bool) -> Row:
    """All about one letter; `submission` with the whole of it as it was sent."""
    told, sent = letter.told, letter.submission
    row = list_row(letter, state) | {
        "received_at": _time(told["received_at"]),
        "found": told["found"],
        "as_sent": value_as_sent(letter),
        "expected": told["expected"],
        "what_to_do": told["mend"],
        "suggested": suggestion.after if suggestion is not None else None,
        "submission_at": f"{told['topic']}, partition {told['partition']}, offset {told['offset']}",
        "original_bytes": told["original_bytes"],
        "original_sha256": told["original_sha256"],
        "original_is_kept": told["original"] is not None,
    }
    if kept is not None:
        row |= {"mended_at": kept.mended_at, "resubmitted_version": kept.version}
    if has_submission:
        row |= {"submission": sent.record if sent else None, "mended": kept.submission if kept is not None else None}
    return row


def write_original(letter: Letter, path: Path) -> None:
    """Write the bytes as they were sent, for this user alone (0600). Raises Refused (TOO_LARGE) where they weren't kept."""
    original = letter.told["original"]
    if original is None:
        raise Refused(Code.TOO_LARGE, letter.id, "the original was not kept")
    path.touch(mode=0o600)
    path.chmod(0o600)  # also where the file was there
    path.write_bytes(original)


def mended_row(mending: Mending) -> Row:
    """What became of one letter: changes, what the hub would make of it, or why it would be refused."""
    refused, standard = mending.refused, mending.standard
    quality = standard.record["quality"] if standard is not None else {"flags": [], "score": None}
    return {
        "id": mending.letter.id,
        "changes": [change._asdict() for change in mending.draft.changes],
        "becomes": "standard" if standard is not None else " ".join(_why(refused)),
        "score": quality["score"],
        "flags": [f"{flag['code']} {flag['field']}" for flag in quality["flags"]],
        "refused": {"code": refused.code, "field": refused.field, "mend": describe(refused.code).mend} if refused else None,
    }


def resubmitted_rows(result: Resubmitted) -> list[Row]:
    """One row a letter, with the version it has now."""
    sent = [
        {"id": one, "state": "resubmitted", "version": version, "resend": resend, "code": None}
        for one, (version, resend) in result.sent.items()
    ]
    refused = [
        {"id": one, "state": "superseded" if why.code == Code.SUPERSEDED else "refused", "version": None, "code": why.code}
        for one, why in result.refused.items()
    ]
    return sent + refused


def _why(refused: Refused | None) -> Iterator[str]:
    if refused is not None:
        yield f"refused {refused.code}"
        yield f"at {refused.field}" if refused.field else "as a whole"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
