"""Rules, agencies and acceptances must fit together: each check is fed the bad thing."""

from typing import Any

import pytest
from core_hub import AGENCIES, agreement, parts_of, prohibition, rule_set
from rule_file_faults import FILE, assert_found, clause, faults

from schemas.codes import Code
from stream_processors.rule_set import check_rules, shipped_parts

Record = dict[str, Any]
FORM, WORD, BINDING = Code.RULE_FORM, Code.RULE_WORD, Code.RULE_BINDING
RULE = "prohibitions/0.yaml"
HEAD = "id,name,kind,forces,lad_codes,nation\n"
ASB = {"kinds": ["incident"], "max_marking": "OFFICIAL", "intelligence_handling": ["P"]}
ASB_AGENCY = HEAD + "team,A team,la-asb-team,,E08000021,England\n"

BINDINGS: list[tuple[Record, str, str, str]] = [
    ({"partner_kind": "counsil"}, AGENCIES, "partner_kind", "`council`"),
    ({"partner_kind": "cps"}, AGENCIES, "partner_kind", "not bound to any agency"),
    ({"partner_kind": "la-asb-team", **ASB, "kinds": ["crime"]}, ASB_AGENCY, "kinds[0]", "incident: what la-asb-team may have"),
    ({"partner_kind": "la-asb-team", **ASB, "max_marking": "OFFICIAL-SENSITIVE"}, ASB_AGENCY, "max_marking", "`OFFICIAL`"),
    (
        {"partner_kind": "la-asb-team", **ASB, "intelligence_handling": ["P", "C"]},
        ASB_AGENCY,
        "intelligence_handling[1]",
        "P: what la-asb-team may have",
    ),
    (clause(area="own"), HEAD + "council-n,A council,council,,,England\n", "share_when[0].area", "council-n has none"),
    ({"withhold_when": [{"area": "own-csp"}]}, HEAD + "council-n,A council,council,kent,,England\n",
     "withhold_when[0].area", "lad_codes"),
    (clause(area="own-force"), AGENCIES, "share_when[0].area", "`forces`"),
    ({"valid_until": "2025-01-01"}, AGENCIES, "valid_until", "valid_from before valid_until"),
    ({"review_on": "2029-01-01"}, AGENCIES, "review_on", "while it is valid"),
    ({"review_on": "2025-12-31"}, AGENCIES, "review_on", "while it is valid"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "agencies", "key", "expected"), BINDINGS, ids=[f"{key} {e}" for _, _, key, e in BINDINGS])
def test_an_agreement_that_does_not_fit_its_agencies_is_found(change: Record, agencies: str, key: str, expected: str) -> None:
    """No such kind, no agency of it, wider than its row, an own area of those who have none, days out of order."""
    assert_found(parts_of([agreement(**change)], agencies=agencies), FILE, key, expected, BINDING)


def test_a_feed_is_not_named_as_the_recalls_are() -> None:
    """A receipt for `<agency>.recall` would be for two things. Names that begin so are free."""
    assert_found(parts_of([agreement(feed="recall")]), FILE, "feed", "another name", Code.FEED_NAME_TAKEN)
    assert "bureau.recalls" in rule_set([agreement("bureau", feed="recalls")]).by_feed


ACCEPTED: list[tuple[str, str, str]] = [
    ("", "id", "no force has accepted it"),
    ("council,northumberland,a person,2026-01-05", "force", "`northumbria`"),
    ("counsil,northumbria,a person,2026-01-05", "agreement", "`council`"),
    ("council,northumbria,a person,2029-01-05", "accepted_on", "not after 2028-12-31"),
    ("council,northumbria,a person,yesterday", "accepted_on", "accepted_by, accepted_on"),
    ("council,northumbria,a person", "accepted_on", "accepted_by, accepted_on"),
]


