"""The rule set as Cedar policies and schema, so that others can check the hub with an engine of their own. Pure text.

The mapping, in full:

- principal: `Agency` in its `Kind`; resource: `Record`; context: `today`, the local day in London.
- action `share/<agreement>`, of the group `share`: may this agency have this record under this agreement. Every clause of
  `share_when` is a permit; each of the agreement's own terms, of `withhold_when` and of a withholding prohibition a forbid.
- action `whole/<agreement>`, of the group `whole`: may everything leave that the field list lets leave. Permitted, unless a
  prohibition with the effect `drop` forbids: its annotation says whose fields are then dropped.
- action `field/<agreement>`: each clause of a `when` in the field list is a permit that names its line.
- Three values are two sets. Each attribute of a clause is a set of the values known; its name is in `unknown` where there may
  be others. A permission asks what is known; a prohibition what is known or may be. Conditions on groups of persons and places
  are worked out beforehand: their names are in `known`, and in `possible`, which has all of `known`.
- `@id` names rule and clause: the hub's own reasons (`stream_processors/weighing.py`), with the agreement before a colon.
"""

from collections.abc import Iterable, Iterator, Mapping

from stream_processors.agreements import Agreement, Prohibition
from stream_processors.clauses import AGENCY_LINES, Clause
from stream_processors.rule_set import RuleSet

LINES = tuple(
    name
    for name in Clause.model_fields
    if name not in (*AGENCY_LINES, "quality_at_least", "persons", "places", "unknown", "because")
)
"""Lines of a clause that are attributes of a Record."""

_NAMED = "resource.consents.containsAny(principal.names)"
_ENDED = "resource.consents_ended.containsAny(principal.names)"
_UNCLEAR = "resource.consents_unclear.containsAny(principal.names)"
_BARRED = (
    "(!resource.only.isEmpty() && !resource.only.containsAny(principal.names)) || resource.barred.containsAny(principal.names)"
)
_AGENCY: Mapping[tuple[str, str], tuple[str, str]] = {
    ("area", "own"): (
        "(if principal.lads.isEmpty() then principal.forces.containsAny(resource.force) "
        "else resource.lads.containsAny(principal.lads))",
        "(if principal.lads.isEmpty() then principal.forces.containsAny(resource.force) "
        "else resource.lads.isEmpty() || resource.lads.containsAny(principal.lads))",
    ),
    ("area", "own-csp"): (
        "!principal.lads.isEmpty() && resource.csps.containsAny(principal.csps)",
        "!principal.lads.isEmpty() && (resource.csps.isEmpty() || resource.csps.containsAny(principal.csps))",
    ),
    ("area", "own-force"): ("principal.forces.containsAny(resource.force)", "principal.forces.containsAny(resource.force)"),
    ("consent", "given"): (f"{_NAMED} && !{_ENDED} && !{_UNCLEAR}", f"{_NAMED} && !{_ENDED}"),
    ("consent", "not-ended"): (f"!{_ENDED} && !{_UNCLEAR}", f"!{_ENDED}"),
    ("originator_control", "barred"): (f"({_BARRED})", f"({_BARRED} || resource.barred_unclear)"),
}
"""Line about the agency to its expression: known to hold, may hold."""


def condition_name(rule: str, list_name: str, quantifier: str, group: str) -> str:
    """What a condition on a group is called in `known` and `possible` of a Record."""
    return f"{rule}:{list_name}.{quantifier}.{group}"


def quote(text: str) -> str:
    """The text as a Cedar string."""
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\u{{{ord(c):x}}}" for c in text) + '"'


def export_schema(rules: RuleSet) -> str:
    """The Cedar schema of what `export_policies` makes."""
    sets = "".join(f"  {name}: Set<String>,\n" for name in LINES)
    others = "lads csps only barred consents consents_ended consents_unclear known possible unknown latched".split()
    sets += "".join(f"  {name}: Set<String>,\n" for name in others)
    agency = "".join(f"  {name}: Set<String>,\n" for name in ("names", "lads", "csps", "forces"))
    actions = [f"action {quote(group)};\n" for group in ("share", "whole", "field")]
    about = "appliesTo { principal: Agency, resource: Record, context: { today: datetime } }"
    for agreement in rules.agreements:
        actions += [f"action {quote(f'{group}/{agreement.id}')} in [{quote(group)}] {about};\n" for group in _groups(agreement)]
    record = f"entity Record {{\n{sets}  barred_unclear: Bool,\n  closed: Bool,\n  score?: Long,\n}};\n"
    return f"entity Kind;\nentity Agency in [Kind] {{\n{agency}}};\n{record}{''.join(actions)}"


def export_policies(rules: RuleSet) -> str:
    """Every agreement and prohibition of the rule set as Cedar policies."""
    made = [_statement("CLOSED_BY_ORIGINATOR", "forbid", _IN_SHARE, "when { resource.closed }")]
    made.append(_statement("whole", "permit", 'action in Action::"whole"', ""))
    for agreement in rules.agreements:
        made += _terms(agreement, rules.accepted[agreement.id])
        made += _clauses(agreement)
    for prohibition in rules.prohibitions:
        made += _prohibition(prohibition)
    return "\n".join(made)


