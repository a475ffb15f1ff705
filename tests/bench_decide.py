"""How long deciding takes: a day of the nation, 60 bound agreements and 500, cold and warm, interleaved in one run.

    PYTHONPATH=tests:. python tests/bench_decide.py [--scale 0.1] [--rounds 5] [--json]

`decide` is from attributes to the decision of every bound agreement; `derive` from a decoded standard record to its attributes.
Cold: a decider that has seen nothing; warm: the same records again. Processor time of this process, medians of the rounds.
"""

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from nation_hub import Hub

from deploy.nation.simulated import Nation, simulate_folder
from schemas import reference
from schemas.kinds import KINDS
from schemas.records import Record, decode, encode
from schemas.reference_geography import local_authorities
from stream_processors.attributes import Attributes, derive_attributes
from stream_processors.decide import Decider
from stream_processors.rule_set import RuleSet, load_rule_set, shipped_parts

AT_MS = 1_780_000_000_000
MANY = 500


def records_of(scale: float) -> Iterator[Record]:
    """Standard records of a day of the nation, in order."""
    with tempfile.TemporaryDirectory() as folder:
        simulate_folder(Nation(seed=1, hours=24, scale=scale), Path(folder) / "nation")
        for _, answers in Hub().run(Path(folder) / "nation"):
            for answer in answers:
                if answer.record is not None:
                    name = KINDS[answer.record["envelope"]["kind"]].standard
                    yield decode(name, encode(name, answer.record))


def bound_to_many(wanted: int) -> RuleSet:
    """The shipped agreements bound to so many: authorities without agencies get one of each local kind, until it is enough."""
    parts = shipped_parts()
    few = load_rule_set(parts)
    kinds = {a.partner_kind: len([b for b in few.bound[a.id] if b.agency.lads]) for a in few.agreements}
    rows, missing = [], wanted - count(few)
    taken = {lad for agency in reference.agencies().values() for lad in agency.lad_codes}
    for lad in local_authorities():
        if lad[0] in "EW" and lad not in taken:
            for kind, local in kinds.items():
                # A partnership beside its own members' teams would be two views of one organisation, and not load.
                if (
                    local
                    and missing > 0
                    and kind != "violence-reduction"
                    and (lad[0] == "E") == (few.bound[kind][0].agency.nation == "England")
                ):
                    rows.append(
                        f"{kind}-{lad.lower()},{kind}-{lad} Body,{kind},,{lad},{'England' if lad[0] == 'E' else 'Wales'}"
                    )
                    missing -= 1
    agencies = parts["agencies.csv"].rstrip() + b"\n" + "\n".join(rows).encode() + b"\n"
    return load_rule_set(parts | {"agencies.csv": agencies})


def count(rules: RuleSet) -> int:
    """Bound agreements that are decided."""
    return sum(len(rules.bound[agreement.id]) for agreement in rules.agreements)


def measure(rules: RuleSet, attributes: list[Attributes]) -> dict[str, float]:
    """Microseconds for each record, cold and warm, and the share of records that the memos knew."""
    decider, nobody = Decider(rules), frozenset[str]()
    times = []
    for _ in range(2):
        gc.collect()
        started = time.process_time()
        for each in attributes:
            decider.decide(each, nobody, False, AT_MS)
        times.append((time.process_time() - started) / len(attributes) * 1e6)
    judged, decided = decider.misses
    return {"cold": times[0], "warm": times[1], "hits": 1 - judged / len(attributes), "decided": 1 - decided / len(attributes)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    records = list(records_of(given.scale))
    sets = {"60": load_rule_set(shipped_parts()), "500": bound_to_many(MANY)}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in sets}
    derived = []
    for _ in range(given.rounds):
        gc.collect()
        started = time.process_time()
        attributes = [derive_attributes(record) for record in records]
        derived.append((time.process_time() - started) / len(records) * 1e6)
        for name, rules in sets.items():
            found[name].append(measure(rules, attributes))
    result = {
        "records": len(records),
        "derive_us": median(derived),
        **{
            f"{name} ({count(sets[name])} bound)": {key: median(each[key] for each in rounds) for key in rounds[0]}
            for name, rounds in found.items()
        },
    }
    if given.json:
        sys.stdout.write(json.dumps(result) + "\n")
        return
    sys.stdout.write(f"{result['records']} records; derive {result['derive_us']:.1f} us\n")
    for name in [key for key in result if "bound" in key]:
        row = result[name]
        line = (
            f"decide cold {row['cold']:.1f} us, warm {row['warm']:.1f} us; memo knew {row['hits']:.2%} and {row['decided']:.2%}"
        )
        sys.stdout.write(f"{name}: {line}\n")


if __name__ == "__main__":
    main()
