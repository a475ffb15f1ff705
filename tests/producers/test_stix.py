"""STIX bundles as intelligence records."""

import io
import tarfile

import orjson
import pytest
from any_json import JSON, as_bytes
from hypothesis import given
from hypothesis import strategies as st
from message_files import DATA
from producers_submissions import NOW

from producers.adapters.misp import read_misp
from producers.adapters.stix import read_stix
from producers.door import Door
from producers.publisher import check_row
from producers.row import Refusal
from schemas.codes import Code
from schemas.dialect import shipped_dialects

WHITE = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
GREEN = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
AMBER = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"
RED = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
STRICT = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
PAIRS = DATA / "misp-to-stix-pairs.tar.gz"

ACTOR = {
    "type": "threat-actor",
    "id": "threat-actor--1",
    "created": "2020-01-01T00:00:00Z",
    "modified": "2020-01-02T00:00:00Z",
    "created_by_ref": "identity--me",
    "name": "The Joker",
    "description": "Laughs",
    "confidence": 85,
}
ADDRESS = {"type": "email-addr", "id": "email-addr--1", "value": "a@example.org", "display_name": "A"}
REPORT = {
    "type": "report",
    "id": "report--1",
    "created": "2020-01-01T00:00:00Z",
    "modified": "2020-01-03T00:00:00Z",
    "published": "2020-01-04T00:00:00Z",
    "name": "Report",
    "description": "On the Joker",
    "object_refs": ["threat-actor--1", "email-addr--1"],
}


def _bundle(*objects):
    return {"type": "bundle", "id": "bundle--1", "objects": list(objects)}


def _read(value):
    return list(read_stix(io.BytesIO(value if isinstance(value, bytes) else orjson.dumps(value)), ()))


def _one(*objects):
    [row] = _read(_bundle(*objects))
    assert row.submission is not None
    return row.submission


def _marked(item, *refs, **fields):
    return {**item, "object_marking_refs": list(refs), **fields}


def test_a_report_becomes_an_intelligence_record():
    """Identity, times, text, creator apart; a cyber-observable is an object, everything else a statement."""
    found = _one(_marked(REPORT, GREEN), ACTOR, ADDRESS)
    assert found["envelope"] == {
        "source_system": "stix",
        "source_ref": "report--1",
        "action": "VERSION",
        "recorded_at": "2020-01-03T00:00:00Z",
        "published_at": "2020-01-04T00:00:00Z",
    }
    assert found["intelligence"] == {"text": "Report\nOn the Joker", "sanitised_text": None, "source_ref": "identity--me"}
    assert found["objects"] == [{"ref": "o1", "type": "email-addr", "identifier": "a@example.org", "description": "A"}]
    [statement] = found["statements"]
    assert statement["assertion"] == "ASSESSMENT"
    assert statement["text"] == "threat-actor The Joker; Laughs; confidence high"
    assert shipped_dialects()["stix"].codes["object_type"]["email-addr"] == "EMAIL"


def test_what_no_report_refers_to_is_a_record_of_the_bundle():
    """Nothing is lost, nothing twice; the author alone makes no record."""
    other = {**ADDRESS, "id": "email-addr--2", "value": "b@example.org"}
    me = {
        "type": "identity",
        "id": "identity--me",
        "created": "2020-01-01T00:00:00Z",
        "identity_class": "individual",
        "name": "Me",
    }
    rows = _read(_bundle(me, REPORT, ACTOR, ADDRESS, other))
    assert [row.submission["envelope"]["source_ref"] for row in rows] == ["report--1", "bundle--1"]
    assert [part["identifier"] for row in rows for part in row.submission["objects"]] == ["a@example.org", "b@example.org"]
    assert [row.submission["persons"] for row in rows] == [[], []]
    assert [row.submission["envelope"]["source_ref"] for row in _read(_bundle(ACTOR, ADDRESS))] == ["bundle--1"]


def test_what_is_not_of_the_record_is_not_named_in_it():
    """A relationship of a green report to something red outside of it tells the other end's id, not its name or its text."""
    secret = _marked({**ACTOR, "id": "threat-actor--2", "name": "Secret", "description": "Hidden"}, RED)
    link = {"type": "relationship", "id": "r", "created": "x", "relationship_type": "knows", "target_ref": "threat-actor--2"}
    rows = _read(_bundle(_marked(REPORT, GREEN), ACTOR, ADDRESS, secret, {**link, "source_ref": "threat-actor--1"}))
    green, red = (row.submission for row in rows)
    assert green["marking"]["sensitive"] is False
    assert b"Secret" not in orjson.dumps(green)
    assert b"Hidden" not in orjson.dumps(green)
    assert "Secret" in red["intelligence"]["text"]
    assert red["marking"]["handling"] == ["RECIPIENTS ONLY"]


