"""Which version a submission is, against a model that knows nothing of bytes."""

from hypothesis import given
from hypothesis import strategies as st
from producers_submissions import DOOR, NOW, checked, crime, patch

from producers.door import Checked
from producers.versions import Last, merge, next_event
from schemas.codes import Code
from schemas.errors import Refused
from schemas.identity import event_id
from schemas.records import decode

CRIME = "uk.pointduty.submission.Crime"


def _next(submission, last=None, kind="crime"):
    return next_event(checked(submission, kind), last, DOOR, NOW)


def _last(event):
    return Last(event.version, event.kind, event.content_sha256, event.body)


@given(st.lists(st.sampled_from("abc"), max_size=12))
def test_versions_count_changes_of_content(contents):
    """The version rises by one with each change of content; the same content again is the same bytes and event id."""
    last, version, before = None, 0, None
    for content in contents:
        event = _next(crime(crime={"summary": content}), last and _last(last))
        version += content != before
        assert event.version == version
        assert event.resend == (content == before)
        if event.resend:
            assert (event.body, event.event_id) == (last.body, last.event_id)
        assert event.event_id == event_id("kent:rms:C/1", version, CRIME, event.body)
        assert decode(CRIME, event.body)["envelope"]["version"] == version
        last, before = event, content


def test_version_and_time_of_publishing_do_not_make_a_new_version():
    """They are about the sending, not about the record."""
    first = _next(crime())
    envelope = {"source_system": "rms", "source_ref": "C/1", "version": 7, "published_at": "2026-01-15T11:00:00Z"}
    assert _next(crime(envelope=envelope), _last(first)).event_id == first.event_id


def test_an_action_makes_a_new_version():
    """A recall of an unchanged record is an event of its own."""
    first = _next(crime())
    recall = crime(envelope={"source_system": "rms", "source_ref": "C/1", "action": "RECALL"})
    assert _next(recall, _last(first)).version == 2


def test_a_patch_keeps_what_it_does_not_give_and_does_not_recall_again():
    """Fields not given stay; a full version stays full; the last action is not repeated."""
    recall = crime(envelope={"source_system": "rms", "source_ref": "C/1", "action": "RECALL"})
    event = _next(patch(crime={"outcome": {"value": "charged"}}), _last(_next(recall)))
    record = decode(CRIME, event.body)
    assert record["crime"]["offence"]["value"] == "5"
    assert record["crime"]["outcome"]["value"] == "charged"
    assert record["marking"]["tier"] == "OFFICIAL"
    assert (record["envelope"]["action"], record["envelope"]["partial"], event.version) == ("VERSION", False, 2)


def test_a_patch_without_a_full_version_is_partial():
    """Where nothing is known, the patch is version 1 and says so; patches of it stay partial."""
    first = _next(patch(marking={"tier": "OFFICIAL"}, crime={"outcome": {"value": "x"}}))
    assert (first.version, decode(CRIME, first.body)["envelope"]["partial"]) == (1, True)
    second = _next(patch(crime={"status": "OPEN"}), _last(first))
    record = decode(CRIME, second.body)
    assert (second.version, record["envelope"]["partial"], record["crime"]["outcome"]["value"]) == (2, True, "x")
    assert decode(CRIME, _next(crime(), _last(second)).body)["envelope"]["partial"] is False


def test_a_patch_that_changes_nothing_is_a_resend():
    """The merged record equals the last version."""
    first = _next(crime())
    assert _next(patch(crime={"offence": {"value": "5"}}), _last(first)).resend


def test_what_a_patch_makes_goes_through_the_door_again():
    """A patch of another kind, and one that takes the marking away, are refused."""
    first = _last(_next(crime()))
    for submission, kind, code in (
        (patch(marking=None), "crime", Code.NO_MARKING),
        ({"envelope": patch()["envelope"], "incident": {}}, "incident", Code.NOT_A_SUBMISSION),
    ):
        try:
            _next(submission, first, kind)
        except Refused as refused:
            assert refused.code == code
        else:
            raise AssertionError("it was accepted")


_JSON = st.recursive(st.integers() | st.none(), lambda inner: st.dictionaries(st.sampled_from("ab"), inner), max_leaves=6)


@given(st.dictionaries(st.sampled_from("ab"), _JSON), st.dictionaries(st.sampled_from("ab"), _JSON))
def test_merging_again_changes_nothing(known, patched):
    """Merging is idempotent, an empty patch is neutral, and nothing handed in is changed."""
    copy = repr(known), repr(patched)
    merged = merge(known, patched)
    assert merge(merged, patched) == merged
    assert merge(known, {}) == known
    assert (repr(known), repr(patched)) == copy


def test_a_lost_outbox_gives_the_same_event_ids_again():
    """Ids come from the content alone: publishing all over from an empty outbox makes resends, not conflicts."""
    assert isinstance(checked(crime()), Checked)
    assert next_event(checked(crime()), None, DOOR, NOW) == next_event(checked(crime()), None, DOOR, NOW.replace(year=2027))
