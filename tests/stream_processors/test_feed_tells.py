"""What a feed may not tell, one test for each line, each with its leak planted in the hub's own code; and what two agencies
gain by putting their feeds together.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from core_hub import LADS, agreement, at, event, rule_set
from feed_rules import CHECKS, Check, Seen
from feed_scene import scene_rules, story, tell
from leak_attack import STEPS, attack_all, mean

from deploy.access_rules import Acl, Match, Resource, agency_user
from deploy.provision_wanted import Feed, wanted_state
from deploy.topic_rules import load_topic_rules
from schemas.records import Record
from schemas.topics import Topics
from stream_processors import delivering, obligations
from stream_processors.feed_writer import FeedWriter
from stream_processors.outputs import Outputs
from stream_processors.projection import Sanitiser
from stream_processors.rule_set import RuleSet
from stream_processors.tokens import Tokens

Patch = pytest.MonkeyPatch


def broken(seen: list[Seen], rules: RuleSet) -> set[str]:
    """Names of the checks that are not content."""
    return {check.__name__ for check in CHECKS if next(iter(check(seen, rules)), None)}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_feed_tells_nothing_else(check: Check) -> None:
    """As its check says it, of every message of the story."""
    rules = scene_rules()
    assert list(check(tell(rules, story()), rules)) == []


def test_the_story_has_everything() -> None:
    """Each action, a share again after a withdrawal, flags, pseudonyms, an event that says nothing new, people left out."""
    seen = tell(scene_rules(), story())
    assert [
        one.delivery["action"] for one in seen if one.feed == "council-a.live"
    ] == "SHARE UPDATE WITHDRAW SHARE UPDATE".split()
    assert len({one.key for one in seen if one.feed == "council-a.live"}) == 2
    records = [one.delivery["record"] for one in seen if one.delivery["record"]]
    assert all(len(record["persons"]) == 2 for record in records)
    assert all(person.keys() >= {"pnc_id_pseudonym"} for record in records for person in record["persons"])
    assert any(one.delivery["quality"]["flags"] for one in seen if one.delivery["quality"])
    assert len({one.event_id for one in seen}) == len(story()) - 1


def header_of_the_submission(patch: Patch) -> None:
    made = Outputs.feed

    def with_trace(*arguments: Any) -> Any:
        output = made(*arguments)
        return output._replace(headers=(*output.headers, ("traceparent", b"00-0123456789abcdef0123456789abcdef-01")))

    patch.setattr(Outputs, "feed", with_trace)


def id_of_the_event(patch: Patch) -> None:
    patch.setattr(Tokens, "delivery", lambda _self, _bound, event_id, _cause: event_id)


def one_key_for_all_feeds(patch: Patch) -> None:
    made = Tokens.record_at
    patch.setattr(Tokens, "record_at", lambda self, _bound, record_id, generation: made(self, "", record_id, generation))


def key_without_a_key(patch: Patch) -> None:
    patch.setattr(Tokens, "record_at", lambda _self, _bound, record_id, _g: hashlib.sha256(record_id.encode()).hexdigest()[:32])


def one_key_for_all_pseudonyms(patch: Patch) -> None:
    made = Tokens.pseudonym
    patch.setattr(Tokens, "pseudonym", lambda self, _bound, field, value: made(self, "", field, value))


def time_as_it_is(patch: Patch) -> None:
    patch.setattr(FeedWriter, "coarse", lambda _self, at_ms: at_ms)


def hour_with_minutes(patch: Patch) -> None:
    made = obligations._coarse

    def coarse(name: str, *rest: Any) -> Any:
        treatment = made(name, *rest)
        return replace(treatment, leaf=lambda at: at.replace(minute=59)) if name.endswith("_hour") else treatment

    patch.setattr(obligations, "_coarse", coarse)


def sequence_of_the_version(patch: Patch) -> None:
    made = FeedWriter.delivery
    patch.setattr(FeedWriter, "delivery", lambda self, head, tail: made(self, head | {"sequence": head["sequence"] * 3}, tail))


def revision_of_the_version(patch: Patch) -> None:
    made = delivering._held

    def held(*arguments: Any) -> Record:
        found = made(*arguments)
        return found | {"revision": found["revision"] + 1}

    patch.setattr(delivering, "_held", held)


def the_same_again(patch: Patch) -> None:
    counter = iter(range(10**9))
    patch.setattr(Tokens, "projection", lambda _self, _bound, _content: f"{next(counter):032x}")


def flag_of_a_dropped_field(patch: Patch) -> None:
    patch.setattr(Sanitiser, "shown_flag", lambda _self, flag, *_: flag.partition("[")[0] + ".nino")


def score_of_the_whole_record(patch: Patch) -> None:
    made = FeedWriter._quality

    def quality(self: Any, record: Record, *rest: Any) -> Record:
        return dict(made(self, record, *rest)) | {"score": 7}

    patch.setattr(FeedWriter, "_quality", quality)


def place_held_for_a_person(patch: Patch) -> None:
    made = Sanitiser.apply

    def apply(self: Any, *arguments: Any) -> Record:
        left = made(self, *arguments)
        if any(listed.name == "persons" and listed.rules for listed in self.lists):
            left["persons"] = [*left.get("persons", ()), {}]
        return left

    patch.setattr(Sanitiser, "apply", apply)


def reason_in_a_withdrawal(patch: Patch) -> None:
    made = FeedWriter._conditions

    def conditions(self: Any, deadline: str | None) -> Record:
        said = made(self, deadline)
        return said if deadline is None else said | {"handling": "VICTIM ANONYMITY"}

    patch.setattr(FeedWriter, "_conditions", conditions)


MESSAGES: list[tuple[Callable[[Patch], None], str]] = [
    (header_of_the_submission, "headers_are_constant"),
    (header_of_the_submission, "nothing_is_shared"),
    (id_of_the_event, "ids_are_keyed"),
    (id_of_the_event, "nothing_is_shared"),
    (one_key_for_all_feeds, "nothing_is_shared"),
    (key_without_a_key, "keys_are_of_the_feed"),
    (one_key_for_all_pseudonyms, "nothing_is_shared"),
    (time_as_it_is, "times_are_coarse"),
    (hour_with_minutes, "times_are_coarse"),
    (sequence_of_the_version, "sequences_count_the_lane"),
    (revision_of_the_version, "revisions_count_what_was_sent"),
    (the_same_again, "what_is_unchanged_is_not_sent"),
    (flag_of_a_dropped_field, "flags_are_of_kept_fields"),
    (score_of_the_whole_record, "flags_are_of_kept_fields"),
    (place_held_for_a_person, "nothing_holds_a_place"),
    (reason_in_a_withdrawal, "withdrawals_are_neutral"),
]


@pytest.mark.parametrize(("plant", "check"), MESSAGES, ids=[f"{plant.__name__}-{check}" for plant, check in MESSAGES])
def test_an_envelope_that_tells(plant: Callable[[Patch], None], check: str, monkeypatch: Patch) -> None:
    """One line of what a feed may not tell is broken in the hub's own code, and its check says so."""
    plant(monkeypatch)
    rules = scene_rules()
    assert check in broken(tell(rules, story()), rules)


