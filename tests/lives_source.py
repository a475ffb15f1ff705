"""What the forces of a hub publish: months of the public files, or a simulated nation; first most of it, the rest later."""

import argparse
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.demo import publish
from deploy.demo_hub import RunningHub
from deploy.nation.simulated import Nation, simulate_folder
from deploy.nation_publish import OUTBOX_FOLDER

ADAPTERS = ("police-uk-street", "police-uk-outcomes", "police-uk-stop-and-search")
LATE_PART = 4
"""One of so many forces of a nation publishes later."""


@dataclass
class Northumbria:
    """Months of a force's public files: all but the last first, street before outcomes."""

    months: Sequence[Path]
    rows: Counter[str] = field(default_factory=Counter)

    def publish_first(self, hub: RunningHub) -> None:
        """Most of it."""
        self._publish(hub, self.months[:-1] or self.months)

    def publish_late(self, hub: RunningHub) -> None:
        """The last month."""
        self._publish(hub, self.months[-1:] if len(self.months) > 1 else [])

    def _publish(self, hub: RunningHub, months: Sequence[Path]) -> None:
        for adapter in ADAPTERS:
            for month in months:
                said = hub.publish_folder(adapter, month)
                self.rows.update({adapter: said.rows_read, "refused": said.refused, "waiting": said.waiting})


@dataclass
class SimulatedNation:
    """A nation in a folder: three of four forces with an outbox first."""

    folder: Path
    rows: Counter[str] = field(default_factory=Counter)

    def publish_first(self, hub: RunningHub) -> None:
        """Most of it, and all of the forces without an outbox."""
        late = self._late
        late.mkdir()
        files = sorted((self.folder / OUTBOX_FOLDER).glob("*.jsonl"))
        for file in files[1::LATE_PART]:
            shutil.move(file, late)
        said = publish(hub, self.folder)
        self.rows.update({"nation": said.rows_read, "refused": said.refused, "waiting": said.waiting})

    def publish_late(self, hub: RunningHub) -> None:
        """The other forces."""
        if any(self._late.iterdir()):
            said = hub.publish_folder("native-jsonl", self._late)
            self.rows.update({"nation": said.rows_read, "refused": said.refused, "waiting": said.waiting})

    @property
    def _late(self) -> Path:
        return self.folder / "late"


def source_of(given: argparse.Namespace, folder: Path) -> Northumbria | SimulatedNation:
    """What was asked for. A nation is simulated into `folder`."""
    if given.northumbria:
        months = sorted(path for path in given.northumbria.iterdir() if path.is_dir())
        return Northumbria(months or [given.northumbria])
    scale, hours = given.nation
    forces = tuple(filter(None, given.forces.split(",")))
    simulate_folder(Nation(seed=given.seed, hours=int(hours), scale=float(scale), forces=forces), folder)
    return SimulatedNation(folder)
