"""`topics.yaml`, checked: how each kind of topic is made. An unknown key or pattern is refused."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from schemas.codes import Code
from schemas.errors import Misconfigured

Pattern = Literal[
    "submission.<force>", "dead-letter.<force>", "quality-report.<force>", "standard", "quality", "watch.changelog",
    "ledger", "holders", "control", "acknowledged", "request", "feed.<agency>.<feed>", "recall.<agency>",
    "receipt.<agency>", "manifest.<agency>",
]  # fmt: skip

_MILLISECONDS_PER_HOUR = 3_600_000

_SAFE_COPIES = 3
"""A cluster of three or more brokers keeps three copies and accepts a message when two have it."""

Count = Annotated[int, Field(ge=1)]


class TopicRule(BaseModel):
    """How topics of one pattern are made. Units are in the names; see the head of `topics.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    partitions: Count | Literal["lanes"]
    partitions_of: Mapping[str, Count] = {}
    cleanup: Literal["delete", "compact"]
    retention_days: Count | Literal["for-ever"]
    segment_hours: Count
    max_message_bytes: Count
    timestamps: Literal["create", "append"]
    tombstone_days: Count | None = None
    compaction_hours: Count | None = None
    dirty_ratio: float | None = Field(None, gt=0, lt=1)
    reason: str = Field(min_length=20)

    @model_validator(mode="after")
    def _compaction_is_whole(self) -> Self:
        compacted = (self.cleanup == "compact", self.tombstone_days is not None, self.dirty_ratio is not None)
        if any(compacted) and not all(compacted):
            raise ValueError("expected tombstone_days and dirty_ratio with compaction, and only with it")
        if self.cleanup == "compact" and self.retention_days != "for-ever":
            raise ValueError("a compacted topic keeps the last message of a key for ever")
        if self.compaction_hours is not None and self.cleanup != "compact":
            raise ValueError("expected compaction_hours only with compaction")
        return self

    def count_partitions(self, lanes: int, force: str = "") -> int:
        """Partitions of one topic, of `force` where the pattern is a force's."""
        wanted = self.partitions_of.get(force, self.partitions)
        return lanes if wanted == "lanes" else wanted

    def topic_config(self, brokers: int) -> dict[str, str]:
        """Kafka's topic settings, on a cluster of so many brokers."""
        days = self.retention_days
        config = {
            "cleanup.policy": self.cleanup,
            "retention.ms": "-1" if days == "for-ever" else str(days * 24 * _MILLISECONDS_PER_HOUR),
            "segment.ms": str(self.segment_hours * _MILLISECONDS_PER_HOUR),
            "max.message.bytes": str(self.max_message_bytes),
            "message.timestamp.type": "LogAppendTime" if self.timestamps == "append" else "CreateTime",
            "min.insync.replicas": str(2 if brokers >= _SAFE_COPIES else 1),
            "unclean.leader.election.enable": "false",
        }
        if self.tombstone_days is not None:
            config["delete.retention.ms"] = str(self.tombstone_days * 24 * _MILLISECONDS_PER_HOUR)
            config["min.cleanable.dirty.ratio"] = str(self.dirty_ratio)
        if self.compaction_hours is not None:
            config["max.compaction.lag.ms"] = str(self.compaction_hours * _MILLISECONDS_PER_HOUR)
        return config


TopicRules = Mapping[Pattern, TopicRule]
"""One rule for every pattern."""


def count_copies(brokers: int) -> int:
    """Replication factor on a cluster of so many brokers."""
    return min(_SAFE_COPIES, brokers)


def parse_topic_rules(text: str) -> TopicRules:
    """The rules in `text`. Raises Misconfigured (PD-416) that names each pattern or key missing, unknown or wrong."""
    try:
        rules = TypeAdapter(dict[Pattern, TopicRule]).validate_python(yaml.safe_load(text))
    except yaml.YAMLError:
        raise Misconfigured(Code.BAD_SETTING, "topics.yaml", "not YAML") from None
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in detail["loc"]) for detail in error.errors()})
        raise Misconfigured(Code.BAD_SETTING, "topics.yaml", ", ".join(fields)) from None
    missing = sorted(set(get_args(Pattern)) - rules.keys())
    if missing:
        raise Misconfigured(Code.BAD_SETTING, "topics.yaml", f"missing: {', '.join(missing)}")
    return rules


@cache
def load_topic_rules() -> TopicRules:
    """The rules that the project ships."""
    return parse_topic_rules((files("deploy") / "topics.yaml").read_text(encoding="utf-8"))
