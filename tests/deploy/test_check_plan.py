"""Which files a check reads, by which adapter, as whose: told by names, never guessed."""

import re
from pathlib import Path

import pytest

from deploy.check_plan import plan_check
from producers.adapters.catalogue import Adapter, adapters_of
from schemas.dialect import shipped_dialects
from schemas.reference import forces

ADAPTERS = adapters_of(shipped_dialects())


def touch(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return [folder / name for name in names]


def test_names_tell_adapter_and_force(tmp_path: Path) -> None:
    """A folder: every file that an adapter knows, crimes before the outcomes that are merged into them; the rest left out."""
    names = ("b/2022-02-kent-outcomes.csv", "b/2022-02-kent-street.csv.gz", "durham.jsonl", "notes.txt")
    touch(tmp_path, *names)
    plan = plan_check([tmp_path], ADAPTERS, None, None, forces())
    found = [(one.name, one.force) for one in plan.work]
    assert found.index((names[1], "kent")) < found.index((names[0], "kent"))
    assert ("durham.jsonl", "durham") in found
    assert (plan.left_out, plan.problems) == (1, [])


def test_names_of_files_say_nothing_of_the_folders_above_them(tmp_path: Path) -> None:
    """One file is called by its name alone: a report that is sent does not tell where it lay."""
    paths = touch(tmp_path, "home/someone/kent.jsonl")
    assert [one.name for one in plan_check(paths, ADAPTERS, None, None, forces()).work] == ["kent.jsonl"]


@pytest.mark.parametrize("name", ["export.csv", "atlantis.jsonl", "2022-02-atlantis-street.csv"])
def test_what_a_name_does_not_tell_must_be_said(name: str, tmp_path: Path) -> None:
    """No adapter, or a force that nobody knows: a problem that says which option is missing."""
    plan = plan_check(touch(tmp_path, name), ADAPTERS, None, None, forces())
    assert not plan.work
    assert len(plan.problems) == 1
    assert "--adapter" in plan.problems[0] or "--force" in plan.problems[0]


def test_what_is_said_goes_before_names(tmp_path: Path) -> None:
    """With --adapter and --force any name is read, as that force."""
    paths = touch(tmp_path, "export.dat", "durham.jsonl")
    [one, other] = plan_check(paths, ADAPTERS, ADAPTERS["native-jsonl"], "kent", forces()).work
    assert (one.force, other.force) == ("kent", "kent")
    assert one.adapter is other.adapter is ADAPTERS["native-jsonl"]


def test_two_adapters_for_one_name_are_a_problem(tmp_path: Path) -> None:
    """Where two would read it, both are named, and neither is taken."""
    first = ADAPTERS["native-jsonl"]
    two = {"one": first, "other": Adapter("other", re.compile(r"(?P<force>kent)\.jsonl"), first.read)}
    plan = plan_check(touch(tmp_path, "kent.jsonl"), two, None, None, forces())
    assert not plan.work
    assert "native-jsonl, other" in plan.problems[0]


def test_a_pattern_that_tells_the_force_goes_before_one_for_any_name(tmp_path: Path) -> None:
    """Some adapters read any `.json`; a name that tells the force of one layout is that layout's."""
    [one] = plan_check(touch(tmp_path, "kent-stops-force-2024-01.json"), ADAPTERS, None, None, forces()).work
    assert (one.adapter.name, one.force) == ("police-uk-api-stops", "kent")


def test_files_of_other_forces_are_left_out_of_a_folder(tmp_path: Path) -> None:
    """With --force a folder of all forces gives the files of that one; a file that is named itself is read all the same."""
    paths = touch(tmp_path, "kent.jsonl", "durham.jsonl")
    plan = plan_check([tmp_path], ADAPTERS, None, "kent", forces())
    assert ([one.name for one in plan.work], plan.left_out) == (["kent.jsonl"], 1)
    assert len(plan_check(paths, ADAPTERS, None, "kent", forces()).work) == 2


def test_a_folder_without_a_known_name_is_a_problem(tmp_path: Path) -> None:
    """Nothing to check must not look like nothing wrong."""
    touch(tmp_path, "notes.txt")
    assert plan_check([tmp_path], ADAPTERS, None, None, forces()).problems
