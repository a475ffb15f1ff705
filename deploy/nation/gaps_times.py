"""What the times of a submission earn of themselves: in doubt, too late, out of order. Pure.

Most submissions are in order, and that can be seen without reading a single time: one system writes all its times in one form,
in which the earlier text is the smaller. Only where this does not settle it are the texts read.
"""

from datetime import UTC, datetime
from functools import lru_cache

from deploy.nation.calendar import DAY_MS, LONDON, MINUTE_MS
from schemas.codes import Code
from schemas.kinds import Kind
from schemas.records import Record

_SLACK_MS = 5 * MINUTE_MS
"""Clocks of two systems differ by so much."""
_WITH_OFFSET = len("2026-03-27T21:15:00Z")
"""Characters of the shortest form that has one."""
_DETAIL_TIMES = {
    "crime": ("reported_at", "outcome_date"),
    "incident": ("reported_at",),
    "custody": ("arrested_at", "detained_at", "released_at"),
}
_ARREST = (("arrested_at", "detained_at"), ("arrested_at", "released_at"), ("detained_at", "released_at"))


def find_time_gaps(kind: Kind, submission: Record) -> list[Code]:
    """TIME_DOUBTFUL for each time in the hour of a clock change, LATE for each delay of more than a day, DATES_OUT_OF_ORDER for
    each time that is before one that must have come first.
    """
    envelope, occurred, detail = submission["envelope"], submission.get("occurred") or {}, submission[kind.detail]
    start, end = occurred.get("start"), occurred.get("end")
    recorded, published = envelope.get("recorded_at"), envelope.get("published_at")
    own = _DETAIL_TIMES.get(kind.name, ())
    reported = detail.get("reported_at") if own and own[0] == "reported_at" else None
    found = []
    for text in (start, end, recorded, published, *map(detail.get, own)):
        if text is not None and len(text) < _WITH_OFFSET and is_doubtful(text):
            found.append(Code.TIME_DOUBTFUL)
    is_first_told = not (detail.get("outcome") or detail.get("closing_category"))
    for first, second in ((reported if is_first_told else None, recorded), (recorded, published)):
        if first is not None and second is not None and first[:10] != second[:10] and delay_ms(first, second) > DAY_MS:
            found.append(Code.LATE)
    disorder = _count_disorder(start, reported, recorded, published) + _is_after(start, end, 0)
    if kind.name == "custody":
        disorder += len({later for first, later in _ARREST if _is_after(detail.get(first), detail.get(later), 0)})
    for person in submission.get("persons") or ():
        born = person.get("date_of_birth")
        if born is not None and start is not None and born[:4] >= start[:4]:
            disorder += _is_born_then(born, start)
    return found + [Code.DATES_OUT_OF_ORDER] * disorder if disorder else found


def _count_disorder(*texts: str | None) -> int:
    """Of times that should follow each other, how many come before the one that stands before them."""
    count, before = 0, None
    for text in texts:
        if text is not None:
            count += before is not None and _is_after(before, text, _SLACK_MS)
            before = text
    return count


def _is_after(first: str | None, second: str | None, slack_ms: int) -> bool:
    """Whether the first is later than the second, by more than the slack."""
    if first is None or second is None or _is_in_order(first, second):
        return False
    return delay_ms(second, first) > slack_ms


def _is_in_order(first: str, second: str) -> bool:
    """Whether both have one form and one offset, and the first text is not the greater one."""
    return first <= second and len(first) == len(second) and first[19:] == second[19:]


def delay_ms(first: str, second: str) -> int:
    """From the first to the second; 0 where one of them can't be read."""
    begin, end = _read(first), _read(second)
    return 0 if begin is None or end is None else end - begin


def _is_born_then(born: str, start: str) -> bool:
    """Whether somebody was born on the day of the event or after it, by UTC."""
    moment = _read(start)
    return moment is not None and born >= datetime.fromtimestamp(moment / 1000, UTC).date().isoformat()


@lru_cache(maxsize=4096)
def is_doubtful(text: str) -> bool:
    """A time without an offset that came twice or never."""
    moment = _moment(text)
    if moment is None or moment.tzinfo is not None or len(text) <= 10:
        return False
    early, late = moment.replace(tzinfo=LONDON, fold=0), moment.replace(tzinfo=LONDON, fold=1)
    return early.utcoffset() != late.utcoffset()


@lru_cache(maxsize=4096)
def _read(text: str) -> int | None:
    """UTC milliseconds; of two that a time may mean the earlier; None where it can't be read."""
    moment = _moment(text)
    if moment is None:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=LONDON)).timestamp() * 1000)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
