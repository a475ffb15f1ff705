"""The message of one delivery as Kafka gets it: key, headers, time. Pure.

No header comes from the submission, and nothing here is shared by two feeds: a trace or an event's id would join them.
"""

from schemas.topics import Topics
from stream_processors.disseminate import Release
from stream_processors.messages import Output


def feed_output(release: Release, topics: Topics) -> Output:
    """The delivery on its feed, with a time no finer than its agreement allows."""
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", release.delivery_id.encode()),
        ("ce_source", b"urn:pointduty:hub"),
        ("ce_type", b"uk.pointduty.delivery"),
        ("content-type", b"application/avro"),
    )
    topic = topics.feed(release.agency, release.feed)
    return Output(topic, release.token.encode(), release.value, headers, timestamp_ms=release.timestamp_ms)
