"""What the forces' publishers said, added up."""

from dataclasses import dataclass, field


@dataclass
class Published:
    """Counts of one or more publishers."""

    rows_read: int = 0
    submitted: int = 0
    refused: int = 0
    waiting: int = 0
    held: int = 0
    refused_by_code: dict[str, int] = field(default_factory=dict)

    def add(self, said: dict[str, object]) -> None:
        """Add what one publisher answered: the JSON object of `pointduty publish`."""
        for name in ("rows_read", "submitted", "refused", "waiting", "held"):
            setattr(self, name, getattr(self, name) + said[name])
        refused = said["refused_by_code"]
        for code, number in refused.items() if isinstance(refused, dict) else ():
            self.refused_by_code[code] = self.refused_by_code.get(code, 0) + number

    def add_messages(self, number: int) -> None:
        """Add what stock clients have sent: nobody refused any of it on the way."""
        self.rows_read += number
        self.submitted += number
