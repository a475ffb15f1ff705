"""Statements of a record, each a fact or an assessment (DPA 2018 s.38(2)). None names anybody: they say who by a ref."""

from deploy.nation.scene import Scene
from schemas.records import Record

_FACTS = (
    "Seen by an officer, and noted at the time.",
    "Told by the person concerned, and written down word for word.",
    "Shown by a recording that has been kept.",
    "Found in a register that was looked up on the day.",
)
_ASSESSMENTS = (
    "It is likely that this will happen again.",
    "The risk of harm is thought to be medium.",
    "The risk of harm is thought to be high until somebody has called.",
    "What is known does not tell whether others were part of it.",
)
_ONE_IN = 8
"""Of so many records of any other sort, one has statements."""
_OTHERS = frozenset(("crime", "custody"))
"""Other kinds that may have some."""


def render_statements(scene: Scene) -> list[Record]:
    """One to three of intelligence and safeguarding, now and then of a crime or an arrest; none where nobody is left to be told
    of.
    """
    number = scene.number
    is_told = scene.kind == "intelligence" or scene.sub_type == "safeguarding"
    if not scene.parts or not (is_told or (scene.kind in _OTHERS and number % _ONE_IN == 0)):
        return []
    told = [_state(_FACTS[number % 4], "FACT", "l1"), _state(_ASSESSMENTS[number // 4 % 4], "ASSESSMENT", "p1")]
    if number % 3 == 0:
        told.append(_state(_FACTS[(number + 1) % 4], "FACT", f"p{len(scene.parts)}"))
    return told[number % 2 :]


def _state(text: str, assertion: str, about: str) -> Record:
    return {"text": text, "assertion": assertion, "about_ref": about}
