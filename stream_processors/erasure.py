"""What stays of a record that its originator erased: a marker. Pure, but for the overlay that it is given.

The marker has the ledger's token of the record, its last version, and the generation from which tokens go on: what comes late
or again is recognised, and stays closed. Who holds it is told by the very event that erases it; after that nobody does. Of
each WITHDRAW in a feed the marker keeps token and number, so that an agency which missed it can be told again.
"""

from schemas.actions import Action
from schemas.records import Record
from stream_processors.past_withdrawals import last_ones, standing
from stream_processors.rule_set import RuleSet
from stream_processors.rulebook import Desk


def latches_after_erasure(rules: RuleSet) -> frozenset[str]:
    """Prohibitions that hold for a record that was erased, and then reinstated. What had latched is not known any more, so
    everything that latches has: what can't be told holds."""
    return frozenset(each.id for each in rules.prohibitions if each.latch)


def holders_after_erasure(erased: Record, envelope: Record, rules: RuleSet) -> Record:
    """What is known before an event of an erased record. The erasure once more is the same event; nothing else is."""
    is_again = envelope["action"] == Action.ERASURE and envelope["version"] == erased["version"]
    return {
        "version": erased["version"],
        "event_id": envelope["event_id"] if is_again else "",
        "generation": erased["generation"],
        "latches": sorted(latches_after_erasure(rules)),
        "closed": True,
        "erased": True,
        "faulted": False,
        "holdings": [],
        "withdrawals": erased["withdrawals"],
    }


def erase(lane: int, token: str, event: Record, before: Record, desk: Desk) -> None:
    """Take the record's holders away and leave the marker. `before`: its holders until now, with the tokens that were used."""
    envelope = event["envelope"]
    used = [holding["generation"] + 1 for holding in before["holdings"]]
    told = [*before["withdrawals"], *standing(before["holdings"], envelope["record_id"], desk.tokens)]
    marker = {
        "token": token,
        "version": envelope["version"],
        "generation": max([before["generation"], *used]),
        "at": desk.now_ms,
        "withdrawals": last_ones(told),
    }
    desk.overlay.erase(lane, envelope["record_id"], marker)
