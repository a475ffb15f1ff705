"""The lists of coded values that `make_reference.py` writes: national codes, and what other schemes' codes are nationally.

What other schemes have is taken by its label, never by its position: a code whose label has no national code gets none.
"""

from collections.abc import Iterator

Line = tuple[str, str, str, str, str, str]
"""List, scheme, code, national code, label, verification."""

VERIFIED, RECALLED, OURS = "VERIFIED", "RECALLED", "OURS"
"""Seen in a public document; from memory, to be confirmed; a list or a reading of this project."""

_GENDERS = {
    "Male": "MALE", "Female": "FEMALE", "Trans Male": "TRANS_MALE", "Trans Female": "TRANS_FEMALE", "Non-Binary": "NON_BINARY",
    "Non Binary": "NON_BINARY", "Intersex": "INTERSEX", "Not Specified": "NOT_STATED", "Not Known": "NOT_KNOWN",
    "Prefer not to say": "NOT_STATED", "Self-describe": "OTHER",
}  # fmt: skip
"""Label of POLE and of iHub to national gender."""

_SEXES = {"Male": "MALE", "Female": "FEMALE", "Not known": "NOT_KNOWN", "Not specified": "NOT_STATED"}

_OBSERVED = {
    "White - North European": "IC1", "White - South European": "IC2", "Black": "IC3", "Asian": "IC4",
    "Chinese, Japanese or other South-East Asian": "IC5", "Arab or North African": "IC6", "Arabic or North African": "IC6",
    "Not known": "IC7", "Not recorded or not known": "IC7", "Unknown (older force usage)": "IC7", "Mixed": "",
}  # fmt: skip
"""Label to national officer-defined ethnicity. POLE's Mixed has none."""

_HATE = {"Race": "RACE", "Religion": "RELIGION", "Sexual Orientation": "SEXUAL_ORIENTATION", "Transgender": "TRANSGENDER",
         "Other": "OTHER", "N/A": "NONE"}  # fmt: skip

NATIONAL_LISTS: dict[str, dict[str, tuple[str, str]]] = {
    "sex": {
        "MALE": ("Male", VERIFIED), "FEMALE": ("Female", VERIFIED), "OTHER": ("Other", OURS),
        "NOT_STATED": ("Not stated", VERIFIED), "NOT_KNOWN": ("Not known", VERIFIED),
    },
    "gender": {
        "MALE": ("Male", VERIFIED), "FEMALE": ("Female", VERIFIED), "TRANS_MALE": ("Trans male", VERIFIED),
        "TRANS_FEMALE": ("Trans female", VERIFIED), "NON_BINARY": ("Non-binary", VERIFIED), "INTERSEX": ("Intersex", VERIFIED),
        "OTHER": ("Other or self-described", OURS), "NOT_STATED": ("Not stated", VERIFIED),
        "NOT_KNOWN": ("Not known", VERIFIED),
    },
    "response_grade": {
        "EMERGENCY": ("Emergency, immediate response", OURS), "PRIORITY": ("Priority response", OURS),
        "SCHEDULED": ("Scheduled response", OURS), "NO_DEPLOYMENT": ("Resolved without deployment", OURS),
    },
    "asb_class": {
        "PERSONAL": ("Personal: aimed at or falling on a person or group", VERIFIED),
        "NUISANCE": ("Nuisance: falls on the community at large", VERIFIED),
        "ENVIRONMENTAL": ("Environmental: affects surroundings or public space", VERIFIED),
    },
    "hate_strand": {
        "RACE": ("Race", VERIFIED), "RELIGION": ("Religion or belief", VERIFIED),
        "SEXUAL_ORIENTATION": ("Sexual orientation", VERIFIED), "TRANSGENDER": ("Transgender", VERIFIED),
        "DISABILITY": ("Disability: monitored, but missing from the printed POLE list", RECALLED), "OTHER": ("Other", VERIFIED),
        "NONE": ("None", VERIFIED),
    },
    "stop_outcome": {
        "NO_FURTHER_ACTION": ("No further action", OURS), "ARREST": ("Arrest", OURS),
        "COMMUNITY_RESOLUTION": ("Community resolution", OURS), "CAUTION": ("Caution", OURS),
        "SUMMONS": ("Summons or charged by post", OURS), "PENALTY_NOTICE": ("Penalty notice for disorder", OURS),
        "DRUGS_WARNING": ("Khat or cannabis warning", OURS), "ADVICE": ("Verbal warning or words of advice", OURS),
        "SEIZURE": ("Seizure of property", OURS),
    },
    "object_type": {
        "VEHICLE": ("Vehicle", OURS), "TELEPHONE": ("Telephone", OURS), "EMAIL": ("E-mail address", OURS),
        "PASSPORT": ("Passport", OURS), "DRIVING_LICENCE": ("Driving licence", OURS), "PROPERTY": ("Property", OURS),
        "WEAPON": ("Weapon", OURS), "DRUGS": ("Drugs", OURS),
    },
    "subject_category": {
        "SUSPECT": ("Suspected of having committed or being about to commit an offence", VERIFIED),
        "CONVICTED": ("Convicted of an offence", VERIFIED), "VICTIM": ("Victim or possible victim", VERIFIED),
        "WITNESS_OR_OTHER": ("Witness or other person with information", VERIFIED),
    },
    "gsc_tier": {
        "OFFICIAL": ("Tier 1; -SENSITIVE is a marking on it, not a tier", VERIFIED), "SECRET": ("Tier 2", VERIFIED),
        "TOP SECRET": ("Tier 3", VERIFIED),
    },
}  # fmt: skip
"""Lists that are written here: national code to label and verification."""

