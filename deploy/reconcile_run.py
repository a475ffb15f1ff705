"""Reconcile: what an agency was sent, against its receipts, and the signed manifests of a day. Reads ledger and receipts.

Nothing is told of records: feeds, numbers, delivery ids.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from confluent_kafka import Producer

from deploy.hub_records import HubRecords, now_ms
from deploy.provision_wanted import subject_of
from deploy.registry import resolve_ids
from deploy.signing_key import read_signing_key
from schemas.codes import Code
from schemas.errors import NotReady
from schemas.manifests import DAY_MANIFEST, Delivered, make_manifest, sign_manifest
from schemas.records import Record, encode, schema_text
from schemas.wire import frame
from stream_processors.reconciling import FeedAccount, SentBook, account, sent_on

STAND_SECONDS = 30

ByFeed = Mapping[str, list[Delivered]]


def sent_to(hub: HubRecords, agencies: Iterable[str], day: date | None) -> dict[str, dict[str, list[Delivered]]]:
    """By agency and feed, what was sent: on one UTC day, or since the ledger began. The ledger is read once, from that day on:
    what was sent again later stands in place of what was sent first."""
    since_ms = None if day is None else _start_ms(day)
    book = SentBook(frozenset(agencies))
    for taken_ms, entry in hub.ledger_since(since_ms):
        book.take(entry, datetime.fromtimestamp(taken_ms / 1000, UTC).date().isoformat())
    found: dict[str, dict[str, list[Delivered]]] = {agency: {} for agency in book.agencies}
    for feed, sent in sorted(book.sent().items()):
        told = [each.delivered for each in sent.values()] if day is None else sent_on(sent, day.isoformat())
        found[feed.partition(".")[0]][feed] = told
    return found


def reconcile(hub: HubRecords, agency: str, day: date | None) -> list[FeedAccount]:
    """By feed, what the agency was sent and what it says of it; feeds in which nothing was sent are left out."""
    sent, known = sent_to(hub, [agency], day)[agency], hub.acknowledged()
    return [account(feed, deliveries, known) for feed, deliveries in sent.items() if deliveries]


def sign_day(hub: HubRecords, sent: ByFeed, day: date) -> list[Record]:
    """The signed manifests of what was sent on a day, one for each feed. Raises Misconfigured(SIGNING_KEY)."""
    key, made_at = read_signing_key(hub.settings.home), now_ms()
    made = [make_manifest(feed, day.isoformat(), deliveries, made_at) for feed, deliveries in sent.items() if deliveries]
    return [sign_manifest(manifest, key) for manifest in made]


def publish_manifests(hub: HubRecords, agency: str, manifests: Iterable[Record]) -> int:
    """Write them where the agency reads them, and wait until they stand; gives how many. Raises NotReady, Misconfigured."""
    topic = hub.topics.manifest(agency)
    subject = subject_of(topic, DAY_MANIFEST)
    schema_id = resolve_ids(hub.registry, {subject: schema_text(DAY_MANIFEST)}).id_of(subject)
    producer = Producer({**hub.config, "enable.idempotence": "true", "message.timeout.ms": str(STAND_SECONDS * 1000)})
    outcomes: list[object] = []
    count = 0
    for manifest in manifests:
        value, key = frame(schema_id, encode(DAY_MANIFEST, manifest)), f"{manifest['feed']}/{manifest['day']}"
        producer.produce(topic, value, key, partition=0, on_delivery=lambda error, _: outcomes.append(error))
        count += 1
    producer.flush(STAND_SECONDS)
    if outcomes != [None] * count:
        raise NotReady(Code.BROKER_AWAY, topic)
    return count


def _start_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def yesterday(at_ms: int) -> date:
    """The last UTC day that is over."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).date() - timedelta(days=1)
