"""Each check of the loader is fed the bad thing: it is found, at its key and line, with what would be right."""

from typing import Any

import pytest
from core_hub import AGENCIES, agreement, parts_of
from rule_file_faults import FILE, assert_found, clause

from schemas.codes import Code
from stream_processors.rule_set import check_rules

Record = dict[str, Any]
FORM, WORD, LAW = Code.RULE_FORM, Code.RULE_WORD, Code.RULE_LAW


def person_groups(**groups: Any) -> Record:
    """An agreement with groups of persons, the first and the last used by nothing but conditions on all of them."""
    return {"people": groups, "share_when": [{"persons": {"any": name}} for name in groups]}


VICTIMS = {"people": {"victims": [{"role": ["VICTIM"]}]}}
ETHNIC = {"fields": {"persons[*].ethnicity_self_defined": "keep"}}
GDPR = {"regime": "UK_GDPR", "lawful_basis": "UK GDPR article 6(1)(e)"}

WORDS: list[tuple[Record, str, str]] = [
    (clause(kind=["crimes"]), "share_when[0].kind[0]", "`crime`"),
    (clause(sub_type=["abs"]), "share_when[0].sub_type[0]", "`asb`"),
    (clause(force=["northumberland"]), "share_when[0].force[0]", "`northumbria`"),
    (clause(crime_type=["burglery"]), "share_when[0].crime_type[0]", "`burglary`"),
    (clause(offence=["no such"]), "share_when[0].offence[0]", "words"),
    (clause(offence=["008/06"]), "share_when[0].offence[0]", "the recorded-crime code"),
    (clause(offence_group=["Sexual ofences"]), "share_when[0].offence_group[0]", "`Sexual offences`"),
    (clause(offence_flag=["sexul"]), "share_when[0].offence_flag[0]", "`sexual`"),
    (clause(outcome=["finned"]), "share_when[0].outcome[0]", "`fined`"),
    (clause(status=["open"]), "share_when[0].status[0]", "`OPEN`"),
    (clause(incident_category=["ASB_NOISY"]), "share_when[0].incident_category[0]", "`ASB_NOISE`"),
    (clause(incident_category=["Q_CHILD"]), "share_when[0].incident_category[0]", "words"),
    (clause(incident_theme=["QUALIFIER"]), "share_when[0].incident_theme[0]", "ASB"),
    (clause(qualifier=["ASB_NOISE"]), "share_when[0].qualifier[0]", "Q_"),
    (clause(response_grade=["URGENT"]), "share_when[0].response_grade[0]", "EMERGENCY"),
    (clause(marking=["SECRET"]), "share_when[0].marking[0]", "OFFICIAL-SENSITIVE"),
    (clause(handling_instruction=["EMBARGO"]), "share_when[0].handling_instruction[0]", "`EMBARGOED`"),
    (clause(grade_handling=["X"]), "share_when[0].grade_handling[0]", "one of C, P"),
    (clause(action_code=["A4"]), "share_when[0].action_code[0]", "A1, A2, A3"),
    (clause(sanitisation_code=["S3"]), "share_when[0].sanitisation_code[0]", "S1, S2"),
    (clause(subject_category=["WITNESS"]), "share_when[0].subject_category[0]", "`WITNESS_OR_OTHER`"),
    (clause(person_role=["VICTM"]), "share_when[0].person_role[0]", "`VICTIM`"),
    (clause(marker=["soc", "protectd-person"]), "share_when[0].marker[1]", "`protected-person`"),
    (clause(victim_anonymity=["yes"]), "share_when[0].victim_anonymity[0]", "one of N, Y"),
    (clause(object_type=["CAR"]), "share_when[0].object_type[0]", "VEHICLE"),
    (clause(object_status=["stolen"]), "share_when[0].object_status[0]", "`STOLEN`"),
    (clause(cross_border=["maybe"]), "share_when[0].cross_border[0]", "one of N, Y"),
    (clause(hour=["24"]), "share_when[0].hour[0]", "24 words"),
    ({"withhold_when": [{"marker": ["chld"]}]}, "withhold_when[0].marker[0]", "`child`"),
    ({"fields": {"crime.summary": {"keep": True, "when": [{"marker": ["chld"]}]}}},
     "fields.crime.summary.when[0].marker[0]", "`child`"),
    (person_groups(a=[{"role": ["VICTM"]}]), "people.a[0].role[0]", "`VICTIM`"),
    (person_groups(a=[{"not_role": ["VICTM"]}]), "people.a[0].not_role[0]", "`VICTIM`"),
    (person_groups(a=[{"subject_category": ["X"]}]), "people.a[0].subject_category[0]", "SUSPECT"),
    (person_groups(a=[{"not_subject_category": ["X"]}]), "people.a[0].not_subject_category[0]", "SUSPECT"),
    (person_groups(a=[{"age": ["10-18"]}]), "people.a[0].age[0]", "`10-17`"),
    (person_groups(a=[{"marker": ["mapa"]}]), "people.a[0].marker[0]", "`mappa`"),
    (person_groups(a=[{"not_marker": ["mapa"]}]), "people.a[0].not_marker[0]", "`mappa`"),
    (person_groups(a=[{"nationality": ["french"]}]), "people.a[0].nationality[0]", "foreign"),
    ({"places": {"p": [{"role": ["HOUSE"]}]}, **clause(places={"any": "p"})}, "places.p[0].role[0]", "HOME"),
    ({"places": {"p": [{"marker": ["refge"]}]}, **clause(places={"any": "p"})}, "places.p[0].marker[0]", "`refuge`"),
    # groups
    (clause(persons={"any": "victims"}), "share_when[0].persons.any", "a group of `people`"),
    ({**VICTIMS, **clause(persons={"any": "victm"})}, "share_when[0].persons.any", "`victims`"),
    ({**VICTIMS, **clause(places={"any": "victims"})}, "share_when[0].places.any", "a group of `places`"),
    (VICTIMS, "people.victims", "this one does nothing"),
    (person_groups(a=[{"within": "b"}], b=[{"role": ["VICTIM"]}]), "people.a[0].within", "before this one"),
    (person_groups(a=[{"household_of": "a"}]), "people.a[0].household_of", "no circle"),
    (person_groups(a=[{"outside": "c"}]), "people.a[0].outside", "a group of `people`"),
    ({"places": {"p": [{"home_of": "x"}]}, **clause(places={"any": "p"})}, "places.p[0].home_of", "a group of `people`"),
    ({"fields": {"persons[victims].surname": "keep"}}, "fields.persons[victims].surname", "a group of `people`"),
    ({"fields": {"statements[homes].text": "keep"}}, "fields.statements[homes].text", "a group of `places`"),
    (
        {**VICTIMS, "places": {"victims": [{"role": ["HOME"]}]},
         **clause(persons={"any": "victims"}, places={"any": "victims"})},
        "places.victims",
        "one name for a group of persons",
    ),
    # fields
    ({"fields": {"persons": "keep"}}, "fields.persons", "a path such as"),
    ({"fields": {"persons[*].surnam": "keep"}}, "fields.persons[*].surnam", "`persons[*].surname`"),
    ({"fields": {"persons[VICTM].surname": "keep"}}, "fields.persons[VICTM].surname", "`VICTIM`"),
    ({"fields": {"links.reason": "keep"}}, "fields.links.reason", "may leave"),
    ({"fields": {"envelope.version": "keep"}}, "fields.envelope.version", "may leave"),
    ({"fields": {"persons[*].ref": "keep"}}, "fields.persons[*].ref", "may leave"),
    ({"fields": {"originator_control.only": "keep"}}, "fields.originator_control.only", "may leave"),
    ({"fields": {"crime.offence": "keep"}, "kinds": ["incident"]}, "fields.crime.offence", "`crime` among `kinds`"),
    ({"gateways": ["CDA1998-116"]}, "gateways[0]", "`CDA1998-115`"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "key", "expected"), WORDS, ids=[key for _, key, _ in WORDS])
