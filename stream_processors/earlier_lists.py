"""Field lists of rule sets that were in force before: what is held was sent under them. Pure."""

from collections.abc import Iterator, Mapping

import yaml
from pydantic import ValidationError

from stream_processors.agreements import Agreement
from stream_processors.control_rule_sets import Published
from stream_processors.field_lines import field_lines, field_list_id


class EarlierLists:
    """Reads every agreement of these sets, each version once, and only when somebody asks for a list that it does not know."""

    def __init__(self, history: Mapping[int, Published]) -> None:
        self._history = history
        self._read: set[bytes] = set()
        self._known: dict[tuple[str, str], frozenset[str]] = {}

    def lines(self, agreement: str, list_id: str) -> frozenset[str] | None:
        """The lines of an agreement's field list; None where control does not have it any more, or it can't be read."""
        if (agreement, list_id) not in self._known:
            for found in self._unread():
                self._known[found.id, field_list_id(found)] = field_lines(found)
        return self._known.get((agreement, list_id))

    def _unread(self) -> Iterator[Agreement]:
        for published in self._history.values():
            for name, content in published.parts.items():
                if name.startswith("agreements/") and content not in self._read:
                    self._read.add(content)
                    try:
                        yield Agreement.model_validate(yaml.safe_load(content))
                    except (yaml.YAMLError, ValidationError):  # another version's: what is not known counts as less
                        continue
