"""The truth file: what the keeper writes, that its schema is that of the models, and what the reader makes of it."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nation_scenes import GATESHEAD, TELEPHONE, VEHICLE, child, person, place, scene, scenes, suspect, victim
from pydantic import ValidationError

from deploy.nation.messages import read_messages
from deploy.nation.readings import may_receive
from deploy.nation.readings_facts import latch_of
from deploy.nation.scene import Grading, Part, Scene
from deploy.nation.simulated import Nation, simulate_folder
from deploy.nation.telling import Mention, Telling
from deploy.nation.truth import ROWS, IdentityRow, StringRow, VersionRow, make_schema
from deploy.nation.truth_keeper import TruthKeeper
from deploy.nation.truth_reader import Truth, TruthBroken, iter_rows, read_truth
from schemas import reference

SCHEMA = Path(__file__).parents[3] / "deploy" / "nation" / "truth.schema.json"
NATION = {"seed": 1, "start": "2026-03-27T00:00:00+00:00", "hours": 1, "scale": 0.1, "forces": ["northumbria"], "episodes": []}
RECORD = "northumbria:holt:NC/1/26"
_thief, _owner = suspect(person("thief")), victim(person("owner"))
_sister = Mention("Cerys Example", "person:sister", "NAME", "full-name")
_thief_named = Mention("THIEF", "person:thief", "NAME", "upper")
_plate = Mention("AB97CDE", VEHICLE.id, "PLATE", "unspaced")
_organised = scene("crime", parts=[_thief, _owner], markers=("soc",), things=[VEHICLE, TELEPHONE])
_organised.summary = Telling("THIEF and his sister Cerys Example", (_thief_named, _sister))
_sent = (_plate, _thief_named, _sister)


class _File:
    """A truth file that a test writes."""

    def __init__(self, path: Path) -> None:
        self.path = path / "truth.jsonl"
        self.lines: list[bytes] = []
        self.keeper = TruthKeeper(self.lines.append)
        self.keeper.open(NATION)

    def note(self, what: Scene, version: int = 1, outcome: str = "NEW", record: str = RECORD, **more: Any) -> VersionRow:
        """The row that the keeper writes for it."""
        self.keeper.note(what, record, version, what.recorded_ms, outcome, more.pop("mentions", ()), **more)
        row = ROWS.validate_json(self.lines[-1])
        assert isinstance(row, VersionRow)
        return row

    def read(self) -> Truth:
        """Closed, written and read."""
        self.keeper.close()
        self.path.write_bytes(b"".join(self.lines))
        return read_truth(self.path)


@pytest.fixture
def file(tmp_path: Path) -> _File:
    return _File(tmp_path)


def test_the_schema_file_is_that_of_the_models() -> None:
    """`truth.schema.json` says exactly what the reader checks."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == make_schema()


_outcomes = st.sampled_from(("NEW", "NEW", "NEW", "RESEND", "STALE", "CONFLICT", "REFUSED", "DEAD"))
_notes = st.lists(st.tuples(scenes(), st.integers(0, 2), _outcomes), max_size=8)


@given(_notes)
def test_withdrawals_are_the_holders_less_the_receivers(notes: list[tuple[Scene, int, str]]) -> None:
    """Only NEW changes what anybody holds; a record that was called back is closed until it is reinstated."""
    lines: list[bytes] = []
    keeper = TruthKeeper(lines.append)
    holders: dict[int, set[str]] = {0: set(), 1: set(), 2: set()}
    closed, latched = dict.fromkeys(holders, False), dict.fromkeys(holders, 0)
    for what, record, outcome in notes:
        keeper.note(what, f"r{record}", 1, what.recorded_ms, outcome, ())
        row = ROWS.validate_json(lines[-1])
        assert isinstance(row, VersionRow)
        if outcome != "NEW":
            assert (row.receive, row.withdraw) == ({}, [])
            continue
        closed[record] = what.action in ("RECALL", "ERASURE", "RESTRICTION") or closed[record]
        latched[record] |= latch_of(what)
        wanted = set() if closed[record] else set(may_receive(what, "", latched[record]))
        assert set(row.receive) == wanted
        assert {one.agency for one in row.withdraw} == holders[record] - wanted
        holders[record] = wanted
    for record in holders:
        keeper.forget(f"r{record}")
    assert keeper.live == 0


