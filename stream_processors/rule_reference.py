"""What rule files are checked against: gateways, kinds of agency, forces. Pure.

The reference data have the national ones. A rule set may bring kinds and forces of its own in `partner_kinds.csv` and
`forces.csv`, as it brings its agencies: they are hashed, signed and published with it, so that every disseminator checks alike.
It can add rows and change none, and it brings no gateway: the law is the same for all.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemas import reference
from schemas.codes import Code
from schemas.reference import Gateway, PartnerKind
from schemas.reference_files import parse
from stream_processors.rule_faults import RuleFault, show

_ID = re.compile(r"[a-z0-9-]+")

KINDS_FILE, FORCES_FILE = "partner_kinds.csv", "forces.csv"


@dataclass(frozen=True)
class Reference:
    """The law and who there is."""

    gateways: Mapping[str, Gateway]
    kinds: Mapping[str, PartnerKind]
    forces: frozenset[str]


def shipped_reference() -> Reference:
    """That of the reference data alone."""
    return Reference(reference.gateways(), reference.partner_kinds(), frozenset(reference.forces()))


def reference_of(parts: Mapping[str, bytes], faults: list[RuleFault]) -> Reference:
    """That of the reference data and what the rule set adds."""
    known = shipped_reference()
    kinds = {}
    for line, row in table(parts.get(KINDS_FILE, b"")):
        try:
            [kind] = parse([row], PartnerKind)
        except (KeyError, AttributeError):  # a column, or a cell of the last columns, is not there
            faults.append(
                RuleFault(KINDS_FILE, line, "", "a row that wants columns", "those of the reference data", Code.RULE_BINDING)
            )
            continue
        if not kind.id or kind.id in known.kinds:
            faults.append(
                RuleFault(KINDS_FILE, line, "id", show(kind.id), "a kind that the reference data don't have", Code.RULE_BINDING)
            )
        else:
            kinds[kind.id] = kind
    forces = set()
    for line, row in table(parts.get(FORCES_FILE, b"")):
        force = row.get("id")
        if not force or not _ID.fullmatch(force) or force in known.forces:
            faults.append(
                RuleFault(FORCES_FILE, line, "id", show(force), "a force that the reference data don't have", Code.RULE_BINDING)
            )
        else:
            forces.add(force)
    return Reference(known.gateways, {**known.kinds, **kinds}, known.forces | forces)


def table(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, row) of a CSV part. What is not UTF-8 becomes a character that no id has; what can't be read as CSV is a row
    without columns, and the last one."""
    rows = csv.DictReader(content.decode(errors="replace").splitlines())
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield rows.line_num, {}
            return
        yield rows.line_num, row
