"""The kinds of record and what each is called on the wire."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind: its name, its Avro record name and the field that holds what happened."""

    name: str
    record: str
    detail: str

    @property
    def submission(self) -> str:
        """Full name of the submission record."""
        return f"uk.pointduty.submission.{self.record}"

    @property
    def standard(self) -> str:
        """Full name of the standard record."""
        return f"uk.pointduty.standard.{self.record}"


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("crime", "Crime", "crime"),
        Kind("incident", "Incident", "incident"),
        Kind("stop-search", "StopSearch", "stop_search"),
        Kind("custody", "Custody", "custody"),
        Kind("intelligence", "Intelligence", "intelligence"),
    )
}
"""Every kind by name."""

KIND_OF_SUBMISSION: dict[str, Kind] = {kind.submission: kind for kind in KINDS.values()}
"""Kind by the full name of its submission record."""

KIND_OF_STANDARD: dict[str, Kind] = {kind.standard: kind for kind in KINDS.values()}
"""Kind by the full name of its standard record."""
