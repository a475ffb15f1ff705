"""What a MISP event is about: its attributes and objects as persons, objects, statements and links."""

from dataclasses import dataclass, field

from producers.adapters.code_tables import intelligence_codes
from producers.adapters.intelligence_handling import Said
from producers.adapters.json_parts import Json, parts_of, text_of
from schemas.records import Record

_GALAXY = "misp-galaxy:"
"""Tags of a knowledge base (who it was, how it was done): somebody's assessment."""
_UNKNOWN = "UNMAPPED"
"""The s.38 category of a person in an event: MISP has no word for it, and unknown is never a permission."""


@dataclass
class MispParts:
    """The parts found so far. `_refs`: MISP uuid to the reference within the record."""

    objects: list[Record] = field(default_factory=list)
    persons: list[Record] = field(default_factory=list)
    statements: list[Record] = field(default_factory=list)
    _refs: dict[str, str] = field(default_factory=dict)
    _links: list[tuple[str, str, str]] = field(default_factory=list)
    _releasable: list[str] = field(default_factory=list)

    def add_tags(self, tags: list[str]) -> None:
        """What the tags of the event say it is about."""
        for tag in tags:
            if tag.startswith(_GALAXY):
                kind, _, name = tag.removeprefix(_GALAXY).partition("=")
                self._state(kind + ": " + name.strip('"'), "ASSESSMENT")

    def add_attribute(self, attribute: Json, said: Said, within: str | None = None) -> str | None:
        """One attribute; `within` is the object that it belongs to. Answers its reference; None: a statement, or nothing."""
        kind, value = text_of(attribute, "type"), text_of(attribute, "value")
        if attribute.get("deleted") is True or kind is None or value is None:
            return None
        self._add_tags_of(attribute, f"{kind}: {value}", said)
        comment, category = text_of(attribute, "comment"), text_of(attribute, "category")
        relation = text_of(attribute, "object_relation")
        if kind in intelligence_codes().misp_statements and within is None:
            text = f"{category or kind}: {value}{f' ({comment})' if comment else ''}"
            self._state(text, intelligence_codes().assertions.misp.get(category or ""))
            return None
        if kind in intelligence_codes().misp_statements:
            kind = f"{within}/{relation}"  # the type says only that it is text: the relation says what it is
        ref = f"o{len(self.objects) + 1}"
        self.objects.append({"ref": ref, "type": kind, "identifier": value, "description": comment})
        self._remember(attribute, ref)
        return ref

    def add_object(self, thing: Json, said: Said) -> None:
        """One MISP object: a person, or its attributes, linked to the first of them."""
        if thing.get("deleted") is True:
            return
        name = text_of(thing, "name") or "object"
        self._add_tags_of(thing, "", said)
        if name == "person":
            self._add_person(thing, said)
            return
        refs = [self.add_attribute(attribute, said, name) for attribute in parts_of(thing, "Attribute")]
        found = [ref for ref in refs if ref is not None]
        self._links += [(ref, found[0], name) for ref in found[1:]]
        if found:
            self._remember(thing, found[0])
            self._remember_links(thing, found[0])

    def links(self) -> list[Record]:
        """Links between parts that are both in the record."""
        known = {part["ref"]: part["ref"] for part in (*self.objects, *self.persons)} | self._refs
        return [
            {"from_ref": known[source], "to_ref": known[target], "reason": reason}
            for source, target, reason in self._links
            if source in known and target in known
        ]

    def releasable_text(self) -> str | None:
        """The parts that their own marking lets go anywhere."""
        return "\n".join(self._releasable) or None

    def _add_person(self, thing: Json, said: Said) -> None:
        ref = f"p{len(self.persons) + 1}"
        person: Record = {"ref": ref, "roles": ["SUBJECT"], "subject_categories": [_UNKNOWN], "assertion": "ASSESSMENT"}
        alias: list[str] = []
        for attribute in parts_of(thing, "Attribute"):
            value, relation = text_of(attribute, "value"), text_of(attribute, "object_relation")
            place = intelligence_codes().misp_person.get(relation or "")
            if value is None or attribute.get("deleted") is True:
                continue
            self._add_tags_of(attribute, f"{relation}: {value}", said)
            if place == "alias":
                alias.append(value)
            elif place is not None:
                person[place] = value
            else:
                self.statements.append({"text": f"{relation}: {value}", "assertion": None, "about_ref": ref})
        self.persons.append({**person, "alias": alias})
        self._remember(thing, ref)
        self._remember_links(thing, ref)

    def _add_tags_of(self, part: Json, text: str, said: Said) -> None:
        own = Said()
        own.add_tags([name for tag in parts_of(part, "Tag") if (name := text_of(tag, "name"))])
        said.include(own)
        if text and own.is_releasable():
            self._releasable.append(text)

    def _state(self, text: str, assertion: str | None) -> None:
        self.statements.append({"text": text, "assertion": assertion})

    def _remember(self, part: Json, ref: str) -> None:
        uuid = text_of(part, "uuid")
        if uuid is not None:
            self._refs[uuid] = ref

    def _remember_links(self, thing: Json, ref: str) -> None:
        for link in parts_of(thing, "ObjectReference"):
            target, reason = text_of(link, "referenced_uuid"), text_of(link, "relationship_type")
            if target is not None and reason is not None:
                self._links.append((ref, target, reason))
