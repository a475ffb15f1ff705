"""Identity: two things are never one, and one thing is never two."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.identity import event_id, record_id, row_ref

NAMES = st.text(st.characters(exclude_characters=":", exclude_categories=["Cs"]), min_size=1, max_size=6)
REFS = st.text("ab:/ é", max_size=6)
PARTS = st.tuples(NAMES, NAMES, REFS)


@given(PARTS, PARTS)
def test_record_ids_are_equal_only_where_all_parts_are(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    """Force, system and reference can be told from the id, whatever colons the reference has."""
    assert (record_id(*one) == record_id(*other)) == (one == other)
    assert tuple(record_id(*one).split(":", 2)) == one


@given(st.tuples(REFS, st.integers(1, 9), NAMES, st.binary(max_size=9)), st.tuples(REFS, st.integers(1, 9), NAMES, st.binary()))
def test_an_event_id_changes_with_any_part(one: tuple[str, int, str, bytes], other: tuple[str, int, str, bytes]) -> None:
    """Record, version, record name and content: any other part gives another id; the same parts the same."""
    assert (event_id(*one) == event_id(*other)) == (one == other)


@given(st.text("ab", max_size=3), st.text("ab", max_size=3), st.binary(max_size=3))
def test_bytes_can_not_move_from_one_part_to_the_next(record: str, name: str, body: bytes) -> None:
    """Parts are told apart by their lengths: what ends one and what begins the next can't be exchanged."""
    assert event_id(f"{record}x", 1, name, body) != event_id(record, 1, f"x{name}", body)
    assert event_id(record, 1, f"{name}x", body) != event_id(record, 1, name, b"x" + body)
    assert event_id(record, 11, name, body) != event_id(f"{record}1", 1, name, body)


@given(st.lists(st.binary(max_size=3), max_size=20))
def test_equal_rows_of_a_file_are_records_of_their_own(rows: list[bytes]) -> None:
    """Every row of a file has its own reference, and the same file sent again has the same references."""

    def refs() -> list[str]:
        seen: dict[bytes, int] = {}
        made = []
        for row in rows:
            made.append(row_ref(row, seen.get(row, 0)))
            seen[row] = seen.get(row, 0) + 1
        return made

    assert len(set(refs())) == len(rows)
    assert refs() == refs()
