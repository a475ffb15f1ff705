"""The conformance report of a check: as one JSON object, and as tables. Pure but for printing. It holds no value of any row."""

from collections import Counter
from datetime import datetime
from typing import Any

from deploy.check_findings import CLEAN, DEAD_LETTERED, FLAGGED, REFUSED, Fault, Findings
from deploy.check_plan import CheckPlan
from deploy.output import print_table
from schemas.codes import Code, describe

SHOWN_FAULTS = 10
"""The commonest faults that the report lists; `faults_in_all` says how many there are."""

Report = dict[str, Any]
"""`rows`, `standard`, `dead_lettered`, `refused`, `score`, `dimensions`, `flags`, `dead_letters`, `refusals`, `kinds`,
`versions`, `files`, `faults`, `faults_in_all`, `bands`, `left_out`, `least_score`, `conforms`, `checked_at`."""


def make_report(findings: Findings, plan: CheckPlan, least_score: float, now: datetime) -> Report:
    """The whole report. `conforms`: every row is standard, there is one, and the score is at least `least_score`."""
    faults, score = findings.faults(), findings.score.value
    dead, refused = findings.becomes[DEAD_LETTERED], findings.becomes[REFUSED]
    return {
        "rows": findings.rows,
        "standard": findings.standard,
        "dead_lettered": dead,
        "refused": refused,
        "score": score,
        "dimensions": {name: {"score": one.value, "judged": one.judged} for name, one in findings.dimensions.items()},
        "flags": findings.codes(FLAGGED),
        "dead_letters": findings.codes(DEAD_LETTERED),
        "refusals": findings.codes(REFUSED),
        "kinds": dict(sorted(findings.kinds.items())),
        "versions": {name: findings.versions[name] for name in ("new", "update", "resend")},
        "files": [_file(name, plan, counts) for name, counts in findings.files.items()],
        "faults": [_fault(fault) for fault in faults[:SHOWN_FAULTS]],
        "faults_in_all": len(faults),
        "bands": {"width_rows": findings.bands.width, "bands": [_ends(counts) for counts in findings.bands.counts]},
        "left_out": plan.left_out,
        "least_score": least_score,
        "conforms": score is not None and score >= least_score and not dead and not refused,
        "checked_at": now.isoformat(timespec="seconds"),
    }


def print_report(report: Report) -> None:
    """As tables on standard output."""
    counts = [(name.replace("_", " "), report[name]) for name in ("rows", "standard", "dead_lettered", "refused")]
    counts += [(f"standard: {kind}", number) for kind, number in report["kinds"].items()]
    counts += [(f"versions: {name}", number) for name, number in report["versions"].items() if number]
    print_table("Conforms" if report["conforms"] else "Does not conform", ("what", "count"), counts)
    scores = [("score", show_score(report["score"]), report["standard"])]
    scores += [(name, show_score(one["score"]), one["judged"]) for name, one in report["dimensions"].items()]
    print_table("Quality, 0 to 100", ("what", "average", "records judged"), scores)
    if len(report["files"]) > 1:
        ends = ("rows", "standard", "dead_lettered", "refused")
        rows = [(one["file"], one["adapter"], one["force"], *(one[end] for end in ends)) for one in report["files"]]
        print_table("Files", ("file", "adapter", "force", "rows", "standard", "dead-lettered", "refused"), rows)
    for title, name in (("Refused at the door", "refusals"), ("Dead letters", "dead_letters"), ("Quality flags", "flags")):
        if report[name]:
            found = [(code, describe_code(code), number) for code, number in by_count(report[name])]
            print_table(title, ("code", "what", "count"), found)
    if report["faults"]:
        title = f"Commonest faults ({len(report['faults'])} of {report['faults_in_all']})"
        columns = ("count", "code", "field", "becomes", "what was found", "expected", "what to do", "lines")
        names = ("count", "code", "field", "becomes", "found", "expected", "mend")
        rows = [(*(fault[name] for name in names), show_lines(fault)) for fault in report["faults"]]
        print_table(title, columns, rows)


def by_count(codes: dict[str, int]) -> list[tuple[str, int]]:
    """Codes, the commonest first; as many of several in the order of the codes."""
    return sorted(codes.items(), key=lambda item: (-item[1], item[0]))


def describe_code(code: str) -> str:
    """What the code says was found."""
    return describe(Code(code)).title


def show_score(score: float | None) -> str:
    """One decimal place; a dash where nothing was judged."""
    return "-" if score is None else f"{score:.1f}"


def show_lines(fault: Report) -> str:
    """The first lines where it stands: `a.csv: 2, 3, 9; b.csv: 2, ...`."""
    lines: dict[str, list[str]] = {}
    for place in fault["lines"]:
        lines.setdefault(place["file"], []).append(str(place["line"]) if place["line"] else "whole file")
    more = ", ..." if fault["count"] > len(fault["lines"]) else ""
    return "; ".join(f"{file}: {', '.join(found)}" for file, found in lines.items()) + more


def _file(name: str, plan: CheckPlan, counts: Counter[str]) -> Report:
    [work] = {(one.adapter.name, one.force) for one in plan.work if one.name == name}
    ends = _ends(counts)
    standard = ends["clean"] + ends["flagged"]
    told = {"file": name, "adapter": work[0], "force": work[1], "rows": counts.total(), "standard": standard}
    return {**told, "dead_lettered": ends["dead_lettered"], "refused": ends["refused"]}


def _ends(counts: Counter[str]) -> dict[str, int]:
    names = {"clean": CLEAN, "flagged": FLAGGED, "dead_lettered": DEAD_LETTERED, "refused": REFUSED}
    return {name: counts[end] for name, end in names.items()}


def _fault(fault: Fault) -> Report:
    meaning = describe(fault.code)
    return {
        "count": fault.count,
        "code": str(fault.code),
        "field": fault.field,
        "becomes": fault.becomes,
        "found": meaning.title,
        "expected": meaning.expected,
        "mend": meaning.mend,
        "lines": [place._asdict() for place in fault.places],
    }