def test_every_line_has_a_leak_of_its_own() -> None:
    """No check of a feed is left that nothing was planted for."""
    assert {check for _, check in MESSAGES} == {check.__name__ for check in CHECKS}


AGENCIES = ("left", "right")


def _seeing(acls: Iterable[Acl], feed: str) -> set[str]:
    """Agencies that may do anything with this topic; a broker lists to nobody what he may not describe."""
    return {
        agency
        for agency in AGENCIES
        for acl in acls
        if acl.principal in (f"User:{agency_user(agency)}", "User:*") and acl.allow and acl.resource is Resource.TOPIC
        if acl.name in (feed, "*") or (acl.match is Match.PREFIXED and feed.startswith(acl.name))
    }


def test_an_agency_cannot_list_other_feeds() -> None:
    """The permissions that `provision` wants name each feed to its own agency alone, DESCRIBE too (on a real broker:
    `integration/test_leaks.py`); a permission for the beginning of a name, or for everybody, would be noticed."""
    topics, text = Topics(""), '{"type":"record","name":"uk.pointduty.feed.test.Delivery","fields":[]}'
    feeds = {name: [Feed(name, "live", text)] for name in AGENCIES}
    wanted = wanted_state(topics, forces=[], agencies=list(AGENCIES), feeds=feeds, rules=load_topic_rules(), lanes=1, brokers=1)
    for name in AGENCIES:
        assert _seeing(wanted.acls, topics.feed(name, "live")) == {name}
    for planted in (
        Acl(f"User:{agency_user('left')}", Resource.TOPIC, "feed.", Match.PREFIXED, "DESCRIBE"),
        Acl(f"User:{agency_user('left')}", Resource.TOPIC, "*", Match.LITERAL, "DESCRIBE"),
        Acl("User:*", Resource.TOPIC, topics.feed("right", "live"), Match.LITERAL, "READ"),
    ):
        assert "left" in _seeing({*wanted.acls, planted}, topics.feed("right", "live"))


# -- two agencies together ----------------------------------------------------------------------------------------------------


def poor(name: str, grain: str) -> Record:
    """An agreement that keeps next to nothing: what is joined then is joined by the envelope."""
    return agreement(name, fields={"envelope.kind": "keep"}, time_grain=grain)


def _many(records: int = 240, batch: int = 20) -> list[Record]:
    return [event(ref=f"R/{number}", locations=at(LADS["council-a"])) for number in range(records)][: records - records % batch]


@pytest.mark.parametrize(("grain", "steps"), [("second", 12), ("day", 1)])
def test_what_an_envelope_is_worth(grain: str, steps: int) -> None:
    """240 alike records in 4 lanes and 12 batches, each in both feeds. By fields alone a guess is right once in 240; the lane
    makes it 4 times as good; a time to the second as good as the batches are many, a time to the day no better. Who reads both
    feeds as they come knows the batch, whatever the grain. Revision, action, keys and ids are worth nothing beyond that."""
    rules = rule_set([poor("bureau", grain), poor("squad", grain)])
    [attack] = attack_all(tell(rules, _many(), lanes=4, per_batch=20), rules)
    success = attack.success
    assert attack.common == 240
    assert success["fields"] == success["terms"] == pytest.approx(1 / 240)
    assert success["lane"] == pytest.approx(4 / 240, rel=0.02)
    assert success["time"] == pytest.approx(success["lane"] * steps, rel=0.25)
    assert success["arrival"] == success["history"] == success["envelope"]
    assert mean([attack], STEPS[-1]) == success["envelope"]


def test_a_key_for_all_feeds_would_join_them(monkeypatch: Patch) -> None:
    """The attack is not blind: with a key that two feeds share, comparing keys finds every record."""
    one_key_for_all_feeds(monkeypatch)
    rules = rule_set([poor("bureau", "day"), poor("squad", "day")])
    seen = tell(rules, _many(), lanes=4, per_batch=20)
    by_key = {one.key: one.event_id for one in seen if one.feed == "squad.live"}
    assert all(by_key[one.key] == one.event_id for one in seen if one.feed == "bureau.live")
    assert "nothing_is_shared" in broken(seen, rules)
