"""A rule set: agreements bound to agencies, prohibitions, acceptances. Loaded whole or not at all. Pure.

Its parts are files by name, as they travel on the control topic: `agreements/*.yaml`, `prohibitions/*.yaml`,
`acceptances.csv`, `agencies.csv`. Its hash is over names and contents, so one byte more is another rule set.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from schemas import reference
from schemas.codes import Code
from schemas.errors import Misconfigured
from stream_processors.agreements import Acceptance, Agreement, Prohibition
from stream_processors.bindings import Bound, Recipient
from stream_processors.clauses import Clause
from stream_processors.emergency_rules import PART_NAME, Emergency, load_emergency
from stream_processors.field_paths import FieldPath, parse_path, standard_type
from stream_processors.national import HANDLING_INSTRUCTIONS, MARKERS
from stream_processors.projection import Projection, compile_projection, delivery_schema

Parts = Mapping[str, bytes]
"""File name to content."""

Model = TypeVar("Model", bound=BaseModel)


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
    """Raises Misconfigured(AGREEMENT_INVALID) that names every file and key at fault, all of them at once."""
    faults: list[str] = []
    agreements = list(_models(parts, "agreements/", Agreement, faults))
    prohibitions = list(_models(parts, "prohibitions/", Prohibition, faults))
    acceptances = _acceptances(parts.get("acceptances.csv", b""), faults)
    recipients = _recipients(parts.get("agencies.csv", b""), faults)
    bound = {
        agreement.id: tuple(Bound(agreement, agency) for agency in recipients if agency.kind == agreement.partner_kind)
        for agreement in agreements
    }
    accepted = {a.id: frozenset(x.force for x in acceptances if x.agreement == a.id) for a in agreements}
    emergency = load_emergency(parts[PART_NAME], prohibitions, faults) if PART_NAME in parts else None
    with_feeds = [*agreements, *([emergency.general] if emergency is not None else [])]
    bound |= {each.id: tuple(Bound(each, agency) for agency in recipients) for each in with_feeds[len(agreements) :]}
    projections = _projections(with_feeds, faults)
    drops = _drops(prohibitions, faults)
    for agreement in agreements:
        faults += _check(agreement, bool(bound[agreement.id]), bool(accepted[agreement.id]))
    faults += _check_together(agreements, prohibitions)
    if faults:
        raise Misconfigured(Code.AGREEMENT_INVALID, field="; ".join(faults))
    return RuleSet(
        sha256=hash_parts(parts),
        agreements=tuple(agreements),
        prohibitions=tuple(prohibitions),
        names=frozenset(name for agency in recipients for name in (agency.id, agency.kind)),
        bound=bound,
        by_feed={each.feed: each for bounds in bound.values() for each in bounds},
        accepted=accepted,
        projections=projections,
        drops=drops,
        schemas={a.id: delivery_schema(a, projections[a.id]) for a in with_feeds},
        field_lists={a.id: field_list_id(a) for a in with_feeds},
        emergency=emergency,
    )


def _models(parts: Parts, prefix: str, model: type[Model], faults: list[str]) -> Iterator[Model]:
    """Every file of this folder that says what it must; the others become faults."""
    for name, content in sorted(parts.items()):
        if name.startswith(prefix):
            try:
                yield model.model_validate(yaml.safe_load(content))
            except ValidationError as error:
                found = error.errors(include_input=False)
                faults += [f"{name}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in found]
            except yaml.YAMLError as error:
                mark = getattr(error, "problem_mark", None)
                faults.append(f"{name}: line {mark.line + 1 if mark else '?'}: not YAML")


def _check_together(agreements: list[Agreement], prohibitions: list[Prohibition]) -> list[str]:
    """What no file can see alone."""
    ids = [agreement.id for agreement in agreements]
    gateways = {agreement.id: agreement.gateways for agreement in agreements}
    faults = [] if agreements else ["agreements: there is none"]
    for prohibition in prohibitions:
        unknown = [x.agreement for x in prohibition.excepted if x.agreement not in ids]
        faults += [f"{prohibition.id}: excepted: no agreement {name}" for name in unknown]
        foreign = [x.gateway for x in prohibition.excepted if x.gateway not in gateways.get(x.agreement, (x.gateway,))]
        faults += [f"{prohibition.id}: excepted: {gateway} is no gateway of its agreement" for gateway in foreign]
    for names in (ids, [prohibition.id for prohibition in prohibitions]):
        faults += [f"{name}: two files with this id" for name in sorted(set(names)) if names.count(name) > 1]
    for name, clauses in [(a.id, (*a.share_when, *a.withhold_when)) for a in agreements] + [
        (p.id, p.when) for p in prohibitions
    ]:
        faults += [f"{name}: {value}: no such {line}" for clause in clauses for line, value in _mistyped(clause)]
    feeds = [(agreement.partner_kind, agreement.feed) for agreement in agreements]
    faults += [
        f"{kind}: {feed}: two agreements for one feed" for kind, feed in sorted(set(feeds)) if feeds.count((kind, feed)) > 1
    ]
    return faults


def _mistyped(clause: Clause) -> Iterator[tuple[str, str]]:
    """Values that no record can have: a rule that names one would never hold, and nobody would notice."""
    for line, known in (("marker", MARKERS), ("handling_instruction", HANDLING_INSTRUCTIONS)):
        yield from ((line, value) for value in sorted(clause.lines().get(line, frozenset()) - known))


def _table(content: bytes) -> "csv.DictReader[str]":
    """What is not UTF-8 becomes a character that no id has."""
    return csv.DictReader(io.StringIO(content.decode(errors="replace")))


def _acceptances(content: bytes, faults: list[str]) -> list[Acceptance]:
    rows = _table(content)
    found = []
    for row in rows:
        try:
            found.append(Acceptance.model_validate(row))
        except ValidationError:
            faults.append(f"acceptances.csv: line {rows.line_num}: expected agreement, force, accepted_by, accepted_on")
    return found


def _recipients(content: bytes, faults: list[str]) -> list[Recipient]:
    rows, found = _table(content), []
    for row in rows:
        cells = [row.get(name) for name in ("id", "name", "kind", "lad_codes", "forces", "nation")]
        if not all(isinstance(cell, str) for cell in cells) or not (row["id"] and row["kind"]):
            faults.append(f"agencies.csv: line {rows.line_num}: expected id, name, kind, forces, lad_codes, nation")
            continue
        lads, forces = frozenset(row["lad_codes"].split()), frozenset(row["forces"].split())
        found.append(Recipient(row["id"], row["kind"], lads, forces, row["nation"], row["name"]))
    return found


def _projections(agreements: list[Agreement], faults: list[str]) -> dict[str, Projection]:
    made = {}
    for agreement in agreements:
        try:
            made[agreement.id] = compile_projection(agreement)
        except ValueError as error:
            faults.append(f"{agreement.id}: {error}")
            made[agreement.id] = Projection((), has_pseudonyms=False)
    return made


def _drops(prohibitions: list[Prohibition], faults: list[str]) -> dict[str, tuple[FieldPath, ...]]:
    made: dict[str, tuple[FieldPath, ...]] = {}
    for prohibition in prohibitions:
        try:
            made[prohibition.id] = tuple(parse_path(text) for text in prohibition.drops)
            for path in made[prohibition.id]:
                standard_type(path)  # a field that is not there would be dropped nowhere, and nobody would know
        except ValueError as error:
            faults.append(f"{prohibition.id}: drops: {error}")
    return made


def _check(agreement: Agreement, is_bound: bool, is_accepted: bool) -> list[str]:
    """What pydantic can't see: gateways, kinds of agency, bindings, acceptances."""
    faults, known = [], reference.gateways()
    if not is_bound:
        faults.append(f"{agreement.id}: partner_kind: not bound to any agency")
    if not is_accepted:
        faults.append(f"{agreement.id}: no force has accepted it")
    faults += [f"{agreement.id}: gateways: {gateway} is not known" for gateway in agreement.gateways if gateway not in known]
    carrying = [known[g] for g in agreement.gateways if g in known]
    if not any(g.can_stand_alone and g.form.startswith("standing") for g in carrying):
        faults.append(f"{agreement.id}: gateways: none of them can carry a standing feed alone")
    return faults


def field_list_id(agreement: Agreement) -> str:
    """Id of an agreement's field list: a hash over paths and obligations."""
    lines = sorted(f"{path}={obligation.model_dump_json()}" for path, obligation in agreement.fields.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
