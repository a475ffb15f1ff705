"""What a subscriber's deliveries are taken over by: an agency's callbacks, or its database. The interface alone."""

from collections.abc import Callable, Iterable
from typing import Protocol

from consumers.deliveries import Taken
from consumers.delivery_reader import Message

Read = Callable[[Message], Taken]
"""Reads a message again."""


class Taking(Protocol):
    """Takes deliveries over. Every method is called from the thread that polls."""

    def take(self, item: Taken, message: Message) -> None:
        """Take over `item`, which `message` held. Raises NotReady: nothing was done, it is to be given again."""

    def again(self, item: Taken, message: Message) -> None:
        """An item that was taken over before has come once more."""

    def rest(self) -> None:
        """Nothing more has come just now."""

    def retry(self, read: Read) -> None:
        """Try again what is parked and due."""

    def save(self) -> None:
        """Make durable all that was taken over: offsets are committed only behind it. Raises NotReady: not yet."""

    def drop(self, partitions: Iterable[tuple[str, int]]) -> None:
        """These are another member's now: what was taken over of them and is not saved comes to that member."""

    def parked_count(self) -> int:
        """How many deliveries are parked."""
