"""Approvals: two different pinned persons of organisations that do not receive, under exactly what is published."""

from dataclasses import replace
from typing import Any

import pytest
from approving import ANN, BOB, CAT, KEYS, NOW_MS, PINNED, approver, key
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.errors import Misconfigured, Refused
from stream_processors.approvals import Approval, Statement, check_approvals, recipients_of, sign, signed_bytes
from stream_processors.approvers import (
    NOBODY,
    Approver,
    make_approvers,
    parse_approver,
    parse_approvers,
    write_approver,
    write_approvers,
)

SAID = Statement("control", "PUBLISH", 7, "a" * 64, "b" * 64, "c" * 64, "d" * 64)
BOTH = [sign(SAID, ANN, KEYS["Ann"], NOW_MS), sign(SAID, BOB, KEYS["Bob"], NOW_MS)]


def refusal(said: Statement, approvals: list[Approval], recipients: tuple[str, ...] = (), **more: Any) -> Code | None:
    """Why these approvals are not enough; None where they are."""
    try:
        check_approvals(said, approvals, more.pop("approvers", PINNED), recipients, **more)
    except Refused as refused:
        return refused.code
    return None


def test_two_different_approvers_are_enough_and_one_is_not() -> None:
    """Two hold, in any order, with a third one too; nobody, one, or one twice do not, unless one is all that is needed."""
    third = sign(SAID, CAT, KEYS["Cat"], NOW_MS)
    assert [refusal(SAID, some) for some in (BOTH, BOTH[::-1], [*BOTH, third])] == [None] * 3
    assert [refusal(SAID, some) for some in ([], BOTH[:1], BOTH[:1] * 2)] == [Code.NOT_APPROVED] * 3
    again = sign(SAID, ANN, KEYS["Ann"], NOW_MS + 1)
    assert refusal(SAID, [BOTH[0], again]) is Code.NOT_APPROVED
    assert refusal(SAID, BOTH[:1], needed=1) is None


@given(data=st.data())
def test_no_changed_byte_of_an_approval_holds(data: st.DataObject) -> None:
    """Any byte of a signature, and any letter of what was signed or of who signed it, changed: not approved."""
    signature = bytearray(BOTH[0].signature)
    signature[data.draw(st.integers(0, 63))] ^= data.draw(st.integers(1, 255))
    assert refusal(SAID, [BOTH[0]._replace(signature=bytes(signature)), BOTH[1]]) is Code.APPROVAL_INVALID
    field = data.draw(st.sampled_from(["hub", "replaces", "rule_set", "report_sha256", "rendering_sha256"]))
    text = getattr(SAID, field)
    at, letter = data.draw(st.integers(0, len(text) - 1)), data.draw(st.sampled_from("0123456789abcdefxyz"))
    changed = text[:at] + letter + text[at + 1 :]
    assert (refusal(replace(SAID, **{field: changed}), BOTH) is None) == (changed == text)


@given(number=st.integers(1, 2**40), at=st.integers(0, 2**45), cut=st.integers(0, 63))
def test_number_kind_time_and_length_are_signed(number: int, at: int, cut: int) -> None:
    """Another number, a rollback for a publishing, another moment, a signature cut short: not approved."""
    assert (refusal(replace(SAID, number=number), BOTH) is None) == (number == SAID.number)
    assert refusal(replace(SAID, kind="ROLLBACK"), BOTH) is Code.APPROVAL_INVALID
    assert (refusal(SAID, [BOTH[0]._replace(signed_at_ms=at), BOTH[1]]) is None) == (at == NOW_MS)
    assert refusal(SAID, [BOTH[0]._replace(signature=BOTH[0].signature[:cut]), BOTH[1]]) is Code.APPROVAL_INVALID


@given(st.lists(st.text(max_size=5), min_size=9, max_size=9), st.lists(st.text(max_size=5), min_size=9, max_size=9))
def test_two_statements_have_two_texts(one: list[str], other: list[str]) -> None:
    """What is signed says one thing only: no value can run over into its neighbour."""
    made = [signed_bytes(Statement(a, b, c, d, e, f, g), h, i, 5) for a, b, c, d, e, f, g, h, i in (one, other)]  # type: ignore[arg-type]
    assert (made[0] == made[1]) == (one == other)


def test_a_swapped_or_unpinned_approver_does_not_hold() -> None:
    """Ann's signature under Bob's name, another organisation, a key that nobody pinned, nobody pinned at all."""
    ann, bob = BOTH
    swapped = [ann._replace(approver="Bob", organisation=BOB.organisation), bob]
    elsewhere = [ann._replace(organisation="elsewhere"), bob]
    stranger = approver("Eve", 9)
    unpinned = [sign(SAID, stranger, key(9), NOW_MS), bob]
    forged = [sign(SAID, ANN, key(9), NOW_MS), bob]
    for some in (swapped, elsewhere, unpinned, forged):
        assert refusal(SAID, some) is Code.APPROVAL_INVALID
    assert refusal(SAID, BOTH, approvers=NOBODY) is Code.APPROVAL_INVALID


