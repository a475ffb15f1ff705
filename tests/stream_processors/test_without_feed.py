"""Every kind of agency has an agreement, or a file that says why it has none."""

from stream_processors.rule_set import load_rule_set, shipped_parts
from stream_processors.without_feed import read_without_feed, shipped_without_feed

KINDS = frozenset(agreement.partner_kind for agreement in load_rule_set(shipped_parts()).agreements)


def test_each_kind_of_the_catalogue_has_exactly_one_of_the_two() -> None:
    """The shipped files leave no kind out, and none is both ways."""
    read = read_without_feed(shipped_without_feed(), KINDS)
    assert read.faults == ()
    assert set(read.kinds) == {"csp", "pcc-mayor", "open-data", "dvla"}


def test_a_kind_left_out_both_ways_or_unknown_is_a_fault() -> None:
    """Each is named, all at once."""
    parts = shipped_without_feed()
    unknown = parts.pop("dvla.yaml").replace(b"dvla", b"dvlb", 1)
    read = read_without_feed({**parts, "dvlb.yaml": unknown}, KINDS | {"csp"})
    assert [fault.split(":")[0] for fault in read.faults] == ["csp", "dvla", "dvlb"]


def test_a_file_that_does_not_say_why_is_a_fault() -> None:
    """A missing reason, a key that nobody knows, what is no YAML, another kind's name."""
    parts = shipped_without_feed()
    parts["dvla.yaml"] = parts["dvla.yaml"].replace(b"reason:", b"because:")
    parts["csp.yaml"] = b"{"
    parts["ocsp.yaml"] = shipped_without_feed()["csp.yaml"]
    read = read_without_feed(parts, KINDS)
    assert [fault.split(":")[0] for fault in read.faults] == ["csp.yaml", "dvla.yaml", "ocsp.yaml", "dvla"]
