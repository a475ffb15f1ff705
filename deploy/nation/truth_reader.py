"""Reads a truth file: who a string is, who may know what, who may hold which version, and which codes are expected.

Every row is checked against its model. Kept in memory are identities, strings and one file position for each version; the rows
of versions are read again where they are asked for.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from deploy.nation.readings_levels import LEVELS, PLACE_SORTS, THING_SORTS
from deploy.nation.telling import Mention
from deploy.nation.truth import ROWS, EndRow, IdentityRow, NationRow, Received, Row, StringRow, VersionRow

Known = dict[str, set[str]]
"""Identity to sorts of identifiers."""


class TruthBroken(ValueError):
    """The file does not begin with its nation or does not end with its counts, or the counts are not those of its rows."""


def iter_rows(path: Path) -> Iterator[Row]:
    """Every row, in order. Raises pydantic's ValidationError at a row that its model refuses."""
    with path.open("rb") as lines:
        for line in lines:
            yield ROWS.validate_json(line)


class Truth:
    """A truth file that has been read once."""

    def __init__(self, path: Path) -> None:
        """Reads the whole file. Raises TruthBroken, or ValidationError at a row that its model refuses."""
        self.path = path
        self.identities: dict[str, IdentityRow] = {}
        self._strings: dict[str, list[Mention]] = defaultdict(list)
        self._named: dict[str, list[Mention]] = defaultdict(list)
        self._positions: dict[tuple[str, int], int] = {}
        self._last: dict[str, int] = {}
        """Record to the position of the last version that was taken."""
        self._known: dict[str, Known] = defaultdict(dict)
        self._codes: dict[str, Counter[str]] = defaultdict(Counter)
        """By outcome."""
        self._rows: Counter[str] = Counter()
        nation, end = self._read()
        if nation is None or end is None or dict(self._rows) != end.rows:
            raise TruthBroken("expected a nation first, its counts last, and as many rows as they say")
        self.nation: NationRow = nation
        self.end: EndRow = end

    def identities_of(self, string: str) -> list[Mention]:
        """Everybody and everything that this exact string identifies."""
        return self._strings.get(string, [])

    def strings_of(self, identity: str) -> list[Mention]:
        """Every string by which somebody or something goes."""
        return self._named.get(identity, [])

    def strings(self) -> Iterator[str]:
        """Every string that identifies, once."""
        return iter(self._strings)

    def version(self, record: str, version: int) -> VersionRow:
        """The row of this version as it was taken. Raises KeyError where it never was."""
        return self._at(self._positions[record, version])

    def versions(self) -> Iterator[VersionRow]:
        """Every row of a version, in the order of sending, also those that were not taken."""
        return (row for row in iter_rows(self.path) if isinstance(row, VersionRow))

    def may_receive(self, record: str, version: int) -> Mapping[str, Received]:
        """Each agency that may receive this version, and what of it."""
        return self.version(record, version).receive

    def held_after(self, record: str, version: int) -> frozenset[str]:
        """Agencies that may hold the record once this version has been dealt with: who may not has been told to let go."""
        return frozenset(self.version(record, version).receive)

    def holders(self) -> dict[str, frozenset[str]]:
        """Of every record that was ever taken: the agencies that may hold it at the end."""
        return {record: frozenset(self._at(position).receive) for record, position in self._last.items()}

    def may_know(self, agency: str) -> Mapping[str, set[str]]:
        """Everybody and everything that the agency may know from any version, and by which sorts of identifiers."""
        return self._known.get(agency, {})

    def may_see(self, agency: str, string: str) -> bool:
        """Whether the agency may come upon this string: one of those whom it identifies may be known to it in this way."""
        known = self.may_know(agency)
        return any(mention.sort in known.get(mention.of, ()) for mention in self.identities_of(string))

    def expected_refusals(self) -> Counter[str]:
        """Codes that the forces' doors must give."""
        return self._codes["REFUSED"]

    def expected_dead_letters(self) -> Counter[str]:
        """Codes of the dead letters that must be there."""
        return self._codes["DEAD"]

    def expected_flags(self) -> Counter[str]:
        """Quality flags that must be there."""
        return Counter(self.end.flags)

    def _at(self, position: int) -> VersionRow:
        with self.path.open("rb") as lines:
            lines.seek(position)
            row = ROWS.validate_json(lines.readline())
        if not isinstance(row, VersionRow):
            raise TruthBroken("the file has changed since it was read")
        return row

    def _read(self) -> tuple[NationRow | None, EndRow | None]:
        nation: NationRow | None = None
        end: EndRow | None = None
        position = 0
        with self.path.open("rb") as lines:
            for line in lines:
                row = ROWS.validate_json(line)
                if (nation is None) != isinstance(row, NationRow) or end is not None:
                    raise TruthBroken("expected one nation, first, and nothing after the counts")
                if isinstance(row, NationRow):
                    nation = row
                elif isinstance(row, EndRow):
                    end = row
                else:
                    self._take(row, position)
                self._rows[row.row] += row.row != "end"
                position += len(line)
        del self._rows["end"]
        return nation, end

    def _take(self, row: IdentityRow | StringRow | VersionRow, position: int) -> None:
        if isinstance(row, IdentityRow):
            self.identities[row.id] = row
        elif isinstance(row, StringRow):
            mention = Mention(row.value, row.of, row.sort, row.form)
            self._strings[row.value].append(mention)
            self._named[row.of].append(mention)
        elif row.code is not None:
            self._codes[row.outcome][row.code] += 1
        elif row.outcome == "NEW":
            self._positions[row.record, row.version] = self._last[row.record] = position
            for agency, received in row.receive.items():
                self._learn(self._known[agency], row, received)

    def _learn(self, known: Known, row: VersionRow, received: Received) -> None:
        for person, level in received.persons.items():
            known.setdefault(person, set()).update(LEVELS[level])
        known.setdefault(row.place, set()).update(PLACE_SORTS[received.places])
        for thing in row.things:
            if received.things != "vehicle" or self.identities[thing].type == "VEHICLE":
                known.setdefault(thing, set()).update(THING_SORTS[received.things])
        if received.text != "none":
            for identity, sorts in row.named.items():
                known.setdefault(identity, set()).update(sorts)


def read_truth(path: Path) -> Truth:
    """The truth of a simulated nation. Raises TruthBroken, or ValidationError at a row that its model refuses."""
    return Truth(path)
