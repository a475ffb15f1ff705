"""What an agency should hold and say after a history, computed plainly: an oracle for the sinks."""

from collections.abc import Iterable

from consumers.deliveries import Action, Agreement, Delivery, Recall, Taken
from consumers.delivery_reader import Message

FEED, RECALLS = "feed.a.live", "recall.a"


def delivered(sequence: int, action: Action, token: str, revision: int = 1, lane: int = 0, feed: str = FEED) -> Delivery:
    """A delivery whose record names its sequence."""
    content = {"kind": "crime", "n": sequence} if action in (Action.SHARE, Action.UPDATE) else None
    return Delivery(
        delivery_id=f"d-{lane}-{sequence}",
        lane=lane,
        sequence=sequence,
        revision=revision,
        action=action,
        source_action=str(action),
        record=content,
        marking=None,
        conditions=None,
        quality=None,
        agreement=Agreement("agreement", 1, "a test"),
        token=token,
        feed=feed,
        partition=0,
        offset=lane * 1000 + sequence,
    )


def recalled(offset: int, token: str) -> Recall:
    """A recall."""
    return Recall(f"r-{offset}", token, "2026-01-01T00:00:00Z", RECALLS, 0, offset)


def message_of(item: Taken) -> Message:
    """The message that held `item`, as far as a test needs it."""
    return Message(item.feed, item.partition, item.offset, item.token.encode(), b"value", item.delivery_id)


def model(items: Iterable[Taken]) -> dict[str, int]:
    """By token, which sequence's record is held: the highest revision, unless the token was ever withdrawn."""
    items = list(items)
    gone = {item.token for item in items if item.action is Action.WITHDRAW}
    kept: dict[str, Delivery] = {}
    for item in items:
        if isinstance(item, Delivery) and item.action in (Action.SHARE, Action.UPDATE) and item.token not in gone:
            before = kept.get(item.token)
            if before is None or before.revision <= item.revision:
                kept[item.token] = item
    return {token: item.sequence for token, item in kept.items()}
