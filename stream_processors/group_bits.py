"""Groups as bits: of which groups each person and place of a record is, and what quantifiers make of that. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from stream_processors.attribute_views import View, person_view, place_view
from stream_processors.attributes import PersonFacts, PlaceFacts
from stream_processors.clauses import QUANTIFIERS
from stream_processors.conditions import Groups, Matter, Truth
from stream_processors.memos import remember

Members = Mapping[tuple[str, str, str], tuple[Truth, ...]]
"""(rule, list, group) to the truth per item of that list of the record: who and which places are of the group."""

MEMO = 100_000
"""Distinct persons, places and records' lists of them remembered; past that they are made anew."""


class Item(NamedTuple):
    """Groups of one person or place, as bits in the order in which groups were made known; and whether the record is about
    the person."""

    known: int
    possible: int
    is_concerned: Truth


class GroupBits:
    """The groups of a rule set. Bits 0 to 4n - 1, where n is how many groups there are, are the quantified conditions on them:
    a block for each quantifier, in the order of `QUANTIFIERS`."""

    def __init__(self, rules: Iterable[tuple[str, Groups]]) -> None:
        self._groups: dict[tuple[str, str, str], tuple[int, Groups]] = {}
        for rule, groups in rules:
            for list_name, names in (("persons", groups.people), ("locations", groups.places)):
                for name in names:
                    self._groups[rule, list_name, name] = (len(self._groups), groups)
        self._all = (1 << len(self._groups)) - 1
        joint = _joint(self._groups)
        self._joint = [(name, *found) for name, found in self._groups.items() if name in joint]
        # What these are worked out from, of the same rules; all of it is so of each person or place by itself.
        rules_of_joint = {name[0] for name in joint}
        self._seeds = [(n, *f) for n, f in self._groups.items() if n not in joint and n[0] in rules_of_joint]
        self._apart = self._all & ~sum(1 << number for _, number, _ in self._joint)
        self._asked = 0
        self._persons: dict[PersonFacts, Item] = {}
        self._places: dict[PlaceFacts, Item] = {}
        self._together: dict[object, tuple[list[Item], list[Item]]] = {}
        self._members: dict[object, Members] = {}

    @property
    def size(self) -> int:
        """How many bits the quantified conditions take."""
        return len(QUANTIFIERS) * len(self._groups)

    def ask(self, quantifier: str, list_name: str, rule: str, group: str) -> int:
        """The mask of a quantified condition."""
        bit = QUANTIFIERS.index(quantifier) * len(self._groups) + self._groups[rule, list_name, group][0]
        self._asked |= 1 << bit
        return 1 << bit

    def bits(self, persons: tuple[PersonFacts, ...], places: tuple[PlaceFacts, ...]) -> tuple[int, int]:
        """What is known and what is possible of every quantified condition that is asked."""
        of_persons, of_places = self._items(persons, places)
        some_known = some_possible = about_known = about_possible = 0
        for known, possible, is_concerned in (*of_persons, *of_places):
            some_known |= known
            some_possible |= possible
            if is_concerned is not False:
                about_possible |= possible
                about_known |= known if is_concerned else 0
        every_known, every_possible = _of_all(of_persons)
        place_known, place_possible = _of_all(of_places)
        width = len(self._groups)
        known = some_known | (every_known | place_known) << width | (self._all & ~some_possible) << 2 * width
        possible = some_possible | (every_possible | place_possible) << width | (self._all & ~some_known) << 2 * width
        return (known | about_known << 3 * width) & self._asked, (possible | about_possible << 3 * width) & self._asked

    def members(self, persons: tuple[PersonFacts, ...], places: tuple[PlaceFacts, ...]) -> Members:
        """Who and what is of which group."""
        key = (persons, places)
        found = self._members.get(key)
        if found is None:
            items = dict(zip(("persons", "locations"), self._items(persons, places), strict=True))
            members = {
                name: tuple(_truth(item, 1 << number) for item in items[name[1]]) for name, (number, _) in self._groups.items()
            }
            found = remember(self._members, key, members, MEMO)
        return found

    def _items(self, persons: tuple[PersonFacts, ...], places: tuple[PlaceFacts, ...]) -> tuple[list[Item], list[Item]]:
        """Each by itself where nobody is anything to anybody; else households and homes over all of the record."""
        if not any(person.household for person in persons) and not any(place.home_of for place in places):
            return [self._person(person) for person in persons], [self._place(place) for place in places]
        key = (persons, places)
        found = self._together.get(key)
        if found is None:
            found = remember(self._together, key, self._join(persons, places), MEMO)
        return found

    def _join(self, persons: tuple[PersonFacts, ...], places: tuple[PlaceFacts, ...]) -> tuple[list[Item], list[Item]]:
        """What each is by itself, and on it the groups that hang on households and homes."""
        alone = [self._person(person._replace(household=())) for person in persons]
        alone += [self._place(place._replace(home_of=())) for place in places]
        matter = _matter(persons, places)
        known, possible = [item.known & self._apart for item in alone], [item.possible & self._apart for item in alone]
        here = {"persons": slice(0, len(persons)), "locations": slice(len(persons), None)}
        for (_, list_name, name), number, groups in self._seeds:
            matter.learn(groups, list_name, name, tuple([_truth(item, 1 << number) for item in alone[here[list_name]]]))
        for (_, list_name, name), number, groups in self._joint:
            truths = matter.people(groups, name) if list_name == "persons" else matter.places(groups, name)
            for at, truth in enumerate(truths, here[list_name].start):
                possible[at] |= 0 if truth is False else 1 << number
                known[at] |= 1 << number if truth else 0
        items = [Item(known[at], possible[at], item.is_concerned) for at, item in enumerate(alone)]
        return items[: len(persons)], items[len(persons) :]

    def _person(self, facts: PersonFacts) -> Item:
        found = self._persons.get(facts)
        if found is None:
            found = remember(self._persons, facts, self._make((facts,), ())[0][0], MEMO)
        return found

    def _place(self, facts: PlaceFacts) -> Item:
        found = self._places.get(facts)
        if found is None:
            found = remember(self._places, facts, self._make((), (facts,))[1][0], MEMO)
        return found

    def _make(self, persons: Sequence[PersonFacts], places: Sequence[PlaceFacts]) -> tuple[list[Item], list[Item]]:
        """Of one person or place that is alone."""
        matter = _matter(persons, places)
        known, possible = ([0] * (len(persons) + len(places)) for _ in range(2))
        for (_, list_name, name), (number, groups) in self._groups.items():
            first = 0 if list_name == "persons" else len(persons)
            truths = matter.people(groups, name) if list_name == "persons" else matter.places(groups, name)
            for at, truth in enumerate(truths, first):
                possible[at] |= 0 if truth is False else 1 << number
                known[at] |= 1 << number if truth else 0
        concerned = (*matter.concerned(), *(False for _ in places))
        items = [Item(*each) for each in zip(known, possible, concerned, strict=True)]
        return items[: len(persons)], items[len(persons) :]


