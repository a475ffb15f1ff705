"""Does a value fit its schema, and where not?"""

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.fit import find_misfit
from schemas.kinds import KINDS
from schemas.records import decode, encode, load_schema

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def _values(schema, named):
    """Values of a schema; fields with a default may be left out."""
    if isinstance(schema, list):
        return st.none() | _values(schema[1], named)
    if isinstance(schema, str):
        simple = {"string": _TEXT, "boolean": st.booleans(), "int": st.integers(-(2**31), 2**31 - 1)}
        simple["double"] = st.floats(allow_nan=False, allow_infinity=False)
        return simple[schema] if schema in simple else _values(named[schema], named)
    if schema["type"] == "array":
        return st.lists(_values(schema["items"], named), max_size=2)
    named[schema["name"]] = schema
    fields = {field["name"]: _values(field["type"], named) for field in schema["fields"]}
    needed = {field["name"]: fields.pop(field["name"]) for field in schema["fields"] if "default" not in field}
    return st.fixed_dictionaries(needed, optional=fields)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_what_fits_is_read_back_as_it_was(kind):
    """Every value made from the schema fits, and Avro gives it back unchanged."""
    name = kind.submission

    @given(_values(load_schema(name), {}))
    def check(value):
        assert find_misfit(name, value) is None
        read = decode(name, encode(name, value))
        assert all(read[field] == part for field, part in _plain_parts(value).items())
        assert fastavro.validate(value, load_schema(name), raise_errors=False)

    check()


def _plain_parts(value):
    """The fields of `value` that hold no records: those are given back exactly."""
    return {name: part for name, part in value.items() if not isinstance(part, dict | list)}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"persons": [{"ref": "p1"}, {"ref": "p2", "date_of_birth": 19800101}]}, "persons[1].date_of_birth"),
        ({"persons": {"ref": "p1"}}, "persons"),
        ({"persons": [{"given_name": "x"}]}, "persons[0].ref"),
        ({"crime": None}, "crime"),
        ({"crime": {"offence": {"value": "5", "label": "x"}}}, "crime.offence.label"),
        ({"crime": {"hate_flag": "no"}}, "crime.hate_flag"),
        ({"marking": {"tier": "OFFICIAL", "sensitive": "no"}}, "marking.sensitive"),
        ({"locations": [{"ref": "l", "latitude": True}]}, "locations[0].latitude"),
        ({"locations": [{"ref": "l", "latitude": float("nan")}]}, "locations[0].latitude"),
        ({"locations": [{"ref": "l", "text": "\ud800"}]}, "locations[0].text"),
        ({"markers": ["child", 7]}, "markers[1]"),
        ({"envelope": {"force": "kent", "source_system": "a", "source_ref": "b", "version": True}}, "envelope.version"),
        ({"envelope": {"force": "kent", "source_system": "a", "source_ref": "b", "version": 2**31}}, "envelope.version"),
        ({"Jane Doe, 1 High Street": 1}, "?"),
        ({"Doe": 1}, "?"),
        ({"qq123456c": 1}, "?"),
    ],
)
def test_the_path_of_a_misfit_is_told_and_its_value_never(change, path):
    """The first part that does not fit is named by its path; an unknown name that could be a value is not repeated."""
    envelope = {"force": "kent", "source_system": "a", "source_ref": "b", "version": 1}
    assert find_misfit("uk.pointduty.submission.Crime", {"envelope": envelope, "crime": {}} | change) == path
