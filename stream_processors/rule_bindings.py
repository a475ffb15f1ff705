"""Whether rules, agencies and acceptances fit together. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from pydantic import ValidationError

from schemas.codes import Code
from schemas.manifests import RECALL_FEED
from schemas.reference_codes import event_types
from schemas.reference_geography import current_lad
from stream_processors.agreements import Acceptance
from stream_processors.bindings import Recipient
from stream_processors.rule_faults import RuleFault, one_of, show
from stream_processors.rule_files import Path
from stream_processors.rule_forms import Draft
from stream_processors.rule_law import EXTENTS
from stream_processors.rule_reference import Reference, table

_RANK = {"OFFICIAL": 0, "OFFICIAL-SENSITIVE": 1}
_NATIONS = EXTENTS["United Kingdom"]
_AGENCY_COLUMNS = ("id", "name", "kind", "forces", "lad_codes", "nation")
ACCEPTANCES, AGENCIES = "acceptances.csv", "agencies.csv"


def read_agencies(content: bytes, known: Reference, faults: list[RuleFault]) -> list[Recipient]:
    """The agencies; what can't be read of them becomes faults."""
    found: list[Recipient] = []
    for line, row in table(content):
        cells = [row.get(name) for name in _AGENCY_COLUMNS]
        if not all(isinstance(cell, str) for cell in cells) or not row["id"]:
            faults.append(_at(AGENCIES, line, "", "a row that wants columns", ", ".join(_AGENCY_COLUMNS)))
            continue
        agency = Recipient(
            row["id"],
            row["kind"],
            frozenset(row["lad_codes"].split()),
            frozenset(row["forces"].split()),
            row["nation"],
            row["name"],
        )
        faults += [_at(AGENCIES, line, *said) for said in _wrong_in_agency(agency, known, {each.id for each in found})]
        found.append(agency)
    return found


def _wrong_in_agency(agency: Recipient, known: Reference, ids: set[str]) -> Iterator[tuple[str, str, str]]:
    if agency.id in ids:
        yield "id", show(agency.id), "an id that no other agency has"
    if agency.kind not in known.kinds:
        yield "kind", show(agency.kind), one_of(known.kinds, agency.kind)
    if agency.nation not in _NATIONS:
        yield "nation", show(agency.nation), one_of(_NATIONS, agency.nation)
    for force in sorted(agency.forces - known.forces):
        yield "forces", show(force), one_of(known.forces, force)
    for lad in sorted(agency.lads):
        if current_lad(lad) != lad:
            yield "lad_codes", show(lad), "the code of a local authority of today"


def read_acceptances(
    content: bytes, agreements: Sequence[Draft], known: Reference, faults: list[RuleFault]
) -> list[Acceptance]:
    """The acceptances; what can't be read of them, or accepts nothing, becomes faults."""
    # Where its own days are out of order no acceptance is to blame.
    ends = {each.values["id"]: _end(each) for each in agreements if each.has("id")}
    found: list[Acceptance] = []
    for line, row in table(content):
        try:
            acceptance = Acceptance.model_validate(row)
        except ValidationError as error:
            for detail in error.errors():
                key = ".".join(map(str, detail["loc"]))
                faults.append(
                    _at(
                        ACCEPTANCES,
                        line,
                        key,
                        show(row.get(key)),
                        f"agreement, force, accepted_by, accepted_on: {detail['msg']}",
                    )
                )
            continue
        if acceptance.agreement not in ends and all(each.has("id") for each in agreements):
            faults.append(_at(ACCEPTANCES, line, "agreement", show(acceptance.agreement), one_of(ends, acceptance.agreement)))
        if acceptance.force not in known.forces:
            faults.append(_at(ACCEPTANCES, line, "force", show(acceptance.force), one_of(known.forces, acceptance.force)))
        end = ends.get(acceptance.agreement)
        if end is not None and acceptance.accepted_on > end:
            faults.append(
                _at(ACCEPTANCES, line, "accepted_on", str(acceptance.accepted_on), f"a day not after {end}, when it ends")
            )
        found.append(acceptance)
    return found


def _end(draft: Draft) -> date | None:
    end = draft.values.get("valid_until")
    return end if end is not None and draft.has("valid_from") and draft.values["valid_from"] < end else None


def check_bindings(
    draft: Draft, bound: Sequence[Recipient], acceptances: Sequence[Acceptance], known: Reference
) -> Iterator[RuleFault]:
    """Faults of one agreement beside those who are to have it: kind, area, acceptances, dates."""
    values = draft.values
    if draft.has("partner_kind"):
        kind = values["partner_kind"]
        if kind not in known.kinds:
            yield _fault(draft, ("partner_kind",), show(kind), one_of(known.kinds, kind))
        elif not bound:
            yield _fault(draft, ("partner_kind",), show(kind), f"an agency of this kind in {AGENCIES}: not bound to any agency")
        yield from _check_width(draft, known)
    if draft.has("id") and not any(each.agreement == values["id"] for each in acceptances):
        yield _fault(draft, ("id",), show(values["id"]), f"a force in {ACCEPTANCES}: no force has accepted it")
    if values.get("feed") == RECALL_FEED:  # receipts would not tell it from the agency's recalls
        expected = "another name: receipts and manifests call an agency's recalls so"
        yield draft.file.fault(("feed",), show(values["feed"]), expected, Code.FEED_NAME_TAKEN)
    yield from _check_areas(draft, bound)
    yield from _check_dates(draft)


