"""Corrected into a sexual offence, under the agreements that are shipped: the victim is taken back from who may no longer hold
her, and nobody can tell by what is sent that this was why."""

from typing import Any

import pytest
from core_hub import Hub, at, event
from rule_cases import shipped_rules

from schemas.records import Record
from schemas.topics import Topics
from stream_processors.messages import Output
from stream_processors.outputs import Outputs
from stream_processors.rulebook import Outcome

VICTIM: Record = {
    "ref": "p2",
    "roles": ["VICTIM"],
    "subject_categories": ["VICTIM"],
    "given_name": "Quince",
    "surname": "Medlar",
}
SUSPECT: Record = {
    "ref": "p1",
    "roles": ["SUSPECT"],
    "subject_categories": ["SUSPECT"],
    "given_name": "Al",
    "surname": "Example",
}
HURT, RAPE = "5D", "19C"
NAMES = (b"Quince", b"Medlar", b"01632", b"NE1 7RU")
CARE, POLICING = "victim-don-a", ("nca", "rocu-a", "force-north-a", "force-north-b")
"""Who is told of the victim for her sake; who is told of the crime, with everybody in it."""


def version(number: int, offence: str = HURT, action: str = "VERSION", reason: str | None = None, **more: Any) -> Record:
    given: Record = {
        "crime": {"summary": "Told by Quince Medlar.", "offence": {"value": offence}},
        "persons": [SUSPECT, VICTIM | {"telephone": "01632 960126"}],
        "locations": at("E08000019", role="INCIDENT", postcode="NE1 7RU"),
        "markers": ["referral-consent", "soc"],
        "originator_control": {"only": [], "except": [], "consents": [{"agency": "victim-support", "until": None}]},
    }
    return event(version=number, envelope={"action": action, "action_reason": reason}, **given | more)


def told(outcome: Outcome) -> dict[str, tuple[str, bool, bool]]:
    """By agency: what it was sent, whether anything of the victim is in it, whether it has a deadline."""
    deadlines = {said["agency"]: said["deadline"] for said in outcome.entry["disclosures"]}
    return {
        each.agency: (each.action, any(name in each.value for name in NAMES), deadlines[each.agency] is not None)
        for each in outcome.releases
    }


def test_the_victim_is_taken_back_from_who_may_no_longer_hold_her() -> None:
    """Who was told for her sake is told to delete it; who may go on is updated without her, by a deadline; nobody else hears
    anything. A lesser offence later gives her back to nobody."""
    hub = Hub(shipped_rules())
    assert told(hub.handle(version(1))) == dict.fromkeys((CARE, *POLICING), ("SHARE", True, False))
    corrected = told(hub.handle(version(2, RAPE, "CORRECTION", "RECLASSIFIED")))
    assert corrected == {CARE: ("WITHDRAW", False, True)} | dict.fromkeys(POLICING, ("UPDATE", False, True))
    later = told(hub.handle(version(3, HURT, "CORRECTION", "RECLASSIFIED")))
    assert CARE not in later
    assert later and not any(has_victim for _, has_victim, _ in later.values())


def _withdrawal(second: Record) -> tuple[Output, Record]:
    """What the victims' service is sent when this follows on the share, and what the ledger says of it."""
    hub = Hub(shipped_rules())
    hub.handle(version(1))
    outcome = hub.handle(second)
    [release] = [each for each in outcome.releases if each.agency == CARE]
    [said] = [each for each in outcome.entry["disclosures"] if each["agency"] == CARE]
    assert release.action == "WITHDRAW"
    return Outputs(Topics(), {}).feed(release), said


REASONS = {
    "recalled": version(2, HURT, "RECALL", "DUPLICATE"),
    "restricted": version(2, HURT, "RESTRICTION", "ACCURACY_CONTESTED"),
    "erased": version(2, HURT, "ERASURE", "RETENTION_ENDED"),
    "past its review date": version(2, retention={"review_date": "2026-06-01"}),
    "no longer consented": version(2, originator_control={"only": [], "except": [], "consents": []}),
    "elsewhere": version(2, locations=at("E08000021", role="INCIDENT")),
}


@pytest.mark.parametrize("reason", list(REASONS))
def test_a_withdrawal_does_not_tell_why(reason: str) -> None:
    """The message to the victims' service, key, headers, time and value, is byte for byte that of any other withdrawal but for
    the delivery's own id."""
    messages = []
    for second in (version(2, RAPE, "CORRECTION", "RECLASSIFIED"), REASONS[reason]):
        output, said = _withdrawal(second)
        own = str(said["delivery_id"]).encode()
        assert output.value is not None and output.value.count(own) == 1
        headers = tuple((name, b"" if value == own else value) for name, value in output.headers)
        messages.append(output._replace(value=output.value.replace(own, b""), headers=headers))
    assert messages[0] == messages[1]