@given(_notes)
def test_every_row_is_of_its_model_and_nobody_is_named_before_being_introduced(notes: list[tuple[Scene, int, str]]) -> None:
    """What the keeper writes as plain dicts the models accept; identities come first, strings once, counts are right."""
    lines: list[bytes] = []
    keeper = TruthKeeper(lines.append)
    keeper.open(NATION)
    for what, record, outcome in notes:
        mentions = what.summary.mentions if outcome == "NEW" else ()
        keeper.note(what, f"r{record}", 1, what.recorded_ms, outcome, mentions, "PD-201", ("PD-301",), "person")
    end = keeper.close()
    rows = [ROWS.validate_json(line) for line in lines]
    assert Counter(row.row for row in rows[:-1]) == end["rows"]
    known: set[str] = set()
    said: set[tuple[str, str, str, str]] = set()
    for row in rows:
        if isinstance(row, IdentityRow):
            known.add(row.id)
            assert row.home is None or row.home in known
        elif isinstance(row, StringRow):
            assert row.of in known
            key = (row.value, row.of, row.sort, row.form)
            assert key not in said
            said.add(key)
        elif isinstance(row, VersionRow):
            named = {row.place, *row.things, *(part.person for part in row.parts), *row.named, *row.mentions}
            assert named | {who for given_to in row.receive.values() for who in given_to.persons} <= known
    assert end.get("codes", {}) == ({"PD-201": len(notes)} if notes else {})


def test_a_life_gives_and_takes_back(file: _File) -> None:
    """Shared, moved, recalled, sent again in vain, reinstated, erased: who holds it follows, and why is said."""
    at_home = scene(sub_type="safeguarding", parts=[victim(child())])
    assert list(file.note(at_home).receive) == ["mash-tyne-a"]
    moved = replace(at_home, place=place("street", GATESHEAD))
    row = file.note(moved, 2)
    assert list(row.receive) == ["mash-tyne-b"]
    assert [(one.agency, one.why) for one in row.withdraw] == [("mash-tyne-a", "the reading no longer allows it")]
    recalled = file.note(replace(moved, action="RECALL"), 3)
    assert [(one.agency, one.why) for one in recalled.withdraw] == [("mash-tyne-b", "RECALL")]
    assert file.note(moved, 4).receive == {}
    assert list(file.note(replace(moved, action="REINSTATEMENT"), 5).receive) == ["mash-tyne-b"]
    erased = file.note(replace(moved, action="ERASURE", parts=[]), 6)
    assert [one.why for one in erased.withdraw] == ["ERASURE"]
    truth = file.read()
    assert truth.held_after(RECORD, 1) == {"mash-tyne-a"}
    assert truth.held_after(RECORD, 5) == {"mash-tyne-b"}
    assert truth.holders() == {RECORD: frozenset()}
    assert truth.end.withdrawn == {"mash-tyne-a": 1, "mash-tyne-b": 2}


def test_what_is_not_taken_changes_nothing(file: _File) -> None:
    """Resent, stale, contradicting, refused and dead rows give and take nothing, and the version stays what it was."""
    file.note(_organised)
    for outcome in ("RESEND", "STALE", "CONFLICT", "REFUSED", "DEAD"):
        row = file.note(replace(_organised, markers=(), action="RECALL"), 1, outcome)
        assert (row.receive, row.withdraw) == ({}, [])
    truth = file.read()
    assert truth.version(RECORD, 1).outcome == "NEW"
    assert truth.holders() == {RECORD: frozenset({"nca", "rocu-a"})}


def test_facts_are_written_once(file: _File) -> None:
    """However often somebody comes up."""
    for version in range(1, 4):
        file.note(_organised, version, mentions=_sent)
    facts = [row.id for row in map(ROWS.validate_json, file.lines) if isinstance(row, IdentityRow)]
    assert sorted(facts) == sorted(set(facts))


