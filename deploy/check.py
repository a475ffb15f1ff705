"""A force's files through its own door and the hub's core, in this process: what would become of each row, without a hub.

The way is that of a live hub: adapter, door, versions, framing, `standardise`. Only Kafka is left out, and nothing is sent.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from deploy.check_findings import Findings, Place
from deploy.check_plan import Work
from deploy.check_versions import LastVersions
from deploy.foresight import foresee
from producers.adapters.catalogue import read_file
from producers.door import Checked, Door
from producers.publisher import check_row
from producers.row import Refusal, Row
from producers.versions import Event, next_event
from schemas.codes import Code
from schemas.dialect import Dialect, systems_with_default
from schemas.errors import Refused
from schemas.reference import forces
from stream_processors.national import load_national
from stream_processors.occurrences import Occurrences, occurrence_of

PROGRESS_ROWS = 1000
"""Rows between two words about how far the check is."""

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
        found = foresee(event, self._one.force, self._dialects, self._national, self._now_ms, self._seen)
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
