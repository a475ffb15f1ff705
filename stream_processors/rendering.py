"""A rule set in plain English: what whoever signs it has read. Pure, and the same text for the same set everywhere.

Who receives what of whom, when, by which law, which fields, and what national rules forbid. What has no words of its own is
said by its name and value, so that a clause that the language learns later can't be signed unread.
"""

import textwrap
from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from schemas import reference
from schemas.text import printable
from stream_processors.agreements import Agreement, Excepted, Prohibition
from stream_processors.bindings import Recipient
from stream_processors.emergency_rules import Emergency
from stream_processors.rendering_words import say_clause, say_clauses, say_groups, say_obligation
from stream_processors.rule_set import RuleSet

_COLUMNS = 110

_AGREEMENT_SAID = frozenset(
    "id version partner_kind feed purpose regime lawful_basis sensitive_condition form gateways confirmed supporting_law "
    "apd_ref dpia_ref necessity proportionality owner valid_from valid_until review_on kinds max_marking "
    "intelligence_handling people "
    "places share_when withhold_when fields carries beside time_grain handling onward_sharing retention_days "
    "withdraw_within_hours".split()
)
_PROHIBITION_SAID = frozenset("id reason source people places when effect latch drops excepted".split())
_EMERGENCY_SAID = frozenset(
    "id version purpose regime lawful_basis sensitive_condition gateways apd_ref dpia_ref owner overridable hours_at_most "
    "review_within_hours fields time_grain handling onward_sharing retention_days withdraw_within_hours".split()
)
"""Clauses that have words below; others are said by name."""


def render_rule_set(rules: RuleSet) -> str:
    """The whole set."""
    bound = sum(len(rules.bound[rule.id]) for rule in rules.agreements)
    head = [
        f"RULE SET {rules.sha256}",
        f"{len(rules.agreements)} agreements, bound to {bound} agencies; {len(rules.prohibitions)} national rules above them.",
        "Nothing is shared but by an agreement below, or in an emergency as far as is said below.",
        "What can't be known permits nothing, and satisfies every national rule.",
        "A field that no agreement lists is dropped.",
        "",
    ]
    return "\n".join(head) + "\n" + "\n".join(sections_of(rules).values())


def sections_of(rules: RuleSet) -> dict[str, str]:
    """The text of each national rule, of each agreement, and of emergency sharing, by its id."""
    forbidding = {rule.id: _text(_prohibition(rule)) for rule in sorted(rules.prohibitions, key=lambda rule: rule.id)}
    sharing = {rule.id: _text(_agreement(rules, rule)) for rule in sorted(rules.agreements, key=lambda rule: rule.id)}
    emergency = {rules.emergency.id: _text(_emergency(rules.emergency))} if rules.emergency else {}
    return forbidding | sharing | emergency


def _text(lines: Iterable[str]) -> str:
    """Lines of one section; an indented one that is long goes on below itself."""
    wrapped = []
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()))
        more = textwrap.wrap(line.strip(), _COLUMNS - len(indent), subsequent_indent="    ", break_on_hyphens=False,
                             break_long_words=False)  # fmt: skip
        wrapped += [indent + printable(part) for part in more or [""]]  # an escape sequence could hide a clause
    return "\n".join(wrapped) + "\n"


def _prohibition(rule: Prohibition) -> Iterator[str]:
    yield f"NATIONAL RULE {rule.id}"
    yield f"  {rule.reason}"
    yield f"  Source: {rule.source}"
    yield from _groups(rule)
    yield "  It applies where any of these is so, or can't be known:"
    yield from (f"    {line}" for line in say_clauses(rule.when))
    yield "  Then the record is shared with nobody." if rule.effect == "withhold" else "  Then these fields are dropped:"
    yield from (f"    {path}" for path in rule.drops)
    yield "  Once it has applied it applies for the life of the record." if rule.latch else "  It applies to each version anew."
    for each in rule.excepted:
        yield f"  It does not bind the agreement {each.agreement} (gateway {each.gateway}): {each.reason}{_only(each)}"
    yield from _unsaid(rule, _PROHIBITION_SAID)


def _agreement(rules: RuleSet, rule: Agreement) -> Iterator[str]:
    yield f"AGREEMENT {rule.id}, version {rule.version}"
    yield f"  Purpose: {rule.purpose}"
    bound = rules.bound[rule.id]
    yield f"  Who receives: {len(bound)} agencies of the kind {rule.partner_kind}, each in its feed {rule.feed}:"
    yield from (f"    {_agency(each.agency)}" for each in sorted(bound, key=lambda each: each.agency.id))
    accepted = sorted(rules.accepted[rule.id])
    yield f"  Of whom: the {len(accepted)} forces that have accepted it: {', '.join(accepted)}"
    yield f"  When: from {rule.valid_from} to {rule.valid_until}, to be reviewed on {rule.review_on}; {rule.form}"
    yield from _law(rule)
    handling = " and ".join(rule.intelligence_handling)
    yield f"  What: {', '.join(rule.kinds)}, marked {rule.max_marking} at most; intelligence: {handling or 'none'}"
    yield from _groups(rule)
    yield "  Shared where any of these is known to be so:"
    yield from (f"    {line}" for line in say_clauses(rule.share_when))
    yield "  Not shared where any of these is so, or can't be known:" if rule.withhold_when else "  Nothing else is held back."
    yield from (f"    {line}" for line in say_clauses(rule.withhold_when))
    yield from _fields(rule)
    yield from (f"  {name} does not bind it, by {gateway}: {why}" for name, gateway, why in _exceptions(rules, rule.id))
    yield from _use(rule)
    yield from _unsaid(rule, _AGREEMENT_SAID)


