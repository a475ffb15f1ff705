"""The nation's rates are what the published figures say, and every name in them is one that the hub knows."""

from collections import Counter
from random import Random

import pytest

from deploy.nation import rates
from deploy.nation.mix import Mix, table
from schemas import reference, reference_geography, reference_offences
from stream_processors.national import load_national

FRIDAY_23 = 4 * 24 + 23
KINDS = (*rates.KINDS_OF_BIRTH, "custody")


class Drawn(Random):
    """A chance that draws what it is told."""

    def __init__(self, value: float) -> None:
        super().__init__(0)
        self.value = value

    def random(self) -> float:
        return self.value


def _whole(kind: str) -> float:
    return sum(rates.a_year(kind, force) for force in rates.forces())


def _crimes() -> dict[str, float]:
    totals: Counter[str] = Counter()
    for force in rates.forces():
        for code, share in rates.crime_mix(force).shares().items():
            totals[code] += share * rates.a_year("crime", force)  # type: ignore[assignment]
    return totals  # type: ignore[return-value]


def test_the_forces_are_the_43() -> None:
    """Each territorial force of England and Wales has rates, and no other does."""
    wanted = [force.id for force in reference.forces().values() if force.is_territorial_of_england_and_wales]
    assert sorted(wanted) == list(rates.forces())
    for kind in KINDS:
        with pytest.raises(KeyError):
            rates.a_year(kind, "police-scotland")


@pytest.mark.parametrize("kind", KINDS)
def test_a_year_of_the_nation_is_the_published_figure(kind: str) -> None:
    """All forces together make as many of each kind in a year as the figure says, within rounding."""
    assert _whole(kind) == pytest.approx(rates.volumes()[rates.METRIC_OF[kind]], rel=1e-5)


def test_forces_with_a_published_figure_have_it_and_the_skew_is_100_to_1() -> None:
    """The Metropolitan Police record about a hundred times as much as the City of London Police."""
    figures = rates.volumes()
    assert rates.a_year("crime", "metropolitan") == pytest.approx(figures["recorded_crime_met"], rel=1e-5)
    assert rates.a_year("crime", "dyfed-powys") == pytest.approx(figures["recorded_crime_dyfed_powys"], rel=1e-5)
    assert 95 < rates.per_hour("crime", "metropolitan") / rates.per_hour("crime", "city-of-london") < 110


def test_logs_bring_the_crimes_that_are_not_recorded_directly() -> None:
    """Direct crimes and the crimes of crime-related logs add up to recorded crime."""
    direct = sum(rates.per_hour("crime", force) for force in rates.forces()) * rates.HOURS_A_YEAR
    brought = _whole("incident") * rates.incident_mix().shares()["crime-related"]
    assert direct + brought == pytest.approx(rates.volumes()["recorded_crime"], rel=1e-4)
    assert rates.incident_mix().shares()["crime-related"] == pytest.approx(rates.CRIME_RELATED)


def test_crimes_with_a_published_figure_are_as_many() -> None:
    """Shoplifting, theft from the person, homicide and violence against the person are within a hundredth of their figures."""
    crimes, figures, offences = _crimes(), rates.volumes(), reference_offences.offences()
    violence = sum(count for code, count in crimes.items() if offences[code].group == "Violence against the person")
    homicide = sum(count for code, count in crimes.items() if offences[code].subgroup == "Homicide")
    assert crimes["46"] == pytest.approx(figures["shoplifting"], rel=0.01)
    assert crimes["39"] == pytest.approx(figures["theft_from_person"], rel=0.01)
    assert homicide == pytest.approx(figures["homicide"], rel=0.01)
    assert violence == pytest.approx(figures["violence_against_person"], rel=0.01)


def test_incidents_with_a_published_figure_are_as_many() -> None:
    """ASB, missing people, domestic incidents, and emergency and priority logs."""
    figures, shares, whole = rates.volumes(), rates.incident_mix().shares(), _whole("incident")
    domestic = rates.category_mix("safeguarding").shares()["PSW_DOMESTIC"] * shares["safeguarding"]
    urgent = sum(
        share * (rates.grade_mix(name).shares()["EMERGENCY"] + rates.grade_mix(name).shares()["PRIORITY"])
        for name, share in shares.items()
    )
    assert shares["asb"] * whole == pytest.approx(figures["asb_incidents"])
    assert shares["missing"] * whole == pytest.approx(figures["missing_incidents"])
    assert domestic * whole == pytest.approx(
        figures["domestic_abuse_incidents_and_crimes"] - figures["domestic_abuse_crimes"], rel=1e-3
    )
    assert urgent * whole == pytest.approx(figures["priority_and_emergency_incidents"], rel=0.01)


def test_every_offence_is_current_and_of_its_category() -> None:
    """Each recorded-crime code is in the reference, not closed, and of the category that it is listed under."""
    for row in table("offence_mix"):
        offence = reference_offences.offences()[row["offence"]]
        assert offence.police_uk_category == row["category"], row
        assert offence.status != "closed", row
    categories = {row["category"] for row in table("crime_mix")}
    assert categories == {row["category"] for row in table("offence_mix")} == {row["category"] for row in table("outcome_mix")}