def test_a_word_that_is_none_is_found(change: Record, key: str, expected: str) -> None:
    """Every closed line, group, field and gateway: a word that no record can have would never hold, and nobody would notice."""
    assert_found(parts_of([agreement(**change)]), FILE, key, expected, WORD)


FORMS: list[tuple[Record, str, str]] = [
    ({"purpose": "short"}, "purpose", "at least 10 characters"),
    ({"form": "standin"}, "form", "`standing`"),
    ({"gateways": []}, "gateways", "at least 1"),
    ({"share_when": []}, "share_when", "at least 1"),
    ({"share_when": [{}]}, "share_when[0]", "an empty clause"),
    (clause(marker=[]), "share_when[0].marker", "at least 1"),
    (clause(marker=[""]), "share_when[0].marker[0]", "at least 1"),
    (clause(marker=None, kind=["crime"]), "share_when[0]", "a line has no values"),
    (clause(colour=["red"]), "share_when[0].colour", "words"),
    (clause(unknown="share", kind=["crime"]), "share_when[0]", "because"),
    (clause(kind=["crime"], places={"subject": "p"}), "share_when[0].places.subject", "no record is about a place"),
    (clause(originator_control="barred"), "share_when[0].originator_control", "for prohibitions"),
    (
        {"withhold_when": [{"marker": ["soc"], "unknown": "share", "because": "it is not needed"}]},
        "withhold_when[0].unknown",
        "withholds already",
    ),
    (
        {"fields": {"crime.summary": {"keep": True, "when": [{"area": "own"}]}}},
        "fields.crime.summary.when[0].area",
        "a line on the record",
    ),
    ({"fields": {}}, "fields", "at least 1"),
    ({"fields": {"crime.summary": "kep"}}, "fields.crime.summary", "`keep`"),
    ({"fields": {"crime.summary": {}}}, "fields.crime.summary", "exactly one"),
    ({"fields": {"crime.summary": {"keep": True, "drop": True}}}, "fields.crime.summary", "exactly one"),
    ({"fields": {"crime.summary": {"keep": True, "wen": []}}}, "fields.crime.summary.wen", "`when`"),
    ({"fields": {"crime.offence": {"mask_keep_last": 2}}}, "fields.crime.offence", "a text to mask"),
    ({"fields": {"crime.summary": {"generalise": "hour"}}}, "fields.crime.summary", "nothing coarser"),
    ({"fields": {"occurred.start": {"generalise": "outward"}}}, "fields.occurred.start", "hour, day, month, year"),
    ({"fields": {"persons[*].date_of_birth": {"generalise": "hour"}}}, "fields.persons[*].date_of_birth", "age-band"),
    ({"fields": {"locations[*].point": "keep"}}, "fields.locations[*].point", "square-1km"),
    ({"fields": {"crime.summary": {"decimals": 2}}}, "fields.crime.summary", "latitude or longitude"),
    ({"fields": {"persons[*].surname": "pseudonymise"}}, "fields.persons[*].surname", "an identifier"),
    ({"fields": {"persons[*].date_of_birth": "pseudonymise"}}, "fields.persons[*].date_of_birth", "an identifier"),
    ({"fields": {"intelligence.source_ref": "pseudonymise"}}, "fields.intelligence.source_ref", "an identifier"),
    ({"fields": {"incident.qualifiers": {"mask_keep_last": 1}}}, "fields.incident.qualifiers", "a text to mask"),
    ({"fields": {"crime.offence": "keep", "crime.offence.code": "keep"}}, "fields.crime.offence.code", "inside"),
    ({"kinds": ["rumour"]}, "kinds[0]", "crime"),
    ({"max_marking": "SECRET"}, "max_marking", "OFFICIAL"),
    ({"time_grain": "never"}, "time_grain", "minute"),
    ({"retention_days": 0}, "retention_days", "greater than or equal to 1"),
    ({"id": "A_B"}, "id", "match"),
    ({"apd_ref": ""}, "apd_ref", "at least 3 characters"),
    ({"confirmd": {}}, "confirmd", "`confirmed`"),
    ({"confirmed": {"CDA1998-115": {"by": "a person", "on": "2026-01-01"}}}, "confirmed.CDA1998-115.note", "note"),
]