_IN_SHARE = 'action in Action::"share"'


def _groups(agreement: Agreement) -> tuple[str, ...]:
    has_when = any(obligation.when for obligation in agreement.fields.values())
    return ("share", "whole", "field") if has_when else ("share", "whole")


def _statement(name: str, effect: str, action: str, conditions: str, principal: str = "principal") -> str:
    return f"@id({quote(name)})\n{effect} ({principal}, {action}, resource) {conditions};\n"


def _set(values: Iterable[str]) -> str:
    return f"[{', '.join(map(quote, sorted(values)))}]"


def _action(group: str, agreement: str) -> str:
    return f"action == Action::{quote(f'{group}/{agreement}')}"


def _terms(agreement: Agreement, accepted: frozenset[str]) -> Iterator[str]:
    """What the agreement itself is limited to: kinds, marking, handling codes, days, forces."""
    tiers = ("OFFICIAL", "OFFICIAL-SENSITIVE") if agreement.max_marking == "OFFICIAL-SENSITIVE" else ("OFFICIAL",)
    first, last = (f'datetime("{day.isoformat()}")' for day in (agreement.valid_from, agreement.valid_until))
    taken = agreement.intelligence_handling
    handling = f"{_set(taken)}.containsAll(resource.grade_handling)" if taken else "resource.grade_handling.isEmpty()"
    terms = {
        "AGREEMENT_NOT_VALID": f"when {{ context.today < {first} || context.today > {last} }}",
        "FORCE_HAS_NOT_ACCEPTED": f"unless {{ {_set(accepted)}.containsAny(resource.force) }}",
        "KIND": f"unless {{ !resource.kind.isEmpty() && {_set(agreement.kinds)}.containsAll(resource.kind) }}",
        "MARKING": f"unless {{ !resource.marking.isEmpty() && {_set(tiers)}.containsAll(resource.marking) }}",
        "INTELLIGENCE_HANDLING": f'unless {{ !resource.unknown.contains("grade_handling") && {handling} }}',
    }
    for name, condition in terms.items():
        yield _statement(f"{agreement.id}:{name}", "forbid", _action("share", agreement.id), condition)


def _clauses(agreement: Agreement) -> Iterator[str]:
    name, principal = agreement.id, f"principal in Kind::{quote(agreement.partner_kind)}"
    for at, clause in enumerate(agreement.share_when):
        when = f"when {{ {expression(name, clause, possible=clause.unknown == 'share')} }}"
        yield _statement(f"{name}:share_when[{at}]", "permit", _action("share", name), when, principal)
    for at, clause in enumerate(agreement.withhold_when):
        when = f"when {{ {expression(name, clause, possible=True)} }}"
        yield _statement(f"{name}:WITHHOLD_WHEN[{at}]", "forbid", _action("share", name), when)
    for path, obligation in agreement.fields.items():
        for at, clause in enumerate(obligation.when):
            when = f"when {{ {expression(name, clause, possible=False)} }}"
            yield _statement(f"{name}:fields {path} when[{at}]", "permit", _action("field", name), when, principal)


def _prohibition(prohibition: Prohibition) -> Iterator[str]:
    """A clause each, and one for what has latched. What hangs on the agency drops for all: those lines are left out there."""
    name, is_drop = prohibition.id, prohibition.effect == "drop"
    group = "whole" if is_drop else "share"
    action, spared = f"action in Action::{quote(group)}", []
    for excepted in prohibition.excepted:
        whens = [f"({expression(name, clause, possible=False)})" for clause in excepted.when]
        opened = f" && ({' || '.join(whens)})" if whens else ""
        spared.append(f"({_action(group, excepted.agreement)}{opened})")
    unless = f" unless {{ {' || '.join(spared)} }}" if spared else ""
    for at, clause in enumerate(prohibition.when):
        when = f"when {{ {expression(name, clause, possible=True, agency=not is_drop)} }}"
        yield _statement(f"PROHIBITION:{name} when[{at}]", "forbid", action, when + unless)
    when = f"when {{ resource.latched.contains({quote(name)}) }}"
    yield _statement(f"PROHIBITION:{name} latched", "forbid", action, when + unless)


def expression(rule: str, clause: Clause, *, possible: bool, agency: bool = True) -> str:
    """The clause as a Cedar expression: that it is known to hold, or that it may hold."""
    found = [_line(name, values, possible) for name, values in clause.lines().items()]
    if clause.quality_at_least is not None:
        unsaid = "true" if possible else "false"
        found.append(f"(if resource has score then resource.score >= {clause.quality_at_least} else {unsaid})")
    for list_name, quantified in (("persons", clause.persons), ("locations", clause.places)):
        for quantifier, group in quantified.conditions() if quantified is not None else ():
            said = quote(condition_name(rule, list_name, quantifier, group))
            found.append(f"resource.{'possible' if possible else 'known'}.contains({said})")
    if agency:
        found += [f"({_AGENCY[name, value][possible]})" for name, value in clause.agency_lines().items()]
    return " && ".join(found) or "true"


def _line(name: str, values: frozenset[str], possible: bool) -> str:
    known = f"resource.{name}.containsAny({_set(values)})"
    return f"({known} || resource.unknown.contains({quote(name)}))" if possible else known