def test_the_last_version_of_an_object_counts():
    """A collection may hold several versions; order does not matter."""
    older, newer = {**ACTOR, "name": "Old"}, {**ACTOR, "name": "New", "modified": "2021-01-01T00:00:00Z"}
    for objects in ((older, newer), (newer, older)):
        assert "New" in _one(*objects)["intelligence"]["text"]
        assert "Old" not in _one(*objects)["intelligence"]["text"]


def test_a_revoked_report_is_recalled():
    """The originator takes it back; a revoked part takes nothing else back."""
    assert _one({**REPORT, "revoked": True}, ACTOR, ADDRESS)["envelope"]["action"] == "RECALL"
    assert _one(REPORT, {**ACTOR, "revoked": True}, ADDRESS)["envelope"]["action"] == "VERSION"


@pytest.mark.parametrize(
    ("ref", "definition", "handling"),
    [
        (RED, None, ["RECIPIENTS ONLY"]),
        (STRICT, None, ["RECIPIENTS ONLY"]),
        (AMBER, None, []),
        ("marking-definition--own", {"definition_type": "tlp", "definition": {"tlp": "RED"}}, ["RECIPIENTS ONLY"]),
        ("marking-definition--own", {"name": "TLP:AMBER+STRICT", "extensions": {}}, ["RECIPIENTS ONLY"]),
    ],
)
def test_markings_of_the_standard_and_of_the_bundle_are_known(ref, definition, handling):
    """TLP 1.0 and 2.0 as STIX defines them, or as the bundle does."""
    own = [] if definition is None else [{"type": "marking-definition", "id": ref, **definition}]
    found = _one(_marked(ACTOR, ref), *own)
    assert found["marking"] == {"tier": "OFFICIAL", "sensitive": True, "handling": handling}


def test_a_marking_that_nobody_knows_is_no_marking():
    """It may say anything: the door refuses the record, whatever else marks it. A statement of copyright is no TLP."""
    for item in (ACTOR, _marked(ACTOR, "marking-definition--x"), _marked(ACTOR, WHITE, "marking-definition--x")):
        [row] = _read(_bundle(item))
        assert check_row(row, Door("nca"), NOW) == Refusal(Code.NO_MARKING, "marking")
    own = {"type": "marking-definition", "id": "m", "definition_type": "statement", "definition": {"statement": "(c) A"}}
    found = _one(_marked(ACTOR, GREEN, "m"), own)
    assert found["marking"]["sensitive"] is False
    assert found["statements"][-1] == {"text": "Marking: (c) A", "assertion": None}


def test_granular_markings_tighten_the_record_and_release_a_property():
    """A red property makes a red record; a property that is white by itself is its sanitised text, and nothing else is."""
    granular = [{"marking_ref": RED, "selectors": ["description"]}, {"marking_ref": WHITE, "selectors": ["name"]}]
    found = _one(_marked(ACTOR, AMBER, granular_markings=granular))
    assert found["marking"]["handling"] == ["RECIPIENTS ONLY"]
    assert (found["grading"]["handling"], found["grading"]["action"], found["grading"]["sanitisation"]) == ("C", "A1", "S2")
    assert found["intelligence"]["sanitised_text"] == "The Joker"
    assert _one(_marked(ACTOR, AMBER, granular_markings=granular[:1]))["intelligence"]["sanitised_text"] is None
    both = [*granular, {"marking_ref": GREEN, "selectors": ["name"]}]
    assert _one(_marked(ACTOR, AMBER, granular_markings=both))["intelligence"]["sanitised_text"] is None


def test_labels_may_be_tags():
    """What MISP writes into labels is read as its tags are."""
    found = _one({**ACTOR, "labels": ["tlp:amber", "PAP:AMBER", 'admiralty-scale:source-reliability="b"']})
    assert found["grading"]["source"] == "1"
    assert (found["grading"]["action"], found["marking"]["sensitive"]) == ("A2", True)


