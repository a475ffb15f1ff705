"""Dialects are checked when they load: a wrong one names its file and keys, never a value."""

from typing import Any

import pytest
import yaml

from schemas.code_lists import code_lists
from schemas.codes import Code
from schemas.dialect import load_dialect, shipped_dialects, systems_with_default
from schemas.dialect_fields import GIVEN, find_slot, slots
from schemas.errors import Misconfigured
from schemas.kinds import KINDS

SECRET = "Zebedee-Quartermain"


def dialect() -> dict[str, Any]:
    """A dialect that loads."""
    return {
        "source_system": "rms",
        "source": "this test",
        "default_marking": {"tier": "OFFICIAL", "sensitive": False},
        "time_zone": "Europe/London",
        "time_formats": ["%d/%m/%Y %H:%M"],
        "codes": {"sex": {"m": "MALE"}, "offence": "national"},
        "files": {
            "log": {
                "format": "csv",
                "file_name": r"(?P<force>[a-z-]+)-log\.csv",
                "columns": ["Ref", "Type", "When", "Lat", "Thing"],
                "source_ref": "Ref",
                "fields": {"occurred.start": "When", "locations[0].latitude": {"column": "Lat", "read": "number"}},
                "kinds": [
                    {"kind": "crime", "when": {"Type": ["C"]}, "fields": {"crime.offence": {"column": "Type", "scheme": "ho"}}},
                    {"kind": "incident", "fields": {"incident.sub_type": {"constant": "asb"}}},
                ],
            }
        },
    }


def put(value: dict[str, Any], path: str, new: Any) -> None:
    """Set what lies at a path of names and indexes joined by `>`."""
    *steps, last = path.split(">")
    where: Any = value
    for step in steps:
        where = where[int(step) if step.isdigit() else step]
    where[int(last) if last.isdigit() else last] = new


