"""What leaves of one event, encoded once for all instances of an agreement where nothing in it is pseudonymised. Pure."""

from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from schemas.codes import Code
from schemas.records import Record
from stream_processors.bindings import Bound
from stream_processors.decide import Decision
from stream_processors.group_bits import Members
from stream_processors.rulebook import Desk


class Tail(NamedTuple):
    """What leaves, and what was taken away of the field list."""

    content: bytes
    lost: bytes


@dataclass
class Tails:
    """Makes them."""

    event: Record
    decision: Decision
    members: Members
    desk: Desk
    made: dict[str, Tail] = field(default_factory=dict)

    def of(self, bound: Bound, entry: Record) -> Tail | None:
        """The tail, or None after a fault: that agency gets nothing."""
        name, book = bound.agreement.id, self.desk.book
        if name in self.made:
            return self.made[name]
        sanitising, writer = self.decision.sanitising[name], book.writers[name]
        dropped = [path for p in sorted(sanitising.drops) for path in book.rules.drops[p]]
        pseudonym = partial(self.desk.tokens.pseudonym, bound.id)
        try:
            content = writer.tail(self.event, dropped, sanitising.held, self.members, pseudonym)
            tail = Tail(content, writer.lost(dropped, sanitising.held))
        except Exception:  # whatever it is: this agency gets nothing, and a person is told
            entry["faults"].append(str(Code.PROJECTION_FAILED))
            return None
        if not writer.has_pseudonyms:
            self.made[name] = tail
        return tail