@pytest.mark.parametrize(("row", "key", "expected"), ACCEPTED)
def test_an_acceptance_that_accepts_nothing_is_found(row: str, key: str, expected: str) -> None:
    """Absence denies: nobody has accepted, an unknown force, no such agreement, accepted after its end, a broken line."""
    good = "" if not row else "council,kent,a person,2026-01-05\n"
    table = f"agreement,force,accepted_by,accepted_on\n{good}{row}\n".encode()
    file = FILE if not row else "acceptances.csv"
    fault = assert_found(parts_of([agreement()]) | {"acceptances.csv": table}, file, key, expected, BINDING)
    assert not row or fault.line == 3


AGENCY_ROWS: list[tuple[str, str, str]] = [
    ("council-x,A council,counsil,,E08000021,England", "kind", "`council`"),
    ("council-x,A council,council,,E08000021,Engl", "nation", "`England`"),
    ("council-x,A council,council,,E08000021,", "nation", "England and Wales"),
    ("council-x,A council,council,northumberland,,England", "forces", "`northumbria`"),
    ("council-x,A council,council,,E99999999,England", "lad_codes", "local authority"),
    ("council-x,A council,council", "", "lad_codes"),
    ("council-a,A council,council,,E08000021,England", "id", "no other agency"),
]


@pytest.mark.parametrize(("row", "key", "expected"), AGENCY_ROWS)
def test_an_agency_that_nothing_can_be_bound_to_is_found(row: str, key: str, expected: str) -> None:
    """An unknown kind, nation, force or authority, an id twice, a row that is cut."""
    parts = parts_of([agreement()]) | {"agencies.csv": f"{AGENCIES}{row}\n".encode()}
    assert assert_found(parts, "agencies.csv", key, expected, BINDING).line == len(AGENCIES.splitlines()) + 1


def test_a_rule_set_adds_kinds_and_forces_and_changes_none() -> None:
    """A kind or a force of its own makes a set load; a row that the reference data have is refused, and so is half a row."""
    parts = parts_of([agreement()])
    assert check_rules(parts).rules is not None
    assert "council" in str(faults(parts | {"partner_kinds.csv": b""}))
    row = ",".join("Y" for _ in parts["partner_kinds.csv"].splitlines()[0].split(b",")).encode()
    for changed in (row.replace(b"Y", b"nca", 1), b"half,a,row"):
        found = faults(parts | {"partner_kinds.csv": parts["partner_kinds.csv"] + b"\n" + changed})
        assert [each.file for each in found] == ["partner_kinds.csv"]
    own = parts | {"acceptances.csv": parts["acceptances.csv"].replace(b"northumbria", b"north-abc")}
    assert "force" in {each.key for each in faults(own)}
    force = AGENCIES.replace("northumbria", "north-abc").encode()
    assert check_rules(own | {"forces.csv": b"id\nnorth-abc\n", "agencies.csv": force}).rules is not None
    [known] = faults(parts | {"forces.csv": b"id\nkent\n"})
    assert (known.file, known.line) == ("forces.csv", 2)


