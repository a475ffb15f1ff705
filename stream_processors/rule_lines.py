"""Lines of a clause that do nothing, or too much, where they stand. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.codes import Code
from stream_processors.clauses import AGENCY_LINES
from stream_processors.rule_faults import RuleFault
from stream_processors.rule_files import Path, RuleFile
from stream_processors.rule_words import clauses_of

_NOT_HERE: Mapping[str, Mapping[str, str]] = {
    "share_when": {"originator_control": "nothing: it is for prohibitions, which bind every agreement"},
    "withhold_when": {
        "unknown": "nothing: what is unknown withholds already",
        "originator_control": "nothing: it is for prohibitions, which bind every agreement",
    },
    "when": {
        "unknown": "nothing: what is unknown satisfies a prohibition already",
        "area": "nothing: a national rule has no own area",
    },
    # A field leaves for all agencies of an agreement alike, and an exception is from all of them: there such a line would not
    # be asked, and the rest of the clause would hold alone.
    "fields": dict.fromkeys((*AGENCY_LINES, "unknown"), "a line on the record: the field leaves for all agencies alike"),
    "excepted": dict.fromkeys((*AGENCY_LINES, "unknown"), "a line on the record: the exception is for all agencies alike"),
}
"""Where a clause stands to the lines that it may not have, and what would be right."""


def check_lines(file: RuleFile) -> Iterator[RuleFault]:
    """Lines that may not stand where they stand; effect and drops of a prohibition that don't go together."""
    value = file.value if isinstance(file.value, dict) else {}
    for path, clause in clauses_of(value):
        for line, expected in _NOT_HERE[str(path[0])].items():
            if isinstance(clause, dict) and line in clause:
                yield _fault(file, (*path, line), f"`{line}`", expected)
        if path[0] == "when" and value.get("latch") is True:
            for line in ("consent", "originator_control"):
                if isinstance(clause, dict) and line in clause:
                    expected = "`latch: false`: what hangs on the agency can't latch, it would hold for everybody"
                    yield _fault(file, (*path, line), f"`{line}`", expected)
    if "effect" in value:
        yield from _check_effect(file, value)


def _check_effect(file: RuleFile, value: Mapping[str, Any]) -> Iterator[RuleFault]:
    if value["effect"] == "drop" and not value.get("drops"):
        yield _fault(file, ("effect",), "`drop`", "`drops` with the fields that it takes away")
    if value["effect"] == "withhold" and value.get("drops"):
        yield _fault(file, ("drops",), "`drops`", "the effect drop: what withholds the record has no fields to drop")


def _fault(file: RuleFile, at: Path, found: str, expected: str) -> RuleFault:
    return file.fault(at, found, expected, Code.RULE_FORM)
