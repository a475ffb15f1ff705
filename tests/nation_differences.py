"""Classes of differences between the truth of a simulated nation and the hub's agreements: what, why, and whose it is to mend.

The truth is a reading of the catalogue of partner kinds and of the law; the agreements are a first version of six of them.
"""

from collections.abc import Callable
from typing import NamedTuple

from nation_judge import NARROWER, WIDER, events_of
from nation_scenario import CONCERNED, Scenario

ENGINE, READING = "engine", "reading"
"""The side to be mended: an agreement or a prohibition of the hub, or the reading that the truth is written from."""
_SUSPECTED = ("SUSPECT", "OFFENDER")
_TELLING = ("PERSON_REPORTING", "WITNESS")
_TEXTS = ("incident.summary", "crime.modus_operandi", "intelligence.sanitised_text", "persons.description")


class Class(NamedTuple):
    """A class of differences: what is so of all of them, why, and which side is to be mended."""

    name: str
    side: str
    mend: str
    why: str
    holds: Callable[[Scenario], bool]
    is_rare: bool = False
    """So few that a small nation may have none."""


def classify(scenario: Scenario, classes: tuple[Class, ...], side: str) -> str:
    """Name of the first class that holds; empty: none does."""
    return next((each.name for each in classes if each.side == side and each.holds(scenario)), "")


DIFFERENCES = (
    Class(
        "not-in-the-row", WIDER, ENGINE,
        "the agreement takes every incident, the row of its partner kind only some sub-types",
        lambda s: s.event not in events_of(s.kind),
    ),
    Class(
        "custody-not-taken", NARROWER, ENGINE,
        "the row takes custody records, the agreement does not list the kind",
        lambda s: s.event == "custody" and s.kind in ("probation", "yjs"),
    ),
    Class(
        "covert-use", NARROWER, READING,
        "the agreement withholds A2, for probation makes no covert use of anything; its row takes C with its codes honoured",
        lambda s: s.kind == "probation" and (s.case.record["grading"] or {}).get("action") == "A2",
    ),
    Class(
        "refuge-withheld", NARROWER, READING,
        "the agreement withholds the whole record; the reading gives it without its place, and without a name anyway",
        lambda s: s.kind == "violence-reduction" and s.is_sheltered,
        is_rare=True,
    ),
    Class(
        "protected-before", WIDER, ENGINE,
        "a protected person was part of an earlier version; the agreement asks for the marker of this one, and nothing latches",
        lambda s: "protected" in s.case.row.latched,
        is_rare=True,
    ),
    Class(
        "age-unknown", WIDER, READING,
        "the time can't be read, so the reading knows nobody to be a child; the force says that there is one to care for",
        lambda s: s.kind == "la-children-mash" and s.hides == "time" and any(
            "child" in person["markers"] and set(person["roles"]).isdisjoint((*_SUSPECTED, *_TELLING))
            for person in s.case.record["persons"]
        ),
        is_rare=True,
    ),
    Class(
        "youth-unknown", WIDER, ENGINE,
        "the time can't be read, so nobody is known to be ten to seventeen; the agreement asks for a marker",
        lambda s: s.kind == "yjs" and s.hides == "time",
        is_rare=True,
    ),
    Class(
        "supervised-in-another-role", WIDER, ENGINE,
        "the agreement asks for a marker anywhere; the supervised person is a victim, a witness or a caller",
        lambda s: s.kind == "probation" and not any(s.is_supervised(part) for part in s.case.row.parts[s.hides == "role" :]),
    ),
    Class(
        "child-not-to-care-for", WIDER, ENGINE,
        "the marker `child` is the suspect's, who is the youth justice service's, or of a child who only rang up or saw it",
        lambda s: s.kind == "la-children-mash" and not any(
            s.is_child(part) and part.role not in (*_SUSPECTED, *_TELLING) for part in s.case.row.parts[s.hides == "role" :]
        ),
    ),
    Class(
        "child-in-another-role", WIDER, ENGINE,
        "the agreement asks for a child and for a suspect; here the child is not the suspect",
        lambda s: s.kind == "yjs"
        and not any(s.is_youth(part) and part.role in CONCERNED for part in s.case.row.parts[s.hides == "role" :]),
    ),
    Class(
        "violent-by-category", WIDER, ENGINE,
        "the agreement takes whole public categories of crime, the row serious violence as marked",
        lambda s: s.kind == "violence-reduction" and "serious-violence" not in s.case.row.markers,
    ),
)  # fmt: skip
"""Who holds a version. In this order: the first class that holds is it."""

