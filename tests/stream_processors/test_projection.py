"""What leaves: what is listed, as its obligation says, and nothing else."""

import io
import re
from collections import defaultdict
from typing import Any

import fastavro
import pytest
from avro_values import fill, strings, values
from core_hub import NOW, TOKENS, Hub, agreement, at, event, prohibition, rule_set, rulebook
from hypothesis import given, settings
from hypothesis import strategies as st
from projected import full, person, projected

from schemas.kinds import KINDS
from schemas.wire import unframe
from stream_processors.field_paths import FieldPath, parse_path
from stream_processors.rule_set import load_rule_set, shipped_parts
from stream_processors.rulebook import Rulebook

Record = dict[str, Any]
SENTINEL = "Zq"


def no_pseudonym(*_: str) -> str:
    return "0" * 32


def test_null_stays_null() -> None:
    """An obligation on a field that is not there gives nothing, not even its name."""
    record = full()
    record["crime"] |= {"summary": None, "offence": None}
    assert projected({"crime.summary": {"mask_keep_last": 2}, "crime.offence": "keep"}, record) == {
        "persons": [], "objects": [], "locations": [],
    }  # fmt: skip


def test_drop_is_not_keep() -> None:
    """A dropped field is neither in what leaves nor in the feed's schema."""
    fields = {"crime.summary": "drop", "crime.status": "keep"}
    assert projected(fields, full())["crime"] == {"status": "crime.status"}
    assert "summary" not in str(rule_set([agreement(fields=fields)]).schemas["council"])


OF_EVERY_GROUP: Any = defaultdict(lambda: (True,) * 100)
"""Members: everybody and every place is of every group, so that each line of a field list speaks of something."""


# -- nothing else leaves ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [rule.id for rule in load_rule_set(shipped_parts()).agreements])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_listed_never_leaves(name: str, kind: str) -> None:
    """Every string of a record carries its own path. In the bytes of a delivery there are only those of kept fields (and the
    marking), however long the delivery is searched: nothing else has slipped in by another field."""
    book = rulebook(load_rule_set(shipped_parts()))
    [rule] = [each for each in book.rules.agreements if each.id == name]
    role = {"persons[0].roles[0]": "SUSPECT", "locations[0].role": "INCIDENT", "objects[0].type.code": "VEHICLE"}
    record = fill(KINDS[kind].standard, lambda path: role.get(path, f"{SENTINEL}({path})"))
    body = book.writers[name].tail(record, [], frozenset(), OF_EVERY_GROUP, no_pseudonym)
    kept = {path for path, how in rule.fields.items() if how.keep}
    left = set(re.findall(rf"{SENTINEL}\(([^)]*)\)", body.decode("utf-8", "replace")))
    allowed = {path for path, text in strings(record) if text.startswith(SENTINEL) and _is_listed(path, kept)}
    assert left <= allowed
    assert len(left) > 2
    tails = {text for path, text in strings(record) if not _is_listed(path, kept) and text.startswith(SENTINEL)}
    assert not [text for text in tails if text.encode() in body]


def _is_listed(path: str, kept: set[str]) -> bool:
    """Whether a path of a record (persons[0].surname, crime.offence.code) is a kept one of the list."""
    if path.startswith(("marking.handling", "marking.descriptors", "quality.reliability")):
        return True
    bare = re.sub(r"\[0\]$", "", path)
    plain = re.sub(r"^(persons|locations|objects)\[0\]\.", r"\1.", bare)
    listed = {re.sub(r"\[[A-Za-z0-9_*,-]+\]", "", each) for each in kept}
    return plain in listed or (plain.endswith(".code") and re.sub(r"(\[0\])?\.code$", "", plain) in listed)


FIELDS = st.dictionaries(
    st.sampled_from(["persons[*].pnc_id", "persons[VICTIM].pnc_id", "persons[SUSPECT,OFFENDER].pnc_id"]),
    st.sampled_from(["keep", "drop", "pseudonymise", {"mask_keep_last": 2}]),
    min_size=1,
)
ROLES = st.lists(st.sampled_from(["VICTIM", "SUSPECT", "OFFENDER", "WITNESS"]), min_size=1, max_size=3, unique=True)
ORDER = ["keep", "mask", "generalise", "pseudonymise", "drop"]


