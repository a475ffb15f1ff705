"""The command line of the embedded Kafka."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from deploy.broker_kafka import name_cluster


@given(st.uuids())
def test_a_cluster_id_is_what_kafka_takes_for_one(drawn: uuid.UUID) -> None:
    """It has 22 characters of URL-safe Base64 and never begins like an option."""
    name = name_cluster(drawn)
    assert len(name) == 22
    assert not name.startswith("-")
    assert name.replace("-", "").replace("_", "").isalnum()


def test_an_id_that_begins_with_a_dash_is_changed() -> None:
    """The six highest bits 111110 are a dash in Base64."""
    assert name_cluster(uuid.UUID(int=0b111110 << 122)) == "A" + "A" * 21
