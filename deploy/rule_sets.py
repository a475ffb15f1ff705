"""Rule sets and the cluster: which feeds a set needs, what is in force, and publishing an approved set on control."""

from collections.abc import Mapping, Sequence

from confluent_kafka import Producer
from filelock import FileLock

from deploy.control_desk import ControlDesk
from deploy.provision_wanted import Feed, subject_of
from deploy.registry import record_name, resolve_ids
from deploy.rule_set_floor import RuleSetFloor
from schemas.codes import Code
from schemas.errors import NotReady
from stream_processors.approvals import Approval
from stream_processors.control import publish_rule_set
from stream_processors.control_rule_sets import MANIFEST, PART, Published, RuleSets
from stream_processors.feed_schemas import feed_schema_text
from stream_processors.proposals import Proposal
from stream_processors.rule_set import RuleSet


def feeds_of(rules: RuleSet) -> dict[str, list[Feed]]:
    """The feeds of each agency, with the schema of their deliveries."""
    feeds: dict[str, list[Feed]] = {}
    for bound in rules.by_feed.values():
        text = feed_schema_text(rules.schemas[bound.agreement.id])
        feeds.setdefault(bound.agency.id, []).append(Feed(bound.agency.id, bound.agreement.feed, text))
    return feeds


def read_rule_sets(desk: ControlDesk) -> RuleSets:
    """What stands on control, as a disseminator with these approvers sees it. Raises NotReady."""
    found = desk.read().rule_sets
    found.floor = RuleSetFloor(desk.home, desk.topics.control).number
    return found


def publish(desk: ControlDesk, proposal: Proposal, approvals: Sequence[Approval], now_ms: int) -> Published:
    """Publish an approved set; gives it as it is in force. Its feeds' schemas are registered already.

    Raises Refused as a disseminator would, by the same check, before anything is written; NotReady, Misconfigured. A crash
    before the manifest stands leaves the old set in force. Two publishers of one home wait for each other.
    """
    with FileLock(desk.home / "rule-sets.lock"):
        known = read_rule_sets(desk)
        ids = _feed_ids(desk, proposal.rules)
        known.check(proposal.published(approvals, ids, now_ms))
        record_ids = {name: desk.schema_id(desk.topics.control, name) for name in (PART, MANIFEST)}
        producer = Producer({**desk.config, "enable.idempotence": True, "partitioner": "murmur2_random"})
        manifest = proposal.manifest(approvals, ids, now_ms)
        publish_rule_set(producer, desk.topics.control, record_ids, proposal.parts, proposal.rendering, manifest)
        current = read_rule_sets(desk).current
    if current is None or current.number != proposal.statement.number or current.sha256 != proposal.statement.rule_set:
        raise NotReady(Code.OTHER_SET_IN_FORCE, "number")  # another home's publisher was quicker
    return current


def _feed_ids(desk: ControlDesk, rules: RuleSet) -> Mapping[str, int]:
    """Registry id of the delivery schema of each agreement: the same for all of its feeds."""
    subjects, text_of = {}, {}
    for agreement in rules.with_feeds:
        bound = rules.bound[agreement.id][0]
        text = feed_schema_text(rules.schemas[agreement.id])
        subject = subject_of(desk.topics.feed(bound.agency.id, agreement.feed), record_name(text))
        subjects[agreement.id], text_of[subject] = subject, text
    found = resolve_ids(desk.registry, text_of)
    return {agreement: found.id_of(subject) for agreement, subject in subjects.items()}
