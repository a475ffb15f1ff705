"""The national code lists that a dialect maps to: every code with its label, so that both sides check by the same list."""

from collections.abc import Mapping
from functools import cache

from schemas import reference_codes, reference_offences


@cache
def code_lists() -> dict[str, Mapping[str, str]]:
    """Every list by the name that dialects use: code to label. The codes alone decide; labels are for people."""
    categories = {category.id: category.label for category in reference_codes.incident_categories().values()}
    return {
        **reference_codes.labels(),
        "offence": {offence.code: offence.label for offence in reference_offences.offences().values()},
        "ho_classification": {offence.code: offence.title for offence in reference_offences.ho_offences().values()},
        "crime_type": reference_offences.police_uk_categories(),
        "outcome": {outcome.id: outcome.name for outcome in reference_offences.outcomes().values()},
        "incident_category": categories,
        "qualifier": categories,
        "sub_type": {sub_type.id: sub_type.label for sub_type in reference_codes.sub_types().values()},
    }
