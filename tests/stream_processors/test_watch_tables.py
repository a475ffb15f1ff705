"""The tables of the watch: exact sums, whatever is read twice, torn or lost."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.records import decode, encode
from stream_processors.watch_counts import Counts, Tally, tally_of
from stream_processors.watch_tables import (
    HOUR_MS,
    HOURS_KEPT,
    apply_to_cell,
    apply_to_row,
    cell_key,
    force_key,
    read_cell,
    read_position,
    read_row,
    write_row,
)

AT_MS = 1_767_571_200_000
TALLY = "uk.pointduty.hub.Tally"

CODES = st.dictionaries(st.sampled_from(["PD-204", "PD-301", "PD-311"]), st.integers(1, 9))
COUNTS = st.builds(
    Counts,
    st.integers(0, 500),
    CODES,
    CODES,
    st.dictionaries(st.sampled_from(["score", "validity"]), st.lists(st.integers(0, 1000), min_size=2, max_size=2)),
    st.dictionaries(st.just("received-standardised"), st.lists(st.integers(0, 10**9), min_size=3, max_size=3)),
)
TALLIES = st.builds(
    Tally,
    st.sampled_from(["kent", "essex"]),
    st.sampled_from(["crime", "incident", ""]),
    st.integers(AT_MS, AT_MS + 60 * HOUR_MS),
    COUNTS,
)


class Log:
    """A table with its changelog, as a crash leaves them: the store has all, the changelog what was sent."""

    def __init__(self) -> None:
        self.store: dict[bytes, bytes] = {}
        self.changelog: list[tuple[bytes, bytes]] = []

    def apply(self, tally: Tally, offset: int) -> None:
        row, cell = force_key(tally.force), cell_key(tally.force, tally.kind, tally.at_ms // HOUR_MS)
        self._set(row, apply_to_row(self.store.get(row), tally, offset).value)
        self._set(cell, apply_to_cell(self.store.get(cell), tally, offset).value)

    def _set(self, key: bytes, value: bytes) -> None:
        self.store[key] = value
        self.changelog.append((key, value))

    def crash(self, sent: int, known: int, *, is_store_lost: bool) -> int:
        """Lose what was not sent, read the changelog from what is known to be in the store; gives where to read on."""
        del self.changelog[sent:]
        if is_store_lost:
            self.store, known = {}, 0
        self.store.update(self.changelog[known:])
        return read_position(self.changelog[-1][1]) if self.changelog else 0


def contents(log: dict[bytes, bytes]) -> dict[bytes, Any]:
    """Values without what says how they came to be."""
    found: dict[bytes, Any] = {}
    for key, value in log.items():
        one = read_row(value) if key.startswith(b"force/") else read_cell(value)
        one.read = -1
        found[key] = one
    return found


def compacted(log: Log) -> dict[bytes, bytes]:
    return dict(log.changelog)


@given(st.lists(TALLIES, min_size=1, max_size=25), st.data())
def test_crashes_change_nothing(tallies: list[Tally], data: st.DataObject) -> None:
    """Crashes after any change, with any part of the newest changes not sent, the store lost or not: in the end the store is
    what it is without a crash, and the changelog alone gives the same.
    """
    whole, log = Log(), Log()
    for offset, tally in enumerate(tallies):
        whole.apply(tally, offset)
    position, acknowledged = 0, 0
    for _ in range(data.draw(st.integers(0, 4))):
        until = data.draw(st.integers(position, len(tallies)))
        for offset in range(position, until):
            log.apply(tallies[offset], offset)
        sent = data.draw(st.integers(acknowledged, len(log.changelog)))
        acknowledged = data.draw(st.integers(acknowledged, sent))  # changes that the store knows to have been sent
        is_store_lost = data.draw(st.booleans())
        position = log.crash(sent, acknowledged, is_store_lost=is_store_lost)
        acknowledged = sent
    for offset in range(position, len(tallies)):
        log.apply(tallies[offset], offset)
    assert contents(log.store) == contents(whole.store)
    assert contents(compacted(log)) == contents(whole.store)


def test_a_value_that_is_sent_again_hides_nothing_that_is_not() -> None:
    """Two crashes: nothing was sent before the first; then one force, whose row is newest of all, is sent again, and the store
    is lost. What the other force has sent is read again all the same.
    """
    kent, essex = (Tally(force, "crime", AT_MS, Counts(1)) for force in ("kent", "essex"))
    tallies, log = [kent, essex, kent], Log()
    for offset, tally in enumerate(tallies):
        log.apply(tally, offset)
    assert log.crash(0, 0, is_store_lost=False) == 0
    log.apply(tallies[0], 0)
    position = log.crash(2, 0, is_store_lost=True)
    for offset in range(position, 3):
        log.apply(tallies[offset], offset)
    assert read_row(log.store[force_key("essex")]).tallies == 1
    assert read_row(log.store[force_key("kent")]).tallies == 2


@given(st.lists(TALLIES, max_size=30))
def test_totals_are_sums(tallies: list[Tally]) -> None:
    """The row of a force adds up all its tallies; its hours and cells never more than is kept."""
    log = Log()
    for offset, tally in enumerate(tallies):
        log.apply(tally, offset)
    for force in {tally.force for tally in tallies}:
        row, own = read_row(log.store[force_key(force)]), [tally for tally in tallies if tally.force == force]
        assert row.total.standardised == sum(tally.counts.standardised for tally in own)
        assert sum(row.total.flags.values()) == sum(sum(tally.counts.flags.values()) for tally in own)
        assert row.total.rows == sum(tally.counts.rows for tally in own)
        assert row.tallies == len(own)
        assert row.last_ms == max(tally.at_ms for tally in own)
        numbers = [hour.hour for hour in row.hours]
        assert numbers == sorted(set(numbers))
        assert numbers[-1] - numbers[0] < HOURS_KEPT


def test_a_later_hour_takes_the_cell_of_an_old_one() -> None:
    """The ring: after `HOURS_KEPT` hours a cell counts anew, and what comes for the old hour then counts nowhere in it."""
    first, later = (Tally("kent", "crime", AT_MS + hours * HOUR_MS, Counts(5)) for hours in (0, HOURS_KEPT))
    key = cell_key("kent", "crime", AT_MS // HOUR_MS)
    assert key == cell_key("kent", "crime", AT_MS // HOUR_MS + HOURS_KEPT)
    value = None
    for offset, tally in enumerate((first, first, later, first)):
        value = apply_to_cell(value, tally, offset).value
    assert value is not None
    cell = read_cell(value)
    assert (cell.hour, cell.tallies, cell.counts.standardised) == (later.at_ms // HOUR_MS, 1, 5)


@given(TALLIES)
def test_values_are_read_as_written(tally: Tally) -> None:
    """JSON and back is the same row, the long number of its rhythm included."""
    value = apply_to_row(None, tally, 7).value
    assert write_row(read_row(value)) == value
    row = read_row(value)
    row.rhythm.hear(tally.at_ms + 23 * HOUR_MS)
    assert read_row(write_row(row)) == row


def test_a_tally_is_read_from_its_record() -> None:
    """Each count of the contract's record is in the tally."""
    record = {
        "force": "kent", "kind": "crime", "source_partition": 0, "first_offset": 1, "last_offset": 3, "standardised": 2,
        "refused": [{"reason": "PD-204", "count": 1}], "flags": [{"reason": "PD-301", "count": 2}],
        "dimensions": [{"dimension": "score", "judged": 2, "sum": 150}],
        "delays": [{"span": "received-standardised", "judged": 2, "sum_ms": 30, "max_ms": 20}], "at": AT_MS + 1,
    }  # fmt: skip
    tally = tally_of(decode(TALLY, encode(TALLY, record)))
    counts = Counts(2, {"PD-204": 1}, {"PD-301": 2}, {"score": [2, 150]}, {"received-standardised": [2, 30, 20]})
    assert tally == Tally("kent", "crime", AT_MS + 1, counts)
    assert counts.score() == 75
    assert counts.score("validity") is None
