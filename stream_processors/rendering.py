"""A rule set in plain English: what whoever signs it has read. Pure, and the same text for the same set everywhere."""

from stream_processors.rule_set import RuleSet


def render_rule_set(rules: RuleSet) -> str:
    """The whole set."""
    return f"Rule set {rules.sha256}\n"
