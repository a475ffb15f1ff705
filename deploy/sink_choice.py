"""Where `pointduty subscribe` puts deliveries: one option, one sink, one group of its own."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from consumers.database import place_of
from consumers.sinks import Sink, csv_sink, database_sink, jsonl_sink, parquet_sink, sqlite_sink

DATABASE = "database"

PRINTING = "subscribe"
"""The group of whoever only prints."""


@dataclass(frozen=True)
class SinkChoice:
    """A sink that was asked for. `place` may hold a password: it is shown nowhere."""

    kind: str
    """jsonl, csv, parquet, sqlite or database."""
    place: str

    def group(self, name: str = PRINTING) -> str:
        """The last part of the group's name. Each place has its own: a group has one position, and what another place was given
        would be missing here."""
        place = place_of(self.place) if self.kind == DATABASE else str(Path(self.place).resolve())
        return f"{name}-{self.kind}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"

    @property
    def has_database(self) -> bool:
        """Whether the place is a database itself, and not a file that is written from one of ours."""
        return self.kind in ("sqlite", DATABASE)


def choose_sink(**places: Path | str | None) -> SinkChoice | None:
    """The one that is given, by kind; None where none is. Raises ValueError where there are several."""
    given = [SinkChoice(kind, str(place)) for kind, place in places.items() if place is not None]
    if len(given) > 1:
        raise ValueError("one sink for one run: " + ", ".join(f"--{choice.kind}" for choice in given) + " were given")
    return given[0] if given else None


def make_sink(choice: SinkChoice) -> Sink:
    """The sink. Raises Misconfigured (PD-512, PD-513)."""
    if choice.kind == DATABASE:
        return database_sink(choice.place)
    makers = {"jsonl": jsonl_sink, "csv": csv_sink, "parquet": parquet_sink, "sqlite": sqlite_sink}
    return makers[choice.kind](Path(choice.place))
