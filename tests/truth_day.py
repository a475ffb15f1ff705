"""A day of the nation through the hub, held against its truth file: `make truth-day`.

Says how many versions each kind of agency holds as it may, every difference, leak and missing value by class, and the agencies
of areas that hold what happened elsewhere. Exit code 1 where there is anything that no class explains.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from nation_differences import classify
from nation_judge import Judgement, judge, out_of_area

from deploy.nation.simulated import Nation, simulate_folder
from schemas import reference


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def report(judgement: Judgement) -> int:
    """Prints what there is to say; the number of what no class explains."""
    _say("held as the truth allows, by kind of agency:")
    for kind, number in sorted(judgement.agreed.items()):
        _say(f"  {kind:22} {number:9,}   strings judged {judgement.judged[kind]:9,}")
    unexplained = 0
    for what, found in (
        ("differences", judgement.differences), ("leaks", judgement.leaks), ("missing", judgement.missing)
    ):  # fmt: skip
        counted = Counter(classify(each) for each in found)
        _say(f"{what}: {sum(counted.values()):,}")
        for name, number in counted.items():
            _say(f"  {name or 'NOT EXPLAINED'}: {number:,}")
        unexplained += counted[""]
    _say(f"withdrawals unlike: {len(judgement.unlike):,}")
    elsewhere = out_of_area(judgement)
    _say(f"held by an agency of another area: {len(elsewhere):,}")
    return unexplained + len(judgement.unlike) + len(elsewhere)


def main() -> int:
    """Simulates, judges, reports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--scale", type=float, default=1.0, help="1: as many records as in life")
    parser.add_argument("--fault-rate", type=float, default=0.01)
    parser.add_argument("--forces", default="", help="comma between ids; empty: all 43")
    given = parser.parse_args()
    territorial = tuple(force.id for force in reference.forces().values() if force.is_territorial_of_england_and_wales)
    forces = tuple(given.forces.split(",")) if given.forces else territorial
    nation = Nation(seed=given.seed, hours=given.hours, scale=given.scale, forces=forces, fault_rate=given.fault_rate)
    with tempfile.TemporaryDirectory() as name:
        folder, began = Path(name) / "nation", time.monotonic()
        rows = simulate_folder(nation, folder).rows
        _say(f"{rows:,} rows of {len(forces)} forces in {given.hours} hours, simulated in {time.monotonic() - began:.0f} s")
        began = time.monotonic()
        judgement = judge(folder)
        _say(f"judged in {time.monotonic() - began:.0f} s")
        return 1 if report(judgement) else 0


if __name__ == "__main__":
    sys.exit(main())
