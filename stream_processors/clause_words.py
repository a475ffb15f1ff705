"""Clauses in plain English with their groups spelled out, for whoever has not the rule at hand. Pure."""

from collections.abc import Iterable

from stream_processors.clauses import Clause, People, Places
from stream_processors.rendering_words import say_clause


def clause_words(clause: Clause, people: People | None = None, places: Places | None = None) -> str:
    """The clause in one sentence part. Groups are spelled out where the rule's own are given, else named."""
    words = say_clause(clause)
    for condition, groups in ((clause.persons, people), (clause.places, places)):
        named = [group for _, group in condition.conditions()] if condition is not None and groups else []
        for group in dict.fromkeys(named):
            words += f" ({group}: {' or '.join(say_clause(each) for each in (groups or {})[group])})"
    return words


def any_of(clauses: Iterable[Clause], people: People | None = None, places: Places | None = None) -> str:
    """Clauses of which one is enough."""
    return "; or ".join(clause_words(clause, people, places) for clause in clauses)
