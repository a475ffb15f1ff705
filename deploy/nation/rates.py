"""How often things happen, where, when and of what sort: facts from tables, loaded once. Pure.

What each table rests on, and how sure it is, stands in `SOURCES.md`, section Rates. Hours are hours of the week in local time
(Europe/London), Monday 00:00 is 0. Every pick costs one draw of `chance`, whatever the table. Unknown names raise KeyError.
"""

from collections.abc import Iterable
from functools import cache

from deploy.nation.mix import Mix, table
from schemas import reference_offences

HOURS_A_YEAR = 8766
"""365.25 days."""

HOURS_A_WEEK = 168

KINDS_OF_BIRTH = ("incident", "crime", "stop-search", "intelligence")
"""Kinds whose records come to be by themselves; custody is born of arrests."""

CRIME_RELATED = 0.22
"""Share of incident logs that bring a crime. Public Accounts Committee, year 2013-14 (VERIFIED)."""

MARKER_RATES = {
    "crime-domestic-abuse": 845_734 / 2_109_000,
    "incident-domestic-abuse": 613_929 / 15_000_000,
}
"""`crime-domestic-abuse`: chance of a crime of the category violent-crime, which carries all of the published figure here (in
truth some are damage or theft). `incident-domestic-abuse`: chance of a log of any sort; the logs of category PSW_DOMESTIC are
just as many. Year ending March 2021 (VERIFIED).
"""

SHAPE_OF = {
    "asb": "night", "missing": "evening", "safeguarding": "evening", "public-safety": "evening", "transport": "road",
    "wanted": "day", "violent-crime": "night", "public-order": "night", "robbery": "night", "possession-of-weapons": "night",
    "drugs": "evening", "criminal-damage-arson": "evening", "burglary": "evening", "vehicle-crime": "evening",
    "theft-from-the-person": "evening", "bicycle-theft": "day", "shoplifting": "day", "other-theft": "day",
    "other-crime": "day",
}  # fmt: skip
"""Sub type of an incident or category of a crime to its column of `hour_of_week.csv`. All but `search` are assumptions."""

CHARGED_TYPE = 1
"""Home Office outcome type of a charge or summons, and of what a court then does."""

CUSTODY_LAG_HOURS = 3
"""Between a crime's report and the arrest's custody record, for the curve alone (assumption)."""


@cache
def volumes() -> dict[str, int]:
    """Published figures by metric; most are a year's."""
    return {row["metric"]: int(row["value"]) for row in table("volumes")}


@cache
def forces() -> tuple[str, ...]:
    """The 43 territorial forces of England and Wales, sorted."""
    return tuple(row["force"] for row in table("force_shares"))


METRIC_OF = {
    "incident": "all_incident_logs", "crime": "recorded_crime", "stop-search": "stop_and_search_s1",
    "intelligence": "intelligence_reports", "custody": "arrests",
}  # fmt: skip
"""Kind to the figure of `volumes.csv` that says how many there are in a year."""


@cache
def a_year(kind: str, force: str) -> float:
    """Mean number of roots a year at scale 1. Crimes: all, also those that incident logs bring. Custody: arrests."""
    rows = {row["force"]: row for row in table("force_shares")}
    if kind == "stop-search":
        return float(rows[force]["searches_a_year"])
    whole = sum(int(row["crimes_a_year"]) for row in rows.values())
    return volumes()[METRIC_OF[kind]] * int(rows[force]["crimes_a_year"]) / whole


@cache
def per_hour(kind: str, force: str) -> float:
    """Mean number of roots an hour at scale 1. Crimes: recorded directly, without those that incident logs bring."""
    brought = CRIME_RELATED * a_year("incident", force) if kind == "crime" else 0.0
    return (a_year(kind, force) - brought) / HOURS_A_YEAR


@cache
def shape(name: str) -> tuple[int, ...]:
    """A column of `hour_of_week.csv`: 168 integers of mean 1000 (rounding aside)."""
    return tuple(int(row[name]) for row in table("hour_of_week"))


def _blend(shares: Iterable[tuple[str, float]]) -> tuple[int, ...]:
    """The mean of the shapes of sub types or categories, weighted by their shares."""
    pairs = [(weight, curve("crime") if name == "crime-related" else shape(SHAPE_OF[name])) for name, weight in shares]
    whole = sum(weight for weight, _ in pairs)
    return tuple(round(sum(weight * hours[hour] for weight, hours in pairs) / whole) for hour in range(HOURS_A_WEEK))


