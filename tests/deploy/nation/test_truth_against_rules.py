"""The truth of a simulated nation against the hub's agreements: who holds what, and whom that names, version by version.

The truth follows the catalogue of partner kinds and the law (deploy/nation/READINGS.md); the agreements are a first version,
example by example. So they differ. Every difference must fall into one of the classes below, each with its reason and with
the side that has to be mended; a leak of any other class fails.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

import pytest
from nation_judge import NARROWER, WIDER, Case, Judgement, Leak, events_of, judge

from deploy.nation.calendar import local_day
from deploy.nation.simulated import Nation, simulate_folder
from deploy.nation.truth import IdentityRow, PartRow
from deploy.nation.truth_reader import Truth
from schemas import reference

NATION = Nation(
    seed=11, hours=40, scale=0.3, forces=("northumbria", "durham", "cleveland", "south-wales"), fault_rate=0.02
)  # fmt: skip
"""Forces in whose areas the local agencies of the six agreements are; two routes, every sort of life, every sort of fault."""

ENGINE, READING = "engine", "reading"
"""The side to be mended: an agreement or a prohibition of the hub, or the reading that the truth is written from."""
_CONCERNED = ("SUSPECT", "OFFENDER", "SUBJECT")
_SUSPECTED = ("SUSPECT", "OFFENDER")
_TEXTS = ("incident.summary", "crime.modus_operandi", "intelligence.sanitised_text", "persons.description")


class Class(NamedTuple):
    """A class of differences: what is so of all of them, why, and which side is to be mended."""

    name: str
    side: str
    mend: str
    why: str
    holds: Callable[["Scenario"], bool]


class Scenario(NamedTuple):
    """A case as the classes ask about it."""

    case: Case
    truth: Truth
    leak: Leak | None = None

    @property
    def kind(self) -> str:
        return self.case.kind

    @property
    def event(self) -> str:
        """Kind of record, or the sub-type of an incident where the catalogue names it."""
        row = self.case.row
        if row.kind != "incident":
            return row.kind
        return row.sub_type if row.sub_type in ("asb", "safeguarding", "missing", "wanted") else "incident"

    @property
    def parts(self) -> list[PartRow]:
        """Without the one whose role a fault has hidden."""
        return self.case.row.parts[self.case.row.hides == "role" :]

    @property
    def leaked(self) -> list[PartRow]:
        """The parts of the person who is leaked."""
        return [part for part in self.case.row.parts if self.leak is not None and part.person == self.leak.of]

    @property
    def is_sheltered(self) -> bool:
        """Somebody of it must not be found."""
        row, of = self.case.row, self.truth.identities
        is_refuge = of[row.place].type == "refuge" or any("in-refuge" in of[part.person].traits for part in row.parts)
        return is_refuge or not {"refuge", "safe-address"}.isdisjoint(row.markers)

    @property
    def is_sexual(self) -> bool:
        """A sexual offence is alleged, or was in an earlier version."""
        codes = [row.offence for row in (*self.case.earlier, self.case.row) if row.offence]
        return any(reference.offences()[code].is_sexual for code in codes)

    @property
    def was_unreadable(self) -> bool:
        """The offence can't be read, in this version or an earlier one."""
        return any(row.hides == "offence" for row in (*self.case.earlier, self.case.row))

    def who(self, part: PartRow) -> IdentityRow:
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

    def is_child(self, part: PartRow) -> bool:
        """Known to be one."""
        age, position = self.age(part), self.case.row.parts.index(part)
        if self.case.row.hides != "time" and self.who(part).born is None:  # unborn, or a child of unknown age: its force says so
            return "child" in self.case.record["persons"][position]["markers"]
        return age is not None and age < 18

    def is_youth(self, part: PartRow) -> bool:
        """Known to be ten to seventeen."""
        return 10 <= (self.age(part) or 0) < 18

    def is_supervised(self, part: PartRow) -> bool:
        """An adult under supervision or MAPPA whom the record is about."""
        traits = self.who(part).traits
        return part.role in _CONCERNED and self.is_adult(part) and ("supervised" in traits or "mappa" in traits)

    @property
    def child_suspects(self) -> list[PartRow]:
        """Whom the record is about, and not known to be adults."""
        return [part for part in self.case.row.parts if part.role in _CONCERNED and not self.is_adult(part)]


