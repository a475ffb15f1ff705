"""A rule set: agreements bound to agencies, prohibitions, acceptances. Loaded whole or not at all. Pure.

Its parts are files by name, as they travel on the control topic: `agreements/*.yaml`, `prohibitions/*.yaml`,
`acceptances.csv`, `agencies.csv`; where it has agencies of kinds, or forces, that the reference data don't have,
`partner_kinds.csv`, `forces.csv`. Its hash is over names and contents, so one byte more is another rule set.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, NamedTuple

from schemas.codes import Code
from stream_processors.agreements import Acceptance, Agreement, Prohibition
from stream_processors.bindings import Bound, Recipient
from stream_processors.emergency_rules import PART_NAME, Emergency, load_emergency
from stream_processors.field_lines import field_list_id
from stream_processors.field_paths import FieldPath, parse_path
from stream_processors.leak_static import Finding, find_carried, find_leaks
from stream_processors.projection import Projection, compile_projection, delivery_schema
from stream_processors.rule_bindings import (
    ACCEPTANCES,
    AGENCIES,
    check_bindings,
    check_together,
    read_acceptances,
    read_agencies,
)
from stream_processors.rule_faults import InvalidRules, RuleFault
from stream_processors.rule_fields import check_drops, check_fields, note_conflicts
from stream_processors.rule_files import read_rule_file
from stream_processors.rule_forms import Draft, check_form
from stream_processors.rule_groups import check_groups
from stream_processors.rule_law import check_law
from stream_processors.rule_lines import check_lines
from stream_processors.rule_reference import reference_of
from stream_processors.rule_words import check_words

Parts = Mapping[str, bytes]
"""File name to content."""


@dataclass(frozen=True)
class RuleSet:
    """Everything that decides, fixed: two rule sets with the same hash decide alike."""

    sha256: str
    agreements: tuple[Agreement, ...]
    prohibitions: tuple[Prohibition, ...]
    names: frozenset[str]
    """Every agency and kind of agency that an originator may name."""
    bound: Mapping[str, tuple[Bound, ...]]
    """Bound agreements by agreement id."""
    by_feed: Mapping[str, Bound]
    """Bound agreement by agency and feed: each feed has one agreement."""
    accepted: Mapping[str, frozenset[str]]
    """Forces that have accepted, by agreement id."""
    projections: Mapping[str, Projection]
    drops: Mapping[str, tuple[FieldPath, ...]]
    """What a prohibition takes away, by its id."""
    schemas: Mapping[str, dict[str, Any]]
    """Delivery schema of the feeds of an agreement, by its id."""
    field_lists: Mapping[str, str]
    """Id (hash) of the field list, by agreement id."""
    emergency: Emergency | None = None
    """What emergency sharing may do at most; None: nothing."""

    @property
    def with_feeds(self) -> tuple[Agreement, ...]:
        """Every agreement whose deliveries have a schema: with emergency sharing, which decides nothing by itself."""
        return (*self.agreements, *([self.emergency.general] if self.emergency is not None else []))


class Checked(NamedTuple):
    """What loading comes to."""

    rules: RuleSet | None
    """None where there is a fault."""
    faults: tuple[RuleFault, ...]
    notes: tuple[RuleFault, ...]
    """What a person should look at."""


def shipped_parts() -> dict[str, bytes]:
    """The rule set that the project ships, as parts."""
    folder = files("stream_processors") / "rules"
    parts = {
        f"{kind}/{item.name}": item.read_bytes()
        for kind in ("agreements", "prohibitions")
        for item in (folder / kind).iterdir()
        if item.name.endswith(".yaml")
    }
    parts[PART_NAME] = (folder / PART_NAME).read_bytes()
    parts["acceptances.csv"] = (folder / "acceptances.csv").read_bytes()
    parts["agencies.csv"] = (files("schemas") / "reference" / "agencies.csv").read_bytes()
    return parts


def hash_parts(parts: Parts) -> str:
    """The rule set's hash: over names and content hashes, in order of names."""
    digest = hashlib.sha256()
    for name in sorted(parts):
        digest.update(f"{name}\0{hashlib.sha256(parts[name]).hexdigest()}\n".encode())
    return digest.hexdigest()


def load_rule_set(parts: Parts) -> RuleSet:
    """Raises InvalidRules (PD-417) that has every fault of every file, all of them at once."""
    checked = check_rules(parts)
    if checked.rules is None:
        raise InvalidRules(checked.faults)
    return checked.rules