@settings(max_examples=150)
@given(FIELDS, ROLES, st.booleans())
def test_the_strictest_rule_wins_and_a_prohibition_over_all(fields: dict[str, Any], roles: list[str], prohibited: bool) -> None:
    """A person of several roles meets several rules: the strictest of them counts, in whatever order they are listed; a
    prohibition on any of the roles takes the field away."""
    speak = [how for path, how in fields.items() if parse_path(path).selects({"roles": roles}, 0, {})]
    word = max((next(iter(how)) if isinstance(how, dict) else how for how in speak), default="drop", key=_strictness)
    lost = ["persons[VICTIM].pnc_id"] if prohibited else []
    left = projected(fields, full(persons=[person(*roles, pnc_id="99/12X")]), *lost)["persons"]
    if word == "drop" or (prohibited and "VICTIM" in roles):
        assert left == []
    else:
        name, value = {
            "keep": ("pnc_id", "99/12X"), "mask_keep_last": ("pnc_id_masked", "****2X"),
            "pseudonymise": ("pnc_id_pseudonym", "<pnc_id:99/12X>"),
        }[word]  # fmt: skip
        assert left == [{name: value}]


def _strictness(word: str) -> int:
    return ORDER.index("mask" if word == "mask_keep_last" else word)


@pytest.mark.parametrize(
    "unclear", [[], ["COMPLAINANT"], ["VICTIM", "SUSPECT"], ["SUSPECT", "AGGRIEVED"], ["INVOLVED_PARTY", "VICTIM"]]
)
def test_a_person_of_unknown_role_may_be_the_one(unclear: list[str]) -> None:
    """Unknown satisfies a prohibition: who has no role, or one that nobody knows, is treated as the victim; so is a person
    whom the force has put into that category; a known other role is not."""
    fields = {"persons[*].surname": "keep"}
    record = full(persons=[person(*unclear), person("SUSPECT", surname="Other")])
    assert projected(fields, record, "persons[VICTIM].surname")["persons"] == [{"surname": "Other"}]
    named = person("INVOLVED_PARTY", subject_categories=["VICTIM"])
    assert projected(fields, full(persons=[named]), "persons[VICTIM].surname")["persons"] == []


def test_a_dropped_item_leaves_no_placeholder() -> None:
    """Persons of whom nothing leaves are not there, and how many they were can't be told from flags either."""
    fields = {"persons[SUSPECT].sex": "keep", "persons[SUSPECT].surname": "keep"}
    hub = Hub(rule_set([agreement(fields=fields)]))
    code = {"value": "local"}
    persons = [{"ref": f"p{n}", "roles": [role], "sex": code} for n, role in enumerate(["VICTIM", "WITNESS", "SUSPECT"])]
    record = event(persons=persons)
    tail = read_tail(hub, hub.book.writers["council"].tail(record, [], frozenset(), {}, no_pseudonym))
    assert tail["record"]["persons"] == [{"sex": "UNMAPPED", "surname": None}]
    assert tail["quality"]["flags"] == ["PD-301 persons.sex"]
    lost = [parse_path("persons[SUSPECT].sex")]
    without = read_tail(hub, hub.book.writers["council"].tail(record, lost, frozenset(), {}, no_pseudonym))
    assert without["record"]["persons"] == []
    assert without["quality"] == {"score": 100, "flags": [], "reliability": None}


def test_what_is_missing_tells_nothing_of_what_is_there() -> None:
    """A telephone number is missing unless there is an e-mail address or an address; an offence code unless there is a Home
    Office classification; a check of a hate crime only where it is one: agencies that have the one field see no other.
    """
    kept = {"persons[*].telephone": "keep", "crime.offence": "keep", "crime.hate_checked": "keep"}
    hub = Hub(rule_set([agreement(fields=kept)]))
    named = {"ref": "p1", "roles": ["SUSPECT"], "given_name": "Ana", "surname": "Bell"}
    without = event(crime={"hate_flag": True}, persons=[named])
    more = event(crime={"ho_classification": {"value": "008/01", "scheme": "ho"}}, persons=[named | {"email": "a@example.org"}])
    assert {flag["field"] for flag in without["quality"]["flags"]} >= {
        "persons[0].telephone", "crime.offence", "crime.hate_checked",
    }  # fmt: skip
    assert not {flag["field"] for flag in more["quality"]["flags"]} & {"persons[0].telephone", "crime.offence"}
    told = [
        read_tail(hub, hub.book.writers["council"].tail(sent, [], frozenset(), {}, no_pseudonym))["quality"]
        for sent in (without, more)
    ]
    assert told[0] == told[1]


