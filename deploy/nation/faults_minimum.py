"""Faults by which a record says too little, or says it too late: kept and flagged. Pure."""

from datetime import date
from random import Random

from deploy.nation.calendar import DAY_MS, doubtful_half_past, local_day
from deploy.nation.fault import change_item, change_part, find_item, flag_fault, has_item, has_start, is_whole, pick
from deploy.nation.gaps import PERSONAL, due_fields
from deploy.nation.gaps_times import delay_ms, is_doubtful
from schemas.codes import Code
from schemas.kinds import Kind
from schemas.records import Record

_CRIME, _CUSTODY = frozenset(("crime",)), frozenset(("custody",))
_DECIDED_BY = frozenset(("crime_type", "status", "opening_category"))
"""Fields that stay: who may receive a record hangs on them."""
_GROWN_UP_YEARS = 20
"""Whoever is so much older than the event is no child at it, even where it is put months back."""


def _droppable(kind: Kind, submission: Record) -> tuple[str, ...]:
    detail = submission[kind.detail]
    fields = due_fields(kind, submission)
    return tuple(name for name in fields if name not in _DECIDED_BY and detail.get(name) not in (None, "", []))


def _has_droppable(kind: Kind, submission: Record) -> bool:
    return is_whole(kind, submission) and bool(_droppable(kind, submission))


def _drop_field(kind: Kind, submission: Record, chance: Random) -> Record:
    left_out = pick(chance, _droppable(kind, submission))
    detail = {name: value for name, value in submission[kind.detail].items() if name != left_out}
    return {**submission, kind.detail: detail}


def _strip_person(_kind: Kind, submission: Record, _chance: Random) -> Record:
    """Somebody, in some role; nothing else."""
    index, persons = find_item(submission, "persons", "given_name") or 0, list(submission["persons"])
    persons[index] = {name: value for name, value in persons[index].items() if name not in PERSONAL}
    return {**submission, "persons": persons}


def _waited(kind: Kind, submission: Record) -> bool:
    """What happened more than a day before it was recorded, and was reported within the day."""
    reported, recorded = submission["crime"].get("reported_at"), submission["envelope"].get("recorded_at")
    if not has_start(kind, submission) or reported is None or recorded is None:
        return False
    return delay_ms(submission["occurred"]["start"], recorded) > DAY_MS >= delay_ms(reported, recorded)


def _report_at_once(_kind: Kind, submission: Record, _chance: Random) -> Record:
    """It was reported as it happened, and waited for days: without an outcome, which would have been recorded later anyhow."""
    start = submission["occurred"]["start"]
    return change_part(submission, "crime", reported_at=start, outcome=None, outcome_date=None, status="OPEN")


def _may_be_in_doubt(kind: Kind, submission: Record) -> bool:
    """Told of grown-ups alone, so that no age hangs on the day; at a time that is in no doubt yet."""
    recorded = submission["envelope"].get("recorded_at") or ""
    if not has_start(kind, submission) or not recorded[:4].isdecimal() or is_doubtful(submission["occurred"]["start"]):
        return False
    youngest = str(int(recorded[:4]) - _GROWN_UP_YEARS)
    is_lately = submission["occurred"]["start"][:4] in (recorded[:4], str(int(recorded[:4]) - 1))
    return is_lately and all((person.get("date_of_birth") or "9") < youngest for person in submission.get("persons") or ())


def _put_in_doubt(_kind: Kind, submission: Record, _chance: Random) -> Record:
    """To the hour that came twice last autumn, without an offset."""
    day = local_day(doubtful_half_past("fold", date(int(submission["envelope"]["recorded_at"][:4]), 1, 1)))
    return change_part(submission, "occurred", start=f"{day.isoformat()}T01:30:00", end=None)


def _is_arrested(kind: Kind, submission: Record) -> bool:
    has_born = has_item("persons", "date_of_birth")(kind, submission)
    return has_born and has_start(kind, submission) and submission["occurred"]["start"].startswith("20")


def _bear_then(_kind: Kind, submission: Record, _chance: Random) -> Record:
    """The day of the arrest in the field of the birth."""
    index, start = find_item(submission, "persons", "date_of_birth") or 0, submission["occurred"]["start"]
    day = start[:10] if start[4] == "-" else f"{start[:4]}-{start[4:6]}-{start[6:8]}"
    return change_item(submission, "persons", index, date_of_birth=day)


OF_THE_MINIMUM = (
    flag_fault("field-left-out", Code.MINIMUM_MISSING, 60, _drop_field, _has_droppable),
    flag_fault("person-bare", Code.PERSON_BARE, 40, _strip_person, has_item("persons", "given_name"), "person"),
    flag_fault("recorded-late", Code.LATE, 40, _report_at_once, _waited, kinds=_CRIME),
    flag_fault("start-in-doubt", Code.TIME_DOUBTFUL, 30, _put_in_doubt, _may_be_in_doubt),
    flag_fault("born-on-arrest", Code.DATES_OUT_OF_ORDER, 30, _bear_then, _is_arrested, "birth", _CUSTODY),
)
"""Gaps: `gaps` finds them in the submission."""
