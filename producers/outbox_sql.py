"""What the outbox asks of its file. Pure data."""

from schemas.actions import Action

QUEUED, HELD = 0, 1
"""States of what is in the queue: it waits, or the broker refuses it for itself."""

LAST = "SELECT version, kind, content_sha256, body, numbered, closed FROM record WHERE record_id = ?"
STATES = "SELECT version, state FROM outbox WHERE record_id = ?"
PLACES = "SELECT version, partition, position FROM delivery WHERE record_id = ?"
WAITING = """SELECT seq, record_id, kind, event_id, accepted_at, body FROM outbox
WHERE seq > ? AND state = ? ORDER BY seq LIMIT ?"""
SIZES = "SELECT count(*), coalesce(sum(length(body)), 0) FROM outbox WHERE state = ?"
REMOVE = "DELETE FROM outbox WHERE seq = ? AND state = 0 RETURNING record_id, version, length(body)"
REMEMBER = "INSERT OR REPLACE INTO delivery(record_id, version, partition, position) VALUES(?, ?, ?, ?)"
RECORD = """INSERT OR REPLACE INTO record(record_id, version, kind, content_sha256, body, numbered, closed)
VALUES(?, ?, ?, ?, ?, ?, ?)"""
ACCEPT = "INSERT INTO outbox(record_id, version, kind, event_id, accepted_at, body) VALUES(?, ?, ?, ?, ?, ?)"
IS_ERASED = f"SELECT 1 FROM record WHERE record_id = ? AND closed = '{Action.ERASURE}'"  # noqa: S608  # a word of ours
FORGET_HELD = "DELETE FROM outbox WHERE record_id = ? AND state = 1"
HOLD = "UPDATE outbox SET state = 1 WHERE seq = ? AND state = 0 RETURNING length(body)"
