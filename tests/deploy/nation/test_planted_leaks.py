"""Leaks that are planted, each in the hub's own code or rules, and found by the search for everybody or by the static check.
Those of a feed's envelope: `stream_processors/test_feed_tells.py`. A check that has never been seen to fail is decoration.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
import yaml
from leak_day import Day, run_small
from leak_judge import Class

from schemas.errors import Misconfigured
from schemas.records import Record
from stream_processors import disseminate, obligations, stage_disseminate, stage_standardise
from stream_processors.metrics import DisseminateMetrics
from stream_processors.outputs import Outputs
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


def ruled(parts: Parts, agreement: str, **changes: Any) -> Parts:
    """The rules with a change in one agreement; `fields` adds lines to its field list."""
    name = f"agreements/{agreement}.yaml"
    file = yaml.safe_load(parts[name])
    for clause, value in changes.items():
        file[clause] = file.get(clause, {}) | value if isinstance(value, dict) else value
    return {**parts, name: yaml.safe_dump(file, sort_keys=False).encode()}


def somebody(record: Record) -> str:
    """A surname of the record, or a word that is none."""
    return next((str(person["surname"]) for person in record["persons"] if person["surname"]), "nobody")


def test_the_hub_as_it_is_leaks_nothing_of_these() -> None:
    """Before anything is planted nothing but feeds names anybody, and each difference there is explained."""
    assert clean().report.unexplained == []
    assert {found.where for found in clean().report.leaks} <= {"feed"}


# -- in the rules ---------------------------------------------------------------------------------------------------------

RULES: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("a surname", "violence-reduction", {"fields": {"persons[*].surname": "keep"}}, "NAME", "persons.surname"),
    ("a sibling of a coarse postcode", "violence-reduction",
     {"fields": {"locations[*].postcode": "keep", "locations[INCIDENT].postcode": "keep"}}, "POSTCODE", "locations.postcode"),
    ("an address beside it", "violence-reduction", {"fields": {"locations[*].text": "keep"}}, "ADDRESS", "locations.text"),
    ("a date of birth whole", "violence-reduction",
     {"fields": {"persons[SUSPECT,OFFENDER].date_of_birth": "keep"}}, "DATE_OF_BIRTH", "persons.date_of_birth"),
    ("a summary", "la-asb-team", {"fields": {"incident.summary": "keep"}}, "", "incident.summary"),
    ("a summary of a crime", "violence-reduction", {"fields": {"crime.summary": "keep"}}, "", "crime.summary"),
    ("everybody's number", "probation", {"fields": {"persons[*].telephone": "keep"}}, "TELEPHONE", "persons.telephone"),
    ("the force's reference", "yjs", {"fields": {"envelope.source_ref": "keep"}}, "static", "envelope.source_ref"),
]  # fmt: skip


@cache
def _overruled() -> Day:
    """All of them at once: each stands in a line of its own."""
    parts = shipped_parts()
    for _, name, changes, sort, path in RULES:
        if sort != "static":
            others = [other for other in ("la-asb-team", "la-children-mash", "violence-reduction") if other != name]
            reasons = {"carries": dict.fromkeys((path, "time_grain"), REASON), "beside": dict.fromkeys(others, REASON)}
            parts = dict(ruled(parts, name, **changes, **reasons))
    return run_small(parts)


@pytest.mark.parametrize(("name", "changes", "sort", "path"), [case[1:] for case in RULES], ids=[case[0] for case in RULES])
def test_a_field_too_many(name: str, changes: dict[str, Any], sort: str, path: str) -> None:
    """A line in a field list that its kind of agency may not have: what it gives is found where it stands."""
    if sort == "static":  # a reference names nobody: that it joins is for the static check to say
        with pytest.raises(Misconfigured, match=path):
            load_rule_set(ruled(shipped_parts(), name, **changes))
        return
    found = new_leaks(_overruled())
    assert any(one.path == path and one.kind == name and sort in one.sort for one in found), found


# -- anywhere else, in any form -------------------------------------------------------------------------------------------


def pseudonym_without_a_key(patch: Patch) -> None:
    patch.setattr(Tokens, "pseudonym", lambda _self, _bound, _field, value: hashlib.sha256(value.encode()).hexdigest())


def token_without_a_key(patch: Patch) -> None:
    patch.setattr(Tokens, "record_at", lambda _self, _bound, record_id, _g: hashlib.sha512(record_id.encode()).hexdigest()[:32])


def year_with_its_day(patch: Patch) -> None:
    made = obligations._coarse

    def coarse(name: str, *rest: Any) -> Any:
        treatment = made(name, *rest)
        return replace(treatment, leaf=str, whole=None) if "birth" in name else treatment

    patch.setattr(obligations, "_coarse", coarse)


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
    made = Outputs.vector

    def vector(self: Any, name: str, decision: Any, book: Any) -> Any:
        event = clean().sent[0].standard
        return made(self, name, SimpleNamespace(vector=((somebody(event), "SHARE"), *decision.vector)), book)

    patch.setattr(Outputs, "vector", vector)


PLANTED: list[tuple[str, Callable[[Patch], None], str, str]] = [
    ("a pseudonym that is a digest without a key", pseudonym_without_a_key, "feed", "digest in hex"),
    ("a token that is a digest without a key", token_without_a_key, "key", "digest in hex"),
    ("a year of birth with its day", year_with_its_day, "feed", "words"),
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
    secret = {"persons[*].telephone": "pseudonymise"}  # nobody is told of there, not even by a digest
    found = new_leaks(run_small(ruled(shipped_parts(), "violence-reduction", fields=secret)))
    assert any(one.where == where and one.how == how for one in found), found
