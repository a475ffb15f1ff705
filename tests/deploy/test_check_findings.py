"""What a check counts: nothing lost, nothing told twice, and no more memory for more rows."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from deploy.check_findings import BANDS, CLEAN, DEAD_LETTERED, FLAGGED, REFUSED, SHOWN_PLACES, Bands, Findings, Place
from schemas.codes import Code

ENDS = st.sampled_from([CLEAN, FLAGGED, DEAD_LETTERED, REFUSED])


def quality(*flags: tuple[Code, str], score: int = 100, **dimensions: int) -> dict[str, object]:
    return {"flags": [{"code": str(code), "field": path} for code, path in flags], "score": score, **dimensions}


def run(ends: list[str]) -> Findings:
    findings = Findings()
    for line, end in enumerate(ends, 1):
        place = Place("a.csv", line)
        if end == REFUSED:
            findings.refuse(place, Code.ROW_MALFORMED, "")
        elif end == DEAD_LETTERED:
            findings.dead_letter(place, Code.UNKNOWN_SYSTEM, "envelope.source_system")
        else:
            findings.accept(place, "crime", quality(*([(Code.TIME_MISSING, "occurred")] if end == FLAGGED else [])))
    return findings


@given(st.lists(ENDS, max_size=400))
def test_every_row_is_counted_once(ends: list[str]) -> None:
    """Rows = standard + dead letters + refused; files, bands and codes come to the same."""
    findings, wanted = run(ends), Counter(ends)
    assert findings.rows == len(ends)
    assert findings.standard == wanted[CLEAN] + wanted[FLAGGED]
    assert +findings.becomes == wanted
    assert sum(findings.files.values(), Counter()) == wanted
    assert sum(findings.bands.counts, Counter()) == wanted
    assert findings.codes(FLAGGED) == ({"PD-308": wanted[FLAGGED]} if wanted[FLAGGED] else {})
    assert sum(findings.codes(REFUSED).values()) == wanted[REFUSED]


@given(st.integers(0, 5000))
def test_bands_stay_few_and_in_order(rows: int) -> None:
    """However many rows: at most `BANDS` bands, each but the last of `width` rows."""
    bands = Bands()
    for number in range(rows):
        bands.add(str(number // 500))
    assert len(bands.counts) <= BANDS
    assert [one.total() for one in bands.counts[:-1]] == [bands.width] * max(len(bands.counts) - 1, 0)
    assert [end for one in bands.counts for end in one.elements()] == [str(number // 500) for number in range(rows)]


def test_faults_are_told_apart_by_field_but_not_by_index() -> None:
    """`persons[0].roles` and `persons[7].roles` are one fault; the same line is shown once."""
    findings = Findings()
    flags = [(Code.PERSON_UNLINKED, f"persons[{number}].roles") for number in range(3)]
    findings.accept(Place("a.csv", 2), "crime", quality(*flags, (Code.TIME_MISSING, "occurred")))
    [most, other] = findings.faults()
    assert (most.field, most.count, most.places) == ("persons[].roles", 3, [Place("a.csv", 2)])
    assert (other.field, other.count) == ("occurred", 1)


def test_the_commonest_come_first_and_ties_by_code() -> None:
    """The order is the same for the same rows, whatever came first."""
    findings = Findings()
    for line, code in enumerate([Code.TIME_IN_FUTURE, Code.UNKNOWN_SYSTEM, Code.IDENTITY_MISSING, Code.UNKNOWN_SYSTEM], 1):
        findings.dead_letter(Place("a.csv", line), code, "x")
    assert [fault.code for fault in findings.faults()] == [Code.UNKNOWN_SYSTEM, Code.IDENTITY_MISSING, Code.TIME_IN_FUTURE]


def test_memory_does_not_grow_with_the_fields_that_a_file_makes_up() -> None:
    """Ten thousand different fields: a bounded number of faults, and every one of them counted."""
    findings = Findings()
    for line in range(10_000):
        findings.refuse(Place("a.jsonl", line + 1), Code.NOT_A_SUBMISSION, f"field_{line}")
    faults = findings.faults()
    assert len(faults) < 2500
    assert sum(fault.count for fault in faults) == 10_000
    assert max(len(fault.places) for fault in faults) == SHOWN_PLACES


def test_what_was_not_judged_is_no_score() -> None:
    """A dimension that a record has no opinion on is left out of its average; none at all gives none."""
    findings = Findings()
    findings.accept(Place("a", 1), "crime", quality(score=90, completeness=50))
    findings.accept(Place("a", 2), "crime", quality(score=95, completeness=None))  # type: ignore[arg-type]
    assert findings.score.value == 92.5
    assert (findings.dimensions["completeness"].value, findings.dimensions["completeness"].judged) == (50, 1)
    assert findings.dimensions["uniqueness"].value is None
