"""The manifest of a day: both sides make the same of the same deliveries, and nothing of it can be changed."""

from typing import Any

import pytest
from avro_values import fill
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import Code
from schemas.errors import Refused
from schemas.manifests import (
    DAY_MANIFEST,
    Delivered,
    check_manifest,
    digest_of,
    make_manifest,
    public_text,
    sign_manifest,
    signed_text,
)
from schemas.records import Record, decode, encode

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PINNED = public_text(KEY.public_key())
DELIVERIES = st.builds(
    Delivered, st.integers(0, 3), st.integers(1, 30), st.sampled_from("abc"), st.sampled_from(["SHARE", "VOID", "WITHDRAW"])
)


def made(*deliveries: Delivered, feed: str = "nca.live") -> Record:
    """A signed manifest as it is read from the topic."""
    signed = sign_manifest(make_manifest(feed, "2026-03-02", deliveries, 1_772_400_000_123), KEY)
    return decode(DAY_MANIFEST, encode(DAY_MANIFEST, signed))


def is_signed(manifest: Record, pinned: str = PINNED) -> bool:
    try:
        check_manifest(manifest, pinned)
    except Refused as refusal:
        assert refusal.code is Code.MANIFEST_INVALID
        return False
    return True


@given(st.lists(DELIVERIES), st.randoms())
def test_order_and_repeats_do_not_matter(deliveries: list[Delivered], random: Any) -> None:
    """Whatever was kept in whatever order, and however often it came: the same digest; another delivery is another digest."""
    kept = [*deliveries, *deliveries[:3]]
    random.shuffle(kept)
    assert digest_of(kept) == digest_of(deliveries)
    assert digest_of([*deliveries, Delivered(9, 1, "x", "SHARE")]) != digest_of(deliveries)


def test_the_digest_is_what_any_language_makes() -> None:
    """Lines of four words, sorted by numbers, not by text: the documented form, byte for byte."""
    import hashlib

    lines = b"0 2 b SHARE\n0 10 a WITHDRAW\n2 1 c VOID\n"
    said = [Delivered(2, 1, "c", "VOID"), Delivered(0, 10, "a", "WITHDRAW"), Delivered(0, 2, "b", "SHARE")]
    assert digest_of(said) == hashlib.sha256(lines).hexdigest()
    text = signed_text(made(*said)).decode().splitlines()
    assert text[:5] == ["pointduty/day-manifest/1", "feed nca.live", "day 2026-03-02", "lane 0 2 10 2", "lane 2 1 1 1"]
    assert text[5:8] == ["count SHARE 1", "count VOID 1", "count WITHDRAW 1"]
    assert [line.split()[0] for line in text[8:]] == ["digest", "made", "key"]


def test_by_recall_each_delivery_is_named() -> None:
    """Recalls have no numbers, so the manifest says their ids."""
    manifest = made(Delivered(0, 0, "b", "WITHDRAW"), Delivered(0, 0, "a", "WITHDRAW"), feed="nca.recall")
    assert (manifest["lanes"], manifest["recalls"], manifest["counts"]) == ([], ["a", "b"], {"WITHDRAW": 2})


def test_a_manifest_verifies_until_anything_is_changed() -> None:
    """As it is read it holds; with any one value changed, another key, or a signature that is none, it does not."""
    manifest = made(Delivered(0, 1, "a", "SHARE"), Delivered(1, 4, "b", "UPDATE"))
    assert is_signed(manifest)
    other = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))).public_key()
    assert not is_signed(manifest, public_text(other))
    example = fill(DAY_MANIFEST)
    assert set(example) == set(manifest)
    for field in manifest:
        assert not is_signed(manifest | {field: example[field]}), field
    for signature in ("", "AAAA", "not base64", manifest["signature"][:-4]):
        assert not is_signed(manifest | {"signature": signature})
    assert not is_signed(manifest, "AAAA")


def test_every_changed_byte_of_the_record_is_seen() -> None:
    """Any byte of the body, changed in any way: it can't be read, or it does not verify."""
    body = encode(DAY_MANIFEST, made(Delivered(0, 1, "a", "SHARE"), Delivered(0, 2, "b", "UPDATE")))
    for at in range(len(body)):
        for bit in (1, 32, 128):
            changed = bytes((*body[:at], body[at] ^ bit, *body[at + 1 :]))
            try:
                read = decode(DAY_MANIFEST, changed)
            except Refused:
                continue
            with pytest.raises(Refused):
                check_manifest(read, PINNED)