def _emergency(rule: Emergency) -> Iterator[str]:
    yield f"EMERGENCY SHARING, version {rule.version}"
    yield f"  Purpose: {rule.purpose}"
    yield "  One authorised person may grant one agency one record, person or place, without an agreement"
    yield f"  It lasts {rule.hours_at_most} hours at most; {rule.review_within_hours} where no second person has reviewed it"
    yield f"  It may override these national rules and no other: {', '.join(rule.overridable) or 'none'}"
    yield f"  By which law: {rule.regime}, {rule.lawful_basis}; sensitive processing: {rule.sensitive_condition}"
    yield from _gateways(rule.gateways)
    yield f"  Owner: {rule.owner}; appropriate policy document {rule.apd_ref}; impact assessment {rule.dpia_ref}"
    yield f"  Fields that a grant may name, as they are: {', '.join(sorted(rule.fields))}"
    yield f"  Times of delivery are no finer than the {rule.time_grain}"
    yield from _use(rule)
    yield from _unsaid(rule, _EMERGENCY_SAID)


def _use(rule: Agreement | Emergency) -> Iterator[str]:
    yield f"  Handling: {rule.handling}"
    yield f"  Onward sharing: {rule.onward_sharing}"
    yield f"  Kept for {rule.retention_days} days at most; deleted within {rule.withdraw_within_hours} hours when withdrawn"


def _gateways(gateways: Iterable[str]) -> Iterator[str]:
    known = reference.gateways()
    for gateway in gateways:
        found = known.get(gateway)
        said = f"{found.instrument}, a {found.nature}, {found.extent}; {found.verification}" if found else "not known"
        yield f"    gateway {gateway}: {said}"


def _law(rule: Agreement) -> Iterator[str]:
    yield f"  By which law: {rule.regime}, {rule.lawful_basis}; sensitive processing: {rule.sensitive_condition}"
    yield from _gateways(rule.gateways)
    for gateway, word in rule.confirmed.items():
        yield f"    {gateway} was confirmed by {word.by} on {word.on}: {word.note}"
    if rule.supporting_law:
        yield f"    beside them: {', '.join(rule.supporting_law)}"
    yield f"  Necessary because: {rule.necessity}"
    yield f"  Proportionate because: {rule.proportionality}"
    yield f"  Owner: {rule.owner}; appropriate policy document {rule.apd_ref}; impact assessment {rule.dpia_ref}"


def _fields(rule: Agreement) -> Iterator[str]:
    yield f"  Times of delivery are no finer than the {rule.time_grain}"
    yield "  Fields, and what becomes of each; every other is dropped:"
    said: dict[str, list[str]] = {}
    for path, obligation in sorted(rule.fields.items()):
        said.setdefault(say_obligation(obligation), []).append(path)
    for words, paths in sorted(said.items()):
        yield f"    {words}: {', '.join(paths)}"
    for path, why in sorted(rule.carries.items()):
        yield f"  {path} may carry what other fields withhold; it is kept because {why}"
    for other, why in sorted(rule.beside.items()):
        yield f"  The same organisation has another view by {other}, because {why}"


def _exceptions(rules: RuleSet, agreement: str) -> list[tuple[str, str, str]]:
    rows = [(rule.id, each) for rule in rules.prohibitions for each in rule.excepted if each.agreement == agreement]
    return sorted((name, each.gateway, f"{each.reason}{_only(each)}") for name, each in rows)


def _only(excepted: Excepted) -> str:
    return f", only where {' or '.join(say_clause(clause) for clause in excepted.when)}" if excepted.when else ""


def _groups(rule: Agreement | Prohibition) -> Iterator[str]:
    for groups, one in ((rule.people, "person"), (rule.places, "place")):
        yield from (f"  Group {line}" for line in say_groups(groups, one))


def _agency(agency: Recipient) -> str:
    area = f"authorities {', '.join(sorted(agency.lads))}" if agency.lads else ""
    forces = f"forces {', '.join(sorted(agency.forces))}" if agency.forces else ""
    places = "; ".join(filter(None, (area, forces))) or "no area of its own"
    return f"{agency.name or agency.id} ({agency.id}), {agency.nation or 'no nation'}: {places}"


def _unsaid(rule: BaseModel, said: frozenset[str]) -> Iterator[str]:
    for name in sorted(type(rule).model_fields.keys() - said):
        yield f"  {name.replace('_', ' ')}: {rule.model_dump_json(include={name})}"
