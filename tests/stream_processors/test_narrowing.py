"""Narrower is proved or it counts as more: what is proved never shares anything that the old set does not."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from itertools import product
from typing import Any

import fastavro
import pytest
from core_hub import AGENCIES, Hub, agreement, at, event, parts_of, prohibition
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import Misconfigured
from schemas.records import Record, decode_with
from schemas.wire import unframe
from stream_processors.narrowing import find_later_ends, find_wider
from stream_processors.rule_set import Parts, load_rule_set

FIELDS = {
    "envelope.kind": "keep",
    "crime.offence": "keep",
    "crime.summary": "keep",
    "occurred.start": {"generalise": "hour"},
    "persons[*].surname": "keep",
    "persons[VICTIM].surname": "drop",
    "persons[SUSPECT].telephone": {"mask_keep_last": 3},
    "locations[*].lad_code": "keep",
}
COUNCIL = agreement(
    fields=FIELDS,
    share_when=[{"kind": ["crime"]}, {"marker": ["child"]}, {"kind": ["incident"], "area": "own"}],
    withhold_when=[{"marker": ["refuge"]}, {"marker": ["port"]}],
)
RULES: list[Record] = [
    prohibition(when=[{"marker": ["protected-person"]}, {"marker": ["source-material"]}]),
    prohibition("no-names", effect="drop", drops=["persons[*].surname", "crime.summary"], when=[{"marker": ["domestic-abuse"]}],
                excepted=[{"agreement": "bureau", "gateway": "CDA1998-115", "reason": "a reason of this test"}]),
]  # fmt: skip


class Draft:
    """A set as its files say it, to be changed."""

    def __init__(self) -> None:
        self.agreements, self.prohibitions = deepcopy([COUNCIL, agreement("bureau", fields=FIELDS)]), deepcopy(RULES)
        self.agencies, self.acceptances = AGENCIES.splitlines(), [""]

    def parts(self) -> dict[str, bytes]:
        parts = parts_of(self.agreements, self.prohibitions, "\n".join(self.agencies) + "\n")
        accepted = parts["acceptances.csv"].decode().splitlines()
        gone = {f"{line}," for line in self.acceptances if line}
        more = [line[1:] for line in self.acceptances if line.startswith("+")]
        kept = [line for line in accepted if not any(line.startswith(head) for head in gone)]
        return parts | {"acceptances.csv": "\n".join([*kept, *more]).encode()}


OLD = Draft().parts()
Change = Callable[[Draft], Any]


def set_field(path: str, obligation: Any) -> Change:
    return lambda draft: draft.agreements[0]["fields"].__setitem__(path, obligation)


def put(clause: str, value: Any, rule: str = "agreements", at: int = 0) -> Change:
    return lambda draft: getattr(draft, rule)[at].__setitem__(clause, value)


NARROWER: dict[str, Change] = {
    "a share clause gone": lambda draft: draft.agreements[0]["share_when"].pop(),
    "a withhold clause more": lambda draft: draft.agreements[0]["withhold_when"].append({"marker": ["school"]}),
    "a kind gone": put("kinds", ["crime", "incident"]),
    "a field gone": lambda draft: draft.agreements[0]["fields"].pop("crime.summary"),
    "a field dropped": set_field("crime.summary", "drop"),
    "a drop more": set_field("persons[SUSPECT].surname", "drop"),
    "a lower marking": put("max_marking", "OFFICIAL"),
    "an earlier end": put("valid_until", "2027-12-31"),
    "an agreement gone": lambda draft: (draft.agreements.pop(), draft.prohibitions[1].pop("excepted")),
    "an agency gone": lambda draft: draft.agencies.pop(1),
    "a prohibition more": lambda draft: draft.prohibitions.append(prohibition("more", when=[{"kind": ["incident"]}])),
    "a prohibition's clause more": lambda draft: draft.prohibitions[0]["when"].append({"kind": ["incident"]}),
    "a prohibition's drop more": lambda draft: draft.prohibitions[1]["drops"].append("locations[*].lad_code"),
    "an exception gone": lambda draft: draft.prohibitions[1].pop("excepted"),
    "another version": put("version", 2),
}
WIDER: dict[str, Change] = {
    "a share clause more": lambda draft: draft.agreements[0]["share_when"].append({"marker": ["school"]}),
    "a share clause changed": put("share_when", [{"kind": ["crime", "incident"]}]),
    "a withhold clause gone": lambda draft: draft.agreements[0]["withhold_when"].pop(),
    "a withhold clause changed": put("withhold_when", [{"marker": ["refuge"]}, {"marker": ["port"], "kind": ["crime"]}]),
    "a field more": set_field("crime.outcome", "keep"),
    "a field less masked": set_field("persons[SUSPECT].telephone", {"mask_keep_last": 4}),
    "a field kept": set_field("occurred.start", "keep"),
    "a drop gone": lambda draft: draft.agreements[0]["fields"].pop("persons[VICTIM].surname"),
    "the stricter of two lines gone": lambda draft: (
        draft.agreements[0]["fields"].update({"persons[VICTIM].surname": "keep"})
    ),
    "a later end": put("valid_until", "2029-12-31"),
    "an earlier beginning": put("valid_from", "2025-01-01"),
    "kept for longer": put("retention_days", 31),
    "finer times": put("time_grain", "second", at=1) if COUNCIL["time_grain"] != "second" else put("time_grain", "minute"),
    "another purpose": put("purpose", "another purpose of this test"),
    "a new agreement": lambda draft: draft.agreements.append(agreement("squad", fields=FIELDS)),
    "a new agency": lambda draft: draft.agencies.append("council-d,A council,council,,E08000024,England"),
    "a moved agency": lambda draft: draft.agencies.__setitem__(1, draft.agencies[1].replace("E08000021", "E08000037")),
    "a new acceptance": lambda draft: draft.acceptances.append("+council,durham,a person,2026-01-05"),
    "a prohibition gone": lambda draft: draft.prohibitions.pop(),
    "a prohibition's clause gone": lambda draft: draft.prohibitions[0]["when"].pop(),
    "a prohibition's drop gone": lambda draft: draft.prohibitions[1]["drops"].pop(),
    "a prohibition's new exception": put(
        "excepted", [{"agreement": "council", "gateway": "CDA1998-115", "reason": "a reason here"}], "prohibitions"
    ),
    "a prohibition that only drops": lambda draft: draft.prohibitions[0].update(effect="drop", drops=["crime.summary"]),
}  # fmt: skip


def changed(*changes: Change) -> Parts:
    draft = Draft()
    for change in changes:
        change(draft)
    return draft.parts()


@pytest.mark.parametrize("name", NARROWER)
def test_what_only_takes_away_is_proved(name: str) -> None:
    """Each by itself loads, and is narrower; the way back is not proved, but for what decides nothing."""
    new = changed(NARROWER[name])
    load_rule_set(new)
    assert new != OLD
    assert find_wider(OLD, new) == []
    assert find_wider(new, OLD) != [] or name == "another version"


@pytest.mark.parametrize("name", WIDER)
def test_whatever_may_share_more_is_named(name: str) -> None:
    """Each by itself counts as more, also where it is taken together with all that takes away of other rules."""
    new = changed(WIDER[name])
    load_rule_set(new)
    assert find_wider(OLD, new) != []
    assert find_wider(OLD, changed(WIDER[name], NARROWER["another version"])) != []


def test_a_line_that_goes_beside_another_for_its_field_counts_as_more() -> None:
    """The one that went may have been the stricter of the two: without it the other alone speaks."""
    both = {"persons[*].telephone": "keep", "persons[SUSPECT].telephone": {"mask_keep_last": 3}}
    old, new = (parts_of([agreement(fields=fields)]) for fields in (both, {"persons[*].telephone": "keep"}))
    assert find_wider(old, new) == ["council: fields"]


@pytest.mark.parametrize("file", ["groups.csv", "agreements.txt", "keys/x"])
def test_a_file_of_an_unknown_sort_counts_as_more(file: str) -> None:
    """New, gone or changed: what it does is not known here."""
    with_it, without = {**OLD, file: b"x"}, OLD
    for old, new in ((without, with_it), (with_it, without), (with_it, {**OLD, file: b"y"})):
        assert find_wider(old, new) != []
    assert find_wider(with_it, with_it) == []


@pytest.mark.parametrize("name", ["agreements/0.yaml", "prohibitions/0.yaml"])
@pytest.mark.parametrize("content", [b"", b"[", b"[]", b"x", b"id: [a]", b"id: council\nshare_when: {}", b"\xff"])
def test_what_can_not_be_read_is_never_narrower(name: str, content: bytes) -> None:
    """Broken files, on either side: not proved, and no traceback."""
    assert find_wider(OLD, {**OLD, name: content}) != []
    assert find_wider({**OLD, name: content}, OLD) != []


def test_ends_that_are_put_off_are_named() -> None:
    """An agreement of both sets that would run longer; a new one has no end that could be put off."""
    later, earlier = changed(WIDER["a later end"]), changed(NARROWER["an earlier end"])
    assert (find_later_ends(OLD, later), find_later_ends(OLD, earlier), find_later_ends(OLD, OLD)) == (["council"], [], [])
    assert find_later_ends(changed(NARROWER["an agreement gone"]), OLD) == []
    assert find_later_ends(OLD, {**OLD, "agreements/0.yaml": b"["}) != []


@cache
def events() -> list[Record]:
    """Records that the rules above tell apart."""
    both = ("VICTIM", "SUSPECT")
    people = [{"ref": f"p{r}", "roles": [r], "surname": r.title(), "telephone": "01632960123"} for r in both]
    markers = ["child", "refuge", "port", "protected-person", "domestic-abuse", "school", "source-material"]
    crime = {"crime": {"offence": {"value": "5D"}, "summary": "a text"}}
    made = []
    for marker in [[], *([each] for each in markers)]:
        for kind, sensitive in product(("crime", "incident"), (False, True)):
            own = {"ref": f"R/{len(made)}", "markers": marker, "marking": {"tier": "OFFICIAL", "sensitive": sensitive}}
            detail: Record = crime if kind == "crime" else {}
            made.append(event(kind, persons=people, locations=at(), **own, **detail))
    return made


def shared(parts: Parts) -> Counter[tuple[object, ...]]:
    """Every value that leaves: record, feed, path and value."""
    rules, found = load_rule_set(parts), Counter[tuple[object, ...]]()
    hub = Hub(rules)
    for number, each in enumerate(events()):
        for release in hub.decide(each).releases:
            bound = rules.by_feed[f"{release.agency}.{release.feed}"]
            schema = fastavro.parse_schema(deepcopy(rules.schemas[bound.agreement.id]))
            record = decode_with(schema, unframe(release.value)[1])["record"]
            found.update((number, bound.feed, *leaf) for leaf in leaves(record))
    return found


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from leaves(below, f"{path}.{key}")
    elif isinstance(value, list):
        for below in value:
            yield from leaves(below, path)
    elif value is not None:
        yield path, str(value)


OLD_SHARED = shared(OLD)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_what_is_proved_shares_nothing_more(seed: int) -> None:
    """Several changes at once, of either sort: where narrower is proved, no value of any record leaves that did not before."""
    chance = random.Random(seed)
    draft, changes = Draft(), [*NARROWER.values(), *NARROWER.values(), *WIDER.values()]
    for change in chance.sample(changes, chance.randint(1, 4)):
        try:
            change(draft)
        except (KeyError, IndexError):
            continue  # another change has taken it away
    new = draft.parts()
    try:
        load_rule_set(new)
    except Misconfigured:
        return
    if not find_wider(OLD, new):
        assert shared(new) <= OLD_SHARED


def test_the_oracle_sees_more() -> None:
    """Widening that is seen in the records above: the property is not empty."""
    seen = [name for name, change in WIDER.items() if not shared(changed(change)) <= OLD_SHARED]
    assert len(seen) >= 10, seen
    assert sum(OLD_SHARED.values()) > 100
    assert sum(shared(changed(NARROWER["a field dropped"])).values()) < sum(OLD_SHARED.values())
