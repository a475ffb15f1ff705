"""What was learnt by mending, in a dialect file: one line more, and it loads."""

import difflib
from importlib.resources import files

import pytest

from producers.dialect_rules import add_code
from schemas.dialect import load_dialect
from schemas.errors import Misconfigured

SHIPPED = sorted(item.name for item in (files("schemas") / "dialects").iterdir() if item.name.endswith(".yaml"))
CODES = [("incident_category", "NOISE9", "ASB_NOISE"), ("offence", 'x: "y" #', "5D"), ("stop_outcome", "Ü", "ARREST")]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_code_is_one_line_and_nothing_else_changes(name: str) -> None:
    """In every dialect that is shipped, whatever its form: the code is mapped, every other line is as it was."""
    text = (files("schemas") / "dialects" / name).read_text("utf-8")
    for code_list, local, national in CODES:
        if load_dialect(text, name).codes.get(code_list) == "national":
            with pytest.raises(Misconfigured):
                add_code(text, name, code_list, local, national)
            continue
        made = add_code(text, name, code_list, local, national)
        changed = [line for line in difflib.ndiff(text.splitlines(), made.splitlines()) if line[0] in "+-"]
        assert [line[0] for line in changed] == ["+"], changed
        assert load_dialect(made, name).codes[code_list][local] == national
        assert add_code(made, name, code_list, local, national) == made
        text = made


SMALL = "source_system: x\nsource: test\ndefault_marking: null\n"


@pytest.mark.parametrize(
    "codes",
    [
        "codes: {}\n",
        "codes: {offence: {}}\n",
        "codes: {offence: {a: '1'}, sex: {m: MALE}}",
        "codes:\n  offence:\n    a: '1'",
        "codes:\n  offence:   # of this system\n    a: '1'   # first\n\n  # more\n  sex:\n    m: MALE\n# the end\n",
        "codes:\n  sex:\n    m: MALE\n  offence: {\n    a: '1'\n    }\n",
        "codes:\n  sex:\n    m: MALE\ntime_formats: ['%d']\n",
    ],
)
def test_every_form_of_a_map_takes_a_code(codes: str) -> None:
    """Flow, block, empty, last in the file, with comments behind."""
    made = add_code(SMALL + codes, "x.yaml", "offence", "b", "5D")
    before, after = load_dialect(SMALL + codes, "x.yaml"), load_dialect(made, "x.yaml")
    assert after.codes["offence"] == {**before.codes.get("offence", {}), "b": "5D"}
    assert {name: before.codes[name] for name in before.codes if name != "offence"} == {
        name: after.codes[name] for name in after.codes if name != "offence"
    }
    assert codes.count("#") == made.count("#")


@pytest.mark.parametrize(("local", "national"), [("a", "5D"), ("b", "NO-SUCH-CODE")])
def test_a_code_that_means_something_else_or_nothing_is_refused(local: str, national: str) -> None:
    """By code and place, never by value."""
    with pytest.raises(Misconfigured) as refused:
        add_code(SMALL + "codes: {offence: {a: '1'}}", "x.yaml", "offence", local, national)
    assert "NO-SUCH-CODE" not in str(refused.value) and "5D" not in str(refused.value)