def test_of_intelligence_the_sanitised_text_alone_names(file: _File) -> None:
    """Whom the original text names, the source say, nobody may know from it."""
    told = Mention("Wren", "person:wren", "NAME", "given-name")
    report = scene("intelligence", parts=[_thief], markers=("soc",), grading=Grading("1", "B", "P"))
    report.intelligence, report.sanitised = Telling("Wren says THIEF", (told, _thief_named)), Telling("THIEF", (_thief_named,))
    row = file.note(report, mentions=(told, _thief_named))
    assert row.named == {"person:thief": ["NAME"]}
    assert set(row.mentions) == {"person:wren", "person:thief"}
    truth = file.read()
    assert truth.may_see("nca", "THIEF")
    assert not truth.may_see("nca", "Wren")


def test_an_offence_once_unreadable_hides_the_victim_for_the_life_of_the_record(file: _File) -> None:
    """The latch outlasts the version that caused it, and ends with the life."""
    assert file.note(_organised).receive["nca"].persons["person:owner"] == "full"
    assert file.note(_organised, 2, hides="offence").receive["nca"].persons["person:owner"] == "role"
    assert file.note(_organised, 3).receive["nca"].persons["person:owner"] == "role"
    hidden = file.note(_organised, 4, hides="marker")
    assert {one.why for one in hidden.withdraw} == {"protected-person"}
    file.keeper.forget(RECORD)
    assert file.note(_organised).receive["nca"].persons["person:owner"] == "full"


@pytest.mark.parametrize(
    ("who", "name"),
    [
        (victim(person("p", traits=("protected",))), "protected"),
        (victim(person("fled", traits=("in-refuge",))), "sheltered"),
        (suspect(child("youth", 14)), "child-suspect"),
    ],
)
def test_who_is_taken_out_of_a_record_is_still_cared_for(file: _File, who: Part, name: str) -> None:
    """A correction removes somebody: the text stays away for the life of the record, of the protected all of it."""
    assert file.note(_organised).receive["nca"].text == "summary"
    first = file.note(replace(_organised, parts=[_thief, who]), 2)
    second = file.note(_organised, 3)
    assert first.latched == second.latched == [name]
    for row in (first, second):
        assert {given_to.text for given_to in row.receive.values()} <= {"none"}
        assert bool(row.receive) == (name != "protected")
    file.keeper.forget(RECORD)
    assert file.note(_organised).receive["nca"].text == "summary"


def test_a_version_that_was_not_taken_latches_nothing(file: _File) -> None:
    """Nobody has seen it."""
    file.note(replace(_organised, parts=[victim(person("p", traits=("protected",)))]), 1, "DEAD")
    assert file.note(_organised, 2).latched == []


def test_a_grade_that_becomes_c_is_withdrawn_with_its_reason(file: _File) -> None:
    """P that becomes C with A1 and S2: whoever has it must let go."""
    report = scene("intelligence", parts=[_thief], markers=("soc",), grading=Grading("1", "B", "P"))
    assert set(file.note(report).receive) == {"nca", "rocu-a"}
    row = file.note(replace(report, grading=Grading("1", "B", "C", "A1", "S2")), 2)
    assert {(one.agency, one.why) for one in row.withdraw} == {("nca", "handling codes"), ("rocu-a", "handling codes")}


def test_who_may_know_whom(file: _File) -> None:
    """Persons by their level, things and places by theirs, third parties by the text alone; a string by any of its owners."""
    file.note(_organised, mentions=_sent)
    file.note(
        scene("crime", parts=[_thief], markers=("soc",), number=2),
        record="r2",
        mentions=[("thief@example.org", "person:thief", "EMAIL", "plain")],
    )
    truth = file.read()
    known = truth.may_know("nca")
    assert "PNC" in known["person:thief"]
    assert known["person:sister"] == {"NAME"}
    assert known[VEHICLE.id] == {"PLATE", "TELEPHONE", "EMAIL", "SERIAL"}
    assert known[_organised.place.id] == {"ADDRESS", "POSTCODE", "UPRN"}
    assert truth.may_see("nca", "Cerys Example")
    assert truth.may_see("rocu-a", "AB97CDE")
    assert not truth.may_see("probation", "AB97CDE")
    assert [row.of for row in truth.identities_of("THIEF")] == ["person:thief"]
    assert {row.value for row in truth.strings_of("person:thief")} == {"THIEF", "thief@example.org"}
    assert truth.identities["person:sister"].what == "person"
    assert set(truth.strings()) == {"AB97CDE", "THIEF", "Cerys Example", "thief@example.org"}
    assert set(truth.may_receive(RECORD, 1)) == {"nca", "rocu-a"}


