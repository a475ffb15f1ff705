"""Leaks that are planted, each in the hub's own code or rules, and found: by the search for everybody, by the checks of what a
feed may not tell, or by the static check. A check that has never been seen to fail is decoration.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
import structlog
import yaml
from feed_rules import CHECKS, Seen
from leak_day import Day, run_small
from leak_judge import Class

from schemas.errors import Misconfigured
from schemas.records import Record
from stream_processors import disseminate, obligations, projection, stage_disseminate, stage_standardise
from stream_processors.feed_writer import FeedWriter
from stream_processors.metrics import DisseminateMetrics
from stream_processors.projection import Sanitiser
from stream_processors.rule_set import Parts, load_rule_set, shipped_parts
from stream_processors.tally import Tally
from stream_processors.tokens import Tokens

Patch = pytest.MonkeyPatch
REASON = "a reason of this test"


@cache
def clean() -> Day:
    """The small nation through the hub as it is."""
    return run_small(shipped_parts())


def new_leaks(day: Day) -> set[Class]:
    """Classes of leaks that the hub as it is does not have."""
    return set(day.report.leaks) - set(clean().report.leaks)


def broken(day: Day) -> set[str]:
    """Names of the checks that are not content."""
    return {check.__name__ for check in CHECKS if next(iter(check(day.seen, day.rules)), None)}


def ruled(agreement: str, **changes: Any) -> Parts:
    """The shipped rules with a change in one agreement; `fields` adds lines to its field list."""
    parts = shipped_parts()
    name = f"agreements/{agreement}.yaml"
    file = yaml.safe_load(parts[name])
    for clause, value in changes.items():
        file[clause] = file.get(clause, {}) | value if isinstance(value, dict) else value
    return parts | {name: yaml.safe_dump(file).encode()}


def somebody(record: Record) -> str:
    """A surname of the record, or a word that is none."""
    return next((str(person["surname"]) for person in record["persons"] if person["surname"]), "nobody")


def test_the_hub_as_it_is_leaks_nothing_of_these() -> None:
    """No check is broken before anything is planted, and nothing but feeds names anybody."""
    assert broken(clean()) == set()
    assert clean().report.unexplained == []
    assert {one.delivery["action"] for one in clean().seen} == {"SHARE", "UPDATE", "WITHDRAW"}


# -- in the rules ---------------------------------------------------------------------------------------------------------

RULES: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("a surname", "violence-reduction", {"fields": {"persons[*].surname": "keep"}}, "NAME", "persons.surname"),
    ("a sibling of a coarse postcode", "violence-reduction",
     {"fields": {"locations[*].postcode": "keep", "locations[INCIDENT].postcode": "keep"}}, "POSTCODE", "locations.postcode"),
    ("an address beside it", "violence-reduction", {"fields": {"locations[*].text": "keep"}}, "ADDRESS", "locations.text"),
    ("a date of birth whole", "violence-reduction",
     {"fields": {"persons[SUSPECT,OFFENDER].date_of_birth": "keep"}}, "DATE_OF_BIRTH", "persons.date_of_birth"),
    ("a way of working", "yjs", {"fields": {"crime.modus_operandi": "keep"}}, "", "crime.modus_operandi"),
    ("a caller's number unmasked", "la-asb-team",
     {"fields": {"persons[PERSON_REPORTING].telephone": "keep"}}, "TELEPHONE", "persons.telephone"),
    ("everybody's number", "probation", {"fields": {"persons[*].telephone": "keep"}}, "TELEPHONE", "persons.telephone"),
    ("what a person has with him", "yjs", {"fields": {"objects[*].identifier": "keep"}}, "", "objects.identifier"),
    ("the force's reference", "yjs", {"fields": {"envelope.source_ref": "keep"}}, "static", "envelope.source_ref"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("agreement", "changes", "sort", "path"), [case[1:] for case in RULES], ids=[case[0] for case in RULES]
)
def test_a_field_too_many(agreement: str, changes: dict[str, Any], sort: str, path: str) -> None:
    """A line in a field list that its kind of agency may not have: what it gives is found where it stands."""
    if sort == "static":  # a reference names nobody: that it joins is for the static check to say
        with pytest.raises(Misconfigured, match=path):
            load_rule_set(ruled(agreement, **changes))
        return
    others = [name for name in ("la-asb-team", "la-children-mash", "violence-reduction") if name != agreement]
    reasons = {"carries": dict.fromkeys((path, "time_grain"), REASON), "beside": dict.fromkeys(others, REASON)}
    found = new_leaks(run_small(ruled(agreement, **changes, **reasons)))
    assert any(one.path == path and one.kind == agreement and sort in one.sort for one in found), found


# -- in what a feed's messages are made of ----------------------------------------------------------------------------------


def header_of_the_submission(patch: Patch) -> None:
    made = stage_disseminate.DisseminateStage._feed_output

    def with_trace(self: Any, release: Any) -> Any:
        output = made(self, release)
        return output._replace(headers=(*output.headers, ("traceparent", b"00-0123456789abcdef0123456789abcdef-01")))

    patch.setattr(stage_disseminate.DisseminateStage, "_feed_output", with_trace)


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
    made = obligations._general

    def general(name: str, avro: Any, leaf: Any) -> Any:
        return made(name, avro, (lambda at: at.replace(minute=59)) if name.endswith("_hour") else leaf)

    patch.setattr(obligations, "_general", general)


def sequence_of_the_version(patch: Patch) -> None:
    made = FeedWriter.delivery
    patch.setattr(FeedWriter, "delivery", lambda self, head, tail: made(self, head | {"sequence": head["sequence"] * 3}, tail))


def revision_of_the_version(patch: Patch) -> None:
    made = disseminate._held

    def held(*arguments: Any) -> Record:
        found = made(*arguments)
        return found | {"revision": found["revision"] + 1}

    patch.setattr(disseminate, "_held", held)


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
        if any(name == "persons" and rules for name, rules, _ in self.lists):
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
    assert check in broken(_run(plant.__name__))


def test_every_line_has_a_leak_of_its_own() -> None:
    """No check of a feed is left that nothing was planted for."""
    assert {check for _, check in MESSAGES} == {check.__name__ for check in CHECKS}


# -- anywhere else, in any form -------------------------------------------------------------------------------------------


def pseudonym_without_a_key(patch: Patch) -> None:
    patch.setattr(Tokens, "pseudonym", lambda _self, _bound, _field, value: hashlib.sha1(value.encode()).hexdigest())


def token_without_a_key(patch: Patch) -> None:
    patch.setattr(Tokens, "record_at", lambda _self, _bound, record_id, _g: hashlib.md5(record_id.encode()).hexdigest())


def mask_that_hides_nothing(patch: Patch) -> None:
    made = obligations._mask

    def mask(*arguments: Any) -> Any:
        treatment = made(*arguments)
        return type(treatment)(treatment.strictness, treatment.name, treatment.avro, lambda value: value)

    patch.setattr(obligations, "_mask", mask)


def year_with_its_day(patch: Patch) -> None:
    made = obligations._general
    patch.setattr(
        obligations, "_general", lambda name, avro, leaf: made(name, avro, (lambda at: at) if "birth" in name else leaf)
    )


def _descriptor(write: Callable[[str], str]) -> Callable[[Patch], None]:
    def plant(patch: Patch) -> None:
        made = projection.Projection.without

        class Telling:
            """A sanitiser that says a name in a code of the record."""

            def __init__(self, real: Any) -> None:
                self._real = real

            def apply(self, record: Record, *rest: Any) -> Record:
                left = dict(self._real.apply(record, *rest))
                person = next((each for each in record["persons"] if each["given_name"] and each["surname"]), None)
                if person is not None and isinstance(left.get("envelope"), dict):
                    left["envelope"] = left["envelope"] | {"kind": write(f"{person['given_name']} {person['surname']}")}
                return left

            def __getattr__(self, name: str) -> Any:
                return getattr(self._real, name)

        patch.setattr(projection.Projection, "without", lambda self, dropped: Telling(made(self, dropped)))

    return plant


def name_in_the_ledger(patch: Patch) -> None:
    made = disseminate.make_entry

    def entry(event: Record, *rest: Any) -> Record:
        return made(event, *rest) | {"record_token": somebody(event)}

    patch.setattr(disseminate, "make_entry", entry)


def name_among_the_holders(patch: Patch) -> None:
    made = disseminate._holders

    def holders(case: Any, *rest: Any) -> Record:
        return made(case, *rest) | {"review_date": somebody(case.event)}

    patch.setattr(disseminate, "_holders", holders)


def value_in_a_log(patch: Patch) -> None:
    made = stage_disseminate.disseminate

    def logged(event: Record, *rest: Any) -> Any:
        structlog.get_logger().info("decided", about=somebody(event).lower())
        return made(event, *rest)

    patch.setattr(stage_disseminate, "disseminate", logged)


def value_in_a_metric(patch: Patch) -> None:
    made, metrics = stage_disseminate.disseminate, list[DisseminateMetrics]()
    begin = DisseminateMetrics.__init__

    def init(self: Any, *arguments: Any) -> None:
        begin(self, *arguments)
        metrics.append(self)

    def counted(event: Record, *rest: Any) -> Any:
        postcode = next((place["postcode"] for place in event["locations"] if place["postcode"]), "none")
        metrics[-1].withheld.labels(reason=postcode).inc()
        return made(event, *rest)

    patch.setattr(DisseminateMetrics, "__init__", init)
    patch.setattr(stage_disseminate, "disseminate", counted)


def value_in_an_error(patch: Patch) -> None:
    made = stage_standardise.StandardiseStage._refuse

    def refuse(self: Any, message: Any, force: str, refusal: Any, *rest: Any, **more: Any) -> Any:
        words = (message.value or b"").decode("latin-1").split("\0")
        refusal.field = " ".join(words)[:2000]
        return made(self, message, force, refusal, *rest, **more)

    patch.setattr(stage_standardise.StandardiseStage, "_refuse", refuse)


def value_in_a_tally(patch: Patch) -> None:
    made = Tally.add

    def add(self: Tally, record: Record) -> None:
        made(self, record)
        self.flags[somebody(record)] += 1

    patch.setattr(Tally, "add", add)


def name_in_a_vector(patch: Patch) -> None:
    made = stage_disseminate.DisseminateStage._vector_output

    def vector(self: Any, name: str, decision: Any, book: Any) -> Any:
        event = clean().sent[0].standard
        return made(self, name, decision._replace(vector=((somebody(event), "SHARE"), *decision.vector)), book)

    patch.setattr(stage_disseminate.DisseminateStage, "_vector_output", vector)


PLANTED: list[tuple[str, Callable[[Patch], None], str, str]] = [
    ("a pseudonym that is a digest without a key", pseudonym_without_a_key, "feed", "digest in hex"),
    ("a token that is a digest without a key", token_without_a_key, "key", "digest in hex"),
    ("a mask that hides nothing", mask_that_hides_nothing, "feed", "words"),
    ("a year of birth with its day", year_with_its_day, "feed", "words"),
    ("a name in capitals, surname first", _descriptor(lambda name: ", ".join(reversed(name.upper().split()))), "feed", "words"),
    ("a name without blanks", _descriptor(lambda name: name.replace(" ", "")), "feed", "inside"),
    ("a name backwards", _descriptor(lambda name: name[::-1]), "feed", "backwards"),
    ("a name in base64", _descriptor(lambda name: base64.b64encode(f"x{name}".encode()).decode()), "feed", "base64"),
    ("a name in hexadecimal", _descriptor(lambda name: name.encode().hex()), "feed", "hex"),
    ("a name in two-byte characters", _descriptor(lambda name: "\0".join(name)), "feed", "words"),
    ("a name with percent signs", _descriptor(lambda name: "".join(f"%{c:02x}" for c in name.encode())), "feed", "words"),
    ("a name's digest", _descriptor(lambda name: hashlib.sha512(name.encode()).hexdigest()), "feed", "digest in hex"),
    ("a name in the ledger", name_in_the_ledger, "ledger", "words"),
    ("a name among the holders", name_among_the_holders, "holders", "words"),
    ("a name in a decision vector", name_in_a_vector, "vector", "words"),
    ("a name in a tally", value_in_a_tally, "tally", "words"),
    ("a name in a log line", value_in_a_log, "log", "words"),
    ("a postcode as a metric's label", value_in_a_metric, "metric", "words"),
    ("what was sent in an error", value_in_an_error, "error", "words"),
]


@pytest.mark.parametrize(("plant", "where", "how"), [case[1:] for case in PLANTED], ids=[case[0] for case in PLANTED])
def test_somebody_where_nobody_may_be(plant: Callable[[Patch], None], where: str, how: str, monkeypatch: Patch) -> None:
    """Whatever the form and the place, the search finds who it is."""
    clean()
    plant(monkeypatch)
    found = new_leaks(run_small(shipped_parts()))
    assert any(one.where == where and one.how == how for one in found), found


_runs: dict[str, Day] = {}


def _run(name: str) -> Day:
    """One run for all checks of one plant."""
    clean()
    if name not in _runs:
        _runs[name] = run_small(shipped_parts())
    return _runs[name]


def every(seen: list[Seen]) -> Iterator[str]:
    """Actions of these messages."""
    yield from (one.delivery["action"] for one in seen)
