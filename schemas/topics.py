"""Topic names: the name of a topic is its access rule, so it is written in this one place.

Lower case, dots between parts, hyphens inside, never an underscore: Kafka's own metrics can't tell an underscore from a dot.
"""

import re
from dataclasses import dataclass

_PART = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True)
class Topics:
    """All names of one hub. `prefix` is empty or ends with a dot: a second hub beside the first on one cluster."""

    prefix: str = ""

    def __post_init__(self) -> None:
        if self.prefix and not (self.prefix.endswith(".") and _PART.fullmatch(self.prefix[:-1])):
            raise ValueError("topic prefix: expected lower-case letters, digits and hyphens, then one dot")

    def submission(self, force: str) -> str:
        return self._name("submission", force)

    def dead_letter(self, force: str) -> str:
        return self._name("dead-letter", force)

    def quality_report(self, force: str) -> str:
        return self._name("quality-report", force)

    def feed(self, agency: str, feed: str) -> str:
        return self._name("feed", agency, feed)

    def feeds_of(self, agency: str) -> str:
        """What the names of all feeds of one agency begin with; ends with a dot."""
        return self._name("feed", agency) + "."

    def recall(self, agency: str) -> str:
        return self._name("recall", agency)

    def receipt(self, agency: str) -> str:
        return self._name("receipt", agency)

    def manifest(self, agency: str) -> str:
        return self._name("manifest", agency)

    @property
    def standard(self) -> str:
        return f"{self.prefix}standard"

    @property
    def quality(self) -> str:
        return f"{self.prefix}quality"

    @property
    def ledger(self) -> str:
        return f"{self.prefix}ledger"

    @property
    def holders(self) -> str:
        return f"{self.prefix}holders"

    @property
    def control(self) -> str:
        return f"{self.prefix}control"

    @property
    def acknowledged(self) -> str:
        return f"{self.prefix}acknowledged"

    @property
    def request(self) -> str:
        return f"{self.prefix}request"

    @property
    def watch_changelog(self) -> str:
        return f"{self.prefix}watch.changelog"

    def force_of(self, submission_topic: str) -> str:
        """The force a submission topic belongs to. Raises ValueError for any other topic."""
        head = f"{self.prefix}submission."
        if not submission_topic.startswith(head):
            raise ValueError("not a submission topic")
        return submission_topic.removeprefix(head)

    def agency_of(self, receipt_topic: str) -> str:
        """The agency that a topic of receipts belongs to. Raises ValueError for any other topic."""
        head = f"{self.prefix}receipt."
        if not receipt_topic.startswith(head):
            raise ValueError("not a topic of receipts")
        return receipt_topic.removeprefix(head)

    @property
    def every_receipt(self) -> str:
        """The pattern of all topics of receipts, as a subscription takes it: agencies come and go with provisioning."""
        return f"^{re.escape(self.prefix)}receipt\\..+$"

    def group(self, name: str) -> str:
        """A consumer group, or the start of a transactional id, of this hub."""
        return f"{self.prefix}{name}"

    def _name(self, *parts: str) -> str:
        for part in parts:
            if not _PART.fullmatch(part):
                raise ValueError("topic part: expected lower-case letters, digits and hyphens")
        return self.prefix + ".".join(parts)
