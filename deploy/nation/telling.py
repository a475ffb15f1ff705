"""Text as an officer wrote it, and every string in it that identifies somebody or something. Pure."""

from typing import NamedTuple


class Mention(NamedTuple):
    """One string that identifies somebody or something, as it stands in a submission or in what the hub makes of it."""

    value: str
    of: str
    """Id of the person, place or thing."""
    sort: str
    """One of SORTS."""
    form: str
    """How it is written: one of FORMS."""


SORTS = (
    "NAME", "ALIAS", "DATE_OF_BIRTH", "TELEPHONE", "EMAIL", "PNC", "CRO", "NHS", "ASN", "PLATE", "ADDRESS", "POSTCODE", "UPRN",
    "SCHOOL", "WORKPLACE", "SOURCE", "SERIAL",
)  # fmt: skip
"""What kind of identifier a string is."""

FORMS = tuple(
    "plain upper full-name surname given-name nickname misspelt relation spaced unspaced lower in-words local national".split()
)
"""How a string is written. `national`: as the hub spells what a force sent otherwise: no event says it so."""


class Telling(NamedTuple):
    """Text as an officer wrote it, and whom it names."""

    text: str
    mentions: tuple[Mention, ...] = ()


NOTHING_TOLD = Telling("")
