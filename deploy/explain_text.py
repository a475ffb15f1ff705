"""An explanation in plain English, line by line. Pure. It shows what `explanation_readers` has left, and adds nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime

from stream_processors.explanation import Told
from stream_processors.ledger_entry import POSSIBLY_SEEN

_ACTIONS = {"SHARE": "was sent it", "UPDATE": "was sent it again, changed", "WITHDRAW": "was told to delete it"}
_OUTCOMES = {
    "RESEND": "The same version came again; nothing was decided.",
    "STALE": "An older version came late; it was never delivered.",
    "CONFLICT": "The same version came with other content; nothing was decided.",
    "VOID": "Sequence numbers were answered with VOID.",
}


def text_for_agency(told: Told) -> str:
    """For the agency: its own deliveries."""
    lines = [f"Record {told['token']}: {len(told['deliveries'])} deliveries to you."]
    for each in told["deliveries"]:
        when = (
            ""
            if each["at_ms"] is None
            else f" {datetime.fromtimestamp(each['at_ms'] / 1000, UTC).isoformat(timespec='seconds')}"
        )
        where = f"feed {each['feed']}, lane {each['lane']} no. {each['sequence']}"
        lines += ["", f"{each['action']}{when}, revision {each['revision']}, {where}"]
        lines.append(f"  under      {each['agreement']} version {each['agreement_version']}: {each['purpose']}")
        lines.append(f"  gateway    {', '.join(each['gateways'])}")
        if each["action"] == "WITHDRAW":
            lines.append("  because    it may no longer be held; the reason is the originator's to tell")
        elif each["shares"]:
            lines.append(f"  because    this agreement shares a record where {each['shares']}")
            lines.append(f"  handling   {each['handling']}")
            lines.append(f"  onward     {each['onward_sharing']}; kept for {each['retention_days']} days at most")
    return "\n".join(lines) + "\n"


def text_for_force(told: Told) -> str:
    """For the force, and as the first part of what the auditor reads."""
    lines = [f"Record {told['record']}."]
    held = [f"{each['agency']} (revision {each['revision']})" for each in told["held_by"] if each["state"] == "HELD"]
    lines.append(f"Held now by {', '.join(held)}." if held else "Held now by nobody.")
    possible = [str(each["agency"]) for each in told["held_by"] if each["state"] == "POSSIBLE"]
    if possible:
        lines.append(f"Possibly held by {', '.join(possible)}: a copy that was never released may have been read.")
    if told["closed"]:
        lines.append("It is closed by its force: recalled, restricted or erased. Only a reinstatement re-opens it.")
    if told["latches"]:
        lines.append(f"For the life of the record: {', '.join(told['latches'])}.")
    for decision in told["decisions"]:
        lines += ["", *_decision(decision)]
    return "\n".join(lines) + "\n"


def text_for_auditor(told: Told) -> str:
    """Everything: as for the force, with the ledger's own evidence to each decision."""
    whole = [text_for_force(told)]
    for decision in told["decisions"]:
        whole.append("\n".join(_evidence(decision)) + "\n")
    return "\n".join(whole)


def _decision(decision: Told) -> Iterator[str]:
    what = f"Version {decision['version']} ({decision['action'] or 'no longer in the topic'})"
    yield f"{what}, decided {decision['decided_at']} under rule set {decision['rule_set_number']}, because {_cause(decision)}."
    if decision["outcome"] in _OUTCOMES:
        yield f"  {_OUTCOMES[decision['outcome']]}"
    if decision.get("possible") or (decision.get("superseded") and decision["disclosures"]):
        yield "  A crash followed: what is said here may have been read, and counts as a possible disclosure."
    for code in decision["faults"]:
        yield f"  A fault ({code}) withheld it."
    for each in decision["disclosures"]:
        yield from _disclosure(each)
    for feed in decision["unchanged"]:
        yield f"  {feed} holds just this already: nothing was sent."
    for each in decision["withheld"]:
        yield f"  Not to {_few(each['agencies'])} under {each['agreement']}:"
        yield from (f"    - {reason['words']}" for reason in each["reasons"])


def _cause(decision: Told) -> str:
    return str(decision["cause"]) if decision["cause"].startswith("the ") else f"of the command {decision['cause']}"


def _disclosure(each: Told) -> Iterator[str]:
    yield f"  {each['agency']} {_ACTIONS.get(each['action'], each['action'])}, feed {each['feed']}, under {each['agreement']}"
    yield f"    for        {each['purpose']}"
    yield f"    gateway    {', '.join(each['gateways'])}"
    for why in each.get("because", ()):
        yield f"    because    {why}"
    if each.get("fields"):
        yield f"    fields     {', '.join(each['fields'])}"
    for why in each.get("taken_away_by", ()):
        yield f"    taken away {why}"


def _few(names: list[str], shown: int = 6) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def _evidence(decision: Told) -> Iterator[str]:
    at = decision["ledger"]
    topic, lane, offset = at["position"]
    superseded = ", superseded" if decision["superseded"] else ""
    yield f"Evidence for version {decision['version']} ({decision['outcome']}{superseded})"
    yield f"  ledger     offset {at['offset']}, entry {at['entry_id']}"
    yield f"  event      {topic}, lane {lane}, offset {offset}"
    yield f"  rule set   {decision['rule_set']}"
    yield f"  vector     {at['vector'] or '-'} ({_confirmed(decision)})"
    for each in decision["disclosures"]:
        where = f"lane {each['lane']} no. {each['sequence']} {each.get('channel', 'FEED')}"
        why = " after a possible disclosure" if each.get("reason_code") == POSSIBLY_SEEN else ""
        yield f"  delivery   {each['agency']}.{each['feed']} {each['action']} token {each['token']} {where}{why}"
    for name in decision.get("latched", ()):
        yield f"  latch      {name}"
    for reason in decision.get("recorded_reasons") or ():
        yield f"  reason     {reason['subject']}: {reason['reason']}"


def _confirmed(decision: Told) -> str:
    words = {True: "the engine comes to the same", False: "THE ENGINE COMES TO ANOTHER", None: "can't be decided again here"}
    return words[decision["confirmed"]]


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")
