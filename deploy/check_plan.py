"""Which files are checked, by which adapter, as whose. Shell: it looks into folders."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from os.path import commonpath
from pathlib import Path
from typing import NamedTuple

from producers.adapters.catalogue import Adapter


class Work(NamedTuple):
    """One file to check."""

    path: Path
    name: str
    """As the report calls it: below what all files have in common, so that no report tells of somebody's home folder."""
    adapter: Adapter
    force: str


class CheckPlan(NamedTuple):
    """What is to be done, and why it can't be. `left_out`: files of a folder that no adapter knows, or of other forces."""

    work: list[Work]
    left_out: int
    problems: list[str]


def plan_check(
    paths: Sequence[Path], adapters: Mapping[str, Adapter], adapter: Adapter | None, force: str | None, forces: Collection[str]
) -> CheckPlan:
    """The files of `paths` with their adapter and force. `adapter` and `force` None: each file's name tells them. Of several
    adapters for one name, the one whose pattern tells the force is taken.

    A folder is read adapter by adapter in the order of `adapters`, so that crimes come before the outcomes that are merged
    into them; with `force`, its files of other forces are left out. A file that is named itself must be told by one adapter
    alone: several or none is a problem, not a guess.
    """
    chosen = {adapter.name: adapter} if adapter else adapters
    plan = CheckPlan([], 0, [])
    left_out = 0
    for path in paths:
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        known = [(file, _readers(file, chosen.values(), adapter if file == path else None)) for file in files]
        if path.is_dir():
            mine = [item for item in known if item[1] and not _is_of_another(*item, force, forces)]
            left_out += len(known) - len(mine)
            known = sorted(mine, key=lambda item: list(chosen).index(item[1][0].name))
            plan.problems.extend([] if known else [f"{path}: no file has a name that an adapter knows; say --adapter"])
        for file, readers in known:
            plan.problems.extend(_assign(plan.work, file, readers, force, forces))
    return CheckPlan(list(_named(plan.work)), left_out, plan.problems)


def _readers(file: Path, adapters: Iterable[Adapter], asked: Adapter | None) -> list[Adapter]:
    found = [asked] if asked else [one for one in adapters if one.is_of(file)]
    telling = [one for one in found if one.force_in(file)]
    return telling if len(telling) == 1 else found


def _is_of_another(file: Path, readers: list[Adapter], force: str | None, forces: Collection[str]) -> bool:
    named = readers[0].force_in(file)
    return force is not None and named in forces and named != force


def _assign(work: list[Work], file: Path, readers: list[Adapter], force: str | None, forces: Collection[str]) -> Iterator[str]:
    if len(readers) != 1:
        names = ", ".join(one.name for one in readers)
        yield f"{file}: " + (f"{names} read files of this name; say --adapter" if names else "say --adapter")
        return
    owner = force or readers[0].force_in(file)
    if owner is None or owner not in forces:
        yield f"{file}: its name tells no force; say --force"
        return
    work.append(Work(file, "", readers[0], owner))


def _named(work: list[Work]) -> Iterator[Work]:
    """Each with the shortest name by which all can be told apart."""
    if not work:
        return
    folder = commonpath([one.path.resolve().parent for one in work])
    for one in work:
        yield one._replace(name=one.path.resolve().relative_to(folder).as_posix())
