"""Rule files are read with the place of each key; what YAML would pass over without a word is a fault."""

import string

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import Code
from stream_processors.rule_files import read_rule_file, write_path


def test_each_key_and_item_has_its_line() -> None:
    """Lines count from 1; a key that has none of its own is told at the nearest around it."""
    file, faults = read_rule_file(
        "a.yaml", b"# why\nid: x\nshare_when:\n  - {marker: [soc,\n      child]}\n  - kind: [crime]\n"
    )
    assert faults == []
    assert file.lines["share_when", 0, "marker", 1] == 5
    assert file.lines["share_when", 1, "kind"] == 6
    fault = file.fault(("share_when", 1, "kind", 0, "x"), "y", "z", Code.RULE_FORM)
    assert (fault.line, fault.key, str(fault)) == (
        6, "share_when[1].kind[0].x", "a.yaml:6 share_when[1].kind[0].x: found y; expected z",
    )  # fmt: skip


BAD: list[tuple[bytes, int, str]] = [
    (b"", 1, "an empty file"),
    (b"id: [", 1, "no YAML"),
    (b"id: x\n\tversion: 1", 2, "no YAML"),
    (b"id: x\nversion: 1\nid: y\n", 3, "`id` a second time"),
    (b"fields:\n  crime.summary: keep\n  crime.summary: drop\n", 3, "`crime.summary` a second time"),
    (b"a: &a [*a]\n", 1, "alias"),
    (b"a: &a {x: 1}\nb:\n  <<: *a\n", 3, "merge key"),
    (b"? [a]\n: 1\n", 1, "merge key, or a key that is no word"),
    (b"valid_from: 2026-99-99\n", 1, "no YAML"),
    (b"a: !!python/object:os.system {}\n", 1, "no YAML"),
    (b"a: 1\n---\nb: 2\n", 2, "no YAML"),
    (b"\xff\xfe\xfa", 1, "no YAML"),
    (b"a: &a [1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n"
     b"d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\n", 1, "too many"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "line", "found"), BAD)
def test_what_is_no_plain_yaml_is_a_fault(content: bytes, line: int, found: str) -> None:
    """A key twice, a merge, an alias to itself or to a thousand million, a date that is none: told with its line."""
    file, faults = read_rule_file("a.yaml", content)
    assert found in faults[0].found
    assert faults[0].code is Code.RULE_UNREADABLE
    assert abs(faults[0].line - line) <= 1, faults[0]
    assert file.value is None or "second time" in found


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(string.printable, max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(string.ascii_letters, min_size=1, max_size=3), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(string.ascii_letters, min_size=1, max_size=3), VALUES, min_size=1))
def test_a_file_is_read_as_yaml_reads_it(value: dict[str, object]) -> None:
    """The value is the one that PyYAML's own safe loader gives, and each of its keys and items has a line."""
    content = yaml.safe_dump(value).encode()
    file, faults = read_rule_file("a.yaml", content)
    assert faults == []
    assert file.value == yaml.safe_load(content) == value
    lines = content.decode().splitlines()
    for path, line in file.lines.items():
        assert 1 <= line <= len(lines), write_path(path)
