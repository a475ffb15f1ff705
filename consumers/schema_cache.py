"""Writers' schemas by registry id, kept on disk for ever: a registry that is away stops nobody who has read before."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import fastavro
import requests

from consumers.receipts import RECEIPT
from schemas.codes import Code
from schemas.errors import Misconfigured, NotReady, Refused
from schemas.records import schema_text

_TIMEOUT_SECONDS = 10.0
"""How long one question to the registry may take."""


class SchemaCache:
    """Callable: the parsed schema of a registry id. An id never changes its meaning within one cluster's life."""

    def __init__(self, registry_url: str, folder: Path, session: requests.Session) -> None:
        """`registry_url`: base of the Confluent-compatible API. `folder` belongs to one cluster: ids are its own."""
        self._url, self._folder, self._session = registry_url.rstrip("/"), folder, session
        self._parsed: dict[int, Any] = {}

    def __call__(self, schema_id: int) -> Any:
        """The schema, from memory, disk or registry. Raises Refused (PD-203: no such id), NotReady (PD-414)."""
        parsed = self._parsed.get(schema_id)
        if parsed is None:
            parsed = self._parsed[schema_id] = self._from_disk(schema_id) or self._from_registry(schema_id)
        return parsed

    def _from_disk(self, schema_id: int) -> Any:
        try:
            return _parse((self._folder / f"{schema_id}.avsc").read_text(encoding="utf-8"))
        except (OSError, Refused):  # none yet, or broken: the registry has it
            return None

    def _from_registry(self, schema_id: int) -> Any:
        try:
            answer = self._session.get(f"{self._url}/schemas/ids/{schema_id}", timeout=_TIMEOUT_SECONDS)
            if answer.status_code == requests.codes.not_found:
                raise Refused(Code.UNKNOWN_SCHEMA)
            answer.raise_for_status()
            text = answer.json()["schema"]
        except (requests.RequestException, KeyError, TypeError, ValueError):
            raise NotReady(Code.REGISTRY_AWAY) from None
        parsed = _parse(text)
        self._keep(schema_id, text)
        return parsed

    def _keep(self, schema_id: int, text: str) -> None:
        """A crash leaves the whole file or none. Two subscribers may write it at once: both write the same."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=self._folder)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(self._folder / f"{schema_id}.avsc")


class ReceiptSchema:
    """Callable: the registry's id of the receipt. Asked for once; until then, receipts wait."""

    def __init__(self, registry_url: str, topic: str, session: requests.Session) -> None:
        self._url = f"{registry_url.rstrip('/')}/subjects/{quote(f'{topic}-{RECEIPT}')}"
        self._session = session
        self._id: int | None = None

    def __call__(self) -> int:
        """The id. Raises NotReady (PD-414), Misconfigured (PD-404) where the hub has registered none."""
        if self._id is None:
            body = {"schema": schema_text(RECEIPT), "schemaType": "AVRO"}
            try:
                answer = self._session.post(self._url, json=body, timeout=_TIMEOUT_SECONDS)
                if answer.status_code == requests.codes.not_found:
                    raise Misconfigured(Code.NOT_PROVISIONED, "receipt")
                answer.raise_for_status()
                self._id = int(answer.json()["id"])
            except (requests.RequestException, KeyError, TypeError, ValueError):
                raise NotReady(Code.REGISTRY_AWAY) from None
        return self._id


def _parse(text: str) -> Any:
    try:
        return fastavro.parse_schema(json.loads(text))
    except Exception:  # fastavro raises many kinds; a schema that is none is no better than an unknown one
        raise Refused(Code.UNKNOWN_SCHEMA) from None