def check_rules(parts: Parts) -> Checked:
    """The rule set, or what is wrong with it; and what a person should look at though it is no fault."""
    faults: list[RuleFault] = []
    known = reference_of(parts, faults)
    agreements = _drafts(parts, "agreements/", Agreement, faults)
    prohibitions = _drafts(parts, "prohibitions/", Prohibition, faults)
    if not agreements:
        faults.append(RuleFault("agreements", 0, "", "nothing", "an agreement at least: there is none", Code.RULE_BINDING))
    recipients = read_agencies(parts.get(AGENCIES, b""), known, faults)
    acceptances = read_acceptances(parts.get(ACCEPTANCES, b""), agreements, known, faults)
    for draft in agreements:
        bound = [agency for agency in recipients if agency.kind == draft.values.get("partner_kind")]
        faults += [*check_law(draft, bound, known), *check_bindings(draft, bound, acceptances, known)]
        faults += check_fields(draft.file)
    for draft in prohibitions:
        faults += check_drops(draft.file)
    for draft in (*agreements, *prohibitions):
        faults += [*check_words(draft.file, known.forces), *check_groups(draft.file), *check_lines(draft.file)]
    faults += check_together(agreements, prohibitions)
    emergency = _emergency(parts, prohibitions, faults)
    notes = tuple(sorted(note for draft in agreements for note in note_conflicts(draft.file)))
    if faults:
        return Checked(None, tuple(sorted(set(faults))), notes)
    wholes = ([draft.whole for draft in agreements], [draft.whole for draft in prohibitions])
    made = make_rule_set(hash_parts(parts), *wholes, recipients, acceptances, emergency)
    leaks = find_leaks(made.agreements, made.prohibitions, made.bound)
    if leaks:
        files = {draft.whole.id: draft.file for draft in agreements}
        said = (files[one.agreement].fault(one.place, one.found, one.expected, Code.RULE_CARRIES) for one in leaks)
        return Checked(None, tuple(sorted(said)), notes)
    return Checked(made, (), notes)


def carried_by(parts: Parts) -> list[Finding]:
    """What the feeds of these parts may give away, reasons and all; of rules that can't be read, nothing."""
    faults: list[RuleFault] = []
    agreements = [draft.whole for draft in _drafts(parts, "agreements/", Agreement, faults) if draft.whole is not None]
    prohibitions = [draft.whole for draft in _drafts(parts, "prohibitions/", Prohibition, faults) if draft.whole is not None]
    recipients = read_agencies(parts.get(AGENCIES, b""), reference_of(parts, faults), faults)
    bound = {
        one.id: tuple(Bound(one, agency) for agency in recipients if agency.kind == one.partner_kind) for one in agreements
    }
    return find_carried(agreements, prohibitions, bound)


def _emergency(parts: Parts, prohibitions: Sequence[Draft], faults: list[RuleFault]) -> Emergency | None:
    """What emergency sharing may do at most, where the set has any."""
    if PART_NAME not in parts:
        return None
    said: list[str] = []
    found = load_emergency(parts[PART_NAME], [draft.whole for draft in prohibitions if draft.whole is not None], said)
    expected = "every clause, and prohibitions that may be overridden"
    faults += [RuleFault(PART_NAME, 0, "", text.removeprefix(f"{PART_NAME}: "), expected, Code.RULE_FORM) for text in said]
    return found


def _drafts(parts: Parts, prefix: str, model: type[Agreement] | type[Prohibition], faults: list[RuleFault]) -> list[Draft]:
    """Every file of this folder as far as it is right."""
    drafts = []
    for name in sorted(parts):
        if name.startswith(prefix):
            file, unreadable = read_rule_file(name, parts[name])
            draft, wrong = check_form(file, model)
            faults += [*unreadable, *wrong]
            drafts.append(draft)
    return drafts


def make_rule_set(
    sha256: str,
    agreements: Sequence[Agreement],
    prohibitions: Sequence[Prohibition],
    recipients: Sequence[Recipient],
    acceptances: Sequence[Acceptance],
    emergency: Emergency | None = None,
) -> RuleSet:
    """The rule set of these rules, unchecked: what is in force comes from `load_rule_set`. Raises ValueError where a field
    list doesn't fit the standard record."""
    bound = {
        agreement.id: tuple(Bound(agreement, agency) for agency in recipients if agency.kind == agreement.partner_kind)
        for agreement in agreements
    }
    with_feeds = [*agreements, *([emergency.general] if emergency is not None else [])]
    bound |= {each.id: tuple(Bound(each, agency) for agency in recipients) for each in with_feeds[len(agreements) :]}
    projections = {agreement.id: compile_projection(agreement) for agreement in with_feeds}
    return RuleSet(
        sha256=sha256,
        agreements=tuple(agreements),
        prohibitions=tuple(prohibitions),
        names=frozenset(name for agency in recipients for name in (agency.id, agency.kind)),
        bound=bound,
        by_feed={each.feed: each for bounds in bound.values() for each in bounds},
        accepted={a.id: frozenset(x.force for x in acceptances if x.agreement == a.id) for a in agreements},
        projections=projections,
        drops={
            rule.id: tuple(parse_path(text, rule.id, rule.people, rule.places) for text in rule.drops) for rule in prohibitions
        },
        schemas={a.id: delivery_schema(a, projections[a.id]) for a in with_feeds},
        field_lists={a.id: field_list_id(a) for a in with_feeds},
        emergency=emergency,
    )
