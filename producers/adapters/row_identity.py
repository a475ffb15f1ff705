"""Whose a row is, and what it is called where it has no reference. State lives as long as one file is read."""

import hashlib
from collections import defaultdict
from collections.abc import Collection

from schemas.codes import Code
from schemas.errors import Refused
from schemas.identity import row_ref


class Names:
    """The names by which files may call one force. `&` and `and` are the same word, and case does not matter."""

    def __init__(self, names: Collection[str], column: str) -> None:
        self._known = {_plain(name) for name in names}
        self._column = column
        self._seen: set[str] = set()

    def check(self, name: str) -> None:
        """Raises Refused (WRONG_FORCE_IN_FILE) where the row names another force."""
        if name in self._seen:
            return
        if _plain(name) not in self._known:
            raise Refused(Code.WRONG_FORCE_IN_FILE, self._column)
        self._seen.add(name)


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("&", " and ").split())


class RowRefs:
    """References for rows that have none, within one file. Memory: a key of 8 bytes for each different row.

    Two rows that share the 64 bits of this counter still get different references: the counter only numbers them.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._seen: defaultdict[bytes, int] = defaultdict(int)

    def next_ref(self, row: bytes) -> str:
        """The reference of this row; an equal row later in the file gets the next ordinal."""
        key = hashlib.sha256(row).digest()[:8]
        ordinal = self._seen[key]
        self._seen[key] += 1
        return f"{self._prefix}-{row_ref(row, ordinal)}"
