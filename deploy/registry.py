"""A schema registry with Confluent's API, and the ids that processes take from it at their start."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter

from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady

ANSWER_SECONDS = 30
"""How long one answer may take. Apicurio's first checks after its start take seconds."""

CONNECTIONS = 16
"""Connections kept open; more threads than this would wait for one."""

_PAGE = 1000
"""Subjects in one answer."""

_HEADERS = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
_NOT_FOUND = 404
_CONFLICTS = (409, 422)
"""Incompatible; not a schema."""


class Registry:
    """Client of one registry. May be used by several threads. Raises NotReady (PD-414) where it gives no answer."""

    def __init__(self, url: str) -> None:
        """`url` is the base of the Confluent-compatible API, without a trailing slash."""
        self._url = url
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS))

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def register(self, subject: str, text: str) -> int:
        """The id of `text` under `subject`, new or old. Raises Misconfigured (PD-422) where it is not compatible."""
        answer = self._ask("POST", f"/subjects/{quote(subject)}/versions", {"schema": text, "schemaType": "AVRO"})
        if answer.status_code in _CONFLICTS:
            raise Misconfigured(Code.SCHEMA_REFUSED, subject)
        return int(_json(answer)["id"])

    def find(self, subject: str, text: str) -> int | None:
        """The id of `text` if it is registered under `subject`."""
        answer = self._ask("POST", f"/subjects/{quote(subject)}", {"schema": text, "schemaType": "AVRO"})
        return None if answer.status_code == _NOT_FOUND else int(_json(answer)["id"])

    def read_schema(self, schema_id: int) -> str | None:
        """The schema text of an id, or None for an id that the registry never gave."""
        answer = self._ask("GET", f"/schemas/ids/{schema_id}")
        return None if answer.status_code == _NOT_FOUND else str(_json(answer)["schema"])

    def subjects_of(self, schema_id: int) -> frozenset[str]:
        """All subjects under which this schema is registered."""
        answer = self._ask("GET", f"/schemas/ids/{schema_id}/versions")
        found = [] if answer.status_code == _NOT_FOUND else _json(answer)
        return frozenset(each["subject"] for each in found)

    def list_subjects(self) -> frozenset[str]:
        """Every subject of the registry, page by page: Apicurio gives no more than a page unasked."""
        subjects: set[str] = set()
        while True:
            page = _json(self._ask("GET", f"/subjects?offset={len(subjects)}&limit={_PAGE}"))
            if subjects.issuperset(page):  # the end, or a registry that knows no pages and has given all
                return frozenset(subjects)
            subjects.update(page)

    def read_compatibility(self, subject: str = "") -> str | None:
        """The compatibility set for `subject`, or the registry's default for the empty name. None where not set."""
        answer = self._ask("GET", f"/config/{quote(subject)}" if subject else "/config")
        return None if answer.status_code == _NOT_FOUND else str(_json(answer)["compatibilityLevel"])

    def set_compatibility(self, level: str, subject: str = "") -> None:
        """Set it for `subject`, which has a schema already, or the registry's default for the empty name."""
        _json(self._ask("PUT", f"/config/{quote(subject)}" if subject else "/config", {"compatibility": level}))

    def _ask(self, method: str, path: str, body: Mapping[str, str] | None = None) -> requests.Response:
        data = None if body is None else json.dumps(body)
        try:
            return self._session.request(method, self._url + path, data=data, headers=_HEADERS, timeout=ANSWER_SECONDS)
        except requests.RequestException:  # its text has the address, and an address may have a password
            raise NotReady(Code.REGISTRY_AWAY) from None


@dataclass(frozen=True)
class SchemaIds:
    """What a process knows of the registry from its start on: a registry that goes down later stops nobody."""

    by_subject: Mapping[str, int]
    names: Mapping[int, str]

    def id_of(self, subject: str) -> int:
        """The id to write with. Raises Misconfigured (PD-404) for a subject that was not asked for at the start."""
        try:
            return self.by_subject[subject]
        except KeyError:
            raise Misconfigured(Code.NOT_PROVISIONED, subject) from None

    def name_of(self, schema_id: int) -> str | None:
        """The full name of the record that was written with this id; None for an unknown id."""
        return self.names.get(schema_id)


def resolve_ids(registry: Registry, schemas: Mapping[str, str]) -> SchemaIds:
    """The ids of `schemas` (subject to text), one question for each distinct text.

    The same text has the same id under every subject. Raises Misconfigured (PD-404) where one is not registered.
    """
    ids: dict[str, int] = {}
    for subject, text in schemas.items():
        if text not in ids:
            found = registry.find(subject, text)
            if found is None:
                raise Misconfigured(Code.NOT_PROVISIONED, subject)
            ids[text] = found
    return SchemaIds(
        by_subject={subject: ids[text] for subject, text in schemas.items()},
        names={schema_id: record_name(text) for text, schema_id in ids.items()},
    )


def record_name(text: str) -> str:
    """The full name of the record in a schema text."""
    schema = json.loads(text)
    name, space = schema["name"], schema.get("namespace", "")
    return str(name) if "." in name or not space else f"{space}.{name}"


def _json(answer: requests.Response) -> Any:
    """The body of a good answer; any other answer is a registry that can't be used now."""
    if not answer.ok:
        raise NotReady(Code.REGISTRY_AWAY, detail=f"status {answer.status_code}")
    try:
        return answer.json()
    except requests.JSONDecodeError:
        raise NotReady(Code.REGISTRY_AWAY, detail="not JSON") from None