def test_facts_of_somebody_first_known_by_name_come_later(file: _File) -> None:
    """A sister who is only mentioned at first is a person; once she is part of a record, her facts are known."""
    file.note(_organised, mentions=_sent)
    file.note(scene("crime", parts=[victim(person("sister", traits=("at-risk",)))]), record="r2")
    truth = file.read()
    assert truth.identities["person:sister"].traits == ["at-risk"]


def test_expected_codes_are_counted(file: _File) -> None:
    """Refusals, dead letters and flags, code by code."""
    for outcome, code in (("REFUSED", "PD-105"), ("DEAD", "PD-208"), ("DEAD", "PD-208"), ("DEAD", "PD-201")):
        file.note(_organised, 0, outcome, code=code)
    file.note(_organised, flags=("PD-305", "PD-301"))
    truth = file.read()
    assert truth.expected_refusals() == Counter({"PD-105": 1})
    assert truth.expected_dead_letters() == Counter({"PD-208": 2, "PD-201": 1})
    assert truth.expected_flags() == Counter({"PD-301": 1, "PD-305": 1})
    assert truth.version(RECORD, 1).flags == ["PD-301", "PD-305"]
    assert truth.end.outcomes == {"DEAD": 3, "NEW": 1, "REFUSED": 1}


def test_times_are_written_as_utc(file: _File) -> None:
    """Milliseconds are kept; a leap day and a day before 1970 come out right."""
    for ms, text in (
        (1_774_656_001_002, "2026-03-28T00:00:01.002Z"),
        (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ):
        assert file.note(scene("stop-search", occurred_ms=ms)).occurred == text


@pytest.mark.parametrize("spoil", [lambda lines: lines[:-1], lambda lines: lines[1:], lambda lines: [*lines[:2], *lines[3:]]])
def test_a_broken_file_is_refused(file: _File, spoil: Any) -> None:
    """Without its counts, without its nation, with a row lost."""
    file.note(_organised, mentions=_sent)
    file.keeper.close()
    file.path.write_bytes(b"".join(spoil(file.lines)))
    with pytest.raises(TruthBroken):
        read_truth(file.path)


def test_a_row_of_no_model_is_refused(file: _File) -> None:
    """An unknown field or an unknown type of row is an error, not something to pass over."""
    for row in (b'{"row":"identity","id":"x","what":"person","shoe":44}\n', b'{"row":"rumour"}\n'):
        file.path.write_bytes(file.lines[0] + row)
        with pytest.raises(ValidationError):
            list(iter_rows(file.path))


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Truth]:
    """Everything that two forces send in two hours, by either route, decoded; and its truth."""
    folder = tmp_path_factory.mktemp("nation") / "out"
    simulate_folder(Nation(seed=3, hours=2, forces=("cleveland", "northumbria"), fault_rate=0.02), folder)
    sent = [path.read_bytes() for path in sorted(folder.glob("outbox/*.jsonl"))]
    for path in sorted(folder.glob("stock/*.jsonl")):
        sent += [message.body or b"" for message in read_messages(path, path.stem)]
    return b"\n".join(sent), read_truth(folder / "truth.jsonl")


def test_every_string_of_the_truth_occurs_in_the_events(simulated: tuple[bytes, Truth]) -> None:
    """As it stands, in some row of a file or some message's body; but for the spelling that the hub gives it."""
    sent, truth = simulated
    strings = [string for string in truth.strings() if {each.form for each in truth.identities_of(string)} != {"national"}]
    assert len(strings) > 500
    assert [string for string in strings if string.encode() not in sent] == []


def test_every_identity_of_the_truth_is_introduced(simulated: tuple[bytes, Truth]) -> None:
    """Whoever takes part, is named or may be known has a row of facts, and every agency exists."""
    _, truth = simulated
    for row in truth.versions():
        named = {row.place, *row.things, *(part.person for part in row.parts), *row.named, *row.mentions}
        assert named <= truth.identities.keys()
        assert row.receive.keys() <= reference.agencies().keys()