@pytest.mark.parametrize(("change", "key", "expected"), FORMS, ids=[f"{key} {expected}" for _, key, expected in FORMS])
def test_a_clause_that_has_not_its_form_is_found(change: Record, key: str, expected: str) -> None:
    """Unknown keys, empty lines, obligations that don't fit their field, lines that do nothing where they stand."""
    assert_found(parts_of([agreement(**change)]), FILE, key, expected, FORM)


WELSH = "id,name,kind,forces,lad_codes,nation\ncouncil-w,A council,council,,W06000015,Wales\n"
BRITISH = "id,name,kind,forces,lad_codes,nation\ncouncil-g,A council,council,,E08000021,Great Britain\n"
ON_REQUEST = {"form": "on-request", "gateways": ["CARE2014-45"], "share_when": [{"consent": "given"}]}
MASH = {"partner_kind": "la-children-mash", "kinds": ["incident"], "intelligence_handling": []}
MASH_AGENCY = "id,name,kind,forces,lad_codes,nation\nmash,A mash,la-children-mash,,E08000021,England\n"

LAWS: list[tuple[Record, str, str, str]] = [
    ({"gateways": ["CDA1998-17"]}, AGENCIES, "gateways[0]", "stand alone"),
    ({"gateways": ["CDA1998-115", "CDA1998-17"]}, AGENCIES, "gateways[1]", "stand alone"),
    ({"gateways": ["CDA1998-17A"]}, AGENCIES, "gateways[0]", "standing (quarterly)"),
    ({"gateways": ["CARE2014-45"]}, AGENCIES, "gateways[0]", "on request"),
    ({"gateways": ["CA1989-47"]}, AGENCIES, "gateways[0]", "case by case"),
    ({"gateways": ["DAA2021-49A"]}, AGENCIES, "gateways[0]", "only recalled"),
    ({"gateways": ["POLICING"], **MASH, **GDPR}, MASH_AGENCY, "gateways[0]", "no competent authority"),
    ({"gateways": ["CA2004-10"]}, WELSH, "gateways[0]", "England does not reach council-w (Wales)"),
    ({"gateways": ["CDA1998-115"]}, BRITISH, "gateways[0]", "does not reach council-g (Great Britain)"),
    ({**ON_REQUEST, "share_when": [{"kind": ["crime"]}]}, AGENCIES, "share_when[0]", "`consent: given`"),
    ({**ON_REQUEST, "gateways": ["CDA1998-17A"]}, AGENCIES, "gateways[0]", "standing (quarterly)"),
    (
        {"confirmed": {"CDA1998-115": {"by": "a person", "on": "2026-01-01", "note": "seen in the Act"}}},
        AGENCIES,
        "confirmed.CDA1998-115",
        "is verified",
    ),
    (
        {"confirmed": {"DAA2021-49A": {"by": "a person", "on": "2026-01-01", "note": "seen in the Act"}}},
        AGENCIES,
        "confirmed.DAA2021-49A",
        "CDA1998-115",
    ),
    ({"lawful_basis": "UK GDPR article 6(1)(e)"}, AGENCIES, "lawful_basis", "DPA 2018 s.35"),
    ({"regime": "UK_GDPR"}, AGENCIES, "lawful_basis", "article 6(1)"),
    ({**MASH}, MASH_AGENCY, "regime", "UK_GDPR"),
    (ETHNIC, AGENCIES, "fields.persons[*].ethnicity_self_defined", "DPA 2018 Schedule 8 paragraph n"),
    ({**ETHNIC, **GDPR, "sensitive_condition": "DPA 2018 Schedule 1 paragraph 6"}, AGENCIES,
     "fields.persons[*].ethnicity_self_defined", "article 9 or 10"),
    ({"fields": {"persons[SUSPECT].ethnicity_officer_defined": {"keep": True, "when": [{"marker": ["soc"]}]}}}, AGENCIES,
     "fields.persons[SUSPECT].ethnicity_officer_defined", "Schedule 8"),
    ({"fields": {"incident.qualifiers": "keep"}}, AGENCIES, "fields.incident.qualifiers", "health"),
    ({**ETHNIC, "sensitive_condition": "DPA 2018 Schedule 8 paragraph 1", "apd_ref": "   "}, AGENCIES, "apd_ref", "s.42"),
    ({"sensitive_condition": "DPA 2018 Schedule 1 paragraph 18"}, AGENCIES, "sensitive_condition", "Schedule 8"),
    ({**GDPR, "sensitive_condition": "DPA 2018 Schedule 8 paragraph 1"}, AGENCIES, "sensitive_condition", "Schedule 1"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "agencies", "key", "expected"), LAWS, ids=[f"{key} {said}" for _, _, key, said in LAWS])
