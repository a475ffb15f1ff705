"""What an agency misses is asked for again: a RESEND command to the lane's owner for each range, at a bounded rate. Pure.

What goes over the rate is dropped, not kept: who still misses it asks again, with a back-off of its own.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from stream_processors.control_commands import RESEND, Cut, LaneCommand
from stream_processors.receipts import Receipt

MOST_NUMBERS = 2_000
"""Of one command: of a longer range its beginning is sent again, and the rest is asked for later."""

PER_MINUTE = 10_000
"""Numbers that one agency may ask for again in a minute. A lane's owner sends them between live batches."""


@dataclass
class Allowances:
    """How many numbers each agency may still ask for: refilled evenly, full after a minute. Of a batch that was aborted the
    numbers are given back."""

    left: dict[str, tuple[float, int]] = field(default_factory=dict)
    """By agency: numbers, and when that was so (UTC milliseconds)."""
    _before: dict[str, tuple[float, int]] = field(default_factory=dict)

    def take(self, agency: str, wanted: int, now_ms: int) -> int:
        """So many of the wanted numbers are allowed now."""
        had, at_ms = self.left.get(agency, (float(PER_MINUTE), now_ms))
        self._before.setdefault(agency, (had, at_ms))
        now = min(float(PER_MINUTE), had + max(0, now_ms - at_ms) * PER_MINUTE / 60_000)
        granted = min(wanted, int(now))
        self.left[agency] = (now - granted, now_ms)
        return granted

    def keep(self) -> None:
        """The batch is committed."""
        self._before.clear()

    def drop(self) -> None:
        """The batch was aborted."""
        self.left.update(self._before)
        self._before.clear()


def ask_again(receipt: Receipt, received_ms: int, now_ms: int, allowances: Allowances) -> Iterator[LaneCommand]:
    """The commands for what a receipt says is missing. The same receipt gives the same ids: carried out once."""
    for lane, first, last in receipt.missing():
        granted = allowances.take(receipt.agency, min(last - first + 1, MOST_NUMBERS), now_ms)
        if granted:
            cut = Cut(receipt.feed, lane, first, first + granted - 1)
            yield LaneCommand(
                id=_command_id(cut, str(receipt.record["receipt_id"])),
                verb=RESEND,
                subject=f"feed/{receipt.feed}",
                by=f"agency/{receipt.agency}",
                reason="MISSING",
                at_ms=received_ms,
                cuts=(cut,),
            )


def _command_id(cut: Cut, receipt_id: str) -> str:
    what = f"{cut.feed}\0{cut.lane}\0{cut.first}\0{cut.last}\0{receipt_id}"
    return hashlib.sha256(what.encode()).hexdigest()[:32]
