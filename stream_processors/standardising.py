"""What one record's standardisation knows and has found: flags, values as sent, and counts for its quality."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.codes import Code
from schemas.dialect import Dialect
from schemas.errors import Refused
from schemas.records import Record
from stream_processors.code_map import CodeMap
from stream_processors.identifiers import Checked
from stream_processors.national import UNMAPPED, National
from stream_processors.times import Time, parse_time

FUTURE_MS = 5 * 60 * 1000
"""A time may lie so far in the future: clocks differ. More than that is an error of the force system."""

_DAY_MS = 24 * 60 * 60 * 1000

_SPAN_MS: Mapping[str, int] = {"DAY": _DAY_MS, "MONTH": 31 * _DAY_MS, "YEAR": 366 * _DAY_MS}
"""How long a time of this precision may last."""


@dataclass(slots=True)
class Share:
    """How many of the things that could be judged were as they should be."""

    judged: int = 0
    good: int = 0

    def count(self, is_good: bool) -> None:
        """One more was judged."""
        self.judged += 1
        self.good += is_good

    @property
    def percent(self) -> int | None:
        """0 to 100; None where nothing could be judged."""
        return None if not self.judged else round(100 * self.good / self.judged)


@dataclass(slots=True)
class Standardising:
    """One record on its way. Nothing here refuses but a time in the future."""

    dialect: Dialect
    national: National
    codes: CodeMap
    now_ms: int
    flags: dict[tuple[Code, str], None] = field(default_factory=dict)
    sources: list[Record] = field(default_factory=list)
    """Values as sent, where the standard form is another."""
    span_ms: dict[str, int] = field(default_factory=dict)
    """Of each path whose time is no moment but a day, a month or a year: how long that lasts."""
    valid: Share = field(default_factory=Share)
    """Identifiers and formats."""
    conform: Share = field(default_factory=Share)
    """Coded values."""
    consistent: Share = field(default_factory=Share)
    """Cross-checks."""

    @property
    def year(self) -> int:
        """The current year, UTC: what a year of two digits is read by."""
        return datetime.fromtimestamp(self.now_ms / 1000, UTC).year

    def flag(self, code: Code, path: str) -> None:
        """Record a quality flag once."""
        self.flags[(code, path)] = None

    def keep(self, path: str, sent: str) -> None:
        """Keep a value as it was sent."""
        self.sources.append({"field": path, "value": sent})

    def spell(self, path: str, sent: str, standard: str) -> str:
        """The standard spelling; the value as sent is kept where it is another."""
        if sent != standard:
            self.keep(path, sent)
        return standard

    def time(self, text: str | None, path: str) -> int | None:
        """UTC milliseconds; what was no moment is kept as sent. Raises Refused(TIME_IN_FUTURE)."""
        moment = self.moment(text, path)
        if text is None or moment is None:
            return None
        if path in self.span_ms:
            self.keep(path, text)
        return moment.ms

    def moment(self, text: str | None, path: str) -> Time | None:
        """As `time`, with its precision. A time that can't be read is kept as sent, and flagged."""
        if text is None:
            return None
        moment = parse_time(text, self.dialect.time_zone, self.dialect.time_formats)
        self.valid.count(moment is not None)
        if moment is None:
            self.flag(Code.TIME_UNREADABLE, path)
            self.keep(path, text)
            return None
        if moment.doubtful:
            self.flag(Code.TIME_DOUBTFUL, path)
            self.keep(path, text)
        if moment.earliest_ms > self.now_ms + FUTURE_MS:
            raise Refused(Code.TIME_IN_FUTURE, path)
        if moment.precision in _SPAN_MS:
            self.span_ms[path] = _SPAN_MS[moment.precision]
        return moment

    def code(self, code_list: str, sent: Record | None, path: str) -> Record | None:
        """The national code with the value as sent."""
        if sent is None:
            return None
        found = self.codes.find(code_list, sent["value"], sent["scheme"])
        is_mapped = found["code"] != UNMAPPED
        self.conform.count(is_mapped)
        if not is_mapped:
            self.flag(Code.CODE_UNMAPPED, path)
        return found

    def checked(self, path: str, sent: str, found: Checked) -> str:
        """What a check has made of a value. One that fails it is kept as sent, and flagged: it is a claim like any other."""
        self.valid.count(found.fault is None)
        if found.fault is not None:
            self.flag(found.fault, path)
            return sent
        return self.spell(path, sent, found.value)

    def agree(self, is_consistent: bool, code: Code, path: str) -> None:
        """The result of a cross-check between two values of the record."""
        self.consistent.count(is_consistent)
        if not is_consistent:
            self.flag(code, path)
