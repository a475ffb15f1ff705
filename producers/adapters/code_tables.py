"""The code tables that adapters read by: data files beside this module, checked when they are loaded."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

Verdict = Literal["CONVICTED", "CLEARED"]
Assertion = Literal["FACT", "ASSESSMENT"]
Action = Literal["A1", "A2", "A3"]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CourtCodes(_Table):
    """Codes of court result messages. `court_codes.yaml` says what each table means and where it is from."""

    verdicts: Mapping[str, Verdict]
    custody_status: Mapping[str, str]
    ends_before: tuple[str, ...]
    legacy_force_codes: Mapping[str, str]
    shared_asns: tuple[str, ...]


class Handling(_Table):
    """What one TLP word means: the marking, and the codes of the 3x5x2 grading."""

    sensitive: bool
    handling_instruction: str | None
    handling: Literal["P", "C"]
    action: Action | None
    sanitisation: Literal["S1", "S2"]


class Assertions(_Table):
    """FACT or ASSESSMENT by STIX object type and by MISP category."""

    stix: Mapping[str, Assertion]
    misp: Mapping[str, Assertion]


class IntelligenceCodes(_Table):
    """Codes of threat intelligence. `tlp` stands from the most restrictive to the least; see `intelligence_codes.yaml`."""

    tlp: Mapping[str, Handling]
    releasable: tuple[str, ...]
    pap: Mapping[str, Action]
    admiralty_source: Mapping[str, Literal["1", "2", "3"]]
    admiralty_assessment: Mapping[str, Literal["A", "B", "C", "D", "E"]]
    distribution: Mapping[str, str]
    stix_markings: Mapping[str, str]
    assertions: Assertions
    confidence: Mapping[int, str]
    stix_identifiers: tuple[str, ...]
    misp_statements: tuple[str, ...]
    misp_person: Mapping[str, str]


@cache
def court_codes() -> CourtCodes:
    """The tables of court result messages."""
    return CourtCodes.model_validate(_load("court_codes.yaml"))


@cache
def intelligence_codes() -> IntelligenceCodes:
    """The tables of MISP and STIX."""
    return IntelligenceCodes.model_validate(_load("intelligence_codes.yaml"))


def _load(name: str) -> object:
    return yaml.safe_load((files("producers.adapters") / name).read_text("utf-8"))
