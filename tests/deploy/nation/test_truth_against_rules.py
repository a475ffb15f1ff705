"""The truth of a simulated nation against the hub's rules: who holds what, and whom that names, version by version.

The truth follows the catalogue of partner kinds and the law (deploy/nation/READINGS.md), the hub its agreements and
prohibitions; neither looks at the other. A difference falls into a class of `nation_differences` or fails.
"""

from collections import Counter

import pytest
from nation_differences import CLASSES, classify
from nation_judge import TOLD_OF, Judgement, judge, out_of_area

from deploy.nation.readings import READINGS
from deploy.nation.readings_national import WITHDRAWING
from deploy.nation.simulated import Nation, simulate_folder
from schemas import reference

NATION = Nation(
    seed=14, hours=36, scale=0.1, fault_rate=0.03,
    forces=("northumbria", "durham", "cleveland", "south-wales", "avon-and-somerset", "south-yorkshire", "leicestershire"),
)  # fmt: skip
"""Forces in whose areas the local agencies are; two routes, every sort of life, every sort of fault."""

RARE = {"coastguard", "coroner", "dwp", "housing-provider", "school-encompass", "victim-support", "yjs"}
"""Kinds of which so small a nation may have nothing; `make truth-day` has them, and each has its cases.
"""


@pytest.fixture(scope="module")
def judgement(tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    folder = tmp_path_factory.mktemp("nation") / "folder"
    simulate_folder(NATION, folder)
    return judge(folder)


def test_each_agency_holds_what_it_may(judgement: Judgement) -> None:
    """Who holds a version and may not, or may and does not: nobody, but of a class that says why."""
    assert [
        (f.side, f.case.agency, f.case.row.record, f.case.row.version) for f in judgement.differences if not classify(f)
    ] == []


def test_nothing_leaks(judgement: Judgement) -> None:
    """What a held version tells beyond what it may: nothing, but of a class that says why."""
    leaks = [
        (x.case.agency, x.case.row.record, x.case.row.version, x.field, x.sort) for x in judgement.leaks if not classify(x)
    ]
    assert leaks == []


def test_nobody_misses_what_the_row_promises(judgement: Judgement) -> None:
    """What the truth allows and the record has, the delivery has too, but for classes that say why."""
    missing = [(x.case.agency, x.case.row.record, x.case.row.version, x.field) for x in judgement.missing if not classify(x)]
    assert missing == []


def test_no_class_is_idle(judgement: Judgement) -> None:
    """A class that explains nothing has to go."""
    found = (*judgement.differences, *judgement.leaks, *judgement.missing)
    counted = Counter(classify(each) for each in found)
    assert [each.name for each in CLASSES if not counted[each.name]] == []


def test_every_kind_agrees_on_something(judgement: Judgement) -> None:
    """Of every kind with a feed there are versions held as they may be; strings in them that identify have been judged."""
    assert set(judgement.agreed) | RARE == set(READINGS)
    told_of_nobody = {"violence-reduction"}
    assert set(judgement.judged) | RARE | told_of_nobody == set(READINGS)


def test_no_council_receives_its_neighbours_records(judgement: Judgement) -> None:
    """Of all kinds that are bound to an area: what an agency holds happened in its own authorities, or was recorded by its own
    forces; and there are neighbours that hold something each."""
    assert out_of_area(judgement) == []
    kinds: dict[str, set[str]] = {}
    for case in judgement.held:
        kinds.setdefault(case.kind, set()).add(case.agency)
    assert {kind for kind, agencies in kinds.items() if len(agencies) > 1} >= {"la-asb-team", "la-children-mash", "fire-rescue"}


def test_a_record_of_elsewhere_is_found(judgement: Judgement) -> None:
    """The search for records of elsewhere finds one: the same version, in the hands of a neighbour."""
    case = next(case for case in judgement.held if case.kind == "la-asb-team")
    neighbour = next(
        agency.id
        for agency in reference.agencies().values()
        if agency.kind == case.kind and case.row.lad not in agency.lad_codes
    )
    planted = judgement._replace(held=[case, case._replace(agency=neighbour)])
    assert [each.agency for each in out_of_area(planted)] == [neighbour]


def test_the_gravest_never_happens(judgement: Judgement) -> None:
    """Not by any class: a source's reference, a victim of an alleged sexual offence, a stopped record."""
    for leak in (*judgement.leaks, *judgement.beyond):
        assert leak.sort != "SOURCE"
        victims = {part.person for part in leak.case.row.parts if part.role == "VICTIM"}
        assert leak.sort == TOLD_OF or "sexual" not in leak.case.row.latched or leak.of not in victims
    for found in judgement.differences:
        row = found.case.row
        assert row.action not in WITHDRAWING
        assert {"protected-person", "source-material", "legal-privilege"}.isdisjoint(row.markers)


def test_whoever_has_to_let_go_has_held(judgement: Judgement) -> None:
    """Each withdrawal of the truth follows on an allowance of the version before, none is left out, and after a recall,
    a restriction or an erasure nobody is left.
    """
    may: dict[str, frozenset[str]] = {}
    seen: Counter[str] = Counter()
    for row in judgement.truth.versions():
        if row.outcome == "NEW":
            receiving = frozenset(row.receive)
            letting_go = [withdrawal.agency for withdrawal in row.withdraw]
            assert len(letting_go) == len(set(letting_go))
            assert set(letting_go) == may.get(row.record, frozenset()) - receiving
            assert not (receiving and row.action in WITHDRAWING)
            may[row.record] = receiving
            seen[row.action] += bool(letting_go)
        else:
            assert not row.receive
            assert not row.withdraw
    assert all(seen[action] for action in ("RECALL", "RESTRICTION", "ERASURE", "VERSION"))


def test_hub_and_truth_withdraw_alike(judgement: Judgement) -> None:
    """Where both had let an agency have a record, and neither lets it now, both have told it so; and the other way round."""
    assert judgement.unlike == []
    assert sum(number for (_, held), number in judgement.lettings_go.items() if held) > 0
