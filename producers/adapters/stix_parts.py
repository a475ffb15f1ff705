"""What STIX objects are about: persons, objects, locations, links and statements."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from producers.adapters.code_tables import intelligence_codes
from producers.adapters.json_parts import Json, text_of, texts_of
from schemas.records import Record

_LINKS = "relationship"
_TIMES = ("first_observed", "last_observed", "first_seen", "last_seen")
_UNKNOWN = "UNMAPPED"
"""The s.38 category of a person: STIX has no word for it, and unknown is never a permission."""


@dataclass
class StixParts:
    """The parts found so far. `members`: the objects of this record, by id.

    Nothing else of the bundle is named: it may be marked more strictly than this record.
    """

    members: Mapping[str, Json]
    objects: list[Record] = field(default_factory=list)
    persons: list[Record] = field(default_factory=list)
    locations: list[Record] = field(default_factory=list)
    statements: list[Record] = field(default_factory=list)
    _refs: dict[str, str] = field(default_factory=dict)
    _links: list[tuple[str, str, str]] = field(default_factory=list)
    _times: list[str] = field(default_factory=list)

    def add(self, item: Json) -> None:
        """One object: a cyber-observable is an object, everything else a statement, and some are a part besides."""
        kind = text_of(item, "type") or ""
        self._times += [time for name in _TIMES if (time := text_of(item, name))]
        if kind == _LINKS:
            self._add_link(item)
            return
        identifier = _identifier(item)
        if kind == "observed-data":
            nested = item.get("objects")
            for part in nested.values() if isinstance(nested, dict) else ():  # STIX 2.0 holds what was observed within
                if isinstance(part, dict):
                    self._add_object(part, text_of(part, "type") or kind)
        elif "created" not in item and "modified" not in item:  # only cyber-observables have neither
            self._add_object(item, kind)
            return
        elif kind == "identity" and text_of(item, "identity_class") == "individual":
            self._add_person(item)
        elif kind == "location":
            self._add_location(item)
        self._state(item, kind, identifier)

    def occurred(self) -> Record | None:
        """From the first to the last time at which anything was seen."""
        return {"start": min(self._times), "end": max(self._times)} if self._times else None

    def links(self) -> list[Record]:
        """Relationships between parts that are both in the record; the others are statements."""
        return [
            {"from_ref": self._refs[source], "to_ref": self._refs[target], "reason": reason}
            for source, target, reason in self._links
            if source in self._refs and target in self._refs
        ]

    def _add_object(self, item: Json, kind: str) -> None:
        ref = f"o{len(self.objects) + 1}"
        hashes = item.get("hashes")
        found = (
            [f"{name} {value}" for name, value in hashes.items() if isinstance(value, str)] if isinstance(hashes, dict) else []
        )
        shown = text_of(item, "display_name")
        description = ", ".join([*([shown] if shown else []), *found]) or None
        identifier = _identifier(item) or (found[0] if found else None)
        self.objects.append({"ref": ref, "type": kind, "identifier": identifier, "description": description})
        self._remember(item, ref)

    def _add_person(self, item: Json) -> None:
        ref, name = f"p{len(self.persons) + 1}", text_of(item, "name")
        person: Record = {"ref": ref, "roles": ["SUBJECT"], "subject_categories": [_UNKNOWN], "assertion": "ASSESSMENT"}
        self.persons.append({**person, "alias": [name] if name else [], "description": text_of(item, "description")})
        self._remember(item, ref)

    def _add_location(self, item: Json) -> None:
        ref = f"l{len(self.locations) + 1}"
        words = [text_of(item, name) for name in ("name", "street_address", "city", "administrative_area", "region", "country")]
        place: Record = {"ref": ref, "role": "OTHER", "text": ", ".join(word for word in words if word) or None}
        place |= {"latitude": _degrees(item, "latitude"), "longitude": _degrees(item, "longitude")}
        self.locations.append({**place, "postcode": text_of(item, "postal_code")})
        self._remember(item, ref)

    def _add_link(self, item: Json) -> None:
        source, target = text_of(item, "source_ref") or "", text_of(item, "target_ref") or ""
        reason = text_of(item, "relationship_type") or "related-to"
        self._links.append((source, target, reason))
        description = text_of(item, "description")
        text = f"{self._name(source)} {reason} {self._name(target)}{f': {description}' if description else ''}"
        self.statements.append({"text": text, "assertion": intelligence_codes().assertions.stix.get(_LINKS)})

    def _name(self, ref: str) -> str:
        item = self.members.get(ref, {})
        return f"{text_of(item, 'type') or 'object'} {text_of(item, 'name') or _identifier(item) or ref}"

    def _state(self, item: Json, kind: str, identifier: str | None) -> None:
        """What the object says in words. A confidence is given in a word, never as a percentage."""
        codes = intelligence_codes()
        seen = text_of(item, "sighting_of_ref")
        name = self._name(seen) if seen is not None else identifier
        words = [text_of(item, field_name) for field_name in ("description", "abstract", "content", "opinion", "pattern")]
        words += [f"alias {alias}" for alias in texts_of(item, "aliases")]
        words += [f"seen {text_of(item, 'count')} times"] if text_of(item, "count") else []
        value = item.get("confidence")
        if isinstance(value, int) and value > 0:
            words.append(f"confidence {codes.confidence[max(least for least in codes.confidence if least <= value)]}")
        text = f"{kind} {name or ''}".strip() + "".join(f"; {word}" for word in words if word)
        if text == kind:
            return
        about = self._refs.get(text_of(item, "id") or "")
        self.statements.append({"text": text, "assertion": codes.assertions.stix.get(kind), "about_ref": about})

    def _remember(self, item: Json, ref: str) -> None:
        identity = text_of(item, "id")
        if identity is not None:
            self._refs[identity] = ref


def _identifier(item: Json) -> str | None:
    return next((value for name in intelligence_codes().stix_identifiers if (value := text_of(item, name))), None)


def _degrees(item: Json, name: str) -> float | None:
    value = item.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
