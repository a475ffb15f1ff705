"""The real registry takes every narrowing of a field list, and refuses what would break a reader."""

import json
import secrets
from typing import Any

import pytest
from core_hub import agreement, rule_set

from deploy.cluster import Cluster
from deploy.registry import Registry
from schemas.codes import Code
from schemas.errors import Misconfigured
from stream_processors.feed_schemas import feed_schema_text

WIDE: dict[str, Any] = {
    "envelope.kind": "keep",
    "occurred.start": "keep",
    "crime.summary": "keep",
    "crime.offence": "keep",
    "incident.qualifiers": "keep",
    "persons[VICTIM].surname": "keep",
    "persons[*].date_of_birth": "keep",
    "persons[*].pnc_id": "keep",
    "locations[*].postcode": "keep",
    "locations[*].latitude": {"decimals": 3},
    "statements[*].text": "keep",
}
TIGHTER: dict[str, Any] = {
    **WIDE,
    "occurred.start": {"generalise": "day"},
    "crime.summary": {"keep": True, "when": [{"marker": ["soc"]}]},
    "persons[VICTIM].surname": {"mask_keep_last": 2},
    "persons[*].date_of_birth": {"generalise": "age-band"},
    "persons[*].pnc_id": "pseudonymise",
    "locations[*].postcode": {"generalise": "outward"},
    "locations[*].latitude": "drop",
    "locations[*].point": {"generalise": "square-1km"},
}
NARROW: dict[str, Any] = {"envelope.kind": "keep", "persons[*].date_of_birth": {"generalise": "year"}}
CHAIN = [WIDE, TIGHTER, NARROW, {"crime.offence": "keep"}, TIGHTER, WIDE]


def text_of(fields: dict[str, Any]) -> str:
    """The schema of a feed, as registered."""
    condition = "DPA 2018 Schedule 8 paragraph 1"
    return feed_schema_text(rule_set([agreement(fields=fields, sensitive_condition=condition)]).schemas["council"])


def test_a_field_list_may_be_changed_at_any_time(cluster: Cluster) -> None:
    """Narrowed, tightened, emptied and widened again under FULL_TRANSITIVE: each is registered, and each condition on a field
    leaves the schema as it is. Another type under the same name is refused."""
    registry = Registry(cluster.registry_url)
    subject = f"feed.language-{secrets.token_hex(4)}-value"
    try:
        ids = [registry.register(subject, text_of(CHAIN[0]))]
        registry.set_compatibility("FULL_TRANSITIVE", subject)
        ids += [registry.register(subject, text_of(fields)) for fields in CHAIN[1:]]
        assert (ids[5], ids[4]) == (ids[0], ids[1])
        assert len(set(ids)) == 4
        broken = json.loads(text_of(WIDE))
        [record] = [field["type"][1] for field in broken["fields"] if field["name"] == "record"]
        record["fields"] = [
            {"name": "envelope", "type": ["null", "string"], "default": None} if field["name"] == "envelope" else field
            for field in record["fields"]
        ]
        with pytest.raises(Misconfigured) as caught:
            registry.register(subject, json.dumps(broken))
        assert caught.value.code is Code.SCHEMA_REFUSED
    finally:
        registry.close()
    plain = {**TIGHTER, "crime.summary": "keep"}
    assert text_of(plain) == text_of(TIGHTER)