def test_a_flag_of_two_fields_never_leaves() -> None:
    """A cross-check would tell, beside the field that is kept, of the one that is not; and a field of a person who is not
    there is no field of anybody.
    """
    record = event("stop-search", stop_search={}, locations=at("E06000001"))
    flags = {(flag["code"], flag["field"]) for flag in record["quality"]["flags"]}
    assert flags >= {("PD-317", "locations[0]"), ("PD-315", "persons[0].date_of_birth")}
    crime = event(crime={"offence": {"value": "5D"}, "crime_type": {"value": "drugs"}})
    assert ("PD-318", "crime.crime_type") in {(flag["code"], flag["field"]) for flag in crime["quality"]["flags"]}
    kept = {"crime.crime_type": "keep", "persons[*].date_of_birth": "keep", "locations[*].lad_code": "keep"}
    hub = Hub(rule_set([agreement(fields=kept)]))
    for sent in (record, crime):
        tail = read_tail(hub, hub.book.writers["council"].tail(sent, [], frozenset(), {}, no_pseudonym))
        assert not [flag for flag in tail["quality"]["flags"] if flag[:6] in ("PD-317", "PD-318", "PD-315")]


def read_tail(hub: Hub, tail: bytes) -> Record:
    """The tail as a whole delivery, read with the feed's own schema."""
    head = {"delivery_id": "d", "lane": 1, "sequence": 2, "revision": 3, "action": "SHARE"}
    schema_id, body = unframe(hub.book.writers["council"].delivery(head, tail))
    assert schema_id == 100
    return read(hub.book, body)


def read(book: Rulebook, body: bytes, name: str = "council") -> Record:
    """A delivery with the feed's schema, as any Avro reader would."""
    source = io.BytesIO(body)
    found = fastavro.schemaless_reader(source, fastavro.parse_schema(book.rules.schemas[name]), None)
    assert source.tell() == len(body)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40)
@given(data=st.data())
def test_head_and_tail_side_by_side_are_the_delivery(kind: str, data: st.DataObject) -> None:
    """Any standard record, projected by any shipped agreement, decodes to the end under the feed's whole schema, and again
    to the very record that was projected."""
    record = data.draw(values(KINDS[kind].standard))
    record["quality"]["flags"] = []
    book = SHIPPED
    rule = data.draw(st.sampled_from(book.rules.agreements))
    head = {"delivery_id": "d", "lane": 7, "sequence": 2**40, "revision": 1, "action": "SHARE"}
    tail = book.writers[rule.id].tail(record, [], frozenset(), OF_EVERY_GROUP, no_pseudonym)
    found = read(book, unframe(book.writers[rule.id].delivery(head, tail))[1], rule.id)
    assert {name: found[name] for name in head} == head
    assert found["agreement"] == {"id": rule.id, "version": rule.version, "purpose": rule.purpose}
    wanted = book.rules.projections[rule.id].narrowed([]).apply(record, OF_EVERY_GROUP, no_pseudonym)
    assert _without_nulls(found["record"]) == _without_nulls(wanted)


SHIPPED = rulebook(load_rule_set(shipped_parts()))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(part) for name, part in value.items() if part not in (None, {}, [])}
    return [_without_nulls(part) for part in value] if isinstance(value, list) else value


# -- prohibitions on real records ----------------------------------------------------------------------------------------


def test_a_prohibition_on_a_field_takes_what_is_inside_it() -> None:
    """And what it is inside of: `crime.offence` takes `crime.offence.source_value`, and the other way round."""
    record = full()
    assert "crime" in projected({"crime.offence.source_value": "keep"}, record)
    assert "crime" not in projected({"crime.offence.source_value": "keep"}, record, "crime.offence")
    assert "crime" not in projected({"crime.offence": "keep"}, record, "crime.offence.source_value")
    assert "crime" in projected({"crime.offence.source_value": "keep"}, record, "crime.offence.code")


