"""Kinds of agency without a live feed, and why: each kind of the catalogue has an agreement or a file here, never both. Pure.

Absence denies either way; the file says that it is meant, and what would have to be there first.
"""

from collections.abc import Collection, Iterator, Mapping
from importlib.resources import files
from typing import NamedTuple

import yaml
from pydantic import Field, ValidationError

from schemas import reference
from stream_processors.clauses import Strict


class WithoutFeed(Strict):
    """One kind of agency without a live feed."""

    partner_kind: str
    reason: str = Field(min_length=20, description="the law or the row that stands against a live feed")
    needs: str = Field(min_length=20, description="what would have to be there first")


class Read(NamedTuple):
    """What the files say, and what is wrong with them."""

    kinds: Mapping[str, WithoutFeed]
    faults: tuple[str, ...]
    """File or kind, and what was expected."""


def shipped_without_feed() -> dict[str, bytes]:
    """File name to content."""
    folder = files("stream_processors") / "rules" / "without-feed"
    return {item.name: item.read_bytes() for item in folder.iterdir() if item.name.endswith(".yaml")}


def read_without_feed(parts: Mapping[str, bytes], with_agreement: Collection[str]) -> Read:
    """The files, held against the kinds that have an agreement: every kind of the catalogue has exactly one of the two."""
    found: dict[str, WithoutFeed] = {}
    faults: list[str] = []
    for name, content in sorted(parts.items()):
        try:
            read = WithoutFeed.model_validate(yaml.safe_load(content))
        except (ValidationError, yaml.YAMLError):
            faults.append(f"{name}: expected partner_kind, reason and needs, and nothing else")
            continue
        if name != f"{read.partner_kind}.yaml":
            faults.append(f"{name}: expected the name of its partner_kind")
        found[read.partner_kind] = read
    return Read(found, (*faults, *_against(found, with_agreement)))


def _against(found: Collection[str], with_agreement: Collection[str]) -> Iterator[str]:
    for kind in sorted(reference.partner_kinds()):
        if kind in found and kind in with_agreement:
            yield f"{kind}: expected an agreement or a file in without-feed, not both"
        if kind not in found and kind not in with_agreement:
            yield f"{kind}: expected an agreement, or a file in without-feed that says why there is none"
    yield from (f"{kind}: expected a kind of the catalogue" for kind in sorted(set(found) - set(reference.partner_kinds())))
