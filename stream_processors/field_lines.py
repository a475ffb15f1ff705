"""The lines of a field list, and what is taken away of them: enough to tell whether an update gives fewer fields. Pure.

A holding keeps what was *lost*, three bytes for each: mostly nothing is, and the list itself is named by its id.
"""

import hashlib
from collections.abc import Callable, Container, Iterable

from stream_processors.agreements import Agreement
from stream_processors.field_paths import FieldPath

_BYTES = 3
"""Of a hash: two of one agreement's some twenty lines are alike in one of 100,000 agreements."""

LinesOf = Callable[[str, str], frozenset[str] | None]
"""The lines of an agreement's field list by agreement id and list id; None: not known here."""


def field_lines(agreement: Agreement) -> frozenset[str]:
    """Paths and obligations of the agreement's field list."""
    return frozenset(f"{path}={obligation.model_dump_json()}" for path, obligation in agreement.fields.items())


def field_list_id(agreement: Agreement) -> str:
    """Id of an agreement's field list: a hash over paths and obligations."""
    return hashlib.sha256("\n".join(sorted(field_lines(agreement))).encode()).hexdigest()[:16]


def lost_lines(agreement: Agreement, paths: Iterable[FieldPath], dropped: Iterable[FieldPath], held: Container[str]) -> bytes:
    """What is taken away of a field list: lines with a `when` that are not in `held`, and the `dropped` paths that speak of any
    field of the list (`paths`)."""
    listed = tuple(paths)
    unmet = [f"{path}={how.model_dump_json()}" for path, how in agreement.fields.items() if how.when and path not in held]
    taken = {_text(path) for path in dropped if any(_touches(path, other) for other in listed)}
    return b"".join(sorted({_short(text) for text in (*unmet, *taken)}))


def gives_fewer(before: tuple[str, bytes | None], lost: bytes, agreement: Agreement, list_id: str, lines_of: LinesOf) -> bool:
    """Whether an update may give less than what was sent: `before` is the list's id and what was lost of it then. What is not
    known counts as less."""
    list_before, lost_before = before
    if lost_before is None:
        return True
    more = set(_parts(lost)) - set(_parts(lost_before))
    if list_before == list_id:
        return bool(more)
    lines, old = field_lines(agreement), lines_of(agreement.id, list_before)
    # A line that is new and has not come to anything yet takes nothing away.
    return old is None or bool(old - lines) or bool(more - {_short(line) for line in lines - old})


def _parts(lost: bytes) -> list[bytes]:
    return [lost[at : at + _BYTES] for at in range(0, len(lost), _BYTES)]


def _short(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:_BYTES]


def _text(path: FieldPath) -> str:
    chosen = "*" if path.chosen is None else ",".join(sorted(path.chosen))
    groups = f"{path.rule}:{','.join(sorted(path.groups))}" if path.groups else ""
    return f"-{path.list_name}[{chosen}|{groups}].{'.'.join(path.names)}"


def _touches(dropped: FieldPath, listed: FieldPath) -> bool:
    """Whether a dropped path can take anything of what this line gives. Statements go with what they are about."""
    if listed.list_name == "statements" and dropped.list_name:
        return True
    return dropped.list_name == listed.list_name and all(map(str.__eq__, dropped.names, listed.names))