COPIED = {
    "ethnicity_self_defined": "sde_18_1", "grading_source": "intel_source_evaluation", "grading_assessment": "intel_assessment",
    "grading_handling": "intel_handling_code", "grading_action": "intel_action_code",
    "grading_sanitisation": "intel_sanitisation_code", "handling_instruction": "gsc_handling_instruction",
    "descriptor": "gsc_descriptor", "telephone_type": "telephone_type", "mopi_group": "mopi_review_group",
    "offence_category": "offence_category_cjs",
}  # fmt: skip
"""Lists whose codes are the national ones as they stand: ours to the name in `code_lists.csv`."""

_EXTRA_HANDLING = (("UK EYES ONLY", "National caveat", VERIFIED),)

OLD_GRADING = {
    "grading_source": ("legacy_5x5x5_source", {"A": "1", "B": "1", "C": "3", "D": "3", "E": "2"}),
    "grading_assessment": ("legacy_5x5x5_information", {"1": "A", "2": "A", "3": "B", "4": "D", "5": "E"}),
    "grading_handling": ("legacy_5x5x5_handling", {"1": "P", "2": "C", "3": "C", "4": "C", "5": "C"}),
    "grading_sanitisation": ("legacy_5x5x5_handling", {"2": "S2", "3": "S2", "4": "S2", "5": "S2"}),
}
"""5x5x5 to 3x5x2: our reading. Handling 2 to 5 is C with S2; no action code follows, so it is read most restrictively."""

Source = dict[str, list[tuple[str, str, str]]]
"""`code_lists.csv`: list to (code, label, verification)."""


def lines(source: Source) -> Iterator[Line]:
    """Every line of `coded_values.csv`, in the order of the file."""
    for name, codes in NATIONAL_LISTS.items():
        yield from ((name, "national", code, code, label, mark) for code, (label, mark) in codes.items())
    for name, listed in COPIED.items():
        extra = _EXTRA_HANDLING if name == "handling_instruction" else ()
        yield from ((name, "national", code, code, label, mark) for code, label, mark in (*source[listed], *extra))
    yield from _ethnicity(source)
    yield from _people(source)
    for name, (listed, national) in OLD_GRADING.items():
        yield from ((name, "5x5x5", code, national.get(code, ""), label, OURS) for code, label, _ in source[listed])
    yield from (("hate_strand", "pole", code, _HATE[label], label, mark) for code, label, mark in source["hate_strand_pole"])
    yield from (("asb_class", "pole", code, code.upper(), label, mark) for code, label, mark in source["asb_class"])
    yield from (("subject_category", "dpa-38", code, "WITNESS_OR_OTHER" if code == "WITNESS" else code, label, mark)
                for code, label, mark in source["data_subject_category_s38"])  # fmt: skip


def _ethnicity(source: Source) -> Iterator[Line]:
    own, seen = "ethnicity_self_defined", "ethnicity_officer_defined"
    for code, label, mark in source["sde_18_1"]:
        yield own, "18+1", code, code, label, mark
        yield own, "ihub", code, code, label, mark
        yield own, "ihub", f"ESDD_{code}", code, label, mark
    for code, label, mark in source["sde_16_1_legacy"]:
        national = "A4" if label == "Chinese" else code
        yield own, "16+1", code, national, label, RECALLED if "RECALLED" in mark else mark
        yield own, "hmpps", code, national, label, VERIFIED
    for code, national, label in (
        ("W3", "W3", "Gypsy or Irish Traveller"),
        ("W4", "W3", "Gypsy or Irish Traveller"),
        ("W5", "W4", "Roma"),
    ):
        yield own, "hmpps", code, national, label, VERIFIED
    for code, label, mark in source["observed_ethnicity_ic"]:
        if mark == VERIFIED:
            yield seen, "national", code, code, label, mark
            yield seen, "ihub", code, code, label, mark
        yield seen, "ic", code, _OBSERVED[label], label, mark
    yield from ((seen, "pole", code, _OBSERVED[label], label, mark) for code, label, mark in source["observed_ethnicity_pole"])


def _people(source: Source) -> Iterator[Line]:
    yield from (("gender", "pole", code, _GENDERS[label], label, mark) for code, label, mark in source["gender_pole"])
    yield from (("gender", "ihub", code, _GENDERS[label], label, mark) for code, label, mark in source["gender_ihub"])
    pnc = {"U": ("NOT_KNOWN", "Not known"), "M": ("MALE", "Male"), "F": ("FEMALE", "Female")}
    for name in ("sex", "gender"):  # the courts call it gender, and mean what is here sex; a record may have it in either field
        for code, text, mark in source["sex_cjs"]:
            label = text.partition(" (")[0]
            yield name, "cjs", code, _SEXES[label], label, mark
        yield from ((name, "pnc", code, national, label, VERIFIED) for code, (national, label) in pnc.items())
