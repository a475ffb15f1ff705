"""The lives of records: which state may follow which, how likely, and how soon. Pure, and nothing but tables.

A life ends where no step leads on, or where the step to END is drawn. `turns` says what a state does to the scene.
"""

import random
from collections.abc import Callable, Mapping
from typing import NamedTuple

from deploy.nation.scene import Scene

BORN = ""
"""Before the first version."""
END = "END"
"""No further version."""


class Step(NamedTuple):
    """A step to another state. `needs`: a name of NEEDS; empty: always possible."""

    state: str
    weight: float
    soonest: float = 0.0
    """Minutes."""
    latest: float = 0.0
    """Minutes. Most steps come soon: the delay is drawn by a cube."""
    needs: str = ""


_RECALLED = (Step("REINSTATED", 45, 20, 600), Step(END, 55))
_AFTERWARDS = (
    Step("CORRECTED", 1.4, 20, 1800), Step("RECALLED", 0.7, 15, 1440), Step("RESTRICTED", 0.4, 20, 2000),
    Step("ERASED", 0.3, 30, 2800), Step("MERGED", 0.8, 10, 900),
)  # fmt: skip
"""What may still happen to a record that seemed settled."""
_SETTLED = (*_AFTERWARDS, Step(END, 96.4))
_LAST: Mapping[str, tuple[Step, ...]] = {
    "CORRECTED": (Step(END, 100),),
    "RECALLED": _RECALLED,
    "RESTRICTED": (Step("REINSTATED", 50, 30, 1200), Step(END, 50)),
    "REINSTATED": (Step(END, 100),),
    "ERASED": (),
    "MERGED": (),
    "CANCELLED": (),
}

TRANSITIONS: Mapping[str, Mapping[str, tuple[Step, ...]]] = {
    "log": {
        BORN: (Step("CREATED", 100),),
        "CREATED": (
            Step("ASSESSED", 62, 1.2, 12), Step("ATTENDED", 18, 4, 60), Step("CANCELLED", 4, 2, 40), Step("CLOSED", 16, 5, 200),
        ),
        "ASSESSED": (Step("ATTENDED", 74, 4, 100), Step("CLOSED", 21, 10, 400), Step("CANCELLED", 5, 3, 60)),
        "ATTENDED": (Step("CLOSED", 86, 8, 240), Step("RECLASSIFIED", 8, 5, 90), Step("ESCALATED", 6, 4, 60)),
        "RECLASSIFIED": (Step("CLOSED", 100, 5, 240),),
        "ESCALATED": (Step("CLOSED", 100, 15, 600),),
        "CLOSED": _SETTLED,
        **_LAST,
    },
    "crime-log": {
        BORN: (Step("CREATED", 100),),
        "CREATED": (Step("ASSESSED", 70, 1.2, 12), Step("ATTENDED", 30, 4, 60)),
        "ASSESSED": (Step("ATTENDED", 80, 4, 100), Step("CRIMED", 20, 10, 200)),
        "ATTENDED": (Step("CRIMED", 100, 8, 120),),
        "CRIMED": (Step("CLOSED", 100, 5, 200),),
        "CLOSED": _SETTLED,
        **_LAST,
    },
    "missing": {
        BORN: (Step("CREATED", 100),),
        "CREATED": (Step("ASSESSED", 85, 1.2, 20), Step("FOUND", 15, 10, 120)),
        "ASSESSED": (Step("ESCALATED", 25, 5, 120), Step("FOUND", 75, 20, 1440)),
        "ESCALATED": (Step("FOUND", 100, 20, 2000),),
        "FOUND": (Step("CLOSED", 100, 10, 400),),
        "CLOSED": _SETTLED,
        **_LAST,
    },
    "crime": {
        BORN: (Step("RECORDED", 100),),
        "RECORDED": (
            Step("INVESTIGATED", 46, 5, 900), Step("SUSPECT_NAMED", 18, 5, 1200), Step("FILED", 28, 15, 2400),
            Step("ARRESTED", 5.5, 5, 300), Step("CANCELLED", 2, 20, 1000),
        ),
        "INVESTIGATED": (
            Step("SUSPECT_NAMED", 20, 10, 2000), Step("FILED", 56, 30, 4000), Step("CONSENT_GIVEN", 7, 10, 600, "victim"),
            Step("RECLASSIFIED", 4, 20, 900), Step("RECLASSIFIED_SEXUAL", 4, 10, 600, "assault"), *_AFTERWARDS,
        ),
        "SUSPECT_NAMED": (
            Step("ARRESTED", 15, 10, 2000), Step("FILED", 61, 60, 4000), Step("CHARGED", 12, 120, 4300),
            Step("RECLASSIFIED_SEXUAL", 3, 10, 600, "assault"), Step("CONSENT_GIVEN", 6, 10, 900, "victim"), *_AFTERWARDS,
        ),
        "ARRESTED": (Step("CHARGED", 45, 120, 2800), Step("FILED", 55, 240, 4300)),
        "CHARGED": (Step("IN_COURT", 35, 600, 4300), Step(END, 65)),
        "IN_COURT": (Step(END, 100),),
        "CONSENT_GIVEN": (Step("CONSENT_WITHDRAWN", 40, 15, 1500), Step("FILED", 60, 60, 4000)),
        "CONSENT_WITHDRAWN": (Step("FILED", 50, 60, 4000), Step(END, 50)),
        "RECLASSIFIED": (Step("FILED", 60, 60, 4000), Step(END, 40)),
        "RECLASSIFIED_SEXUAL": (
            Step("RECLASSIFIED_BACK", 45, 10, 1200), Step("ARRESTED", 25, 10, 900), Step("FILED", 30, 120, 4300),
        ),
        "RECLASSIFIED_BACK": (Step("FILED", 60, 60, 4000), Step(END, 40)),
        "FILED": _SETTLED,
        **_LAST,
    },
    "custody": {
        BORN: (Step("ARRESTED", 100),),
        "ARRESTED": (Step("DETAINED", 97, 5, 60), Step("RELEASED", 3, 10, 60)),
        "DETAINED": (Step("CHARGED", 36, 60, 1300), Step("BAILED", 34, 60, 1300), Step("RELEASED", 30, 40, 1300)),
        "BAILED": (Step("CHARGED", 25, 1440, 4300), Step("RELEASED", 25, 1440, 4300), Step(END, 50)),
        "CHARGED": _SETTLED,
        "RELEASED": _SETTLED,
        **_LAST,
    },
    "search": {
        BORN: (Step("RECORDED", 100),),
        "RECORDED": (
            Step("CORRECTED", 2, 20, 1400), Step("RECALLED", 0.5, 10, 1400), Step("ERASED", 0.5, 10, 1400), Step(END, 97),
        ),
        **_LAST,
    },
    "report": {
        BORN: (Step("SUBMITTED", 100),),
        "SUBMITTED": (Step("SANITISED", 60, 5, 300), Step("REGRADED", 6, 5, 600), *_AFTERWARDS, Step(END, 30)),
        "SANITISED": (Step("REGRADED", 9, 10, 1400), *_AFTERWARDS, Step(END, 87)),
        "REGRADED": (Step("RECALLED", 5, 10, 600), Step("RESTRICTED", 5, 10, 600), Step(END, 90)),
        **_LAST,
    },
}  # fmt: skip
"""Of each life: from state to the steps that may follow. Weights are relative to each other."""

