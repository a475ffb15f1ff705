"""Who may do what on the broker: the whole matrix, written once. Nobody else may do anything.

Usernames carry no topic prefix, resource names do.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from schemas.topics import Topics


class Resource(StrEnum):
    """What an ACL is about."""

    TOPIC = "TOPIC"
    GROUP = "GROUP"
    TRANSACTIONAL_ID = "TRANSACTIONAL_ID"
    CLUSTER = "CLUSTER"
    OTHER = "OTHER"


class Match(StrEnum):
    """Whether an ACL's name is one resource's, or the start of many resources' names."""

    LITERAL = "LITERAL"
    PREFIXED = "PREFIXED"


@dataclass(frozen=True, order=True, slots=True)
class Acl:
    """One permission, or one denial, of one user (`User:force.kent`). Denial wins over permission."""

    principal: str
    resource: Resource
    name: str
    match: Match
    operation: str
    allow: bool = True
    host: str = "*"


STANDARDISE, DISSEMINATE, WATCH = "hub.standardise", "hub.disseminate", "hub.watch"
ACKNOWLEDGE = "hub.acknowledge"
HUB_USERS = (STANDARDISE, DISSEMINATE, WATCH, ACKNOWLEDGE)

STAGES = tuple(user.removeprefix("hub.") for user in HUB_USERS)
"""A hub process's consumer group is its stage's name; its transactional ids start with the name and a hyphen."""

GROUP_HEADS = ("force.", "agency.", *(f"{stage}." for stage in STAGES))
"""How other groups start. The dot ends the id, so that the groups of `force.kent` are never those of another force."""

_SLOT_HEADS = tuple(f"{stage}-" for stage in STAGES)

TOPIC_HEADS = ("submission.", "dead-letter.", "quality-report.", "feed.", "recall.", "receipt.", "manifest.")
SINGLE_TOPICS = ("standard", "quality", "watch.changelog", "ledger", "holders", "control", "acknowledged", "request")


def force_user(force: str) -> str:
    """The Kafka user of a force."""
    return f"force.{force}"


def agency_user(agency: str) -> str:
    """The Kafka user of an agency."""
    return f"agency.{agency}"


def force_acls(topics: Topics, force: str) -> Iterator[Acl]:
    """A force writes its submissions and reads what came back of them.

    It may ask how far standardise is: the broker answers for topics that the asker may describe, so for its own alone.
    """
    user = force_user(force)
    yield from _topic(user, topics.submission(force), "WRITE")
    yield from _topic(user, topics.dead_letter(force), "READ")
    yield from _topic(user, topics.quality_report(force), "READ")
    yield _group(topics, user)
    yield Acl(_principal(user), Resource.GROUP, topics.group(STANDARDISE.removeprefix("hub.")), Match.LITERAL, "DESCRIBE")


def agency_acls(topics: Topics, agency: str, feeds: Iterable[str], suspended: frozenset[str]) -> Iterator[Acl]:
    """An agency reads its own feeds (topic names), recalls and manifests, and writes receipts.

    A feed in `suspended` is denied as well as permitted, so that lifting the suspension is one ACL less.
    """
    user = agency_user(agency)
    for feed in feeds:
        yield from _topic(user, feed, "READ")
        if feed in suspended:
            yield feed_denial(agency, feed)
    yield from _topic(user, topics.recall(agency), "READ")
    yield from _topic(user, topics.manifest(agency), "READ")
    yield from _topic(user, topics.receipt(agency), "WRITE")
    yield _group(topics, user)


def feed_denial(agency: str, feed: str) -> Acl:
    """What stops an agency from reading its feed (a topic name), whatever permits it."""
    return Acl(_principal(agency_user(agency)), Resource.TOPIC, feed, Match.LITERAL, "READ", allow=False)