VICTIM = {"ref": "p1", "roles": ["VICTIM"], "surname": "Victoria", "telephone": "07700900123"}
ANONYMITY: Record = {
    "latch": True, "when": [{"victim_anonymity": ["Y"]}], "effect": "drop", "drops": ["persons[VICTIM].surname"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("crime", "named"),
    [
        ({"offence": {"value": "5D"}}, True),
        ({"offence": {"value": "5D"}, "sexual_offence_alleged": True}, False),
        ({"offence": {"value": "19C"}}, False),
        ({"offence": {"value": "no such code"}}, False),
        ({}, False),
        ({"crime_type": {"value": "violent-crime"}}, False),
        ({"crime_type": {"value": "bicycle-theft"}}, False),  # no sexual offence; whether it is trafficking nobody says
    ],
)
def test_a_victim_is_named_only_where_it_is_known_to_be_no_such_offence(crime: Record, named: bool) -> None:
    """Alleged, classified, or unknown: the name stays here. An excepted agreement gets it all the same."""
    excepted = [{"agreement": "bureau", "gateway": "CDA1998-115", "reason": "the team must know"}]
    rules = rule_set([agreement(), agreement("bureau")], [prohibition(excepted=excepted, **ANONYMITY)])
    hub = Hub(rules)
    outcome = hub.decide(event(crime=crime, persons=[VICTIM]))
    assert {release.agency: b"Victoria" in release.value for release in outcome.releases} == {
        "council-a": named, "council-b": named, "council-c": named, "bureau": True,
    }  # fmt: skip


def test_anonymity_lasts_when_the_offence_is_made_a_lesser_one() -> None:
    """Alleged once, a name is never opened again: not by reclassifying, not by withdrawing and reinstating."""
    hub = Hub(rule_set([agreement()], [prohibition(**ANONYMITY)]))
    harmless = {"offence": {"value": "5D"}}
    hub.handle(event(version=1, crime=harmless | {"sexual_offence_alleged": True}, persons=[VICTIM]))
    histories = [{"action": "VERSION"}, {"action": "RECALL"}, {"action": "REINSTATEMENT"}]
    for version, envelope in enumerate(histories, 2):
        outcome = hub.handle(
            event(version=version, crime=harmless | {"summary": str(version)}, envelope=envelope, persons=[VICTIM])
        )
        assert outcome.releases
        assert not [release for release in outcome.releases if b"Victoria" in release.value]
    other = hub.handle(event(ref="R/other", crime=harmless, persons=[VICTIM]))
    assert all(b"Victoria" in release.value for release in other.releases)


def test_a_fault_latches_too() -> None:
    """A version that could not be decided may have been the one with the allegation: the next one does not re-open a name."""
    marked = prohibition("marked", when=[{"marker": ["soc"]}], effect="drop", drops=["crime.summary"], latch=True)
    hub = Hub(rule_set([agreement()], [prohibition(**ANONYMITY), marked]))
    hub.handle(event(version=1, markers=["soc"]))
    broken = event(version=2, persons=[VICTIM])
    del broken["originator_control"]
    assert hub.handle(broken).entry["faults"] == ["PD-419"]
    outcome = hub.handle(event(version=3, persons=[VICTIM]))
    assert hub.lanes.records[(0, "northumbria:native:R/1")]["latches"] == ["a-rule", "marked"]
    assert outcome.releases
    assert not [release for release in outcome.releases if b"Victoria" in release.value]


def test_two_agencies_can_not_join_what_they_have() -> None:
    """The same record in two feeds: other tokens, other delivery ids, other pseudonyms, times no finer than agreed, and no
    header or key that says what record it is."""
    fields = {"persons[*].pnc_id": "pseudonymise"}
    hub = Hub(rule_set([agreement(fields=fields, time_grain="hour"), agreement("bureau", fields=fields, time_grain="day")]))
    record = event(ref="R/secret", persons=[{"ref": "p1", "roles": ["SUSPECT"], "pnc_id": "99/123X"}], locations=at())
    outcome = hub.decide(record)
    assert len(outcome.releases) == 4
    assert len({release.token for release in outcome.releases}) == 4
    assert len({release.delivery_id for release in outcome.releases}) == 4
    found = [read(hub.book, unframe(r.value)[1], "bureau" if r.agency == "bureau" else "council") for r in outcome.releases]
    pseudonyms = {each["record"]["persons"][0]["pnc_id_pseudonym"] for each in found}
    assert len(pseudonyms) == 4
    assert not [r for r in outcome.releases if b"99/123" in r.value or b"secret" in r.value]
    grains = {release.agency: 86_400_000 if release.agency == "bureau" else 3_600_000 for release in outcome.releases}
    assert all(release.timestamp_ms % grains[release.agency] == 0 for release in outcome.releases)
    assert outcome.releases[0].timestamp_ms <= NOW.timestamp() * 1000


def test_a_pseudonym_is_the_same_for_the_same_identifier() -> None:
    """Within one agreement and agency, over records, spellings of case and blanks; never over fields."""
    assert TOKENS.pseudonym("a@b", "pnc_id", " 99/123x ") == TOKENS.pseudonym("a@b", "pnc_id", "99/123X")
    assert TOKENS.pseudonym("a@b", "pnc_id", "99/123X") != TOKENS.pseudonym("a@b", "cro_number", "99/123X")
    assert TOKENS.pseudonym("a@b", "pnc_id", "99/123X") != TOKENS.pseudonym("a@c", "pnc_id", "99/123X")


@pytest.mark.parametrize("text", ["", "persons", "persons[].surname", "persons[*]surname", "crime", "crime.", "x[VICTIM].y",
                                  "persons[*].surname\n", "persons[victim].surname", "crime.offence\n", "a.b c"])  # fmt: skip
def test_what_is_no_path_is_refused(text: str) -> None:
    """A path that would be read as another one, or select nothing, is none."""
    with pytest.raises(ValueError):
        parse_path(text)
    assert parse_path("persons[*].surname") == FieldPath("persons", None, ("surname",))