KIND_OF_LIFE: Mapping[str, str] = {
    "log": "incident",
    "crime-log": "incident",
    "missing": "incident",
    "crime": "crime",
    "custody": "custody",
    "search": "stop-search",
    "report": "intelligence",
}
"""The kind of record that a life is told by."""

_ASSAULTS = frozenset(("105A", "8N", "8L", "8Q", "8U", "3B"))

NEEDS: Mapping[str, Callable[[Scene], bool]] = {
    "victim": lambda scene: any(part.role == "VICTIM" for part in scene.parts),
    "assault": lambda scene: scene.offence in _ASSAULTS and not scene.is_sexual_ever,
}
"""What must be so for a step."""

_CERTAIN = {name: {at: len(steps) == 1 for at, steps in table.items()} for name, table in TRANSITIONS.items()}
_TOTALS = {name: {at: sum(step.weight for step in steps) for at, steps in table.items()} for name, table in TRANSITIONS.items()}


def choose_step(life: str, scene: Scene, chance: random.Random) -> Step | None:
    """The step that follows the scene's state, or None: the life is over."""
    steps = TRANSITIONS[life][scene.state]
    if not steps:
        return None
    drawn = chance.random() * _TOTALS[life][scene.state]
    chosen = steps[0]
    if not _CERTAIN[life][scene.state]:
        for chosen in steps:
            drawn -= chosen.weight
            if drawn < 0:
                break
    if chosen.state == END:
        return None
    if chosen.needs and not NEEDS[chosen.needs](scene):
        return steps[0]  # the commonest step needs nothing: a test holds this
    return chosen


def delay_ms(step: Step, chance: random.Random) -> int:
    """How long until the step is taken: soonest to latest, most of them soon."""
    drawn = chance.random()
    return int((step.soonest + (step.latest - step.soonest) * drawn * drawn * drawn) * 60_000)
