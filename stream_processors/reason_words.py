"""Reasons of a decision in plain English: a code of the decision vector, and what stands behind it in the rules. Pure."""

from collections.abc import Mapping

from stream_processors.agreements import Agreement
from stream_processors.clause_words import any_of, clause_words
from stream_processors.rule_set import RuleSet

_FIXED: Mapping[str, str] = {
    "KIND": "the agreement does not cover records of this kind",
    "MARKING": "its marking is above what the agreement takes",
    "INTELLIGENCE_HANDLING": "the agreement does not take its handling code, or the grade is missing",
    "CLOSED_BY_ORIGINATOR": "the force has recalled, restricted or erased it",
    "AGREEMENT_NOT_VALID": "the agreement had not begun, or had ended",
    "FORCE_HAS_NOT_ACCEPTED": "the force has not accepted the agreement",
    "CONDITION": "it meets none of the conditions of the agreement",
    "CONDITION_UNKNOWN": "it is not known whether it meets a condition of the agreement, and unknown never shares",
    "FAULT": "a rule failed on it, and a fault withholds",
    "SUSPENDED": "the feed was suspended",
    "FORCE_SUSPENDED": "the force had stopped its part",
}
_AGENCY_WORDS = {
    "AREA": "it did not happen in the agency's own area",
    "CONSENT": "the originator's consent for this agency is missing or has ended",
    "ORIGINATOR_CONTROL": "the originator has barred this agency",
}


def reason_words(rules: RuleSet, agreement_id: str, reason: str) -> str:
    """One reason against. A code that is not known is shown as it is: an explanation leaves nothing out."""
    if reason in _FIXED:
        return _FIXED[reason]
    agreement = next((each for each in rules.agreements if each.id == agreement_id), None)
    if reason.startswith("PROHIBITION:"):
        return _prohibition(rules, reason.removeprefix("PROHIBITION:"))
    if reason.startswith("WITHHOLD_WHEN[") and agreement is not None:
        clause = agreement.withhold_when[int(reason[len("WITHHOLD_WHEN[") : -1])]
        return f"the agreement withholds where {clause_words(clause, agreement.people, agreement.places)}, or may be so"
    found = [words for name, words in _AGENCY_WORDS.items() if reason.startswith(name) or f"_{name}" in reason]
    if not found:
        return reason
    return " and ".join(found) + (", or that is not known" if reason.endswith("UNKNOWN") else "")


def permit_words(agreement: Agreement, permit: str) -> str:
    """A clause that permitted, such as `share_when[0]`."""
    clause = agreement.share_when[int(permit.removeprefix("share_when[").removesuffix("]"))]
    return clause_words(clause, agreement.people, agreement.places)


def prohibition_words(rules: RuleSet, prohibition_id: str) -> str:
    """What a national rule says, and when it holds."""
    rule = next((each for each in rules.prohibitions if each.id == prohibition_id), None)
    if rule is None:
        return prohibition_id
    return f"{rule.reason} ({rule.source}); it holds where {any_of(rule.when, rule.people, rule.places)}, or may be so"


def _prohibition(rules: RuleSet, prohibition_id: str) -> str:
    rule = next((each for each in rules.prohibitions if each.id == prohibition_id), None)
    return f"{rule.reason} ({rule.source})" if rule is not None else prohibition_id
