"""Identity of records and events: the same input gives the same id, on the force's side and on the hub's."""

import hashlib


def record_id(force: str, source_system: str, source_ref: str) -> str:
    """Stable for the life of the record: force, source system and the source's own reference.

    The reference stands last, so a colon in it can't make two records one (ids of forces and systems have none).
    """
    return f"{force}:{source_system}:{source_ref}"


def event_id(record: str, version: int, record_name: str, body: bytes) -> str:
    """Hash of record, version and content (32 hex digits): a resend of the same bytes is recognised by it.

    `body` is the Avro body as written, without framing: Avro's binary form of one value under one schema is unique.
    """
    digest = hashlib.sha256()
    for part in (record.encode(), str(version).encode(), record_name.encode(), body):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:32]


def row_ref(row: bytes, ordinal: int) -> str:
    """A reference for a row that has none: the row's hash plus its ordinal among equal rows of its file (from 0).

    Two equal rows of one file are two records; the same file sent again gives the same references.
    """
    return f"row-{hashlib.sha256(row).hexdigest()[:32]}-{ordinal}"
