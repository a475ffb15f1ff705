"""Three engines on the same records: the hub's, a naive evaluator, and Cedar on the exported policies. Any difference fails.

make oracles                                   # 100,000 pairs and more of a record and a bound agreement
make oracles ARGS='--pairs 500000 --seed 7'
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any

import cedarpy
from core_hub import NOW_MS
from naive_cedar import entity_of, in_order
from naive_rules import Answer, Case, answer, case_of, latches
from nation_hub import by_outbox, standardise_value
from rule_maker import LATCHED, random_attributes, random_rules

from deploy.nation.simulated import Nation, simulate_folder
from deploy.nation_publish import OUTBOX_FOLDER
from producers.row import Refusal
from schemas.records import decode, encode
from stream_processors.attributes import Attributes, derive_attributes
from stream_processors.bindings import Bound
from stream_processors.cedar_export import export_policies, export_schema
from stream_processors.cedar_records import RecordEntities, agency_entities, request
from stream_processors.decide import Decider, Decision
from stream_processors.rule_set import RuleSet, load_rule_set, shipped_parts
from stream_processors.standardise import Standard

BATCH = 40
"""Records that Cedar is asked about at once."""

Asked = tuple[Attributes, frozenset[str], bool, int]
"""Attributes, what has latched, whether it is closed, the time."""


@dataclass
class Tally:
    """What was compared."""

    pairs: int = 0
    records: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: {"engine": 0.0, "naive": 0.0, "cedar": 0.0})
    """Spent in each engine."""


class Oracle:
    """Cedar with the policies of one rule set."""

    def __init__(self, rules: RuleSet) -> None:
        policies, schema = export_policies(rules), export_schema(rules)
        checked = cedarpy.validate_policies(policies, schema)
        assert checked.validation_passed, [str(error) for error in checked.errors]
        self.schema = schema
        self._policies = cedarpy.PolicySet.from_str(policies)
        self._agencies = cedarpy.Entities.from_json_str(json.dumps(agency_entities(rules)), schema)

    def ask(self, records: list[dict[str, Any]], requests: list[dict[str, Any]]) -> list[tuple[bool, frozenset[str]]]:
        """Per request whether it is allowed, and the annotations of the policies that determined it."""
        entities = self._agencies.with_added_json_str(json.dumps(records), self.schema)
        found = cedarpy.is_authorized_batch(requests, self._policies, entities)
        assert not any(result.diagnostics.errors for result in found)
        return [(result.allowed, frozenset(result.diagnostics.id_annotations_by_reason.values())) for result in found]


def compare(
    rules: RuleSet, asked: Iterable[Asked], tally: Tally, decider: Decider | None = None, oracle: Oracle | None = None
) -> None:
    """All bound agreements on all of these records, by the three engines; differences go to the tally."""
    decider, oracle, records = decider or Decider(rules), oracle or Oracle(rules), iter(asked)
    while some := list(islice(records, BATCH)):
        started = time.perf_counter()
        decisions = [decider.decide(*each) for each in some]
        decided = time.perf_counter()
        cases = [case_of(*each) for each in some]
        answers = [{bound.id: answer(rules, bound, case) for bound in _bounds(rules)} for case in cases]
        naively = time.perf_counter()
        entities = _entities(rules, some, cases, tally)
        exported = time.perf_counter()
        questions = [(group, bound, at) for at in range(len(some)) for group, bound in _questions(rules)]
        said = oracle.ask(entities, [request(group, bound, f"r{at}", NOW_MS) for group, bound, at in questions])
        asked_cedar = time.perf_counter() - exported
        for name, spent in (("engine", decided - started), ("naive", naively - decided), ("cedar", asked_cedar)):
            tally.seconds[name] += spent
        for (group, bound, at), (allowed, names) in zip(questions, said, strict=True):
            wrong = _differs(group, bound, answers[at][bound.id], allowed, names)
            tally.differences += [f"cedar: {bound.id}: {group}: {wrong} {some[at]}"] if wrong else []
        for each, case, decision, wanted in zip(some, cases, decisions, answers, strict=True):
            _engine(rules, case, decision, wanted, tally, each)
        tally.records += len(some)


def _bounds(rules: RuleSet) -> list[Bound]:
    return [bound for rule in rules.agreements for bound in rules.bound[rule.id]]


def _questions(rules: RuleSet) -> Iterator[tuple[str, Bound]]:
    """Sharing is asked for each agency; drops and lines of the field list are the same for all of an agreement."""
    for agreement in rules.agreements:
        bounds = rules.bound[agreement.id]
        yield from (("share", bound) for bound in bounds)
        yield "whole", bounds[0]
        if any(obligation.when for obligation in agreement.fields.values()):
            yield "field", bounds[0]


def _entities(rules: RuleSet, some: list[Asked], cases: list[Case], tally: Tally) -> list[dict[str, Any]]:
    """Each record by the naive side, equal to the hub's own export of it."""
    made, exporter = [], RecordEntities(rules)
    for at, (each, case) in enumerate(zip(some, cases, strict=True)):
        attributes, latched, closed, now_ms = each
        mine = in_order(entity_of(f"r{at}", case, rules))
        its = exporter.entity(f"r{at}", attributes, latched, closed=closed, now_ms=now_ms)
        tally.differences += [f"entity: {each}"] if in_order(its) != mine else []
        made.append(mine)
    return made


