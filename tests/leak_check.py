"""`make leak-check`: a day of the synthetic nation through the whole pipeline, and every byte of it searched for everybody.

    PYTHONPATH=tests:. python tests/leak_check.py --seed 7 --hours 24 --scale 1 [--json] [--rules FOLDER] [--nation FOLDER]

Exit code 1: something was found that the truth does not allow.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from leak_attack import STEPS, attack_all, mean
from leak_judge import SET_ASIDE, Judge, Report, references, strings_of
from leak_pipeline import Pipeline, forces_of

from deploy.nation.simulated import TRUTH, Nation, simulate_folder
from deploy.nation.truth_reader import read_truth
from stream_processors.rule_set import Parts, shipped_parts


def check_folder(folder: Path, parts: Parts, store: Path, *, keep_sent: bool = False) -> tuple[Report, Pipeline]:
    """Everything that the hub writes of a simulated folder under these rules."""
    truth = read_truth(folder / TRUTH)
    pipeline = Pipeline(parts, store, keep_sent=keep_sent)
    kinds = {feed.partition(".")[0]: kind for feed, kind in pipeline.shelf.kinds.items()}
    judge = Judge(truth, strings_of(truth, references(truth.versions())), kinds)
    return judge.look(pipeline.run(forces_of(folder), truth)), pipeline


def _rules(folder: Path | None) -> Parts:
    """The shipped rule set, or the same with the agreements and prohibitions of a folder laid over it."""
    parts = shipped_parts()
    if folder is not None:
        parts |= {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    return parts


def _attack(pipeline: Pipeline) -> dict[str, Any]:
    """How often two agencies find the record of the one in the other's feed, by what they compare."""
    attacks = attack_all([pipeline.seen(sent) for sent in pipeline.sent], pipeline.rules)
    worst = sorted(attacks, key=lambda attack: attack.success["fields"] - attack.success["history"])[:10]
    return {
        "pairs": len(attacks),
        "deliveries": sum(attack.common for attack in attacks),
        "mean": {step: round(mean(attacks, step), 4) for step in STEPS},
        "gained_most": [
            {"feeds": attack.feeds, "common": attack.common, "fields": attack.compared, **attack.success} for attack in worst
        ],
    }


def _print(found: dict[str, Any]) -> None:
    write = sys.stdout.write
    counted = ", ".join(f"{count:,} {name}" for name, count in found["items"].items())
    write(f"looked at {counted}: {found['bytes']:,} bytes\n")
    write(f"for {found['strings']:,} strings in {found['patterns']:,} forms; {found['only_as_whole_words']:,} only as words\n")
    write(f"found {found['hits']:,} times, {found['allowed']:,} of them where the truth allows it\n")
    for why, count in found["set_aside"].items():
        write(f"  {count:>9,} set aside: {why}: {SET_ASIDE[why]}\n")
    for leak in found["leaks"]:
        beyond = "" if leak["may_hold"] else ", of versions that it may not hold"
        beyond += f"; known: {leak['known']}" if leak["known"] else "; EXPLAINED BY NOTHING"
        write(f"  {leak['count']:>9,} LEAKED to {leak['kind'] or 'the hub'}: {leak['sort']} at {leak['where']} {leak['path']}")
        write(f" ({leak['how']}){beyond}\n             such as {'; '.join(leak['examples'])}\n")
    if not found["leaks"]:
        write("nothing leaked\n")
    if "attack" in found:
        attack = found["attack"]
        write(f"{attack['pairs']} pairs of feeds had {attack['deliveries']:,} deliveries of the same event; right guesses by\n")
        write("  " + ", ".join(f"{step} {share:.1%}" for step, share in attack["mean"].items()) + "\n")
    write(f"{found['seconds']:.0f} s\n")


def main() -> None:
    """Simulate, run, search, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--forces", default="", help="ids, with commas; default: all 43")
    parser.add_argument("--nation", type=Path, help="a simulated folder, instead of a new one")
    parser.add_argument("--rules", type=Path, help="folder with agreements/ or prohibitions/ to lay over the shipped ones")
    parser.add_argument("--attack", action="store_true", help="also how well any two agencies join their feeds")
    parser.add_argument("--json", action="store_true", help="the report as one JSON object")
    asked = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = asked.nation or Path(name) / "nation"
        if asked.nation is None:
            forces = tuple(asked.forces.split(",")) if asked.forces else ()
            simulate_folder(Nation(asked.seed, asked.hours, asked.scale, forces), folder)
        report, pipeline = check_folder(folder, _rules(asked.rules), Path(name) / "lanes", keep_sent=asked.attack)
    found = report.describe() | {"seconds": time.monotonic() - started}
    if asked.attack:
        found["attack"] = _attack(pipeline)
    if asked.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        _print(found)
    sys.exit(1 if report.unexplained else 0)


if __name__ == "__main__":
    main()