def test_an_agreement_without_law_is_found(change: Record, agencies: str, key: str, expected: str) -> None:
    """Gateways that can't carry it, in its form, to each nation; regimes without basis; sensitive classes without condition."""
    assert_found(parts_of([agreement(**change)], agencies=agencies), FILE, key, expected, LAW)


CONFIRMED = {"DAA2021-49A": {"by": "a person", "on": "2026-01-01", "note": "seen in the Act"}}


@pytest.mark.parametrize(
    "change",
    [
        ON_REQUEST,
        {**ON_REQUEST, "form": "case-by-case"},
        {**ON_REQUEST, "gateways": ["CDA1998-115"]},
        {"gateways": ["DAA2021-49A"], "confirmed": CONFIRMED},
        {**ETHNIC, "sensitive_condition": "DPA 2018 Schedule 8 paragraph 1"},
        {**ETHNIC, **GDPR, "sensitive_condition": "UK GDPR article 9(2)(g), DPA 2018 Schedule 1 paragraph 6"},
        {"fields": {"persons[*].ethnicity_self_defined": "drop", "crime.offence": "keep"}},
        {**VICTIMS, **clause(persons={"any": "victims"})},
        {**VICTIMS, "fields": {"statements[victims].text": "keep", "persons[victims].surname": "keep"}},
    ],
)
def test_what_has_its_law_loads(change: Record) -> None:
    """The other side of the checks: they refuse nothing that is right."""
    assert check_rules(parts_of([agreement(**change)])).faults == ()