def test_a_whole_dialect_loads() -> None:
    """What the wrong ones below are made from is right."""
    loaded = load_dialect(yaml.safe_dump(dialect()), "rms.yaml")
    assert set(loaded.files["log"].columns_read()) == {"When", "Lat", "Type", "Ref"}
    assert systems_with_default({"rms": loaded}) == {"rms"}


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ("surprise", 1, "surprise"),
        ("source_system", "r:ms", "source_system"),
        ("default_marking>tier", SECRET, "default_marking.tier"),
        ("time_zone", SECRET, "time_zone"),
        ("time_zone", "../etc", "time_zone"),
        ("time_formats>0", "%Q", "time_formats.0"),
        ("time_formats>0", "%Y-%m-%d %m/%d/%Y", "time_formats.0"),
        ("time_formats>0", SECRET, "time_formats.0"),
        ("codes>colour", {"r": "RED"}, "codes.colour"),
        ("codes>sex", {"m": SECRET}, "codes.sex.m"),
        ("codes>sex", SECRET, "codes.sex"),
        ("files>log>format", "xls", "files.log.format"),
        ("files>log>surprise", 1, "files.log.surprise"),
        ("files>log>file_name", "(", "files.log.file_name"),
        ("files>log>file_name", "(?P<owner>x)", "files.log.file_name"),
        ("files>log>columns", [], "files.log.columns"),
        ("files>log>records", "body", "files.log.records"),
        ("files>log>source_ref", None, "files.log.source_ref"),
        ("files>log>source_ref", "Reference", "files.log.source_ref"),
        ("files>log>force_name", "Force", "files.log.force_name"),
        ("files>log>kinds", [], "files.log.kinds"),
        ("files>log>kinds>0>kind", "tweet", "files.log.kinds.0.kind"),
        ("files>log>kinds>0>when", {"Colour": ["C"]}, "files.log.kinds.0.when"),
        ("files>log>kinds>0>fields", {"crime.colour": "Type"}, "files.log.kinds.0.fields.crime.colour"),
        ("files>log>kinds>0>fields", {"envelope.force": "Type"}, "files.log.kinds.0.fields.envelope.force"),
        ("files>log>kinds>0>fields", {"persons.surname": "Type"}, "files.log.kinds.0.fields.persons.surname"),
        ("files>log>kinds>0>fields", {"objects[0].identifier": "Thing"}, "files.log.kinds.0.fields.objects[0].type"),
        ("files>log>fields", {"occurred.start": "Whenever"}, "files.log.fields.occurred.start"),
        ("files>log>fields", {"occurred.start": {"template": "{Whenever}"}}, "files.log.fields.occurred.start"),
        ("files>log>fields", {"occurred.start": {"template": "now"}}, "files.log.fields.occurred.start"),
        ("files>log>fields", {"occurred.start": {}}, "files.log.fields.occurred.start"),
        ("files>log>fields", {"occurred.start": {"column": "When", "constant": "x"}}, "files.log.fields.occurred.start"),
        ("files>log>fields", {"locations[0].latitude": "Lat"}, "files.log.fields.locations[0].latitude.read"),
        ("files>log>fields", {"occurred.start": {"column": "When", "read": "number"}}, "files.log.fields.occurred.start.read"),
        ("files>log>fields", {"occurred.start": {"constant": 5}}, "files.log.fields.occurred.start.constant"),
        ("files>log>fields", {"occurred.start": {"column": "When", "part": 0}}, "files.log.fields.occurred.start.part"),
        ("files>log>fields", {"occurred.start": {"column": "When", "split": " "}}, "files.log.fields.occurred.start.split"),
        ("files>log>fields", {"occurred.start": {"column": "When", "scheme": "x"}}, "files.log.fields.occurred.start.scheme"),
        ("files>log>kinds>1>kind", "intelligence", "default_marking"),
    ],
)
def test_each_wrong_key_is_named_and_no_value_is(path: str, value: object, key: str) -> None:
    """Unknown keys, unknown paths and columns, codes that are not national, forms that can't be read: each by file and key."""
    wrong = dialect()
    put(wrong, path, value)
    with pytest.raises(Misconfigured) as caught:
        load_dialect(yaml.safe_dump(wrong), "rms.yaml")
    assert caught.value.code == Code.BAD_SETTING
    assert caught.value.field.startswith("rms.yaml: ")
    assert key in caught.value.field.removeprefix("rms.yaml: ").split(", ")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["{", "a: [", "source: x\nsource: y\n", "- 1", "", "\0", f"codes: {{{SECRET}", f"{{[{SECRET}]: 1}}"]
)
def test_what_is_no_yaml_is_refused_without_a_word_of_it(text: str) -> None:
    """Also a key that stands twice: the first would be lost without a word."""
    with pytest.raises(Misconfigured) as caught:
        load_dialect(text, "rms.yaml")
    assert caught.value.field.startswith("rms.yaml")
    assert SECRET not in str(caught.value)


def test_every_shipped_dialect_maps_to_national_codes_alone() -> None:
    """Each loads, names its source, and each of its codes is a code of the list."""
    assert len(shipped_dialects()) > 8
    for name, loaded in shipped_dialects().items():
        assert loaded.source, name
        for code_list, mapped in loaded.codes.items():
            national = set() if isinstance(mapped, str) else set(mapped.values())
            assert national <= code_lists()[code_list].keys(), (name, code_list)


def test_every_field_of_a_submission_has_a_path() -> None:
    """Each kind's own part, the parts that all share, lists by index; identity can't be mapped."""
    for name, kind in KINDS.items():
        paths = slots(name)
        assert any(path.startswith(f"{kind.detail}.") for path in paths)
        assert not GIVEN & paths.keys()
        for path, slot in paths.items():
            assert find_slot(name, path.replace("[]", "[0]")) == slot
        assert all(slot.code_list in code_lists() for slot in paths.values() if slot.code_list)
    for path in (
        "persons[].surname",
        "persons",
        "persons[10].surname",
        "envelope.force",
        "",
        ".",
        "occurred",
        "crime..offence",
    ):
        assert find_slot("crime", path) is None, path
