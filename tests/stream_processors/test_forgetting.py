"""What lanes forget of tasks that are over, and what they never may."""

from dataclasses import replace
from pathlib import Path

from core_hub import NOW_MS, agreement, rule_set, rulebook
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import Topics
from stream_processors import forgetting
from stream_processors.control_commands import LaneCommand
from stream_processors.forgetting import REPLAY_DAYS, forget, forget_task, is_over
from stream_processors.lane_agenda import tasks_in_order
from stream_processors.lane_commit import commit_lanes
from stream_processors.lane_store import LaneStore
from stream_processors.lane_tasks import DONE, begin
from stream_processors.outputs import Outputs
from stream_processors.overlay import Overlay

DAY_MS = 86_400_000
BOOK = rulebook(rule_set([agreement("bureau")]))
OLD = LaneCommand("old", "REPLAY", "feed/bureau.live", "by", "why", NOW_MS - REPLAY_DAYS * DAY_MS - 1)
NEW = replace(OLD, id="new", at_ms=OLD.at_ms + 2)
RETRO = replace(OLD, id="retro", verb="RETROACT", subject="all")


def run(store: LaneStore, commands: list[LaneCommand], names: dict[str, int]) -> tuple[set[str], list[bytes]]:
    """A day's forgetting in a lane with this progress (by command: how many days old); gives what is left, and the keys that
    are taken off the topic."""
    store.open(0, 1.0)
    whole = begin(forget_task([], NOW_MS), 0, 0, NOW_MS)
    steps = [whole | {"command": name, "at": NOW_MS - days * DAY_MS} for name, days in names.items()]
    store.write(0, [], {}, 1, 1.0, steps)
    overlay, task = Overlay(store), forget_task(commands, NOW_MS)
    progress, keys = begin(task, 0, 0, NOW_MS), []
    while progress["state"] != DONE:
        page = store.progress_behind(0, progress["cursor"], forgetting.LOOKED_AT)
        forget(0, page, task, progress, overlay, NOW_MS)
        made = Outputs(Topics(), {}).holders(overlay, lambda _lane, _offset: None)
        keys += [output.key for output in made if output.value is None]
        commit_lanes(store, overlay, {}, 1.0)
        overlay.drop()
    return {each["command"] for each in store.progress_behind(0, "", 10_000)}, keys


def test_what_is_over_goes_and_nothing_else(tmp_path: Path) -> None:
    """Requests and housework of some days ago, and a replay that is over; not what is younger, nor a command that would be
    carried out again."""
    kept = {"resend/young": 2, "expiry/young": 0, "new": 99, "retro": 99, "retro/held": 99, "grant-1/end": 99, "x/void": 99}
    gone = {"resend/a": 4, "expiry/2026-06-01": 14, "forget/2026-06-01": 14, "old": 31}
    left, keys = run(LaneStore(tmp_path, "t", 1e9), [OLD, NEW, RETRO], kept | gone)
    assert left == set(kept)
    assert sorted(keys) == sorted(f"command/{name}".encode() for name in gone)


def test_thousands_go_page_by_page(tmp_path: Path) -> None:
    """A flood of requests is forgotten in bounded pieces, and wholly."""
    names = {f"resend/{number:05}": 4 for number in range(forgetting.LOOKED_AT * 2 + 7)}
    left, keys = run(LaneStore(tmp_path, "t", 1e9), [], names | {"zzz": 9})
    assert (left, len(keys)) == ({"zzz"}, len(names))


@given(st.sampled_from(["REPLAY", "REDECIDE", "RESUME", "RETROACT"]), st.integers(0, 90))
def test_a_command_is_forgotten_only_when_it_is_no_task_any_more(verb: str, days: int) -> None:
    """Else it would be carried out twice. All but replays are carried out however late they are found."""
    command = replace(OLD, verb=verb, at_ms=NOW_MS - days * DAY_MS)
    tasks = tasks_in_order(BOOK, [command], (), NOW_MS)
    over = {name for task in tasks for name in task.over}
    assert not over & {task.id for task in tasks}
    assert is_over(command, NOW_MS) == (verb == "REPLAY" and days > REPLAY_DAYS) == (command.id in over)


def test_todays_forgetting_is_not_forgotten_today(tmp_path: Path) -> None:
    """Nor would it begin anew."""
    today = forget_task([], NOW_MS).id
    left, _ = run(LaneStore(tmp_path, "t", 1e9), [], {today: 0})
    assert left == {today}
