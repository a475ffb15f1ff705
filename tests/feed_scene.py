"""A short story of a few records in three feeds, as agencies read it: shares, updates, a withdrawal and a share again, people
of whom nothing leaves, doubtful values, and versions that change nothing for anybody.
"""

from collections.abc import Iterable
from typing import Any

from core_hub import NOW_MS, Hub, agreement, at, event, rule_set
from feed_rules import MASTER_KEY, Seen

from schemas.records import Record, decode_with
from schemas.topics import Topics
from schemas.wire import unframe
from stream_processors.outputs import Outputs
from stream_processors.rule_set import RuleSet
from stream_processors.tokens import Tokens

ODD_MS = 2_345_678
"""A time that no grain leaves as it is."""
_TERMS: Record = {
    "fields": {
        "envelope.kind": "keep",
        "crime.offence": "keep",
        "occurred.start": {"generalise": "hour"},
        "persons[VICTIM,SUSPECT].surname": "keep",
        "persons[SUSPECT].pnc_id": "pseudonymise",
        "persons[VICTIM].telephone": "keep",
        "locations[*].lad_code": "keep",
    },
    "time_grain": "hour",
}
HERE, THERE = "E08000021", "E08000037"


def scene_rules() -> RuleSet:
    """A council in its own area, and two that receive from everywhere."""
    own = agreement(share_when=[{"kind": ["crime"], "area": "own"}], **_TERMS)
    return rule_set([own, agreement("bureau", **_TERMS), agreement("squad", **_TERMS)])


def story() -> list[Record]:
    """The events, in order."""
    suspect = {"ref": "p1", "roles": ["SUSPECT"], "surname": "Example", "pnc_id": "1979/0163001B", "nino": "QQ123456A"}
    victim = {"ref": "p2", "roles": ["VICTIM"], "surname": "Sample", "telephone": "0191 498 07"}
    witness = {"ref": "p3", "roles": ["WITNESS"], "surname": "Seen", "telephone": "12"}
    people, occurred = [suspect, victim, witness], {"start": "2026-06-01T10:23:45Z"}

    def one(version: int, ref: str = "R/1", lad: str = HERE, **more: Any) -> Record:
        given = {"persons": people, "locations": at(lad), "occurred": occurred} | more
        return event(ref=ref, version=version, **given)

    silent = [suspect, victim, witness | {"surname": "Heard"}]
    return [
        one(1),
        one(2, persons=silent),  # a name that leaves to nobody has changed: nothing is sent
        one(3, crime={"offence": {"value": "8N"}}),
        one(5, lad=THERE),  # the first council has to let go
        one(6, crime={"offence": {"value": "8N"}}),  # and is told again
        one(1, ref="R/2", lad=THERE),
        one(7, crime={"offence": {"value": "30C"}}),
    ]


def tell(rules: RuleSet, events: Iterable[Record], lanes: int = 1, per_batch: int = 1) -> list[Seen]:
    """What stands in the feeds then, by lane of the record and in order."""
    hub, outputs, seen = Hub(rules, Tokens(MASTER_KEY)), Outputs(Topics(""), {}), list[Seen]()
    for number, standard in enumerate(events):
        now_ms = NOW_MS + ODD_MS * (1 + number // per_batch)
        envelope = standard["envelope"]
        lane = sum(envelope["record_id"].encode()) % lanes
        for release in hub.decide(standard, lane, now_ms).releases:
            output = outputs.feed(release)
            agreement_id = rules.by_feed[f"{release.agency}.{release.feed}"].agreement.id
            delivery = decode_with(rules.schemas[agreement_id], unframe(output.value)[1])
            ids = (envelope["event_id"], envelope["record_id"], now_ms)
            feed, key = output.topic.removeprefix("feed."), (output.key or b"").decode()
            seen.append(Seen(feed, key, tuple(output.headers), output.timestamp_ms or 0, delivery, *ids))
        if (number + 1) % per_batch == 0:
            hub.commit()
    return seen
