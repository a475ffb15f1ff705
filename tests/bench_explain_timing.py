"""Whether time tells an agency that a record was withheld from it: questions for withheld and for invented tokens, interleaved.

    POINTDUTY_HOME=... .venv/bin/python tests/bench_explain_timing.py AGENCY [PAIRS]

Needs a hub that is up, with records. For some that the agency never held it asks by the token that the record would have had;
for each of these also by one that names nothing, in random order. An attacker who knows both sets draws the best line between
them (area under the ROC curve, 0.5 is chance); what shuffled labels reach by chance is printed beside it. Exit code 1 where the
true labels are told apart better than 99 of 100 shuffled ones, or where the answers differ at all.
"""

import random
import sys
import time

from deploy.explain_run import explain_to_agency
from deploy.hub_records import HubRecords, open_hub
from deploy.settings import load_settings
from schemas.codes import Code
from schemas.errors import Misconfigured
from stream_processors.rule_set import load_rule_set

SHUFFLES = 2000


def say(line: str) -> None:
    """One line of the result."""
    sys.stdout.write(line + "\n")


def area(values: list[float], labels: list[bool]) -> float:
    """How well the values tell the labels apart, whichever way: from 0.5 to 1."""
    ranked = sorted(range(len(values)), key=values.__getitem__)
    ranks = {index: rank for rank, index in enumerate(ranked, 1)}
    yes = sum(labels)
    no = len(labels) - yes
    above = (sum(ranks[at] for at, label in enumerate(labels) if label) - yes * (yes + 1) / 2) / (yes * no)
    return max(above, 1 - above)


def withheld_tokens(hub: HubRecords, agency: str, count: int, chance: random.Random) -> list[str]:
    """Tokens that records would have had in the agency's feeds, had they been shared."""
    current = hub.control().current
    if current is None:
        raise Misconfigured(Code.NO_RULES)
    bounds = [b for bounds in load_rule_set(current.parts).bound.values() for b in bounds if b.agency.id == agency]
    tokens = hub.tokens()
    never = [h["record_id"] for h in hub.holders() if all(each["agency"] != agency for each in h["holdings"])]
    chosen = chance.sample(never, min(count, len(never)))
    return [tokens.record_at(chance.choice(bounds).id, record_id, 0) for record_id in chosen]


def main() -> int:
    """Ask, measure, judge."""
    agency, pairs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60
    chance, seconds, labels, answers = random.Random(), [], [], set()
    with open_hub(load_settings()) as hub:
        withheld = withheld_tokens(hub, agency, pairs, chance)
        questions = [(token, True) for token in withheld] + [(f"{chance.getrandbits(128):032x}", False) for _ in withheld]
        chance.shuffle(questions)
        for token, label in questions[:2] + questions:  # the first two warm up, and are not counted
            began = time.perf_counter()
            hub.reads.clear()
            told = explain_to_agency(hub, token, agency, "timing")
            seconds.append(time.perf_counter() - began)
            answers.add((told, *sorted(hub.reads.items())))
            labels.append(label)
    found = area(seconds[2:], labels[2:])
    shuffled = sorted(area(seconds[2:], chance.sample(labels[2:], len(labels) - 2)) for _ in range(SHUFFLES))
    limit, better = shuffled[int(SHUFFLES * 0.99)], sum(each >= found for each in shuffled) / SHUFFLES
    ms = 1000 * sum(seconds[2:]) / len(seconds[2:])
    say(f"{len(withheld)} withheld and as many invented tokens, {ms:.0f} ms on the mean, {len(answers)} distinct answer")
    say(f"area under the curve {found:.3f}; shuffled labels: median {shuffled[SHUFFLES // 2]:.3f}, 99th of 100 {limit:.3f}")
    say(f"as good or better by chance alone: {better:.1%}")
    return 0 if found <= limit and len(answers) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