def hub_acls(topics: Topics) -> Iterator[Acl]:
    """The hub's processes: standardise never touches a feed, the watch writes its reports and its own changelog alone."""
    prefix = topics.prefix
    yield from _topic(STANDARDISE, f"{prefix}submission.", "READ", Match.PREFIXED)
    yield from _topic(STANDARDISE, f"{prefix}dead-letter.", "WRITE", Match.PREFIXED)
    for topic in (topics.standard, topics.quality):
        yield from _topic(STANDARDISE, topic, "WRITE")
    for topic in (topics.standard, topics.control, topics.holders, topics.request):
        yield from _topic(DISSEMINATE, topic, "READ")
    for topic in (topics.ledger, topics.holders):
        yield from _topic(DISSEMINATE, topic, "WRITE")
    for head in ("feed.", "recall."):
        yield from _topic(DISSEMINATE, f"{prefix}{head}", "WRITE", Match.PREFIXED)
    yield from _acknowledge_acls(topics)
    yield from _topic(WATCH, topics.quality, "READ")
    yield from _topic(WATCH, f"{prefix}quality-report.", "WRITE", Match.PREFIXED)
    yield from _topic(WATCH, topics.watch_changelog, "READ")
    yield Acl(_principal(WATCH), Resource.TOPIC, topics.watch_changelog, Match.LITERAL, "WRITE")
    for user, stage in zip(HUB_USERS, STAGES, strict=True):
        yield Acl(_principal(user), Resource.GROUP, topics.group(stage), Match.LITERAL, "READ")
        yield Acl(_principal(user), Resource.GROUP, topics.group(f"{stage}."), Match.PREFIXED, "READ")
        for operation in () if user == WATCH else ("WRITE", "DESCRIBE"):
            name = topics.group(f"{stage}-")
            yield Acl(_principal(user), Resource.TRANSACTIONAL_ID, name, Match.PREFIXED, operation)


def _acknowledge_acls(topics: Topics) -> Iterator[Acl]:
    """It reads what agencies say and what was sent, and writes what came of it. Of a feed it reads the envelopes, to find where
    a sequence number stands, and deletes what was acknowledged; it can write none."""
    prefix = topics.prefix
    for head in ("receipt.", "recall.", "manifest.", "feed."):
        yield from _topic(ACKNOWLEDGE, f"{prefix}{head}", "READ", Match.PREFIXED)
    for name in (topics.ledger, topics.acknowledged, topics.holders):
        yield from _topic(ACKNOWLEDGE, name, "READ")
    for name in (topics.ledger, topics.acknowledged):
        yield Acl(_principal(ACKNOWLEDGE), Resource.TOPIC, name, Match.LITERAL, "WRITE")
    yield from _topic(ACKNOWLEDGE, topics.request, "WRITE")
    yield Acl(_principal(ACKNOWLEDGE), Resource.TOPIC, f"{prefix}manifest.", Match.PREFIXED, "WRITE")
    yield Acl(_principal(ACKNOWLEDGE), Resource.TOPIC, f"{prefix}feed.", Match.PREFIXED, "DELETE")


def is_of_hub(topics: Topics, resource: Resource, name: str) -> bool:
    """Whether a resource's name is one of this hub's own, and not of another hub on the same cluster."""
    if not name.startswith(topics.prefix):
        return False
    rest = name.removeprefix(topics.prefix)
    if resource is Resource.TOPIC:
        return rest in SINGLE_TOPICS or rest.startswith(TOPIC_HEADS)
    if resource is Resource.GROUP:
        return rest in STAGES or rest.startswith(GROUP_HEADS)
    return resource is Resource.TRANSACTIONAL_ID and rest.startswith(_SLOT_HEADS)


def reaches_hub(topics: Topics, acl: Acl) -> bool:
    """Whether `acl` is too broad to be this hub's own and yet gives somebody rights on its resources."""
    if not acl.allow or is_of_hub(topics, acl.resource, acl.name):
        return False
    heads = {
        Resource.TOPIC: (*TOPIC_HEADS, *SINGLE_TOPICS),
        Resource.GROUP: (*GROUP_HEADS, *STAGES),
        Resource.TRANSACTIONAL_ID: _SLOT_HEADS,
    }.get(acl.resource, ())
    if acl.match is Match.LITERAL:
        return bool(heads) and acl.name == "*"
    return any(f"{topics.prefix}{head}".startswith(acl.name) for head in heads)


def _topic(user: str, name: str, operation: str, match: Match = Match.LITERAL) -> Iterator[Acl]:
    for each in (operation, "DESCRIBE"):
        yield Acl(_principal(user), Resource.TOPIC, name, match, each)


def _group(topics: Topics, user: str) -> Acl:
    return Acl(_principal(user), Resource.GROUP, topics.group(f"{user}."), Match.PREFIXED, "READ")


def _principal(user: str) -> str:
    return f"User:{user}"
