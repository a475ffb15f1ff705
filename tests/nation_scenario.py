"""A version and an agency, as one asks about it who explains why the hub and the truth differ: ages, roles, what is alleged."""

from datetime import date, datetime
from typing import NamedTuple

from nation_judge import Case, Leak

from deploy.nation.calendar import local_day
from deploy.nation.truth import IdentityRow, PartRow
from deploy.nation.truth_reader import Truth
from schemas import reference_offences

CONCERNED = ("SUSPECT", "OFFENDER", "SUBJECT")
"""Roles of those whom a record is about."""
_NAMED_SUB_TYPES = ("asb", "safeguarding", "missing", "wanted")


class Scenario(NamedTuple):
    """A case as the classes ask about it."""

    case: Case
    truth: Truth
    leak: Leak | None = None

    @property
    def kind(self) -> str:
        """Of the agency."""
        return self.case.kind

    @property
    def hides(self) -> str:
        """What a fault keeps from whoever reads this version."""
        return self.case.row.hides

    @property
    def event(self) -> str:
        """Kind of record, or the sub-type of an incident where the catalogue names it."""
        row = self.case.row
        if row.kind != "incident":
            return row.kind
        return row.sub_type if row.sub_type in _NAMED_SUB_TYPES else "incident"

    @property
    def field(self) -> str:
        """Where it leaks; empty: nothing does."""
        return self.leak.field if self.leak is not None else ""

    @property
    def leaked(self) -> list[PartRow]:
        """The parts of the person who is leaked."""
        return [part for part in self.case.row.parts if self.leak is not None and part.person == self.leak.of]

    @property
    def is_sheltered(self) -> bool:
        """Somebody of it must not be found."""
        row, of = self.case.row, self.truth.identities
        is_refuge = of[row.place].type == "refuge" or any("in-refuge" in of[part.person].traits for part in row.parts)
        return is_refuge or "sheltered" in row.latched or not {"refuge", "safe-address"}.isdisjoint(row.markers)

    @property
    def is_sexual(self) -> bool:
        """A sexual offence is alleged, or was in an earlier version."""
        codes = [row.offence for row in (*self.case.earlier, self.case.row) if row.offence]
        is_of_log = self.case.row.kind == "incident" and "sexual" in self.case.row.latched  # of the crime that it became
        return is_of_log or any(reference_offences.offences()[code].sexual != "N" for code in codes)

    @property
    def was_unreadable(self) -> bool:
        """The offence can't be read, in this version or an earlier one."""
        return any(row.hides == "offence" for row in (*self.case.earlier, self.case.row))

    @property
    def child_suspects(self) -> list[PartRow]:
        """Whom the record is about, and not known to be adults."""
        return [part for part in self.case.row.parts if part.role in CONCERNED and not self.is_adult(part)]

    @property
    def has_child_suspect(self) -> bool:
        """One of this version, or of an earlier one."""
        return bool(self.child_suspects) or "child-suspect" in self.case.row.latched

    def is_source(self, part: PartRow) -> bool:
        """A covert source, whatever his or her part."""
        return "source" in self.who(part).traits

    def who(self, part: PartRow) -> IdentityRow:
        """The facts of the person."""
        return self.truth.identities[part.person]

    def age(self, part: PartRow) -> int | None:
        """On the local day of what happened; None: unknown."""
        born, row = self.who(part).born, self.case.row
        if born is None or row.hides == "time":
            return None
        day, birth = local_day(int(datetime.fromisoformat(row.occurred).timestamp() * 1000)), date.fromisoformat(born)
        return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))

    def is_adult(self, part: PartRow) -> bool:
        """Known to be one."""
        return (self.age(part) or 0) >= 18

    def is_youth(self, part: PartRow) -> bool:
        """Known to be ten to seventeen."""
        return 10 <= (self.age(part) or 0) < 18

    def is_child(self, part: PartRow) -> bool:
        """Known to be one: by date of birth; unborn or of unknown age, by what its force says."""
        if self.who(part).born is None and self.hides != "time":
            return "child" in self.case.record["persons"][self.case.row.parts.index(part)]["markers"]
        age = self.age(part)
        return age is not None and age < 18

    def is_supervised(self, part: PartRow) -> bool:
        """An adult under supervision or MAPPA whom the record is about."""
        traits = self.who(part).traits
        return part.role in CONCERNED and self.is_adult(part) and ("supervised" in traits or "mappa" in traits)
