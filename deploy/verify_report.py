"""What `pointduty subscribe --verify` shows."""

from collections.abc import Sequence
from dataclasses import asdict

from consumers.verifying import LaneRange
from deploy.output import note, print_json, print_table
from deploy.verify_run import Verified

_SHOWN = 10
"""Ranges in a line; all of them are in the JSON."""


def show_verified(found: Verified, agency: str, as_json: bool) -> None:
    """As a table, or as one JSON object."""
    if as_json:
        print_json({"agency": agency, "days": [asdict(each) for each in found.days], "unlisted": found.unlisted})
    elif found.days:
        rows = [(e.feed, e.day, str(e.verdict), e.sent, e.kept, _numbers(e.missing, e.missing_recalls)) for e in found.days]
        columns = ("feed", "day", "verdict", "signed", "kept", "missing: lane:numbers, or ids of recalls")
        print_table("What the hub has signed, and what was read", columns, rows)
    for feed, ranges in found.unlisted.items():
        note(f"{feed}: in no manifest, lane:numbers {_numbers(ranges)}")
    if not found.days:
        note("the hub has signed nothing of what was asked for")


def _numbers(ranges: Sequence[LaneRange], ids: Sequence[str] = ()) -> str:
    texts = [f"{lane}:{first}" if first == last else f"{lane}:{first}-{last}" for lane, first, last in ranges]
    texts += ids
    return ", ".join(texts[:_SHOWN]) + (f", and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else "")
