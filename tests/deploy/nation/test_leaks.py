"""The dynamic leak check on a day of the nation, under the shipped rules. A whole nation's day: `make leak-check`."""

from collections import defaultdict

import pytest
from feed_rules import CHECKS, Check
from leak_attack import STEPS, attack_all, mean
from leak_day import day

from schemas import reference


def test_nothing_leaks_that_no_known_difference_explains() -> None:
    """Whoever is named anywhere in a feed, in any form, may be known to that agency from that version; where the agreements
    and the truth still differ, the difference has a class with its reason (`nation_differences`)."""
    assert day().report.unexplained == []


def test_the_hubs_own_writing_names_nobody() -> None:
    """Ledger, decision vectors, holders, tallies, logs, metrics, errors, and keys, headers and times of feeds: not once."""
    assert [found for found in day().report.leaks if found.where != "feed"] == []


def test_everything_was_looked_at() -> None:
    """The check has seen each sort of writing, and has found what the truth allows: it is not blind."""
    report = day().report
    places = {"feed", "key", "header", "time", "ledger", "vector", "holders", "tally", "error", "metric"}
    assert {where for where, count in report.items.items() if count} >= places
    assert report.allowed > 1_000
    assert report.patterns > 10 * report.strings


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_an_envelope_tells_nothing(check: Check) -> None:
    """Line by line what a feed may not tell, on every message of the day."""
    assert list(check(day().seen, day().rules)) == []


def test_every_sort_of_delivery_was_among_them() -> None:
    """The checks above have met shares, updates and withdrawals, flags of quality, and feeds of one record."""
    seen = day().seen
    assert {one.delivery["action"] for one in seen} == {"SHARE", "UPDATE", "WITHDRAW"}
    assert any(one.delivery["quality"] and one.delivery["quality"]["flags"] for one in seen)
    feeds = defaultdict(set)
    for one in seen:
        feeds[one.event_id].add(one.feed)
    assert max(map(len, feeds.values())) > 1


def test_neighbouring_councils_never_receive_each_others_records() -> None:
    """What an agency with an area is sent happened there, or once did and is withdrawn."""
    agencies = reference.agencies()
    for sent, seen in zip(day().sent, day().seen, strict=True):
        lads = agencies[sent.feed.partition(".")[0]].lad_codes
        places = {place["lad_code"] for place in sent.standard["locations"]}
        assert not lads or seen.delivery["action"] == "WITHDRAW" or not places.isdisjoint(lads)


def test_an_envelope_joins_no_better_than_what_is_known() -> None:
    """Over all pairs of feeds, revision and action find nobody beyond fields, terms, lane, time, order and history; keys and
    ids agree with nothing (above). What helps is known: who sees both feeds as they come knows what came together."""
    attacks = attack_all(day().seen, day().rules)
    assert sum(attack.common for attack in attacks) > 20
    for attack in attacks:
        assert attack.success["envelope"] <= attack.success["history"] + 1e-9, attack.feeds
    assert mean(attacks, "fields") <= mean(attacks, "arrival") <= mean(attacks, "history") == mean(attacks, STEPS[-1])
