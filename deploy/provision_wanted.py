"""The state that a whole hub wants on its cluster, from forces, agencies, feeds and the topic rules. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from deploy.access_rules import HUB_USERS, Acl, agency_acls, agency_user, force_acls, force_user, hub_acls
from deploy.provision_plan import Topic, Wanted
from deploy.registry import record_name
from deploy.topic_rules import Pattern, TopicRules, count_copies
from schemas.kinds import KINDS
from schemas.records import schema_text
from schemas.topics import Topics

_HUB = "uk.pointduty.hub."


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of one agency and the schema of its deliveries, as JSON text."""

    agency: str
    name: str
    schema_text: str


def wanted_state(
    topics: Topics,
    *,
    forces: Sequence[str],
    agencies: Sequence[str],
    feeds: Mapping[str, Sequence[Feed]],
    rules: TopicRules,
    lanes: int,
    brokers: int,
    suspended: frozenset[str] = frozenset(),
) -> Wanted:
    """Topics, users, permissions and schemas of one hub.

    `feeds` is by agency id; `suspended` are names of feed topics that nobody may read now. Raises ValueError for an
    agency in `feeds` that is not in `agencies`, and for a suspended topic that is no feed.
    """
    feed_topics = {topics.feed(agency, feed.name): feed for agency, some in feeds.items() for feed in some}
    if not feeds.keys() <= set(agencies):
        raise ValueError("a feed names an agency that is not there")
    if not suspended <= feed_topics.keys():
        raise ValueError("a suspended topic is not a feed")
    feed_subjects = {subject_of(name, record_name(feed.schema_text)): feed for name, feed in feed_topics.items()}
    schemas = dict(_schemas(topics, forces, agencies)) | {name: feed.schema_text for name, feed in feed_subjects.items()}
    return Wanted(
        topics=topics,
        named={
            name: Topic(rules[pattern].count_partitions(lanes, force), rules[pattern].topic_config(brokers))
            for name, pattern, force in _names(topics, forces, agencies, feed_topics)
        },
        copies=count_copies(brokers),
        users=frozenset([*map(force_user, forces), *map(agency_user, agencies), *HUB_USERS]),
        acls=frozenset(_acls(topics, forces, agencies, feeds, suspended)),
        schemas=schemas,
        strict_subjects=frozenset(feed_subjects),
    )


def subject_of(topic: str, record: str) -> str:
    """The registry's subject for one kind of record on one topic (Confluent's TopicRecordNameStrategy)."""
    return f"{topic}-{record}"


def _names(
    topics: Topics, forces: Iterable[str], agencies: Iterable[str], feed_topics: Iterable[str]
) -> Iterator[tuple[str, Pattern, str]]:
    """Every topic's name, its pattern, and its force where it has one."""
    yield topics.standard, "standard", ""
    yield topics.holders, "holders", ""
    yield topics.quality, "quality", ""
    yield topics.watch_changelog, "watch.changelog", ""
    yield topics.ledger, "ledger", ""
    yield topics.control, "control", ""
    yield topics.acknowledged, "acknowledged", ""
    yield topics.request, "request", ""
    for force in forces:
        yield topics.submission(force), "submission.<force>", force
        yield topics.dead_letter(force), "dead-letter.<force>", force
        yield topics.quality_report(force), "quality-report.<force>", force
    for name in feed_topics:
        yield name, "feed.<agency>.<feed>", ""
    for agency in agencies:
        yield topics.recall(agency), "recall.<agency>", ""
        yield topics.receipt(agency), "receipt.<agency>", ""
        yield topics.manifest(agency), "manifest.<agency>", ""


def _acls(
    topics: Topics,
    forces: Iterable[str],
    agencies: Iterable[str],
    feeds: Mapping[str, Sequence[Feed]],
    suspended: frozenset[str],
) -> Iterator[Acl]:
    yield from hub_acls(topics)
    for force in forces:
        yield from force_acls(topics, force)
    for agency in agencies:
        own = [topics.feed(agency, feed.name) for feed in feeds.get(agency, ())]
        yield from agency_acls(topics, agency, own, suspended)


def _schemas(topics: Topics, forces: Iterable[str], agencies: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Schemas of every topic that is not a feed, by subject."""
    records = [(topics.standard, kind.standard) for kind in KINDS.values()]
    for force in forces:
        records += [(topics.submission(force), kind.submission) for kind in KINDS.values()]
        records.append((topics.dead_letter(force), f"{_HUB}DeadLetter"))
        records.append((topics.quality_report(force), f"{_HUB}QualityReport"))
    records += [(topics.ledger, _HUB + name) for name in ("LedgerEntry", "DecisionVector", "Consultation", "ReceiptEntry")]
    records += [(topics.holders, _HUB + name) for name in ("Holders", "Erased", "LaneCounter", "CommandProgress")]
    records.append((topics.quality, f"{_HUB}Tally"))
    records += [(topics.control, _HUB + name) for name in ("RuleSetPart", "RuleSetManifest", "Suspension")]
    commands = ("LaneCommand", "EmergencyGrant", "EmergencyReview", "EmergencyEnd")
    records += [(topics.control, _HUB + name) for name in commands]
    records += [(topics.acknowledged, _HUB + name) for name in ("Acknowledged", "Awaited", "TrimMarks")]
    records.append((topics.request, f"{_HUB}LaneCommand"))
    for agency in agencies:
        heads = (
            (topics.recall(agency), "Recall"),
            (topics.receipt(agency), "Receipt"),
            (topics.manifest(agency), "DayManifest"),
        )
        records += [(topic, f"uk.pointduty.feed.{name}") for topic, name in heads]
    for topic, record in records:
        yield subject_of(topic, record), schema_text(record)
