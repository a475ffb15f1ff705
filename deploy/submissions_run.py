"""What became of a force's submissions: its outbox, its dead letters and the hub's progress, put together."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from deploy.force_clients import default_outbox
from deploy.force_view import ForceView
from deploy.settings import Settings
from producers.dead_letters import Letter
from producers.door import Door
from producers.fates import Fate, Known, Told, tell_fates
from producers.outbox import Outbox
from schemas.identity import record_id

Fates = dict[str, list[Fate]]
"""By record id."""


def tell_submissions(settings: Settings, force: str, ref: str, system: str | None, outbox: Path | None) -> Fates:
    """What became of each version known of the records with this reference.

    Without an outbox only what was refused is known. Raises NotReady (OUTBOX_IN_USE, broker away), Misconfigured.
    """
    hub, letters = ForceView(settings, force).read_progress()
    known = _known(outbox or default_outbox(settings, force), force, ref, system)
    refused = {sent.record_id for letter in letters if (sent := letter.submission) and _is_of(letter, ref, system)}
    fates = {}
    for record in sorted(known.keys() | refused):
        versions = known.get(record, [])
        fates[record] = tell_fates(versions, _told(record, versions, letters), hub)
    return {record: found for record, found in fates.items() if found}


def _known(path: Path, force: str, ref: str, system: str | None) -> dict[str, list[Known]]:
    if not path.exists():  # opening would make one
        return {}
    with Outbox(path, Door(force), lambda: datetime.now(UTC)) as outbox:
        records = [record_id(force, system, ref)] if system is not None else outbox.find_records(ref)
        return {record: outbox.known(record) for record in records}


def _is_of(letter: Letter, ref: str, system: str | None) -> bool:
    if letter.submission is None:
        return False
    envelope = letter.submission.record["envelope"]
    return envelope["source_ref"] == ref and system in (None, envelope["source_system"])


def _told(record: str, known: Iterable[Known], letters: Iterable[Letter]) -> list[Told]:
    """The letters of this record: by what they say of themselves, or, where they can't be read, by where they stood."""
    versions = {each.place: each.version for each in known if each.place is not None}
    told = []
    for letter in letters:
        sent = letter.submission
        if sent is not None and sent.record_id == record:
            told.append(Told(letter.id, letter.told["code"], sent.version, letter.place))
        elif sent is None and letter.place in versions:
            told.append(Told(letter.id, letter.told["code"], versions[letter.place], letter.place))
    return told