DIFFERENCES = (
    Class(
        "not-in-the-row", WIDER, ENGINE,
        "the agreement takes every incident, the row of its partner kind only some sub-types",
        lambda s: s.event not in events_of(s.kind),
    ),
    Class(
        "custody-not-taken", NARROWER, ENGINE,
        "the row takes custody records, the agreement does not list the kind",
        lambda s: s.event == "custody" and s.kind in ("probation", "yjs"),
    ),
    Class(
        "covert-use", NARROWER, ENGINE,
        "probation's agreement withholds A2; its row takes C with its codes honoured, and S1 leaves as the sanitised text",
        lambda s: s.kind == "probation" and (s.case.record["grading"] or {}).get("action") == "A2",
    ),
    Class(
        "grade-unreadable", WIDER, ENGINE,
        "source or assessment is of no 3x5x2 grade, which standardise flags as missing; the hub reads the handling code alone",
        lambda s: s.case.row.hides == "grading",
    ),
    Class(
        "refuge-withheld", NARROWER, ENGINE,
        "the agreement withholds the whole record; the reading gives it without its place, and without a name anyway",
        lambda s: s.kind == "violence-reduction" and s.is_sheltered,
    ),
    Class(
        "age-unknown", WIDER, ENGINE,
        "the time of what happened can't be read, so nobody is known to be a child; the agreement asks for a marker",
        lambda s: s.kind in ("la-children-mash", "yjs") and s.case.row.hides == "time",
    ),
    Class(
        "supervised-in-another-role", WIDER, ENGINE,
        "the agreement asks for a marker anywhere; the supervised person is a victim, a witness or a caller",
        lambda s: s.kind == "probation" and not any(s.is_supervised(part) for part in s.parts),
    ),
    Class(
        "child-suspect-alone", WIDER, ENGINE,
        "the marker `child` is the suspect's: no child to care for was there; that child is the youth justice service's",
        lambda s: s.kind == "la-children-mash"
        and not any(s.is_child(part) and part.role not in _SUSPECTED for part in s.parts),
    ),
    Class(
        "child-in-another-role", WIDER, ENGINE,
        "the agreement asks for a child and for a suspect; here the child is not the suspect",
        lambda s: s.kind == "yjs"
        and not any(part.role in _CONCERNED and s.is_youth(part) for part in s.parts),
    ),
    Class(
        "violent-by-category", WIDER, ENGINE,
        "the agreement takes whole public categories of crime, the row serious violence as marked",
        lambda s: s.kind == "violence-reduction" and "serious-violence" not in s.case.row.markers,
    ),
)  # fmt: skip
"""Who holds a version: in this order, the first that holds is the class."""

LEAKS = (
    Class(
        "refuge", WIDER, ENGINE,
        "there is no prohibition on refuges and safe addresses yet: place and text leave",
        lambda s: (s.is_sheltered and _field(s).startswith(("locations.", *_TEXTS))) or (s.is_sheltered and _sort(s) in ("SCHOOL", "WORKPLACE")),
    ),
    Class(
        "summary", WIDER, ENGINE,
        "the agreement keeps the summary, which names callers, suspects, relatives and plates; the row masks third parties",
        lambda s: s.kind == "la-children-mash" and _field(s) == "incident.summary",
    ),
    Class(
        "child-suspect", WIDER, ENGINE,
        "there is no prohibition on child suspects yet: their names leave to others than youth justice and prosecution",
        lambda s: s.kind not in ("yjs", "cps") and any(part in s.child_suspects for part in s.leaked),
    ),
    Class(
        "text-beside-child-suspect", WIDER, ENGINE,
        "a text that may name a child suspect leaves",
        lambda s: s.kind not in ("yjs", "cps") and _field(s) in _TEXTS and bool(s.child_suspects),
    ),
    Class(
        "other-suspects", WIDER, ENGINE,
        "the field list gives all suspects and subjects, the row its own: who is supervised, who is ten to seventeen",
        lambda s: any(part.role in _CONCERNED for part in s.leaked)
        and (
            (s.kind == "probation" and not any(s.is_supervised(part) for part in s.leaked))
            or (s.kind == "yjs" and not any(s.is_youth(part) for part in s.leaked))
        ),
    ),
    Class(
        "offence-missing", WIDER, READING,
        "no offence, and a public category that no sexual offence has: known not to be one to the hub, unknown to the reading",
        lambda s: s.was_unreadable and not s.is_sexual and (s.case.record.get("crime") or {}).get("sexual_offence") == "N",
    ),
    Class(
        "sexual-others", WIDER, ENGINE,
        "victim anonymity takes the victim's fields away; who called or saw it, and things, may tell who that is",
        lambda s: (s.is_sexual or s.was_unreadable) and not any(part.role in _CONCERNED for part in s.leaked),
    ),
    Class(
        "role-unknown", WIDER, ENGINE,
        "fields of all persons leave, also of somebody whose role is not known",
        lambda s: s.case.row.hides == "role" and s.case.row.parts[0] in s.leaked,
    ),
    Class(
        "adult-beside-a-child", WIDER, ENGINE,
        "the field list gives whoever is missing or a victim, its row the child and the child's household",
        lambda s: s.kind == "la-children-mash" and any(s.is_adult(part) for part in s.leaked),
    ),
    Class(
        "age-unknown", WIDER, ENGINE,
        "the time of what happened can't be read, so nobody is known to be a child to care for",
        lambda s: s.case.row.hides == "time" and s.kind == "la-children-mash",
    ),
)  # fmt: skip
"""What a version that may be held tells beyond what it may."""


def _field(scenario: Scenario) -> str:
    return scenario.leak.field if scenario.leak is not None else ""


def _sort(scenario: Scenario) -> str:
    return scenario.leak.sort if scenario.leak is not None else ""


def _classify(scenario: Scenario, classes: tuple[Class, ...], side: str) -> str:
    return next((each.name for each in classes if each.side == side and each.holds(scenario)), "")


@pytest.fixture(scope="module")
def judgement(tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    folder = tmp_path_factory.mktemp("nation") / "folder"
    simulate_folder(NATION, folder)
    return judge(folder)
