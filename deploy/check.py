"""A force's files through its own door and the hub's core, in this process: what would become of each row, without a hub.

The way is that of a live hub: adapter, door, versions, framing, `standardise`. Only Kafka is left out, and nothing is sent.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import structlog

from deploy.check_findings import Findings, Place
from deploy.check_plan import Work
from deploy.check_versions import LastVersions
from producers.adapters.catalogue import read_file
from producers.door import Checked, Door
from producers.publisher import check_row
from producers.row import Refusal, Row
from producers.versions import Event, next_event
from schemas.codes import Code
from schemas.dialect import Dialect, systems_with_default
from schemas.errors import Refused
from schemas.kinds import KINDS
from schemas.records import encode
from schemas.reference import forces
from schemas.wire import frame
from stream_processors.messages import Input
from stream_processors.national import load_national
from stream_processors.occurrences import Occurrences, occurrence_of
from stream_processors.stage_standardise import STANDARD_BYTES, SUBMISSION_BYTES
from stream_processors.standardise import Standard, standardise

log = structlog.get_logger()

PROGRESS_ROWS = 1000
"""Rows between two words about how far the check is."""

_IDS = {kind.submission: number for number, kind in enumerate(KINDS.values(), 1)}
_NAMES = {number: name for name, number in _IDS.items()}
"""Schema ids as a registry would give them."""

Progress = Callable[[int, int], None]
"""Told bytes read of all files, and rows."""


def check_files(work: Iterable[Work], dialects: Mapping[str, Dialect], now: datetime, progress: Progress) -> Findings:
    """Check the files in their order. `now`: the time (UTC) of publishing and of standardising.

    Raises nothing for what a file holds: an unreadable file is one refused row, line 0.
    """
    findings, seen, bytes_before = Findings(), Occurrences(), 0
    with LastVersions() as versions:
        for one in work:
            judge = _Judge(one, dialects, now, versions, seen, findings)
            size = _size(one)
            for position in _read(one, judge):
                progress(bytes_before + min(position, size), findings.rows)
            bytes_before += size
            progress(bytes_before, findings.rows)
    return findings


def _read(one: Work, judge: "_Judge") -> Iterable[int]:
    try:
        file = one.path.open("rb")
    except OSError:
        judge.findings.refuse(Place(one.name, 0), Code.NO_SUCH_FILE, "")
        return
    with file:
        for number, row in enumerate(read_file(one.adapter, file, (forces()[one.force].name,))):
            judge.take(row)
            if number % PROGRESS_ROWS == 0:
                yield file.tell()


def _size(one: Work) -> int:
    try:
        return one.path.stat().st_size
    except OSError:
        return 0


class _Judge:
    """Says of each row of one file what would become of it."""

    def __init__(
        self,
        one: Work,
        dialects: Mapping[str, Dialect],
        now: datetime,
        versions: LastVersions,
        seen: Occurrences,
        findings: Findings,
    ) -> None:
        self.findings = findings
        self._one, self._dialects, self._now, self._versions, self._seen = one, dialects, now, versions, seen
        self._now_ms = int(now.timestamp() * 1000)
        self._door = Door(one.force, systems_with_default(dialects))
        self._national = load_national()

    def take(self, row: Row) -> None:
        place = Place(self._one.name, row.line)
        checked = check_row(row, self._door, self._now)
        event = checked if isinstance(checked, Refusal) else self._version(checked)
        if isinstance(event, Refusal):
            self.findings.refuse(place, event.code, event.field)
            return
        found = self._standardise(event)
        if isinstance(found, Refused):
            self.findings.dead_letter(place, found.code, found.field)
            return
        occurrence = occurrence_of(found.record, found.kind)
        if occurrence is not None:
            self._seen.add(occurrence)
            self._seen.keep()
        self.findings.accept(place, found.kind.name, found.record["quality"])

    def _version(self, checked: Checked) -> Event | Refusal:
        """The version that the outbox would make of it."""
        try:
            event = next_event(checked, self._versions.last(checked.record_id), self._door, self._now)
        except Refused as refused:  # a patch that can't be merged
            return Refusal.of(refused)
        self.findings.versions["resend" if event.resend else "new" if event.version == 1 else "update"] += 1
        if not event.resend:
            self._versions.keep(event)
        return event

    def _standardise(self, event: Event) -> Standard | Refused:
        """As the stage `standardise` does it: sizes, core, and a bug of ours as a dead letter."""
        key, value = event.record_id.encode(), frame(_IDS[KINDS[event.kind].submission], event.body)
        if len(key) + len(value) > SUBMISSION_BYTES:
            return Refused(Code.TOO_LARGE)
        message = Input(f"submission.{self._one.force}", 0, 0, key, value, (), self._now_ms)
        try:
            found = standardise(message, self._one.force, _NAMES.get, self._dialects, self._national, self._now_ms, self._seen)
            if isinstance(found, Standard) and len(encode(found.kind.standard, found.record)) > STANDARD_BYTES:
                return Refused(Code.TOO_LARGE)
        except Exception as error:
            log.error("standardise failed", code=str(Code.UNEXPECTED), error_type=type(error).__name__)
            return Refused(Code.UNEXPECTED)
        return found
