"""What the process of `acknowledge` does beside its pump: it trims feeds, and signs the manifests of each day that is over.

In a thread with clients of its own, so that a slow broker holds up no receipt. Each job can be done again: a crash anywhere
leaves what the next run does.
"""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta

import structlog
from confluent_kafka import KafkaException
from prometheus_client import CollectorRegistry, Counter

from deploy.clients import client_config
from deploy.hub_records import HubRecords, now_ms
from deploy.kafka_faults import ANSWER_SECONDS
from deploy.reconcile_run import publish_manifests, sent_to, sign_day, yesterday
from deploy.registry import Registry
from deploy.settings import Settings
from deploy.topic_reader import read_topics
from deploy.trimming import trim_feeds
from schemas.codes import Code
from schemas.errors import PointDutyError

log = structlog.get_logger()

EVERY_SECONDS = 600.0
"""How often feeds are trimmed, and how late the manifests of a day may come."""

CATCH_UP_DAYS = 6
"""Days before the last one that are looked at for manifests nobody signed: with it the 7 days for which feeds are kept."""

_HOUR_MS = 3_600_000


class AcknowledgeJobs:
    """A context manager: the jobs run while it is open."""

    def __init__(self, settings: Settings, registry_url: str, metrics: CollectorRegistry) -> None:
        self._settings, self._registry_url = settings, registry_url
        self._failures = Counter("job_failures", "Runs of a job that failed", ["job"], namespace="pointduty", registry=metrics)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="acknowledge-jobs", daemon=True)
        self._signed: date | None = None

    def __enter__(self) -> "AcknowledgeJobs":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(ANSWER_SECONDS)

    def turn(self, at_ms: int) -> None:
        """Do what is due now."""
        with closing(Registry(self._registry_url)) as registry:
            group = self._settings.topics.group("acknowledge.jobs")
            config = {**client_config(self._settings.home, "hub.acknowledge"), "group.id": group, "log_level": "2"}
            hub = HubRecords(self._settings, config, registry)
            self._attempt("trim", lambda: self._trim(hub, at_ms))
            self._attempt("sign", lambda: self._sign(hub, yesterday(at_ms)))

    def _run(self) -> None:
        turned = -EVERY_SECONDS
        while not self._stop.wait(1.0):
            if time.monotonic() - turned >= EVERY_SECONDS:
                turned = time.monotonic()
                self._attempt("turn", lambda: self.turn(now_ms()))

    def _attempt(self, job: str, run: Callable[[], None]) -> None:
        """A job that fails is counted and said, and tried again in the next turn: nothing waits for it."""
        try:
            run()
        except (PointDutyError, KafkaException) as error:
            self._failures.labels(job=job).inc()
            code = error.code if isinstance(error, PointDutyError) else Code.BROKER_AWAY
            log.warning("a job failed", job=job, code=str(code))
        except Exception as error:  # a bug of ours: the other job and the pump go on, and a person is told
            self._failures.labels(job=job).inc()
            log.error("a job failed", job=job, code=str(Code.UNEXPECTED), error_type=type(error).__name__, alert=True)

    def _trim(self, hub: HubRecords, at_ms: int) -> None:
        trimmed = trim_feeds(hub, int(self._settings.trim_after_hours * _HOUR_MS), at_ms)
        log.info("feeds trimmed", feeds=sum(each.trimmed_below > 0 for each in trimmed))

    def _sign(self, hub: HubRecords, day: date) -> None:
        """Once a day, where manifests are wanted: for each agency that has none of it, and for days before that nobody has
        signed, because no process was running."""
        if not self._settings.sign_daily or self._signed == day:
            return
        head = hub.topics.manifest("x").removesuffix("x")
        agencies = {topic.removeprefix(head): topic for topic in hub.list_topics() if topic.startswith(head)}
        messages = read_topics(hub.config, list(agencies.values())) if agencies else iter(())
        done = {(message.topic(), bytes(message.key() or b"").rpartition(b"/")[2].decode()) for message in messages}
        days = {signed_on for _, signed_on in done}
        for back in range(CATCH_UP_DAYS, -1, -1):
            each = day - timedelta(days=back)
            left = [agency for agency, topic in agencies.items() if (topic, each.isoformat()) not in done]
            if left and (each == day or each.isoformat() not in days):
                _sign_for(hub, left, each)
        self._signed = day


def _sign_for(hub: HubRecords, agencies: list[str], day: date) -> None:
    count = sum(
        publish_manifests(hub, agency, sign_day(hub, sent, day)) for agency, sent in sent_to(hub, agencies, day).items()
    )
    log.info("manifests signed", day=day.isoformat(), manifests=count)
