"""MISP events as intelligence records."""

import io

import orjson
import pytest
from any_json import JSON, as_bytes
from hypothesis import given
from hypothesis import strategies as st
from producers_submissions import NOW

from producers.adapters.misp import read_misp
from producers.door import Door
from producers.publisher import check_row
from producers.row import Refusal
from schemas.codes import Code
from schemas.dialect import shipped_dialects

UUID = "5eb0775e-2780-4234-89b8-5e640a019371"


def _tags(*names):
    return [{"name": name} for name in names]


def _event(*tags, **fields):
    return {
        "Event": {
            "uuid": UUID,
            "info": "What it is about",
            "date": "2020-05-04",
            "timestamp": "1588706094",
            "publish_timestamp": "0",
            "event_creator_email": "analyst@example.org",
            "Orgc": {"name": "Some Team", "uuid": "55f6ea5e"},
            "Tag": _tags(*tags),
            **fields,
        }
    }


def _read(value):
    return list(read_misp(io.BytesIO(value if isinstance(value, bytes) else orjson.dumps(value)), ()))


def _one(value):
    [row] = _read(value)
    assert row.submission is not None
    return row.submission


def test_an_event_becomes_an_intelligence_record():
    """Identity, times, text, creator apart; the address of the person who wrote it is not kept."""
    found = _one(_event("tlp:green", EventReport=[{"name": "Report", "content": "More"}]))
    assert found["envelope"] == {
        "source_system": "misp",
        "source_ref": UUID,
        "recorded_at": "2020-05-05T19:14:54+00:00",
        "published_at": None,
    }
    assert found["occurred"] == {"start": "2020-05-04"}
    text = {"text": "What it is about\nReport\nMore", "sanitised_text": None, "source_ref": "55f6ea5e"}
    assert found["intelligence"] == text
    assert b"analyst@" not in orjson.dumps(found)


def test_an_event_without_tlp_is_refused_at_the_door():
    """Nobody marks intelligence by default: not the dialect, and not a level of distribution."""
    for event in (_event(), _event("ESET", distribution="3"), _event("tlp:unclear"), _event(distribution="0")):
        [row] = _read(event)
        assert check_row(row, Door("nca"), NOW) == Refusal(Code.NO_MARKING, "marking")
    assert shipped_dialects()["misp"].default_marking is None
    [row] = _read(_event("tlp:white"))
    assert not isinstance(check_row(row, Door("nca"), NOW), Refusal)


@pytest.mark.parametrize("level", ["0", "4"])
def test_a_limited_distribution_is_stricter_than_its_tlp(level):
    """Own organisation, or a sharing group: named recipients only, and nothing without the originator."""
    found = _one(_event("tlp:green", distribution=level))
    assert found["marking"]["handling"] == ["RECIPIENTS ONLY"]
    assert (found["grading"]["handling"], found["grading"]["sanitisation"]) == ("C", "S2")


def test_the_strictest_part_marks_the_whole():
    """A red attribute in a clear event makes a red record; what is clear by itself is its sanitised text."""
    attributes = [
        {"uuid": "a1", "type": "domain", "value": "a.example", "category": "Network activity", "Tag": _tags("tlp:red")},
        {"uuid": "a2", "type": "domain", "value": "b.example", "category": "Network activity", "Tag": _tags("tlp:clear")},
        {"uuid": "a3", "type": "domain", "value": "c.example", "category": "Network activity"},
    ]
    found = _one(_event("tlp:clear", Attribute=attributes))
    assert found["marking"] == {"tier": "OFFICIAL", "sensitive": True, "handling": ["RECIPIENTS ONLY"]}
    assert found["intelligence"]["sanitised_text"] == "domain: b.example"
    assert _one(_event("tlp:clear", Attribute=attributes[1:]))["intelligence"]["sanitised_text"] is None


