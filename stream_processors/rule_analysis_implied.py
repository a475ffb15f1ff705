"""Whether one clause holds wherever another does: overlaps, and shares that are always withheld. Pure.

Told only where it is certain: line by line, under the same rule's groups.
"""

from stream_processors.clauses import Clause
from stream_processors.rule_analysis_lines import EVERY_KIND, kinds_of_line


def holds_wherever(wide: Clause, narrow: Clause, *, same_groups: bool) -> bool:
    """Whether `wide` holds (or is unknown) wherever `narrow` holds (or is unknown): each line of it follows from one of
    `narrow`. Groups of two rules may have one name, so a condition on groups follows only from itself in the same rule."""
    lines = narrow.lines()
    kinds = EVERY_KIND
    for name, values in lines.items():
        kinds &= kinds_of_line(name, values, known=False)
    for name, values in wide.lines().items():
        if name == "kind" and kinds <= values:
            continue
        if name not in lines or not lines[name] <= values:
            return False
    return _score_follows(wide, narrow) and _agency_follows(wide, narrow) and _groups_follow(wide, narrow, same_groups)


def _score_follows(wide: Clause, narrow: Clause) -> bool:
    if wide.quality_at_least is None:
        return True
    return narrow.quality_at_least is not None and narrow.quality_at_least >= wide.quality_at_least


def _agency_follows(wide: Clause, narrow: Clause) -> bool:
    """Its own authorities lie in its partnership, but not always in its member forces: only the same line follows."""
    asked, given = wide.agency_lines(), narrow.agency_lines()
    return all(given.get(name) == value for name, value in asked.items())


def _groups_follow(wide: Clause, narrow: Clause, same_groups: bool) -> bool:
    for name in ("persons", "places"):
        asked, given = getattr(wide, name), getattr(narrow, name)
        if asked is None:
            continue
        if not same_groups or given is None or not set(asked.conditions()) <= set(given.conditions()):
            return False
    return True
