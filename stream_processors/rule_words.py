"""The closed lists of words of each line of a clause: a word that no record can have would never hold, and nobody would notice.

Words come from the reference data and the national lists. A line that is not here (`status`, `object_status`) is as forces send
it: upper case, because conditions compare it so.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from schemas import reference_codes, reference_offences
from schemas.codes import Code
from schemas.kinds import KINDS
from stream_processors.ages import BANDS
from stream_processors.national import (
    HANDLING_INSTRUCTIONS,
    LOCATION_ROLES,
    MARKERS,
    OBJECT_TYPES,
    PERSON_ROLES,
    SUBJECT_CATEGORIES,
    load_national,
)
from stream_processors.rule_faults import RuleFault, one_of, show
from stream_processors.rule_files import Path, RuleFile

Words = Mapping[str, frozenset[str]]
"""Line to its words."""

_UPPER_CASE = ("status", "object_status")
_QUALIFIER = "QUALIFIER"
_YES_NO = frozenset("YN")

PERSON_WORDS: Words = {
    "role": PERSON_ROLES,
    "not_role": PERSON_ROLES,
    "subject_category": SUBJECT_CATEGORIES,
    "not_subject_category": SUBJECT_CATEGORIES,
    "age": frozenset(BANDS),
    "marker": MARKERS,
    "not_marker": MARKERS,
    "nationality": frozenset(("british", "foreign")),
}
"""Lines about one person."""

PLACE_WORDS: Words = {"role": LOCATION_ROLES, "marker": MARKERS}
"""Lines about one place."""


@cache
def _national_words() -> Words:
    national = load_national()
    categories = reference_codes.incident_categories().values()
    coded = frozenset(code for (name, _, _), code in national.coded.items() if name == "offence")
    return {
        "kind": frozenset(KINDS),
        "sub_type": frozenset(reference_codes.sub_types()),
        "crime_type": national.lists["crime_type"],
        # A Home Office classification that tells its recorded-crime code is never the code of a standard record.
        "offence": national.lists["offence"] | coded,
        "offence_group": frozenset(national.offence_group.values()),
        "offence_flag": frozenset(("sexual", "modern-slavery", "hate")),
        "outcome": national.lists["outcome"],
        "incident_category": frozenset(each.id for each in categories if each.theme != _QUALIFIER),
        "incident_theme": frozenset(each.theme for each in categories if each.theme != _QUALIFIER),
        "qualifier": frozenset(each.id for each in categories if each.theme == _QUALIFIER),
        "response_grade": national.lists["response_grade"],
        "marking": frozenset(("OFFICIAL", "OFFICIAL-SENSITIVE")),
        "handling_instruction": HANDLING_INSTRUCTIONS,
        "grade_handling": national.lists["grading_handling"],
        "action_code": national.lists["grading_action"],
        "sanitisation_code": national.lists["grading_sanitisation"],
        "subject_category": SUBJECT_CATEGORIES,
        "person_role": PERSON_ROLES,
        "marker": MARKERS,
        "victim_anonymity": _YES_NO,
        "object_type": OBJECT_TYPES,
        "cross_border": _YES_NO,
        "hour": frozenset(f"{hour:02d}" for hour in range(24)),
    }


def record_words(forces: frozenset[str]) -> Words:
    """Lines about the record; `forces` are the originators that there are."""
    return {**_national_words(), "force": forces}


def clauses_of(value: Any) -> Iterator[tuple[Path, Any]]:
    """Every clause of an agreement's or a prohibition's file as it was read, wherever it stands, with its path."""
    if not isinstance(value, dict):
        return
    for name in ("share_when", "withhold_when", "when"):
        yield from _listed(value.get(name), (name,))
    fields = value.get("fields")
    for line, obligation in fields.items() if isinstance(fields, dict) else ():
        if isinstance(obligation, dict):
            yield from _listed(obligation.get("when"), ("fields", line, "when"))
    for at, excepted in _listed(value.get("excepted"), ("excepted",)):
        if isinstance(excepted, dict):
            yield from _listed(excepted.get("when"), (*at, "when"))


def groups_of(value: Any, kind: str) -> Iterator[tuple[str, Path, list[tuple[Path, Any]]]]:
    """(name, path, clauses with their paths) of each group of `people` or `places`, in the order of the file."""
    groups = value.get(kind) if isinstance(value, dict) else None
    for name, clauses in groups.items() if isinstance(groups, dict) else ():
        if isinstance(name, str):
            yield name, (kind, name), list(_listed(clauses, (kind, name)))


def _listed(items: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    for position, item in enumerate(items if isinstance(items, list) else ()):
        yield (*path, position), item


def check_words(file: RuleFile, forces: frozenset[str]) -> Iterator[RuleFault]:
    """A fault for each word that its line can't have."""
    for path, clause in clauses_of(file.value):
        yield from _check_lines(file, path, clause, record_words(forces))
    for kind, words in (("people", PERSON_WORDS), ("places", PLACE_WORDS)):
        for _, _, clauses in groups_of(file.value, kind):
            for path, clause in clauses:
                yield from _check_lines(file, path, clause, words)


def _check_lines(file: RuleFile, path: Path, clause: Any, words: Words) -> Iterator[RuleFault]:
    for line, values in clause.items() if isinstance(clause, dict) else ():
        for position, value in enumerate(values if isinstance(values, list) else ()):
            if not isinstance(value, str) or not value:
                continue  # not of the form: said elsewhere
            at = (*path, line, position)
            if line in words and value not in words[line]:
                yield file.fault(at, show(value), _right_word(line, value, words[line]), Code.RULE_WORD)
            elif line in _UPPER_CASE and value != value.upper():
                yield file.fault(at, show(value), f"`{value.upper()}`: in upper case", Code.RULE_WORD)


def _right_word(line: str, value: str, words: frozenset[str]) -> str:
    index = reference_offences.ho_offences()
    if line == "offence" and value in index and index[value].recorded_code:
        return f"`{index[value].recorded_code}`: the recorded-crime code that this classification is counted under"
    return one_of(words, value)
