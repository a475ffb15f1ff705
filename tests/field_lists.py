"""Random field lists for properties: any field that may be named, any obligation that fits it."""

from typing import Any

from hypothesis import strategies as st

from stream_processors.agreements import Obligation
from stream_processors.field_paths import CHOICES, parse_path
from stream_processors.field_types import known_fields, standard_type
from stream_processors.obligations import treat

OBLIGATIONS: list[Any] = [
    "keep",
    "drop",
    "pseudonymise",
    *({"mask_keep_last": last} for last in (0, 2, 4)),
    *({"decimals": places} for places in (0, 3)),
    *({"generalise": to} for to in ("year", "month", "day", "hour", "age-band", "outward", "sector", "area", "square-1km")),
]


def _fits(path: str, obligation: Any) -> bool:
    at = parse_path(path)
    try:
        treat(at, standard_type(at), Obligation.model_validate(obligation))
    except ValueError:
        return False
    return True


FITTING: dict[str, list[Any]] = {path: [each for each in OBLIGATIONS if _fits(path, each)] for path in known_fields()}
"""Field to the obligations that fit it."""


@st.composite
def field_lists(draw: st.DrawFn, kind: str = "crime", most: int = 12) -> dict[str, Any]:
    """A field list of records of a kind, some of its lines for some roles only."""
    parts = (f"{kind}.", "envelope.", "occurred.", "retention.", "grading.", "persons", "locations", "objects", "statements")
    paths = [path for path in FITTING if path.startswith(parts) or path == "markers"]
    chosen = draw(st.lists(st.sampled_from(paths), min_size=1, max_size=most, unique=True))
    fields = {}
    for path in chosen:
        text = path
        if "[*]" in path and draw(st.booleans()):
            text = path.replace("*", draw(st.sampled_from(sorted(CHOICES[path.partition("[")[0]]))))
        fields[text] = draw(st.sampled_from(FITTING[path]))
    inner = [path for path in fields if any(path.startswith(f"{other}.") for other in fields)]
    return {path: how for path, how in fields.items() if path not in inner}
