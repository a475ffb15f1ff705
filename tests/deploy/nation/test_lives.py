"""The lives of records, without the people in them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.nation.calendar import DAY_MS, HOUR_MS, hour_of_week, local_day, local_ms
from deploy.nation.lives import BORN, END, KIND_OF_LIFE, NEEDS, TRANSITIONS, choose_step, delay_ms
from deploy.nation.scene import Place, Scene
from schemas.kinds import KINDS

SHARED = {"CORRECTED", "RECALLED", "RESTRICTED", "REINSTATED", "ERASED", "MERGED", "CANCELLED"}
"""States that every table has, whether its life comes to them or not."""
PLACE = Place("x", "street", "1 Nowhere Street", "EE1 1AA", "E06000047", "durham", 54.7, -1.6)


def scene_in(state: str, life: str) -> Scene:
    return Scene(KIND_OF_LIFE[life], "durham", 1, PLACE, 0, 0, state=state, offence="105A")


@pytest.mark.parametrize("life", TRANSITIONS)
def test_every_state_can_be_reached_and_left(life: str) -> None:
    """Each state of a life has its row, is reached from BORN, and each step leads to a state with a row, or to the end."""
    table = TRANSITIONS[life]
    reached, waiting = {BORN}, [BORN]
    while waiting:
        for step in table[waiting.pop()]:
            assert step.state == END or step.state in table
            if step.state != END and step.state not in reached:
                reached.add(step.state)
                waiting.append(step.state)
    assert reached >= set(table) - SHARED


@pytest.mark.parametrize("life", TRANSITIONS)
def test_steps_are_possible(life: str) -> None:
    """Weights are above zero, delays in order, needs known; and the first of several steps needs nothing."""
    for steps in TRANSITIONS[life].values():
        for step in steps:
            assert step.weight > 0
            assert 0 <= step.soonest <= step.latest
            assert not step.needs or step.needs in NEEDS
        assert not steps or not steps[0].needs


def test_every_kind_of_record_has_a_life() -> None:
    """All five kinds are lived, and each life is of one of them."""
    assert set(KIND_OF_LIFE.values()) == set(KINDS)
    assert set(KIND_OF_LIFE) == set(TRANSITIONS)


@given(st.integers(0, 10_000), st.sampled_from(sorted(TRANSITIONS)))
def test_a_life_follows_its_table_and_ends(seed: int, life: str) -> None:
    """Each step that is chosen is one of the table's, waits as long as the table says, and no life goes on for ever."""
    chance, scene = random.Random(seed), scene_in(BORN, life)
    for _ in range(60):
        step = choose_step(life, scene, chance)
        if step is None:
            break
        assert step in TRANSITIONS[life][scene.state]
        assert step.soonest * 60_000 - 1 <= delay_ms(step, chance) <= step.latest * 60_000 + 1
        scene.state = step.state
    else:
        raise AssertionError("it went on")
    assert step is None


def test_what_a_step_needs_is_asked() -> None:
    """Without a victim nobody consents; what is already a sexual offence does not become one."""
    chance = random.Random(1)
    scene = scene_in("SUSPECT_NAMED", "crime")
    scene.is_sexual_ever = True
    taken = {step.state for _ in range(5000) if (step := choose_step("crime", scene, chance))}
    assert not taken & {"CONSENT_GIVEN", "RECLASSIFIED_SEXUAL"}
    assert {"ARRESTED", "FILED", "CHARGED"} <= taken


def test_local_time_knows_both_clock_changes() -> None:
    """29 March 2026: an hour is left out at 01:00 UTC; 25 October 2026: one comes twice. The week begins on Monday."""
    spring = 1_774_746_000_000  # 2026-03-29T01:00Z
    assert local_ms(spring - 1) == spring - 1
    assert local_ms(spring) == spring + HOUR_MS
    autumn = 1_792_890_000_000  # 2026-10-25T01:00Z
    assert local_ms(autumn - 1) - local_ms(autumn) == HOUR_MS - 1
    friday = 1_774_569_600_000  # 2026-03-27T00:00Z
    assert local_day(friday).isoformat() == "2026-03-27"
    assert hour_of_week(friday) == 4 * 24
    assert hour_of_week(friday + 3 * DAY_MS - HOUR_MS) == 0  # Monday 00:00 BST is Sunday 23:00 UTC
