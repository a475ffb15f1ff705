"""`topics.yaml` is whole, and mistakes in it are refused."""

from importlib.resources import files

import pytest
import yaml

from deploy.topic_rules import count_copies, load_topic_rules, parse_topic_rules
from schemas import reference
from schemas.codes import Code
from schemas.errors import Misconfigured

TEXT = (files("deploy") / "topics.yaml").read_text(encoding="utf-8")
MIB = 1024 * 1024
BROKER_LIMIT_BYTES = 16 * MIB


def changed(pattern: str, **keys: object) -> str:
    rules = yaml.safe_load(TEXT)
    rules[pattern] |= keys
    return yaml.safe_dump(rules)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (changed("ledger", retention_dayz=3), "ledger.retention_dayz"),
        (changed("ledger", partitions=0), "ledger.partitions"),
        (changed("ledger", reason="short"), "ledger.reason"),
        (changed("ledger", cleanup="compact"), "ledger"),
        (changed("holders", tombstone_days=None), "holders"),
        (changed("holders", retention_days=7), "holders"),
        (TEXT.replace("ledger:", "legder:"), "legder"),
        (TEXT.replace("\nledger:", "\n#ledger:").replace("ledger:", "ledger:", 1), "topics.yaml"),
        ("- a list", "topics.yaml"),
        ("{", "topics.yaml"),
    ],
)
def test_a_mistake_is_refused_and_named(text: str, named: str) -> None:
    """Unknown keys and patterns, impossible values and half compaction never load."""
    with pytest.raises(Misconfigured) as refused:
        parse_topic_rules(text)
    assert refused.value.code is Code.BAD_SETTING
    assert named in str(refused.value)


def test_limits_fit_into_each_other() -> None:
    """A dead letter has room for the largest submission and its headers, a feed for a standard record; all fit the broker."""
    rules = load_topic_rules()
    assert rules["submission.<force>"].max_message_bytes > MIB
    assert rules["dead-letter.<force>"].max_message_bytes > 2 * rules["submission.<force>"].max_message_bytes
    assert rules["standard"].max_message_bytes > 2 * rules["submission.<force>"].max_message_bytes
    assert rules["feed.<agency>.<feed>"].max_message_bytes >= rules["standard"].max_message_bytes
    assert all(rule.max_message_bytes <= BROKER_LIMIT_BYTES for rule in rules.values())


def test_lanes_are_the_partitions_of_standard_and_holders_alone() -> None:
    """Holders are partitioned as standard, and nothing else depends on the number of lanes."""
    lanes = {pattern for pattern, rule in load_topic_rules().items() if rule.partitions == "lanes"}
    assert lanes == {"standard", "holders"}


def test_only_keyed_state_is_compacted() -> None:
    """A compacted feed or ledger would lose messages."""
    compacted = {pattern for pattern, rule in load_topic_rules().items() if rule.cleanup == "compact"}
    assert compacted == {"holders", "control", "acknowledged", "watch.changelog"}


def test_the_watch_has_one_partition_of_all() -> None:
    """Its values know one offset, and its changelog has one order: that of the one partition of tallies."""
    assert load_topic_rules()["quality"].partitions == load_topic_rules()["watch.changelog"].partitions == 1


def test_forces_with_more_partitions_are_known() -> None:
    """A mistyped force would silently have one partition."""
    rule = load_topic_rules()["submission.<force>"]
    assert rule.partitions_of.keys() <= reference.forces().keys()
    assert rule.count_partitions(12, "metropolitan") > rule.count_partitions(12, "kent") == 1


@pytest.mark.parametrize(("brokers", "copies", "in_sync"), [(1, 1, "1"), (2, 2, "1"), (3, 3, "2"), (9, 3, "2")])
def test_copies_follow_the_size_of_the_cluster(brokers: int, copies: int, in_sync: str) -> None:
    """One broker can write alone; three keep three copies and go on with one of them down."""
    assert count_copies(brokers) == copies
    assert load_topic_rules()["ledger"].topic_config(brokers)["min.insync.replicas"] == in_sync