def test_attributes_become_objects_and_statements():
    """A thing is an object by its MISP type, which the dialect maps; words are a statement; what is deleted is gone."""
    attributes = [
        {"uuid": "a1", "type": "email-src", "value": "a@example.org", "comment": "sender"},
        {"uuid": "a2", "type": "md5", "value": "b2b51a85"},
        {"uuid": "a3", "type": "text", "value": "Trojan.A", "category": "Antivirus detection", "comment": "seen"},
        {"uuid": "a4", "type": "comment", "value": "they will be back", "category": "External analysis"},
        {"uuid": "a5", "type": "domain", "value": "gone.example", "deleted": True},
    ]
    found = _one(_event("tlp:green", 'misp-galaxy:threat-actor="Turla"', Attribute=attributes))
    assert [(part["type"], part["identifier"]) for part in found["objects"]] == [
        ("email-src", "a@example.org"),
        ("md5", "b2b51a85"),
    ]
    assert [(part["text"], part["assertion"]) for part in found["statements"]] == [
        ("threat-actor: Turla", "ASSESSMENT"),
        ("Antivirus detection: Trojan.A (seen)", "FACT"),
        ("External analysis: they will be back", "ASSESSMENT"),
    ]
    assert shipped_dialects()["misp"].codes["object_type"]["email-src"] == "EMAIL"


def test_objects_keep_together():
    """Attributes of one MISP object are linked, plain text gets its relation as type, and references become links."""
    vehicle = {
        "name": "vehicle",
        "uuid": "v1",
        "Attribute": [
            {"type": "text", "object_relation": "license-plate-number", "value": "AB51 ABC"},
            {"type": "text", "object_relation": "vin", "value": "1HGBH41JXMN109186"},
        ],
        "ObjectReference": [{"referenced_uuid": "p1", "relationship_type": "owned-by"}, {"referenced_uuid": "none"}],
    }
    person = {
        "name": "person",
        "uuid": "p1",
        "Attribute": [
            {"type": "first-name", "object_relation": "first-name", "value": "Ann"},
            {"type": "full-name", "object_relation": "full-name", "value": "Ann May"},
            {"type": "text", "object_relation": "occupation", "value": "driver"},
        ],
    }
    found = _one(_event("tlp:amber", Object=[vehicle, person]))
    assert [part["type"] for part in found["objects"]] == ["vehicle/license-plate-number", "vehicle/vin"]
    assert found["links"] == [
        {"from_ref": "o2", "to_ref": "o1", "reason": "vehicle"},
        {"from_ref": "o1", "to_ref": "p1", "reason": "owned-by"},
    ]
    [who] = found["persons"]
    assert (who["given_name"], who["alias"], who["subject_categories"]) == ("Ann", ["Ann May"], ["UNMAPPED"])
    assert found["statements"] == [{"text": "occupation: driver", "assertion": None, "about_ref": "p1"}]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", (Code.EMPTY_FILE, "")),
        (b"{", (Code.ROW_MALFORMED, "")),
        (b"\xff", (Code.ROW_MALFORMED, "")),
        (b"[" * 100_000, (Code.ROW_MALFORMED, "")),
        (b"1", (Code.NOT_A_SUBMISSION, "Event")),
        (b'{"response":{"Attribute":[]}}', (Code.NOT_A_SUBMISSION, "Event")),
        (b'{"Event":{}}', (Code.ROW_MALFORMED, "Event.uuid")),
    ],
)
def test_each_bad_document_has_its_code(content, refusal):
    """One refusal a document, and a bad event costs no good one."""
    assert [row.refusal for row in _read(content)] == [refusal]
    rows = _read([_event("tlp:green"), {"Event": {}}, _event("tlp:green")])
    assert [row.refusal is None for row in rows] == [True, False, True]


@pytest.mark.parametrize("wrap", [lambda e: e, lambda e: [e], lambda e: {"response": [e]}, lambda e: {"response": e}])
def test_every_form_of_an_export_is_read(wrap):
    """An event, a list, and what the interface answers: the same record."""
    assert _one(wrap(_event("tlp:green"))) == _one(_event("tlp:green"))


NAMES = "uuid info date timestamp distribution Tag name Attribute Object type value category deleted Orgc EventReport".split()


@given(st.binary(max_size=200), st.dictionaries(st.sampled_from(NAMES), JSON), st.dictionaries(st.sampled_from(NAMES), JSON))
def test_nothing_makes_the_adapter_fail(junk, fields, attribute):
    """Any bytes, and any value in any field: rows come out, and the door never fails on them."""
    event = {**_event("tlp:green")["Event"], "Attribute": [attribute], "Object": [{**attribute, "Attribute": [attribute]}]}
    values = [{"Event": {**event, **fields}}, {"Event": event}, {"response": attribute}]
    for rows in (_read(junk), *(_read(as_bytes(value)) for value in values)):
        for row in rows:
            assert (row.submission is None) != (row.refusal is None)
            assert check_row(row, Door("nca"), NOW)