LEAKS = (
    Class(
        "refuge", WIDER, ENGINE,
        "there is no prohibition on refuges and safe addresses yet: place, text, school and workplace leave",
        lambda s: s.is_sheltered
        and (s.field.startswith(("locations.", *_TEXTS)) or s.field in ("persons.school", "persons.workplace")),
        is_rare=True,
    ),
    Class(
        "summary", WIDER, ENGINE,
        "the agreement keeps the summary, which names callers, suspects, relatives and plates; the row masks third parties",
        lambda s: s.kind == "la-children-mash" and s.field == "incident.summary",
    ),
    Class(
        "child-suspect", WIDER, ENGINE,
        "there is no prohibition on child suspects yet: their names leave to others than youth justice and prosecution",
        lambda s: s.kind != "yjs" and any(part in s.child_suspects for part in s.leaked),
    ),
    Class(
        "text-beside-child-suspect", WIDER, ENGINE,
        "a text that may name a child suspect leaves",
        lambda s: s.kind != "yjs" and s.field in _TEXTS and s.has_child_suspect,
        is_rare=True,
    ),
    Class(
        "things-beside-child-suspect", WIDER, ENGINE,
        "plate and telephone beside a child suspect lead to the child",
        lambda s: s.kind != "yjs" and s.field.startswith("objects.") and s.has_child_suspect,
    ),
    Class(
        "home-of-child-suspect", WIDER, ENGINE,
        "where it happened is where a child suspect lives",
        lambda s: s.kind != "yjs" and s.field.startswith("locations.") and "childs-home" in s.case.row.latched,
        is_rare=True,
    ),
    Class(
        "text-of-others", WIDER, ENGINE,
        "the agreement keeps the sanitised text, which names homes, plates and people that are not the supervised person's",
        lambda s: s.kind == "probation" and s.field == "intelligence.sanitised_text",
    ),
    Class(
        "source-in-another-part", WIDER, READING,
        "somebody who is a source by night is a witness here; the record can't say so, or it would tell who the source is",
        lambda s: "source" in s.case.row.latched and (s.field in _TEXTS or any(s.is_source(part) for part in s.leaked)),
        is_rare=True,
    ),
    Class(
        "text-of-a-person-without-role", WIDER, ENGINE,
        "a text leaves that may name somebody whose role is not known",
        lambda s: s.hides == "role" and s.field in _TEXTS,
        is_rare=True,
    ),
    Class(
        "other-suspects", WIDER, ENGINE,
        "the field list gives all suspects and subjects, the row its own: who is supervised, who is ten to seventeen",
        lambda s: any(part.role in CONCERNED for part in s.leaked) and (
            (s.kind == "probation" and not any(s.is_supervised(part) for part in s.leaked))
            or (s.kind == "yjs" and not any(s.is_youth(part) for part in s.leaked))
        ),
    ),
    Class(
        "offence-missing", WIDER, READING,
        "no offence, and a public category that no sexual offence has: known not to be one to the hub, unknown to the reading",
        lambda s: s.was_unreadable and not s.is_sexual and (s.case.record.get("crime") or {}).get("sexual_offence") == "N",
        is_rare=True,
    ),
    Class(
        "others-of-a-sexual-offence", WIDER, ENGINE,
        "the prohibition takes the victim's fields away; who called or saw it, and things, may tell who the victim is",
        lambda s: (s.is_sexual or s.was_unreadable) and not any(part.role in (*CONCERNED, "VICTIM") for part in s.leaked),
        is_rare=True,
    ),
    Class(
        "role-unknown", WIDER, ENGINE,
        "fields of all persons leave, also of somebody whose role is not known",
        lambda s: s.hides == "role" and s.case.row.parts[0] in s.leaked,
        is_rare=True,
    ),
    Class(
        "adult-beside-a-child", WIDER, ENGINE,
        "the field list gives whoever is missing or a victim, the row the child and the child's household",
        lambda s: s.kind == "la-children-mash" and any(s.is_adult(part) for part in s.leaked),
        is_rare=True,
    ),
    Class(
        "age-unknown", WIDER, READING,
        "the time can't be read, so the reading knows nobody to be a child; the force says that this is one to care for",
        lambda s: s.kind == "la-children-mash" and s.hides == "time",
        is_rare=True,
    ),
)  # fmt: skip
"""What a version that may be held tells beyond what it may. In this order: the first class that holds is it."""
