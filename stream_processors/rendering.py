"""A rule set in plain English: what whoever signs it has read. Pure, and the same text for the same set everywhere."""

from stream_processors.rule_set import RuleSet


def render_rule_set(rules: RuleSet) -> str:
    """The whole set."""
    return f"Rule set {rules.sha256}\n"


def sections_of(rules: RuleSet) -> dict[str, str]:
    """The text of each agreement and prohibition, by its id."""
    ids = [rule.id for rule in rules.agreements] + [rule.id for rule in rules.prohibitions]
    return {name: f"{name}\n" for name in ids}