def test_what_was_observed_is_an_object_and_a_time():
    """STIX 2.0 holds it within, 2.1 refers to it."""
    times = {"first_observed": "2020-01-01T00:00:00Z", "last_observed": "2020-01-05T00:00:00Z"}
    data = {"type": "observed-data", "id": "observed-data--1", "created": "2020-01-01T00:00:00Z", **times}
    within = _one({**data, "objects": {"0": {"type": "email-addr", "value": "a@example.org"}, "1": 7}})
    beside = _one({**data, "object_refs": ["email-addr--1"]}, ADDRESS)
    for found in (within, beside):
        assert [(part["type"], part["identifier"]) for part in found["objects"]] == [("email-addr", "a@example.org")]
        assert found["occurred"] == {"start": "2020-01-01T00:00:00Z", "end": "2020-01-05T00:00:00Z"}


def test_persons_places_and_their_relationship():
    """An individual and a location are parts of the record, and what relates them is a link and an assessment."""
    who = {"type": "identity", "id": "identity--1", "created": "x", "identity_class": "individual", "name": "Ann May"}
    where = {"type": "location", "id": "location--1", "created": "x", "city": "Leeds", "latitude": 53.8, "longitude": -1.5}
    link = {"type": "relationship", "id": "r", "created": "x", "source_ref": "identity--1", "target_ref": "location--1"}
    found = _one(who, where, {**link, "relationship_type": "located-at"})
    assert found["persons"][0]["alias"] == ["Ann May"]
    assert (found["locations"][0]["text"], found["locations"][0]["latitude"]) == ("Leeds", 53.8)
    assert found["links"] == [{"from_ref": "p1", "to_ref": "l1", "reason": "located-at"}]
    assert found["statements"][-1] == {"text": "identity Ann May located-at location Leeds", "assertion": "ASSESSMENT"}


def test_envelopes_and_collections_of_taxii_are_bundles():
    """A list and an envelope are known by their content, so that the same answer is the same record."""
    for value in ([ACTOR], {"more": False, "objects": [ACTOR]}):
        [one], [two] = _read(value), _read(value)
        assert one.submission["envelope"]["source_ref"] == two.submission["envelope"]["source_ref"]
    rows = _read({"root": {"collections": [{"id": "c1", "objects": [ACTOR]}, {"id": "c2", "objects": []}]}, "/discovery": {}})
    assert [row.submission["envelope"]["source_ref"] for row in rows] == ["collection--c1"]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b" ", (Code.EMPTY_FILE, "")),
        (b"{", (Code.ROW_MALFORMED, "")),
        (b"{}", (Code.NOT_A_SUBMISSION, "objects")),
        (b'{"objects":[]}', (Code.NOT_A_SUBMISSION, "objects")),
        (b'{"objects":[{"id":"x"},1]}', (Code.NOT_A_SUBMISSION, "objects")),
        (b'"bundle"', (Code.NOT_A_SUBMISSION, "objects")),
    ],
)
def test_each_bad_document_has_its_code(content, refusal):
    """One refusal a document."""
    assert [row.refusal for row in _read(content)] == [refusal]


@pytest.mark.skipif(not PAIRS.exists(), reason=f"PAIRS NOT COMPARED: no {PAIRS.name} beside the repository")
def test_an_event_says_the_same_as_misp_and_as_stix():
    """The converter's own pairs: text and creator of each event are those of its report or grouping, in STIX 2.0 and 2.1."""
    misp, stix = {}, {}
    with tarfile.open(PAIRS) as tar:
        for member in tar:
            content = tar.extractfile(member)
            read = read_stix if "stix" in member.name.rpartition("/")[2] else read_misp
            for row in read(io.BytesIO(content.read()), ()) if content is not None else ():
                if row.submission is not None:
                    found, ref = row.submission["intelligence"], row.submission["envelope"]["source_ref"]
                    said = (found["text"], (found["source_ref"] or "").removeprefix("identity--"))
                    (stix if read is read_stix else misp).setdefault(ref.rpartition("--")[2], set()).add(said)
    common = misp.keys() & stix.keys()
    assert len(common) == len(misp) == 4
    assert all(misp[uuid] == stix[uuid] for uuid in common)


FIELDS = "type id name description object_refs object_marking_refs granular_markings labels created confidence hashes objects"


@given(st.binary(max_size=200), st.lists(st.dictionaries(st.sampled_from(FIELDS.split()), JSON), max_size=3), st.data())
def test_nothing_makes_the_adapter_fail(junk, changes, data):
    """Any bytes, and any value in any field of any object: rows come out, and the door never fails on them."""
    objects = [{**data.draw(st.sampled_from([REPORT, ACTOR, ADDRESS, {}])), **change} for change in changes]
    for value in (junk, as_bytes(_bundle(*objects)), as_bytes({"a": {"collections": objects}})):
        for row in _read(value):
            assert (row.submission is None) != (row.refusal is None)
            assert check_row(row, Door("nca"), NOW)
