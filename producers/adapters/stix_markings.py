"""The markings of STIX objects: whole, and of single properties (granular)."""

from collections.abc import Iterable, Mapping

from producers.adapters.code_tables import intelligence_codes
from producers.adapters.intelligence_handling import Said
from producers.adapters.json_parts import Json, parts_of, text_of, texts_of
from schemas.records import Record

_TEXTS = ("name", "description", "pattern", "value")
"""Properties that may be released one by one."""
_UNKNOWN = "unknown"
"""A marking that is not in the bundle and not one of STIX's own: it may say anything, so it is a TLP that nobody knows."""


class Markings:
    """The marking definitions of one bundle."""

    def __init__(self, objects: Mapping[str, Json]) -> None:
        self._objects = objects

    def said_of(self, item: Json) -> Said:
        """All that the object's markings say, of it or of any property. Labels may be tags of the MISP taxonomies."""
        said = self._said_by(self._refs(item))
        said.add_tags(texts_of(item, "labels"))
        for granular in parts_of(item, "granular_markings"):
            said.include(self._said_by([text_of(granular, "marking_ref") or _UNKNOWN]))
        return said

    def releasable_text(self, items: Iterable[Json]) -> str | None:
        """The texts that their own marking lets go anywhere, where a property's marking replaces the object's."""
        texts = [text for item in items for name in _TEXTS if (text := text_of(item, name)) and self._is_releasable(item, name)]
        return "\n".join(texts) or None

    def statements(self, items: Iterable[Json]) -> list[Record]:
        """What marking definitions state in words (copyright, terms of use). No gate reads it: it is kept."""
        refs = dict.fromkeys(ref for item in items for ref in self._refs(item))
        found = [self._definition(ref) for ref in refs]
        texts = [text_of(definition, "statement") for definition in found]
        return [{"text": f"Marking: {text}", "assertion": None} for text in texts if text]

    def _is_releasable(self, item: Json, name: str) -> bool:
        granular = [part for part in parts_of(item, "granular_markings") if name in texts_of(part, "selectors")]
        refs = [text_of(part, "marking_ref") or _UNKNOWN for part in granular] or self._refs(item)
        return self._said_by(refs).is_releasable()

    def _refs(self, item: Json) -> list[str]:
        return texts_of(item, "object_marking_refs")

    def _said_by(self, refs: Iterable[str]) -> Said:
        said = Said()
        for ref in refs:
            word = self._word(ref)
            if word is not None:
                said.add_tlp(word)
        return said

    def _word(self, ref: str) -> str | None:
        """The TLP word of a marking; None where it is no TLP."""
        known = intelligence_codes().stix_markings.get(ref)
        definition = self._objects.get(ref)
        if known is not None or definition is None:
            return known or _UNKNOWN
        if text_of(definition, "definition_type") == "statement":
            return None
        name = (text_of(definition, "name") or "").casefold()
        word = text_of(self._definition(ref), "tlp") or (name.removeprefix("tlp:") if name.startswith("tlp:") else _UNKNOWN)
        return word.casefold()

    def _definition(self, ref: str) -> Json:
        found = self._objects.get(ref, {}).get("definition")
        return found if isinstance(found, dict) else {}
