"""Framing and topic names: what two sides agree on before a record is looked at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.errors import Refused
from schemas.topics import Topics
from schemas.wire import HEADER_BYTES, frame, unframe

PART = st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,8}\Z")


@given(st.integers(0, 2**32 - 1), st.binary(max_size=50))
def test_a_frame_gives_back_id_and_body(schema_id: int, body: bytes) -> None:
    """Any id of four bytes and any body come back as they were; the first byte is 0."""
    framed = frame(schema_id, body)
    assert framed[0] == 0
    assert unframe(framed) == (schema_id, body)


@given(st.one_of(st.none(), st.binary(max_size=12)))
def test_anything_else_is_empty_or_not_framed(value: bytes | None) -> None:
    """No value is EMPTY_MESSAGE; too short or another first byte is NOT_FRAMED; all else has an id."""
    if value and value[0] == 0 and len(value) >= HEADER_BYTES:
        assert frame(*unframe(value)) == value
        return
    with pytest.raises(Refused) as caught:
        unframe(value)
    assert caught.value.code is (Code.NOT_FRAMED if value else Code.EMPTY_MESSAGE)


@given(PART, PART, PART)
def test_names_tell_their_parts(prefix: str, agency: str, feed: str) -> None:
    """A submission topic gives its force back; all feeds of an agency begin with its own head and no other's."""
    topics = Topics(f"{prefix}.")
    assert topics.force_of(topics.submission(agency)) == agency
    assert topics.feed(agency, feed).startswith(topics.feeds_of(agency))
    assert not topics.feed(f"{agency}x", feed).startswith(topics.feeds_of(agency))
    assert all("_" not in name for name in (topics.feed(agency, feed), topics.dead_letter(agency), topics.standard))


@pytest.mark.parametrize("part", ["", "a_b", "A", "a.b", "-a", "a b", "a\n", "é"])
def test_what_could_be_another_topic_is_no_part(part: str) -> None:
    """A part with a dot, an underscore, a capital or a line's end makes no name, and so no prefix."""
    for make in (Topics().submission, Topics().recall, lambda name: Topics().feed("a", name), lambda name: Topics(f"{name}.")):
        with pytest.raises(ValueError):
            make(part)


def test_another_hubs_topics_have_no_force_here() -> None:
    """A topic of another prefix, or of another sort, is refused."""
    for name in ("standard", "x.submission.kent", "dead-letter.kent", "submission"):
        with pytest.raises(ValueError):
            Topics().force_of(name)