def _matter(persons: Sequence[PersonFacts], places: Sequence[PlaceFacts]) -> Matter:
    households = tuple(person.household for person in persons)
    homes = tuple(place.home_of for place in places)
    return Matter(View({}, tuple(map(person_view, persons)), tuple(map(place_view, places)), households, homes, None))


def _joint(groups: Mapping[tuple[str, str, str], tuple[int, Groups]]) -> frozenset[tuple[str, str, str]]:
    """Groups that hang on who lives with whom or where, or on such a group. One may use only those named before it."""
    found: set[tuple[str, str, str]] = set()
    for (rule, list_name, name), (_, own) in groups.items():
        if list_name == "persons":
            used = [n for c in own.people[name] for n in (c.within, c.outside)]
            hangs = any(clause.household_of is not None for clause in own.people[name])
        else:
            used = [clause.outside for clause in own.places[name]]
            hangs = any(clause.home_of is not None for clause in own.places[name])
        if hangs or any((rule, list_name, other) in found for other in used):
            found.add((rule, list_name, name))
    return frozenset(found)


def _of_all(items: list[Item]) -> tuple[int, int]:
    """Groups that all are of; of nobody at all none."""
    if not items:
        return 0, 0
    known, possible, _ = items[0]
    for item in items[1:]:
        known &= item.known
        possible &= item.possible
    return known, possible


def _truth(item: Item, group: int) -> Truth:
    if item.known & group:
        return True
    return None if item.possible & group else False
