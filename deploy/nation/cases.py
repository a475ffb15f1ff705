"""Special households: who must be protected, who is watched, who is at risk; and the list of all cases."""

from collections.abc import Callable, Mapping

from deploy.nation import cases_family
from deploy.nation.cases_family import adult, any_of, any_sex
from deploy.nation.people import Home, Plan, Sketch, given_name_of, other_surname, plate_of, relate
from deploy.nation.places import territorial_forces

_FOREIGN = (("romanian", "ROU"), ("polish", "POL"), ("african", "SOM"), ("arab", "SYR"), ("chinese", "CHN"))
_FIRST_CLONED_PLATE = 100_000
"""Above the numbers of all other vehicles."""


def _abuser_and_victim(home: Home) -> Plan:
    """One address and one telephone; a child is there."""
    age = 3 + int(10 * home.chance.random())
    members = [
        adult(home, "FEMALE", age + 19, age + 33, ("abused",)),
        adult(home, "MALE", age + 20, age + 38, ("abuser",), has_record=True),
        adult(home, any_sex(home), age, age),
    ]
    members[0].has_telephone = members[1].has_telephone = True
    return Plan(members, relate([0, 1], [2], members), vehicles=1)


def _refuge(home: Home) -> Plan:
    """A mother and her child in a refuge; he from whom they fled is `refuge-abuser`."""
    age = 2 + int(10 * home.chance.random())
    members = [
        adult(home, "FEMALE", age + 19, age + 32, ("in-refuge", "abused")),
        adult(home, any_sex(home), age, age, ("in-refuge",)),
    ]
    return Plan(members, relate([0], [1], members))


def _refuge_abuser(home: Home) -> Plan:
    return Plan([adult(home, "MALE", 32, 50, ("abuser",), has_record=True)], [], vehicles=1)


def _protected(home: Home) -> Plan:
    """A new name; the old one is an alias that nobody may learn."""
    person = adult(home, any_sex(home), 25, 60, ("protected",))
    old = given_name_of(home, Sketch(person.sex, None))
    person.aliases = (f"{old} {other_surname(home, person.sex)}",)
    return Plan([person], [])


def _care_home(home: Home) -> Plan:
    members = [adult(home, any_sex(home), 76, 96, ("at-risk",)) for _ in range(5)]
    for member in members:
        member.surname = other_surname(home, member.sex)
        member.has_telephone = member is members[0]
    return Plan(members, [])


def _children_home(home: Home) -> Plan:
    """Three children who are looked after, none related; they go missing again and again."""
    members = [adult(home, any_sex(home), 12, 16, ("looked-after", "repeat-missing")) for _ in range(3)]
    for member in members:
        member.surname, member.has_telephone = other_surname(home, member.sex), True
    return Plan(members, [])


def _tenants(home: Home) -> Plan:
    """The noisy house."""
    members = [adult(home, any_sex(home), 19, 33, ("tenant",)) for _ in range(3)]
    for member in members[1:]:
        member.surname = other_surname(home, member.sex)
    return Plan(members, [], vehicles=1)


def _shared_telephone(home: Home) -> Plan:
    members = [adult(home, any_sex(home), 20, 55) for _ in range(4)]
    for member in members:
        member.surname, member.has_telephone = other_surname(home, member.sex), True
    return Plan(members, [])


def _cloned_plate(home: Home) -> Plan:
    """Two forces (or three, of the last) have a household with the same plate."""
    pair = min(territorial_forces().index(home.force) // 2, len(territorial_forces()) // 2 - 1)
    return Plan([adult(home, any_sex(home), 25, 60)], [], vehicles=1, plate=plate_of(_FIRST_CLONED_PLATE + pair, home.shift))


def _supervised(home: Home) -> Plan:
    return Plan([adult(home, "MALE", 22, 50, ("supervised", "prolific"), has_record=True)], [], vehicles=1)


def _mappa(home: Home) -> Plan:
    """He is known for offences against children, and lives near some."""
    members = [
        adult(home, "MALE", 30, 65, ("mappa", "supervised", "sex-offender"), has_record=True),
        adult(home, "FEMALE", 28, 60),
    ]
    members[1].surname = other_surname(home, "FEMALE")
    return Plan(members, relate([0, 1], [], members))


def _organised(home: Home) -> Plan:
    """Two brothers."""
    members = [adult(home, "MALE", 24, 40, ("organised", "prolific"), has_record=True) for _ in range(2)]
    first = given_name_of(home, members[0])
    while given_name_of(home, members[1]) == first:
        members[1].given_name = None
    return Plan(members, relate([], [0, 1], members), vehicles=2)


def _young_offender(home: Home) -> Plan:
    members = [adult(home, "FEMALE", 34, 46), adult(home, "MALE", 14, 14, ("young-offender",), has_record=True)]
    members[1].has_telephone = True
    return Plan(members, relate([0], [1], members))


def _foreign_national(home: Home) -> Plan:
    home.origin, nationality = any_of(home, _FOREIGN)
    person = adult(home, "MALE", 22, 45, ("foreign-national",), has_record=True)
    person.surname, person.nationality = other_surname(home, "MALE"), nationality
    return Plan([person], [], vehicles=1)


def _school_family(home: Home) -> Plan:
    members = [adult(home, "FEMALE", 35, 44), *(adult(home, any_sex(home), age, age) for age in (6, 9, 14))]
    return Plan(members, relate([0], [1, 2, 3], members), vehicles=1)


def _elsewhere(home: Home) -> Plan:
    """A couple at home; he comes up in another force's area."""
    members = [adult(home, "MALE", 24, 45, has_record=True), adult(home, "FEMALE", 24, 45)]
    return Plan(members, relate([0, 1], [], members), vehicles=1)


PLANS: Mapping[str, Callable[[Home], Plan]] = {
    **cases_family.PLANS,
    "abuser-and-victim": _abuser_and_victim, "refuge": _refuge, "refuge-abuser": _refuge_abuser, "protected": _protected,
    "care-home": _care_home, "children-home": _children_home, "tenants": _tenants, "shared-telephone": _shared_telephone,
    "cloned-plate": _cloned_plate, "supervised": _supervised, "mappa": _mappa, "organised": _organised,
    "young-offender": _young_offender, "foreign-national": _foreign_national, "school-family": _school_family,
    "elsewhere": _elsewhere,
}  # fmt: skip
"""Name of the case to who lives there: every force has each of them once."""
PLACE_KINDS: Mapping[str, str] = {"refuge": "refuge", "care-home": "care-home"}
"""Of the cases that do not live in an ordinary home."""


def plan_source(home: Home) -> Plan:
    """A covert source, alone: no other household knows of it."""
    return Plan([adult(home, any_sex(home), 21, 58, ("source",))], [])
