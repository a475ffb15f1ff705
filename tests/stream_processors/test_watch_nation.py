"""A simulated day of the nation through standardise and the watch: its silent force and its collapsing force are noticed."""

from collections import defaultdict

import pytest
from nation_tallies import MINUTE_MS, make_tallies, read_episodes

from deploy.nation.episodes import COLLAPSING, SILENT, Episode
from deploy.nation.simulated import Nation, simulate_folder
from stream_processors.watch_report import judge
from stream_processors.watch_tables import HOUR_MS, ForceRow

NATION = Nation(seed=9, scale=0.05)
LOOK_MS = 5 * MINUTE_MS

Seen = dict[str, list[int]]
"""Times at which a force was signalled, UTC milliseconds."""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Episode], Seen, Seen]:
    """The episodes, and who was called silent and collapsing, looking every five minutes by the day's own clock."""
    folder = tmp_path_factory.mktemp("watched") / "nation"
    simulate_folder(NATION, folder)
    rows: dict[str, ForceRow] = {}
    silent, collapsing = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
    now_ms = 0
    for offset, tally in enumerate(make_tallies(folder)):
        while now_ms and now_ms <= tally.at_ms:
            for force, signal in judge(rows, now_ms).items():
                if signal["silent"]:
                    silent[force].append(now_ms)
                if signal["collapsing"]:
                    collapsing[force].append(now_ms)
            now_ms += LOOK_MS
        now_ms = now_ms or tally.at_ms + LOOK_MS
        rows.setdefault(tally.force, ForceRow(tally.force)).apply(tally, offset)
    assert len(rows) == 43
    return read_episodes(folder), silent, collapsing


def test_the_silent_force_is_noticed_and_no_other(day: tuple[dict[str, Episode], Seen, Seen]) -> None:
    """Within two hours of falling silent it is signalled, until it speaks again; none of the other 42 is, all day."""
    episodes, silent, _ = day
    episode = episodes[SILENT]
    assert set(silent) == {episode.force}
    times = silent[episode.force]
    assert episode.from_ms < times[0] < episode.from_ms + 2 * HOUR_MS
    assert times == list(range(times[0], times[-1] + 1, LOOK_MS))
    assert episode.until_ms - 15 * MINUTE_MS < times[-1] < episode.until_ms + 15 * MINUTE_MS


def test_the_collapsing_force_is_noticed(day: tuple[dict[str, Episode], Seen, Seen]) -> None:
    """It is signalled before the day is over, though a twentieth of a nation has few rows; of the others one at most is."""
    episodes, _, collapsing = day
    episode = episodes[COLLAPSING]
    assert len(set(collapsing) - {episode.force}) <= 1
    assert all(episode.from_ms < seen_ms <= episode.until_ms for seen_ms in collapsing[episode.force])
    assert collapsing[episode.force]
