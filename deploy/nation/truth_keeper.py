"""Writes the truth while the nation is made: plain dicts and orjson, for this runs once for every event.

What a crash leaves: a file without its `end` row, which the reader refuses.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import filterfalse

import orjson

from deploy.nation import truth_rows
from deploy.nation.readings import may_receive
from deploy.nation.readings_facts import latch_of
from deploy.nation.readings_national import WITHDRAWING, stop
from deploy.nation.scene import Person, Place, Scene, Thing
from deploy.nation.truth import SCHEMA_VERSION

NEW = "NEW"
_NOT_MET = "the reading no longer allows it"
_BARE, _WHOLE = 1, 2
"""An identity of which only a string was seen; one whose facts have been written."""

MentionLike = tuple[str, str, str, str]
"""Value, whose, sort, form: a `Mention`, or the same as a plain tuple."""


class TruthKeeper:
    """Keeps what the truth needs between events: who holds each live record, and what has been said before.

    Memory: a small entry for each live record that is held, closed or latched (`forget` drops it), and one for each identity
    and string that has occurred, which the population bounds.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._holders: dict[str, tuple[str, ...]] = {}
        self._closed: dict[str, str] = {}
        """Records that were recalled, erased or restricted, and not reinstated: by which action."""
        self._latched: dict[str, int] = {}
        """Of records that were narrowed for good: by what, a sum of `readings_facts.LATCHES`."""
        self._known: dict[str, int] = {}
        self._said: set[MentionLike] = set()
        self._rows: Counter[str] = Counter()
        self._counts: dict[str, Counter[str]] = {
            name: Counter() for name in ("kinds", "outcomes", "codes", "flags", "received", "withdrawn")
        }

    @property
    def live(self) -> int:
        """Records of which something is kept."""
        return len(self._holders) + len(self._closed) + len(self._latched)

    def open(self, nation: Mapping[str, object]) -> None:
        """The first row. `nation`: the fields of `truth.NationRow`, without `row` and `schema_version`."""
        self._put({"row": "nation", "schema_version": SCHEMA_VERSION, **nation})

    def note(
        self,
        scene: Scene,
        record: str,
        version: int,
        at_ms: int,
        outcome: str,
        mentions: Sequence[MentionLike],
        code: str | None = None,
        flags: Sequence[str] = (),
        hides: str = "",
    ) -> None:
        """One row or message as it was sent. `mentions`: every identifying string in it, of its fields and its texts; where a
        fault has spoiled the bytes, those that can still be read in them. `hides`: of the fault.
        """
        self._say(scene, mentions)
        row = truth_rows.describe_version(scene, record, version, at_ms, outcome)
        named = truth_rows.identities_named(scene)
        if named:
            row["mentions"] = list(named)
            for identity, sort in named.items():
                if identity not in self._known:  # its string is not in this row: a fault has spoiled it, or it is a patch
                    self._say_bare(identity, sort)
        counts = self._counts
        counts["kinds"][scene.kind] += 1
        counts["outcomes"][outcome] += 1
        if code is not None:
            row["code"] = code
            counts["codes"][code] += 1
        if flags:
            row["flags"] = sorted(flags)
            counts["flags"].update(flags)
        if hides:
            row["hides"] = hides
        if outcome == NEW:
            self._decide(scene, record, hides, row, at_ms)
        self._put(row)

    def forget(self, record: str) -> None:
        """The life of this record is over: no version of it will come again."""
        self._holders.pop(record, None)
        self._closed.pop(record, None)
        self._latched.pop(record, None)

    def close(self) -> Mapping[str, Mapping[str, int]]:
        """The last row, which is also the answer."""
        # str(): a code is an enumeration, which is no key of JSON
        end = {name: {str(key): counter[key] for key in sorted(counter)} for name, counter in self._counts.items() if counter}
        end["rows"] = dict(sorted(self._rows.items()))
        self._put({"row": "end", **end})
        return end

    def _decide(self, scene: Scene, record: str, hides: str, row: truth_rows.Row, at_ms: int) -> None:
        """Who may receive it, and who has to give it back."""
        before = self._latched.get(record, 0)
        latched = before | latch_of(scene, hides)
        if latched:
            row["latched"] = truth_rows.name_latches(latched)
            if latched != before:
                self._latched[record] = latched
        if scene.action in WITHDRAWING:
            self._closed[record] = scene.action
        elif scene.action == "REINSTATEMENT":
            self._closed.pop(record, None)
        closed_by = self._closed.get(record)
        received = {} if closed_by else may_receive(scene, hides, latched, at_ms)
        held = self._holders.get(record)
        if received:
            row["receive"] = {agency: truth_rows.receive(given) for agency, given in received.items()}
            self._counts["received"].update(received.keys())
            if "mentions" in row and any(given.text != "none" for given in received.values()):
                row["named"] = truth_rows.sorts_named(scene)
            self._holders[record] = tuple(received)
        elif held is not None:
            del self._holders[record]
        lost = [agency for agency in held if agency not in received] if held else ()
        if lost:
            why = closed_by or stop(scene, latched) or (f"its {hides} can't be read" if hides else _NOT_MET)
            row["withdraw"] = [{"agency": agency, "why": why} for agency in lost]
            self._counts["withdrawn"].update(lost)

    def _say(self, scene: Scene, mentions: Iterable[MentionLike]) -> None:
        """Identities and strings that have not been said before."""
        known, said = self._known, self._said
        if known.get(scene.place.id) != _WHOLE:
            self._say_place(scene.place)
        for part in scene.parts:
            if known.get(part.person.id) != _WHOLE:
                self._say_person(part.person)
        for thing in scene.things:
            if known.get(thing.id) != _WHOLE:
                self._say_thing(thing)
        source = scene.source_person
        if source is not None and known.get(source.id) != _WHOLE:
            self._say_person(source)
        for mention in filterfalse(said.__contains__, mentions):  # most have been said: passed over without a step of Python
            said.add(mention)
            value, of, sort, form = mention
            if of not in known:
                self._say_bare(of, sort)
            self._put({"row": "string", "value": value, "of": of, "sort": sort, "form": form})

    def _say_person(self, person: Person) -> None:
        if self._known.get(person.home.id) != _WHOLE:
            self._say_place(person.home)
        self._known[person.id] = _WHOLE
        self._put(truth_rows.identify_person(person))

    def _say_bare(self, identity: str, sort: str) -> None:
        self._known[identity] = _BARE
        self._put(truth_rows.identify_by_string(identity, sort))

    def _say_place(self, place: Place) -> None:
        self._known[place.id] = _WHOLE
        self._put(truth_rows.identify_place(place))

    def _say_thing(self, thing: Thing) -> None:
        self._known[thing.id] = _WHOLE
        self._put(truth_rows.identify_thing(thing))

    def _put(self, row: truth_rows.Row) -> None:
        self._rows[row["row"]] += 1
        self._write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