PROHIBITIONS: list[tuple[Record, str, str, Any]] = [
    ({"effect": "drop"}, "effect", "`drops`", FORM),
    ({"drops": ["crime.summary"]}, "drops", "the effect drop", FORM),
    ({"effect": "drop", "drops": ["crime.sumary"]}, "drops[0]", "`crime.summary`", WORD),
    ({"effect": "drop", "drops": ["persons[VICTM].surname"]}, "drops[0]", "`VICTIM`", WORD),
    ({"effect": "drop", "drops": ["persons[VICTIM]"]}, "drops[0]", "selectors of persons", WORD),
    ({"effect": "drop", "drops": ["persons[victims].surname"]}, "drops[0]", "a group of `people`", WORD),
    ({"when": [{"area": "own", "marker": ["soc"]}]}, "when[0].area", "own area", FORM),
    ({"when": [{"marker": ["sock"]}]}, "when[0].marker[0]", "`soc`", WORD),
    ({"when": [{"unknown": "share", "marker": ["soc"], "because": "it is not needed"}]}, "when[0].unknown", "already", FORM),
    ({"when": [{"originator_control": "barred"}], "latch": True}, "when[0].originator_control", "latch: false", FORM),
    ({"when": []}, "when", "at least 1", FORM),
    ({"when": [{"places": {"subject": "p"}}]}, "when[0].places.subject", "no record is about a place", FORM),
    ({"people": {"victims": [{"role": ["VICTIM"]}]}}, "people.victims", "does nothing", WORD),
    ({"excepted": [{"agreement": "council", "gateway": "CA2004-10", "reason": "a reason here"}]},
     "excepted[0].gateway", "CDA1998-115", BINDING),
    ({"excepted": [{"agreement": "counsil", "gateway": "CDA1998-115", "reason": "a reason here"}]},
     "excepted[0].agreement", "`council`", BINDING),
    ({"excepted": [{"agreement": "council", "gateway": "CDA1998-115", "reason": ""}]},
     "excepted[0].reason", "at least 10", FORM),
    ({"excepted": [{"agreement": "council", "gateway": "CDA1998-115", "reason": "a reason here"}] * 2},
     "excepted[1].agreement", "one exception for each", BINDING),
    ({"excepted": [{"agreement": "council", "gateway": "CDA1998-115", "reason": "a reason here", "when": [{"area": "own"}]}]},
     "excepted[0].when[0].area", "alike", FORM),
    ({"id": "council"}, "id", "no agreement has", BINDING),
]  # fmt: skip


@pytest.mark.parametrize(("change", "key", "expected", "code"), PROHIBITIONS, ids=[f"{k} {e}" for _, k, e, _ in PROHIBITIONS])
def test_a_prohibition_that_would_prohibit_nothing_is_found(change: Record, key: str, expected: str, code: Any) -> None:
    """A field, a role, a group or an exception that is not there would be dropped nowhere, and nobody would know."""
    assert_found(parts_of([agreement()], [prohibition(**change)]), RULE, key, expected, code)


def test_two_files_for_one_feed_or_id_are_found() -> None:
    """A feed has one agreement, an id one file, or whatever came last would win. Both are named."""
    twice = faults(parts_of([agreement(), agreement(id="other")]))
    assert [(each.key, each.file) for each in twice] == [("feed", FILE), ("feed", "agreements/1.yaml")]
    assert {each.key for each in faults(parts_of([agreement(), agreement(feed="second")]))} == {"id"}
    assert {each.key for each in faults(parts_of([agreement()], [prohibition(), prohibition()]))} == {"id"}
    assert check_rules(parts_of([agreement(), agreement(id="other", feed="second")])).rules is not None


def test_lines_that_meet_with_different_obligations_are_noted() -> None:
    """They are no fault: on one person the stricter counts. A place has one role, so two roles of places never meet."""
    fields = {
        "persons[VICTIM].surname": "keep", "persons[SUSPECT].surname": {"mask_keep_last": 2}, "persons[SUSPECT].sex": "keep",
        "locations[HOME].postcode": "keep", "locations[WORK].postcode": {"generalise": "outward"},
    }  # fmt: skip
    checked = check_rules(parts_of([agreement(fields=fields)]))
    assert checked.rules is not None
    assert [note.key for note in checked.notes] == ["fields.persons[VICTIM].surname"]
    same = {"persons[VICTIM].surname": "keep", "persons[SUSPECT].surname": "keep"}
    assert check_rules(parts_of([agreement(fields=same)])).notes == ()


def test_the_shipped_rules_have_no_fault() -> None:
    """What is shipped loads under every check."""
    assert check_rules(shipped_parts()).faults == ()


@pytest.mark.parametrize("name", ["acceptances.csv", "agencies.csv", "partner_kinds.csv", "forces.csv"])
@pytest.mark.parametrize("junk", [b"\rA B,b\r\n", b'"' + b"x" * 200_000, b"\x00,\xff\n"])
def test_a_table_that_is_none_is_a_fault(name: str, junk: bytes) -> None:
    """A stray line end, a quote that is never closed, bytes that are no text: told of the table, never another error."""
    parts = parts_of([agreement()])
    content = parts.get(name, b"id,name\n")
    assert name in {fault.file for fault in faults(parts | {name: content + b"\n" + junk})}
