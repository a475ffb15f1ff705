"""What an agency's program wants to be told, and what is done where it does not say."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog

from consumers.deliveries import Action, Delivery, Recall, Taken, Unreadable
from consumers.sequences import Gap
from schemas.codes import Code

log = structlog.get_logger()

Handle = Callable[[Delivery], None]


def report_unreadable(message: Unreadable) -> None:
    """Log where an unreadable message stands; nothing of what it holds."""
    log.error("delivery unreadable", code=str(message.error.code), place=message.error.field)


def report_gap(feed: str, gap: Gap) -> None:
    """Log a gap."""
    log.error("gap", code=str(Code.SEQUENCE_GAP), feed=feed, lane=gap.lane, first=gap.first, last=gap.last)


@dataclass(frozen=True)
class Callbacks:
    """What to call, one call at a time. The callback for one action goes before the one for all.

    A callback that returns has taken the delivery over, and is not given it again. One that raises is called again with
    pauses; if it raises each time, the delivery is parked, and the feed goes on. One that raises NotReady (a database that is
    away, say) is given the same delivery again until it returns.
    """

    on_delivery: Handle | None = None
    on_share: Handle | None = None
    on_update: Handle | None = None
    on_withdraw: Handle | None = None
    on_test: Handle | None = None
    """The hub tries the way. Never to be stored as real."""
    on_heartbeat: Handle | None = None
    on_recall: Callable[[Recall], None] | None = None
    """A withdrawal by token alone, for a feed that is suspended or has ended. Needed by whoever reads recalls."""
    on_unreadable: Callable[[Unreadable], None] = report_unreadable
    """Gets each message that is no delivery, with its bytes; reading goes on when it returns."""
    on_gap: Callable[[str, Gap], None] = report_gap
    """Gets the feed and the gap, once."""
    takes_over: bool = True
    """Whether a callback that returned has done what the delivery asks for. Where it only shows it, receipts say RECEIVED, and
    the hub goes on waiting for a withdrawal to be carried out."""
    ends: tuple[type[Exception], ...] = ()
    """Raised by a callback, these end the subscriber; the delivery comes again at the next start, marked `repeat`."""

    def __post_init__(self) -> None:
        if self.on_delivery is None and None in (self.on_share, self.on_update, self.on_withdraw):
            raise ValueError("give on_delivery, or all of on_share, on_update and on_withdraw: none may be ignored")

    def of(self, action: Action) -> Handle | None:
        """The callback for `action`; None for an action without content where there is none for all."""
        chosen = {
            Action.SHARE: self.on_share,
            Action.UPDATE: self.on_update,
            Action.WITHDRAW: self.on_withdraw,
            Action.TEST: self.on_test,
            Action.HEARTBEAT: self.on_heartbeat,
        }
        return chosen.get(action) or self.on_delivery

    def giver(self, item: Taken) -> Callable[[], None] | None:
        """Gives `item` to its callback when called; None where nobody wants it."""
        if isinstance(item, Recall):
            return partial(self.on_recall, item) if self.on_recall is not None else None
        handle = self.of(item.action)
        return partial(handle, item) if handle is not None else None