@cache
def curve(kind: str) -> tuple[int, ...]:
    """168 integers of mean 1000: how many are born in each hour of the week."""
    if kind == "incident":
        return _blend(_incident_weights())
    if kind == "crime":
        totals: dict[str, float] = {}
        for row in table("crime_mix"):
            part = a_year("crime", row["force"]) * int(row["per_million"])
            totals[row["category"]] = totals.get(row["category"], 0.0) + part
        return _blend(totals.items())
    if kind == "custody":
        crime = curve("crime")
        return tuple(crime[hour - CUSTODY_LAG_HOURS] for hour in range(HOURS_A_WEEK))
    return shape({"stop-search": "search", "intelligence": "office"}[kind])


@cache
def lads(force: str) -> tuple[tuple[str, float], ...]:
    """Local authorities of a force with their share of its records; they add up to 1."""
    authorities = {row["lad_code"]: int(row["weight"]) for row in table("lad_centres") if row["force"] == force}
    whole = sum(authorities.values())
    if not whole:
        raise KeyError(force)
    return tuple((code, weight / whole) for code, weight in authorities.items())


@cache
def category_weights(force: str) -> tuple[tuple[str, float], ...]:
    """Crime categories of a force in parts of a million."""
    return tuple((row["category"], float(row["per_million"])) for row in table("crime_mix") if row["force"] == force)


@cache
def _codes(category: str) -> tuple[tuple[str, float], ...]:
    """Recorded-crime codes of a category with their share of it."""
    codes = [(row["offence"], int(row["a_year"])) for row in table("offence_mix") if row["category"] == category]
    whole = sum(count for _, count in codes)
    return tuple((code, count / whole) for code, count in codes)


@cache
def crime_mix(force: str, hour: int | None = None) -> Mix:
    """Recorded-crime codes of a force; of one hour of the week where given: more violence on a Friday night."""
    pairs: list[tuple[str, float]] = []
    for category, weight in category_weights(force):
        at = 1000 if hour is None else shape(SHAPE_OF[category])[hour]
        pairs += [(code, weight * at * share) for code, share in _codes(category)]
    return Mix(pairs)


def _incident_rows(name: str, of: str) -> list[tuple[str, float]]:
    found = [(row["value"], float(row["weight"])) for row in table("incident_mix") if (row["table"], row["of"]) == (name, of)]
    if not found:
        raise KeyError(of)
    return found


def _incident_weights() -> list[tuple[str, float]]:
    return _incident_rows("sub-type", "")


@cache
def incident_mix(hour: int | None = None) -> Mix:
    """Sub types of incidents; of one hour of the week where given."""
    if hour is None:
        return Mix(_incident_weights())
    hours = {name: curve("crime") if name == "crime-related" else shape(SHAPE_OF[name]) for name, _ in _incident_weights()}
    return Mix((name, weight * hours[name][hour]) for name, weight in _incident_weights())


@cache
def category_mix(sub_type: str) -> Mix:
    """Incident categories of a sub type."""
    return Mix(_incident_rows("category", sub_type))


@cache
def grade_mix(sub_type: str) -> Mix:
    """Response grades of a sub type."""
    return Mix(_incident_rows("grade", sub_type))


@cache
def asb_class_mix() -> Mix:
    """Qualifiers that class anti-social behaviour as personal, nuisance or environmental."""
    return Mix(_incident_rows("qualifier", "asb"))


def _outcomes(category: str | None) -> dict[str, float]:
    totals: dict[str, float] = {}
    for row in table("outcome_mix"):
        if category in (None, row["category"]):
            totals[row["outcome"]] = totals.get(row["outcome"], 0.0) + int(row["rows"])
    if not totals:
        raise KeyError(category)
    return totals


@cache
def outcome_mix(category: str | None = None) -> Mix:
    """Last public outcomes of crimes, of one category where given; none that leaves a crime open."""
    return Mix(_outcomes(category).items())


@cache
def filed_mix(category: str | None = None) -> Mix:
    """The outcomes that need no charge: those of Home Office outcome types other than 1."""
    known = reference_offences.outcomes()
    return Mix(pair for pair in _outcomes(category).items() if CHARGED_TYPE not in known[pair[0]].ho_outcome_types)


@cache
def court_mix(category: str | None = None) -> Mix:
    """The outcomes that follow a charge."""
    known = reference_offences.outcomes()
    pairs = _outcomes(category).items()
    return Mix(pair for pair in pairs if CHARGED_TYPE in known[pair[0]].ho_outcome_types and pair[0] != "charged")


@cache
def search_table(name: str) -> Mix:
    """A table of `search_mix.csv`: search, outcome, age-range, sex, ethnicity-self-defined or ethnicity-officer-defined."""
    return Mix((row["value"], float(row["rows"])) for row in table("search_mix") if row["table"] == name)


def search_mix() -> Mix:
    """`legislation|object of search` as data.police.uk prints them."""
    return search_table("search")


def search_outcome_mix() -> Mix:
    """National outcomes of stops and searches."""
    return search_table("outcome")