def test_only_who_has_the_power_approves() -> None:
    """The power of emergencies or of reviews is none over rule sets."""
    weak = make_approvers([ANN, approver("Bob", 2, powers=("emergency", "review"))])
    assert refusal(SAID, BOTH, approvers=weak) is Code.APPROVAL_INVALID


def test_a_retired_approver_counts_for_what_stands_and_for_nothing_later() -> None:
    """Up to the number of retirement the signature holds, so that the set in force stays; above it it does not."""
    retired = make_approvers([ANN, BOB.model_copy(update={"until_number": 7})])
    assert refusal(SAID, BOTH, approvers=retired) is None
    later = replace(SAID, number=8)
    signed = [sign(later, ANN, KEYS["Ann"], NOW_MS), sign(later, BOB, KEYS["Bob"], NOW_MS)]
    assert refusal(later, signed, approvers=retired) is Code.APPROVAL_INVALID
    assert [retired.all[1].may("approve"), retired.all[1].may("approve", 7)] == [False, True]


AGENCIES = b"id,name,kind\nmash-tyne-a,Exampleburn City Council children services,la-children-mash\n"


@pytest.mark.parametrize("organisation", [
    "mash-tyne-a", "MASH Tyne A", "la-children-mash", "Exampleburn City Council children services", "exampleburn city council",
    "Exampleburn  City Council, Children Services", "Exampleburn City Council children services: team 4",
    "\uff2c\uff21-children-mash",
])  # fmt: skip
def test_nobody_of_a_recipient_approves(organisation: str) -> None:
    """By id, kind or name, in whatever spelling; nor somebody of the council whose department receives."""
    theirs = make_approvers([approver("Ann", 1, organisation), BOB])
    signed = [sign(SAID, theirs.all[0], KEYS["Ann"], NOW_MS), BOTH[1]]
    assert refusal(SAID, signed, approvers=theirs) is None
    assert (
        refusal(SAID, signed, tuple(recipients_of({"agencies.csv": AGENCIES})), approvers=theirs) is Code.APPROVER_IS_RECIPIENT
    )


def test_an_organisation_that_only_sounds_alike_may_approve() -> None:
    """A word in common makes no recipient."""
    names = tuple(recipients_of({"agencies.csv": AGENCIES}))
    for organisation in ("Exampleburn Housing", "North Exampleburn City Council", "la", "house of Ann"):
        theirs = make_approvers([approver("Ann", 1, organisation), BOB])
        signed = [sign(SAID, theirs.all[0], KEYS["Ann"], NOW_MS), BOTH[1]]
        found = refusal(SAID, signed, names, approvers=theirs)
        assert found is (Code.APPROVER_IS_RECIPIENT if organisation == "la" else None), organisation


@pytest.mark.parametrize("second", [approver("ann", 2), approver("ANN", 2), approver(" Ann.".strip(), 2), approver("Bob", 1)])
def test_no_person_is_pinned_twice(second: Approver) -> None:
    """The same name in another spelling, or the same key under another name, would make two approvals of one person."""
    with pytest.raises(Misconfigured) as caught:
        make_approvers([ANN, second])
    assert caught.value.code is Code.APPROVERS_INVALID


def test_a_list_is_read_as_it_was_written() -> None:
    """Names, keys, powers and retirements come back."""
    listed = make_approvers([ANN, BOB.model_copy(update={"until_number": 3, "demonstration": True}), CAT])
    assert parse_approvers(write_approvers(listed)) == listed
    assert parse_approvers(b'{"approvers":[%s]}' % write_approver(ANN)).all == (ANN,)


BAD: list[dict[str, Any]] = [
    {"name": ""}, {"name": "a\nb"}, {"name": " a"}, {"name": "..."}, {"organisation": "x\u202ey"}, {"public_key": "AAAA"},
    {"public_key": "not base64"}, {"powers": []}, {"powers": ["rule"]}, {"until_number": -1}, {"more": 1},
]  # fmt: skip


@pytest.mark.parametrize("change", BAD, ids=str)
def test_a_list_with_one_bad_entry_makes_nobody_an_approver(change: dict[str, Any]) -> None:
    """The entry is named, its value is not; a list that was half read could hold fewer than were meant."""
    with pytest.raises(Misconfigured) as caught:
        parse_approver(ANN.model_dump() | change, "approvers.4")
    assert caught.value.code is Code.APPROVERS_INVALID
    assert caught.value.field == f"approvers.4.{next(iter(change))}" or "powers" in caught.value.field


@given(st.one_of(st.binary(max_size=40), st.sampled_from([b"[]", b"null", b'{"approvers": {}}', b'{"approvers": [1]}', b"{}"])))
def test_no_bytes_are_half_a_list(content: bytes) -> None:
    """Whatever else stands in the file: a stable code."""
    with pytest.raises(Misconfigured) as caught:
        parse_approvers(content)
    assert caught.value.code is Code.APPROVERS_INVALID
