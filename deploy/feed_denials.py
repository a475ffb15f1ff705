"""The first step of a suspension: its feeds are denied to their agency. It needs nothing but the broker, and little to import,
because a reader is stopped by it alone: what takes time comes behind."""

from typing import NamedTuple

from confluent_kafka.admin import AdminClient

from deploy.access_rules import Acl, feed_denial
from deploy.acl_changes import create_acls
from deploy.kafka_faults import ANSWER_SECONDS, kafka_errors
from schemas.codes import Code
from schemas.errors import Refused
from schemas.topics import Topics


class Feed(NamedTuple):
    """One feed of one agency."""

    agency: str
    name: str


def deny_feeds(admin: AdminClient, topics: Topics, subject: str) -> list[Feed]:
    """Deny what the subject names to its agency; gives the feeds. Again: changes nothing. Raises Refused (PD-440), NotReady.

    A crash behind this leaves the feeds unread while the hub still writes to them: `provision` keeps a denial, and what is
    written is deleted when the suspension is run again, or by `resume`.
    """
    feeds = find_feeds(admin, topics, subject)
    with kafka_errors():
        create_acls(admin, [denial_of(topics, feed) for feed in feeds])
    return feeds


def denial_of(topics: Topics, feed: Feed) -> Acl:
    """What stops its agency from reading a feed."""
    return feed_denial(feed.agency, topics.feed(*feed))


def find_feeds(admin: AdminClient, topics: Topics, subject: str) -> list[Feed]:
    """The feeds that a subject names: those that have a topic; none for a force. Raises Refused (PD-440), NotReady."""
    kind, _, name = subject.partition("/")
    agency, _, feed = name.partition(".")
    with kafka_errors():
        there = admin.list_topics(timeout=ANSWER_SECONDS).topics
    try:
        if kind == "force":
            found, is_there = [], topics.submission(name) in there
        elif kind == "feed":
            found, is_there = [Feed(agency, feed)], topics.feed(agency, feed) in there
        else:
            head = topics.feeds_of(name)
            found = [Feed(name, topic.removeprefix(head)) for topic in sorted(there) if topic.startswith(head)]
            is_there = bool(found)
    except ValueError:
        is_there = False
    if not is_there:
        raise Refused(Code.NO_SUCH_SUBJECT, kind)
    return found
