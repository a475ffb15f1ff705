"""From TLP, PAP and the admiralty scale to a GSC marking and a 3x5x2 grading, by the tables of `intelligence_codes.yaml`. Pure.

The strictest of what the parts of a record say holds for all of it. A word that nobody knows is no marking: such a record is
refused, because absence denies.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from producers.adapters.code_tables import Handling, intelligence_codes
from schemas.records import Record

_CHATHAM_HOUSE = "ex:chr"
"""Added to a TLP word: attribution must not be disclosed. `source_ref` never leaves the originator anyway."""
_ESTIMATES = "estimative-language"


@dataclass
class Said:
    """What tags and markings say of a record."""

    tlp: set[str] = field(default_factory=set)
    pap: set[str] = field(default_factory=set)
    source: set[str] = field(default_factory=set)
    credibility: set[str] = field(default_factory=set)
    estimates: dict[str, None] = field(default_factory=dict)
    has_hidden_author: bool = False

    def add_tags(self, tags: Iterable[str]) -> None:
        """Tags of the MISP taxonomies, such as `tlp:amber` or `admiralty-scale:source-reliability="b"`; others are left."""
        for tag in tags:
            space, _, rest = tag.strip().casefold().partition(":")
            predicate, _, value = (text.strip().strip('"') for text in rest.partition("="))
            if space == "tlp":
                self.add_tlp(rest.strip())
            elif space == "pap":
                self.pap.add(predicate)
            elif (space, predicate) == ("admiralty-scale", "source-reliability"):
                self.source.add(value)
            elif (space, predicate) == ("admiralty-scale", "information-credibility"):
                self.credibility.add(value)
            elif space == _ESTIMATES:
                self.estimates[f"{predicate}: {value}".replace("-", " ")] = None

    def include(self, part: "Said") -> None:
        """Add what a part of the record says of itself."""
        self.tlp |= part.tlp
        self.pap |= part.pap
        self.source |= part.source
        self.credibility |= part.credibility
        self.estimates |= part.estimates
        self.has_hidden_author |= part.has_hidden_author

    def add_tlp(self, word: str) -> None:
        """One TLP word, as in `tlp:<word>`."""
        if word == _CHATHAM_HOUSE:
            self.has_hidden_author = True
        else:
            self.tlp.add(word)

    def marking(self) -> Record | None:
        """The GSC marking, or None where no TLP is given, or one that nobody knows."""
        limit = self._limit()
        if limit is None:
            return None
        handling = [limit.handling_instruction] if limit.handling_instruction else []
        return {"tier": "OFFICIAL", "sensitive": limit.sensitive, "handling": handling}

    def grading(self) -> Record | None:
        """The 3x5x2 grading as far as it can be told; None where nothing of it can. Grades that contradict are none."""
        codes, limit = intelligence_codes(), self._limit()
        source, assessment = _only(codes.admiralty_source, self.source), _only(codes.admiralty_assessment, self.credibility)
        action = min((codes.pap.get(word, "A1") for word in self.pap), default=None)  # A1 bars most; so does an unknown word
        if limit is None:
            known = source or assessment or action
            return {"source": source, "assessment": assessment, "action": action} if known else None
        if limit.handling == "P" and action not in ("A1", "A2"):
            return {"source": source, "assessment": assessment, "handling": "P"}
        return {
            "source": source,
            "assessment": assessment,
            "handling": "C",
            "action": action or limit.action,
            "sanitisation": limit.sanitisation,
            "conditions": self._conditions(),
        }

    def statements(self) -> list[Record]:
        """Estimates in their words, as assessments: a grade is a category, never a percentage."""
        return [{"text": text, "assertion": "ASSESSMENT"} for text in self.estimates]

    def is_releasable(self) -> bool:
        """Whether disclosure is not limited by any word, and at least one says so."""
        return bool(self.tlp) and self.tlp <= set(intelligence_codes().releasable) and not self.has_hidden_author

    def _limit(self) -> Handling | None:
        known = intelligence_codes().tlp
        if not self.tlp or not self.tlp <= known.keys():
            return None
        return known[next(word for word in known if word in self.tlp)]

    def _conditions(self) -> str:
        words = [*(f"TLP:{word.upper()}" for word in sorted(self.tlp)), *(f"PAP:{word.upper()}" for word in sorted(self.pap))]
        return ", ".join([*words, *(["attribution must not be disclosed"] if self.has_hidden_author else [])])


def _only(codes: Mapping[str, str], said: set[str]) -> str | None:
    found = {codes.get(word) for word in said}
    return found.pop() if len(found) == 1 else None