def _differs(group: str, bound: Bound, wanted: Answer, allowed: bool, names: frozenset[str]) -> str:
    """What Cedar says otherwise than the naive evaluator: decision or determining policies; empty: nothing."""
    own = f"{bound.agreement.id}:"
    told = {name.removeprefix(own).partition(" when[")[0].partition(" latched")[0] for name in names}
    if group == "share":
        forbids = {reason for reason in wanted.against if _is_forbid(reason)}
        expected = set(wanted.permits) if wanted.shares else forbids
        right = allowed == wanted.shares
    elif group == "whole":
        expected = {f"PROHIBITION:{name}" for name in wanted.drops} or {"whole"}
        right = allowed == (not wanted.drops)
    else:
        expected = {f"fields {path}" for path in wanted.held}
        right = allowed == bool(wanted.held)
    return "" if right and told == expected else f"{allowed} {sorted(told)} for {sorted(expected)}"


def _is_forbid(reason: str) -> bool:
    """Whether it is a rule against; the others say why no clause permits, for which Cedar has no policy."""
    terms = (
        "CLOSED_BY_ORIGINATOR",
        "AGREEMENT_NOT_VALID",
        "FORCE_HAS_NOT_ACCEPTED",
        "KIND",
        "MARKING",
        "INTELLIGENCE_HANDLING",
    )
    return reason in terms or reason.startswith(("WITHHOLD_WHEN", "PROHIBITION:"))


def _engine(rules: RuleSet, case: Case, decision: Decision, wanted: dict[str, Answer], tally: Tally, each: Asked) -> None:
    """The hub's decision beside the naive evaluator's."""
    said = {bound.id: verdict for verdict in decision.verdicts for bound in verdict.bounds}
    sharing = {bound.id for bound in decision.shares}
    if decision.latches != latches(rules, case):
        tally.differences.append(f"latches: {sorted(decision.latches)} {each}")
    for bound in _bounds(rules):
        right, verdict = wanted[bound.id], said[bound.id]
        same = (verdict.permits, frozenset(verdict.against), bound.id in sharing) == (
            right.permits,
            right.against,
            right.shares,
        )
        if same and right.shares:
            same = decision.sanitising[bound.agreement.id] == (right.drops, right.held)
            tally.seen.update(["shares", *(["drops"] if right.drops else []), *(["held lines"] if right.held else [])])
        tally.differences += [] if same else [f"engine: {bound.id}: {verdict.permits} {verdict.against} for {right} {each}"]
        tally.seen.update({reason.partition(":")[0].partition("[")[0] for reason in right.against})
        tally.pairs += 1


# -- what is asked ----------------------------------------------------------------------------------------------------


def random_asked(seed: int, records: int) -> Iterator[Asked]:
    """Random attributes."""
    chance = random.Random(seed)
    for _ in range(records):
        yield random_attributes(chance), chance.choice(LATCHED), chance.random() < 0.05, NOW_MS


def nation_attributes(seed: int) -> Iterator[Attributes]:
    """Attributes of what a synthetic nation sends in half a day, as the hub standardises it."""
    nation = Nation(seed=seed, hours=12, scale=0.3, forces=("northumbria", "kent", "south-wales"), fault_rate=0.05)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "nation"
        simulate_folder(nation, folder)
        for path in sorted((folder / OUTBOX_FOLDER).glob("*.jsonl")):
            for sent in by_outbox(path):
                found = None if isinstance(sent, Refusal) else standardise_value(path.stem, sent)
                if isinstance(found, Standard):
                    yield derive_attributes(decode(found.kind.standard, encode(found.kind.standard, found.record)))


def nation_asked(seed: int, rules: RuleSet, records: int) -> Iterator[Asked]:
    """Records of a nation, over and over: as they are, then with some of their attributes exchanged for random ones."""
    chance = random.Random(seed)
    listed = list(nation_attributes(seed))
    names = [prohibition.id for prohibition in rules.prohibitions]
    exchanged = [name for name in Attributes._fields if name not in ("kind", "persons", "places")]
    for at in range(records):
        attributes = listed[at] if at < len(listed) else chance.choice(listed)
        if at >= len(listed) or chance.random() < 0.3:
            other = random_attributes(chance, attributes.kind)
            some = chance.sample(exchanged, chance.choice([1, 1, 2, 3]))
            attributes = attributes._replace(**{name: getattr(other, name) for name in some})
        latched = frozenset(chance.sample(names, 1)) if chance.random() < 0.2 else frozenset()
        yield attributes, latched, chance.random() < 0.03, NOW_MS


def run(pairs: int, seed: int, per_rule_set: int = 1500) -> Tally:
    """At least so many pairs: half of them under the rules that ship, half under random ones."""
    tally, rules = Tally(), load_rule_set(shipped_parts())
    compare(rules, nation_asked(seed, rules, pairs // 2 // len(_bounds(rules)) + 1), tally)
    for number in count(seed):
        if tally.pairs >= pairs:
            break
        rules = random_rules(number)[1]
        compare(rules, random_asked(number, per_rule_set // len(_bounds(rules)) + 1), tally)
    return tally


def main() -> int:
    """Compare, say what was compared, and fail on any difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=100_000, help="pairs of a record and a bound agreement")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    tally = run(chosen.pairs, chosen.seed)
    compared = f"{tally.pairs:,} pairs of {tally.records:,} records; {len(tally.differences)} differences"
    sys.stdout.write(f"seed {chosen.seed}: {compared}\n")
    for name, seconds in tally.seconds.items():
        sys.stdout.write(f"{name}: {tally.pairs / seconds:,.0f} pairs/s\n")
    for name, times in tally.seen.most_common():
        sys.stdout.write(f"  {times:8,} {name}\n")
    sys.stdout.writelines(f"{difference}\n" for difference in tally.differences[:10])
    return bool(tally.differences)


if __name__ == "__main__":
    sys.exit(main())
