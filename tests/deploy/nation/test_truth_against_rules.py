"""The truth of a simulated nation against the hub's agreements: who holds what, and whom that names, version by version.

The truth follows the catalogue of partner kinds and the law (deploy/nation/READINGS.md); the agreements are a first version,
example by example. So they differ. Every difference must fall into one of the classes of `nation_differences`, each with its
reason and with the side that has to be mended; a leak of any other class fails.
"""

from collections import Counter
from collections.abc import Iterator

import pytest
from nation_differences import DIFFERENCES, LEAKS, classify
from nation_judge import TOLD_OF, WIDER, Difference, Judgement, Leak, judge
from nation_scenario import Scenario

from deploy.nation.readings_national import WITHDRAWING
from deploy.nation.simulated import Nation, simulate_folder
from schemas import reference

NATION = Nation(
    seed=11, hours=60, scale=0.3, forces=("northumbria", "durham", "cleveland", "south-wales"), fault_rate=0.02
)  # fmt: skip
"""Forces in whose areas the local agencies of the six agreements are; two routes, every sort of life, every sort of fault."""


@pytest.fixture(scope="module")
def judgement(tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    folder = tmp_path_factory.mktemp("nation") / "folder"
    simulate_folder(NATION, folder)
    return judge(folder)


def _of_differences(judgement: Judgement) -> Iterator[tuple[str, Difference]]:
    for found in judgement.differences:
        yield classify(Scenario(found.case, judgement.truth), DIFFERENCES, found.side), found


def _of_leaks(judgement: Judgement) -> Iterator[tuple[str, Leak]]:
    for leak in judgement.leaks:
        yield classify(Scenario(leak.case, judgement.truth, leak), LEAKS, WIDER), leak


def test_every_difference_is_explained(judgement: Judgement) -> None:
    """Who holds a version and may not, or may and does not: each is of a class that says why."""
    unexplained = [
        (found.side, found.case.agency, found.case.row.record, found.case.row.version)
        for name, found in _of_differences(judgement)
        if not name
    ]
    assert unexplained == []


def test_every_leak_is_explained(judgement: Judgement) -> None:
    """What a held version tells beyond what it may: of a class that waits to be mended."""
    unexplained = [
        (leak.case.agency, leak.case.row.record, leak.case.row.version, leak.field, leak.sort)
        for name, leak in _of_leaks(judgement)
        if not name
    ]
    assert unexplained == []


def test_no_class_is_idle(judgement: Judgement) -> None:
    """Each class that is not rare has differences: once an agreement is mended its class has to go."""
    for classes, found in ((DIFFERENCES, _of_differences(judgement)), (LEAKS, _of_leaks(judgement))):
        counted = Counter(name for name, _ in found)
        assert [each.name for each in classes if not each.is_rare and not counted[each.name]] == []


def test_every_kind_agrees_on_something(judgement: Judgement) -> None:
    """Of each of the six kinds there are versions held as they may be, with strings in them that identify; all is judged."""
    kinds = {"la-asb-team", "la-children-mash", "nca", "probation", "violence-reduction", "yjs"}
    assert set(judgement.agreed) == kinds
    assert set(judgement.judged) == kinds - {"violence-reduction"}  # which is told of nobody by name


def test_the_gravest_never_happens(judgement: Judgement) -> None:
    """Not by any class: a source, the victim of a sexual offence by more than role, a stopped record, another's area."""
    agencies = reference.agencies()
    for leak in (*judgement.leaks, *judgement.beyond):
        scenario = Scenario(leak.case, judgement.truth, leak)
        identity = judgement.truth.identities.get(leak.of)
        assert leak.sort != "SOURCE"
        is_source = identity is not None and (identity.what == "source" or "source" in identity.traits)
        assert not is_source or (leak.case.row.kind != "intelligence" and scenario.leaked)  # an ordinary witness by daylight
        if leak.sort != TOLD_OF:
            assert not (scenario.is_sexual and any(part.role == "VICTIM" for part in scenario.leaked))
    for found in judgement.differences:
        row, lads = found.case.row, agencies[found.case.agency].lad_codes
        if found.side == WIDER:
            assert row.action not in WITHDRAWING
            assert {"protected-person", "source-material", "legal-privilege"}.isdisjoint(row.markers)
            assert not any("protected" in judgement.truth.identities[part.person].traits for part in row.parts)
            assert not lads or row.lad in lads


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