def _check_width(draft: Draft, known: Reference) -> Iterator[RuleFault]:
    """No wider than the row of its kind of agency."""
    row, values = known.kinds.get(draft.values["partner_kind"]), draft.values
    if row is None:
        return
    types = [event_types()[name] for name in row.event_types if name in event_types()]
    # What markers and qualifiers select (safeguarding) may be a crime as well.
    kinds = {each.kind for each in types} | ({"crime"} if any(each.markers for each in types) else set())
    for position, kind in enumerate(values.get("kinds", ())):
        if kind not in kinds:
            yield _fault(draft, ("kinds", position), show(kind), f"{one_of(kinds)}: what {row.id} may have")
    if _RANK.get(values.get("max_marking", ""), 0) > _RANK.get(row.max_marking, 0):
        yield _fault(draft, ("max_marking",), show(values["max_marking"]), f"`{row.max_marking}`: what {row.id} may have")
    for position, code in enumerate(values.get("intelligence_handling", ())):
        if code not in row.intel_handling:
            yield _fault(
                draft, ("intelligence_handling", position), show(code), f"{one_of(row.intel_handling)}: what {row.id} may have"
            )


def _check_areas(draft: Draft, bound: Sequence[Recipient]) -> Iterator[RuleFault]:
    """A clause on the own area never holds for an agency that has none."""
    clauses: list[tuple[Path, str | None]] = [
        ((name, position), clause.area)
        for name in ("share_when", "withhold_when")
        for position, clause in enumerate(draft.values.get(name, ()))
    ]
    for path, area in clauses:
        without = [agency.id for agency in bound if area is not None and not _has_area(agency, area)]
        if without:
            expected = f"agencies with `{'forces' if area == 'own-force' else 'lad_codes'}`: {', '.join(without)} has none"
            yield _fault(draft, (*path, "area"), show(area), expected)


def _has_area(agency: Recipient, area: str) -> bool:
    if area == "own":
        return bool(agency.lads or agency.forces)
    return bool(agency.lads if area == "own-csp" else agency.forces)


def _check_dates(draft: Draft) -> Iterator[RuleFault]:
    values = draft.values
    if draft.has("valid_from", "valid_until") and not values["valid_from"] < values["valid_until"]:
        yield _fault(
            draft,
            ("valid_until",),
            str(values["valid_until"]),
            f"a day after {values['valid_from']}: valid_from before valid_until",
        )
    elif (
        draft.has("valid_from", "valid_until", "review_on")
        and not values["valid_from"] <= values["review_on"] <= values["valid_until"]
    ):
        yield _fault(draft, ("review_on",), str(values["review_on"]), "a day while it is valid: review_on between the two")


def check_together(agreements: Sequence[Draft], prohibitions: Sequence[Draft]) -> Iterator[RuleFault]:
    """What no file can see alone: one id a file, one agreement a feed, exceptions that are for an agreement there is."""
    for drafts in (agreements, prohibitions):
        counted = Counter(each.values["id"] for each in drafts if each.has("id"))
        for each in drafts:
            if each.has("id") and counted[each.values["id"]] > 1:
                yield _fault(each, ("id",), show(each.values["id"]), "an id of its own: two files with this id")
    own = {each.values["id"] for each in agreements if each.has("id")}
    for each in prohibitions:
        if each.has("id") and each.values["id"] in own:
            yield _fault(each, ("id",), show(each.values["id"]), "an id that no agreement has: their groups would be one")
    feeds = Counter(
        (each.values["partner_kind"], each.values["feed"]) for each in agreements if each.has("partner_kind", "feed")
    )
    for each in agreements:
        if each.has("partner_kind", "feed") and feeds[each.values["partner_kind"], each.values["feed"]] > 1:
            expected = f"a feed of its own for {each.values['partner_kind']}: two agreements for one feed"
            yield _fault(each, ("feed",), show(each.values["feed"]), expected)
    gateways = {each.values["id"]: each.values.get("gateways") for each in agreements if each.has("id")}
    for each in prohibitions:
        yield from _check_exceptions(each, gateways)


def _check_exceptions(draft: Draft, gateways: Mapping[str, Sequence[str] | None]) -> Iterator[RuleFault]:
    seen: set[str] = set()
    for position, excepted in enumerate(draft.values.get("excepted", ())):
        at = ("excepted", position)
        if excepted.agreement not in gateways:
            yield _fault(
                draft, (*at, "agreement"), show(excepted.agreement), f"an agreement: {one_of(gateways, excepted.agreement)}"
            )
            continue
        if excepted.agreement in seen:
            yield _fault(
                draft,
                (*at, "agreement"),
                show(excepted.agreement),
                "one exception for each agreement: the second would do nothing",
            )
        seen.add(excepted.agreement)
        own = gateways[excepted.agreement]
        if own is not None and excepted.gateway not in own:
            yield _fault(
                draft, (*at, "gateway"), show(excepted.gateway), f"a gateway of its agreement: {one_of(own, excepted.gateway)}"
            )


def _fault(draft: Draft, at: Path, found: str, expected: str) -> RuleFault:
    return draft.file.fault(at, found, expected, Code.RULE_BINDING)


def _at(file: str, line: int, key: str, found: str, expected: str) -> RuleFault:
    return RuleFault(file, line, key, found, expected, Code.RULE_BINDING)
