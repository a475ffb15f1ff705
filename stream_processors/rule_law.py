"""Whether the law carries an agreement: gateways, regime and basis, sensitive classes, consents. Pure.

Sources: DPA 2018 ss.35, 42 and Schedules 1 and 8; UK GDPR articles 6, 9 and 10; `gateways.csv` with its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from schemas.codes import Code
from schemas.reference import Gateway
from stream_processors.bindings import Recipient
from stream_processors.rule_faults import RuleFault, one_of, show
from stream_processors.rule_files import Path
from stream_processors.rule_forms import Draft
from stream_processors.rule_reference import Reference

EXTENTS: Mapping[str, frozenset[str]] = {
    "England": frozenset(("England",)),
    "England and Wales": frozenset(("England", "Wales", "England and Wales")),
    "United Kingdom": frozenset(
        (
            "England",
            "Wales",
            "Scotland",
            "Northern Ireland",
            "England and Wales",
            "England, Wales and Northern Ireland",
            "Great Britain",
            "United Kingdom",
        )
    ),
}
"""Extent of a gateway to the nations, or groups of nations, that it reaches: an agency of several needs all of them."""

SENSITIVE_FIELDS: Mapping[str, str] = {
    "persons.ethnicity_self_defined": "ethnic origin",
    "persons.ethnicity_officer_defined": "ethnic origin",
    "incident.qualifiers": "health, religion, sexual orientation: qualifiers of hate and of mental health",
}
"""Fields that hold a class of sensitive processing (DPA 2018 s.35(8)), and which."""

_PART3_BASIS = re.compile(r"\bDPA 2018 s\.35\b")
_GDPR_BASIS = re.compile(r"\barticle 6\(1\)\([a-f]\)")
_SCHEDULE_8 = re.compile(r"\bDPA 2018 Schedule 8 paragraph \d+")
_SCHEDULE_1 = re.compile(r"\bDPA 2018 Schedule 1 paragraph \d+")
_ARTICLE_9_OR_10 = re.compile(r"\barticle (?:9|10)\b")
_COMPETENT = ("Y", "part")
_PERIODIC = "standing (quarterly)"
_FOR_COMPETENT = "standing (competent authorities)"
_SELECTOR = re.compile(r"\[[^\]]*\]")


def check_law(draft: Draft, bound: Sequence[Recipient], known: Reference) -> Iterator[RuleFault]:
    """Faults of one agreement; `bound`: the agencies of its kind."""
    if draft.has("gateways"):
        for position, name in enumerate(draft.values["gateways"]):
            yield from _check_gateway(draft, ("gateways", position), name, bound, known)
    yield from _check_confirmed(draft, known)
    yield from _check_regime(draft, known)
    yield from _check_sensitive(draft)
    if draft.has("form", "share_when") and draft.values["form"] != "standing":
        for position, clause in enumerate(draft.values["share_when"]):
            if clause.consent != "given":
                expected = f"`consent: given`: {draft.values['form']}, a consent on the record answers one request for it"
                yield _fault(draft, ("share_when", position), "a clause without it", expected)


def _check_gateway(draft: Draft, at: Path, name: str, bound: Sequence[Recipient], known: Reference) -> Iterator[RuleFault]:
    gateway = known.gateways.get(name)
    if gateway is None:
        able = [each.id for each in known.gateways.values() if each.can_stand_alone]
        yield _fault(draft, at, show(name), one_of(able, name), Code.RULE_WORD)
        return
    if not gateway.can_stand_alone:
        expected = f"a gateway that can stand alone: this is no more than a {gateway.form} (name it in `supporting_law`)"
        yield _fault(draft, at, show(name), expected)
    elif draft.has("form") and not _fits(gateway.form, draft.values["form"]):
        yield _fault(draft, at, show(name), f"a gateway for the form {draft.values['form']}: this one is {gateway.form}")
    kind = known.kinds.get(draft.values.get("partner_kind", ""))
    if gateway.form == _FOR_COMPETENT and kind is not None and kind.part3_competent_authority not in _COMPETENT:
        yield _fault(draft, at, show(name), f"another gateway: {kind.id} is no competent authority (DPA 2018 Schedule 7)")
    if gateway.verification == "RECALLED" and draft.has("confirmed") and name not in draft.values["confirmed"]:
        yield _fault(
            draft, at, show(name), f"it under `confirmed`, by whom, on and note: {gateway.instrument} is only recalled"
        )
    yield from _check_extent(draft, at, gateway, bound)


def _fits(gateway_form: str, form: str) -> bool:
    if gateway_form == _PERIODIC:
        return False  # a release by period, not record by record
    return gateway_form.startswith("standing") or (form != "standing" and gateway_form in ("on request", "case by case"))


def _check_extent(draft: Draft, at: Path, gateway: Gateway, bound: Sequence[Recipient]) -> Iterator[RuleFault]:
    reached = EXTENTS.get(gateway.extent, frozenset())
    beyond = sorted({(agency.nation, agency.id) for agency in bound if agency.nation not in reached})
    if beyond:
        agencies = ", ".join(f"{name} ({nation or 'no nation'})" for nation, name in beyond)
        expected = f"a gateway that reaches every agency of the kind: {gateway.extent} does not reach {agencies}"
        yield _fault(draft, at, show(gateway.id), expected)


def _check_confirmed(draft: Draft, known: Reference) -> Iterator[RuleFault]:
    if not draft.has("gateways", "confirmed"):
        return
    for name in draft.values["confirmed"]:
        gateway = known.gateways.get(name)
        if name not in draft.values["gateways"]:
            yield _fault(draft, ("confirmed", name), show(name), one_of(draft.values["gateways"], name))
        elif gateway is not None and gateway.verification != "RECALLED":
            yield _fault(draft, ("confirmed", name), show(name), "no confirmation: this gateway is verified")


def _check_regime(draft: Draft, known: Reference) -> Iterator[RuleFault]:
    regime, kind = draft.values.get("regime"), known.kinds.get(draft.values.get("partner_kind", ""))
    basis = draft.values.get("lawful_basis")
    if regime == "PART3":
        if basis is not None and not _PART3_BASIS.search(basis):
            yield _fault(draft, ("lawful_basis",), show(basis), "the basis of PART3, `DPA 2018 s.35(2)(a)` or `(b)`")
        if kind is not None and kind.part3_competent_authority not in _COMPETENT:
            yield _fault(
                draft, ("regime",), show(regime), f"UK_GDPR: {kind.id} is no competent authority (DPA 2018 Schedule 7)"
            )
    elif regime == "UK_GDPR" and basis is not None and not _GDPR_BASIS.search(basis):
        yield _fault(draft, ("lawful_basis",), show(basis), "a basis of UK_GDPR, such as `UK GDPR article 6(1)(e) with ...`")


def _check_sensitive(draft: Draft) -> Iterator[RuleFault]:
    """A condition of the other regime is none; a field of a sensitive class needs its condition and a policy document."""
    if not draft.has("regime", "sensitive_condition"):
        return
    regime, condition = draft.values["regime"], draft.values["sensitive_condition"]
    foreign, own = (_SCHEDULE_1, "Schedule 8") if regime == "PART3" else (_SCHEDULE_8, "Schedule 1")
    if foreign.search(condition):
        yield _fault(draft, ("sensitive_condition",), show(condition), f"a condition of {regime}: DPA 2018 {own}")
    for text, obligation in draft.values.get("fields", {}).items():
        sensitive = SENSITIVE_FIELDS.get(_SELECTOR.sub("", text))
        if sensitive is None or obligation.drop:
            continue
        if not _carries_sensitive(regime, condition):
            wanted = (
                "DPA 2018 Schedule 8 paragraph n"
                if regime == "PART3"
                else "UK GDPR article 9 or 10 with DPA 2018 Schedule 1 paragraph n"
            )
            yield _fault(
                draft, ("fields", text), show(text), f"`sensitive_condition` with {wanted} ({sensitive}), or the field dropped"
            )
        if "apd_ref" in draft.values and not draft.values["apd_ref"].strip():
            yield _fault(draft, ("apd_ref",), "nothing", f"an appropriate policy document (DPA 2018 s.42): {sensitive}")


def _carries_sensitive(regime: str, condition: str) -> bool:
    if regime == "PART3":
        return bool(_SCHEDULE_8.search(condition))
    return bool(_ARTICLE_9_OR_10.search(condition) and _SCHEDULE_1.search(condition))


def _fault(draft: Draft, at: Path, found: str, expected: str, code: Code = Code.RULE_LAW) -> RuleFault:
    return draft.file.fault(at, found, expected, code)