def test_every_value_is_one_that_the_hub_knows() -> None:
    """Categories, grades, outcomes and codes of persons are national ones; parts of a sub type make up its whole."""
    lists = load_national().lists
    for name in rates.incident_mix().values:
        assert set(rates.category_mix(name).values) <= lists["incident_category"]
        assert set(rates.grade_mix(name).values) == lists["response_grade"]
    assert set(rates.asb_class_mix().values) <= lists["qualifier"]
    assert set(rates.outcome_mix().values) <= lists["outcome"]
    assert set(rates.search_outcome_mix().values) <= lists["stop_outcome"]
    assert set(rates.search_table("sex").values) <= lists["sex"]
    assert set(rates.search_table("ethnicity-self-defined").values) <= lists["ethnicity_self_defined"]
    assert all(len(value.split("|")) == 2 for value in rates.search_mix().values)
    weight = {row["value"]: float(row["weight"]) for row in table("incident_mix") if row["table"] == "sub-type"}
    for name, whole in weight.items():
        assert sum(rates.category_mix(name).weights) == whole


def test_outcomes_are_either_of_a_court_or_not() -> None:
    """What is filed without a charge and what a court does have nothing in common, and leave out the charge alone."""
    for category in {row["category"] for row in table("crime_mix")}:
        filed, court = set(rates.filed_mix(category).values), set(rates.court_mix(category).values)
        assert filed
        assert not filed & court
        assert filed | court == set(rates.outcome_mix(category).values) - {"charged"}
    assert "no-further-action" in rates.filed_mix().values
    assert "imprisoned" in rates.court_mix().values


def test_an_unknown_name_is_an_error() -> None:
    """Nothing is made of a name that no table has."""
    for ask in (rates.category_mix, rates.grade_mix, rates.outcome_mix, rates.lads, rates.curve):
        with pytest.raises(KeyError):
            ask("nothing")


@pytest.mark.parametrize("kind", KINDS)
def test_a_curve_has_a_mean_of_1000(kind: str) -> None:
    """168 integers above zero that neither add to nor take from the rate."""
    curve = rates.curve(kind)
    assert len(curve) == rates.HOURS_A_WEEK
    assert min(curve) > 0
    assert sum(curve) == pytest.approx(168_000, rel=1e-3)


def test_friday_night_is_the_peak_of_violence_and_disorder() -> None:
    """Three times the mean hour; logs and crimes have their peak then too; intelligence is written in office hours."""
    night = rates.shape("night")
    assert night.index(max(night)) == FRIDAY_23
    assert 2900 < max(night) < 3100
    for kind in ("incident", "crime"):
        assert rates.curve(kind).index(max(rates.curve(kind))) == FRIDAY_23
    assert max(rates.curve("intelligence")[120:]) < max(rates.curve("intelligence")[:120]) / 2
    assert rates.incident_mix(FRIDAY_23).shares()["asb"] > 1.5 * rates.incident_mix().shares()["asb"]
    assert rates.crime_mix("kent", FRIDAY_23).shares()["46"] < rates.crime_mix("kent").shares()["46"]


def test_mixes_by_the_hour_make_up_the_mix_of_the_week() -> None:
    """Births by the curve and picks by the hour give, over a week, the shares of the figures."""
    curve, seen = rates.curve("incident"), Counter[str]()
    for hour in range(rates.HOURS_A_WEEK):
        for name, share in rates.incident_mix(hour).shares().items():
            seen[name] += curve[hour] * share  # type: ignore[assignment]
    for name, share in rates.incident_mix().shares().items():
        assert seen[name] / sum(seen.values()) == pytest.approx(share, rel=0.005)


def test_every_force_has_its_own_authorities() -> None:
    """Each authority of the 43 belongs to one force, lies near England or Wales, and the shares of a force add up to one."""
    known = reference_geography.local_authorities()
    mine = {code for code, lad in known.items() if lad.force in rates.forces()}
    assert mine == {code for force in rates.forces() for code, _ in rates.lads(force)}
    for force in rates.forces():
        assert all(known[code].force == force for code, _ in rates.lads(force))
        assert sum(share for _, share in rates.lads(force)) == pytest.approx(1)
    for row in table("lad_centres"):
        assert 49.8 < float(row["latitude"]) < 55.9
        assert -6.5 < float(row["longitude"]) < 1.8
    assert len({(row["latitude"], row["longitude"]) for row in table("lad_centres")}) == len(table("lad_centres"))


def test_a_pick_follows_the_weights_to_both_ends() -> None:
    """The smallest and the largest draw pick the first and the last value; zero weights are never picked; shares come out."""
    mix = Mix([("a", 1), ("never", 0), ("b", 2), ("c", 1)])
    assert mix.pick(Drawn(0.0)) == "a"
    assert mix.pick(Drawn(0.25)) == "b"
    assert mix.pick(Drawn(1 - 2**-53)) == "c"
    chance = Random("rates")
    seen = Counter(mix.pick(chance) for _ in range(40_000))
    assert set(seen) == {"a", "b", "c"}
    assert seen["b"] / 40_000 == pytest.approx(0.5, abs=0.02)
