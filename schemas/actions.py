"""What an originator can do with its record, and the reasons it can give: a closed list for each action, with its source.

The reason goes into the ledger and nowhere else. What an agency is told is a plain WITHDRAW.

Sources: DPA is the Data Protection Act 2018, Part 3. Section 48 obliges who rectifies, erases or restricts to tell everybody to
whom it was disclosed, and them to do the same (RECALLED); section 38(5) who learns that what was sent was wrong, or was sent
unlawfully. Seen in a public document: DPA s.37, s.38(3) to (5), that s.46 is rectification and s.47 erasure or restriction, the
records code of 2023, the POLE dictionary. A line that says RECALLED cites something that was not: a default, to be confirmed
by somebody who has the text before them. Nothing here is legal advice.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Action(StrEnum):
    """What the originator does with the record by this version."""

    VERSION = "VERSION"
    """Tells what it is now."""
    CORRECTION = "CORRECTION"
    """Puts right what was wrong."""
    RECALL = "RECALL"
    """Takes it back: it should not have been sent, or not to those to whom it was."""
    RESTRICTION = "RESTRICTION"
    """Stops its use until a question is settled."""
    ERASURE = "ERASURE"
    """Has it erased wherever it is; carries no content."""
    REINSTATEMENT = "REINSTATEMENT"
    """Re-opens what was recalled, restricted or erased. Nothing else does."""
    TEST = "TEST"
    """Tries the way to the agencies. No record: nobody holds it, nobody may take it for real."""


CLOSING = frozenset((Action.RECALL, Action.RESTRICTION, Action.ERASURE))
"""Actions after which nobody may hold the record until it is reinstated."""

ACTIONS = frozenset(str(action) for action in Action)
"""Every action as it is on the wire."""


class Reason(NamedTuple):
    """A reason of one action. `source`: the law or the code of practice behind it."""

    title: str
    source: str


_RECORDS_CODE = "Police Information and Records Management code of practice (2023)"
_INACCURATE = Reason("it is inaccurate", "DPA s.38(1), s.38(5), s.46(1)")  # RECALLED
_COURT = Reason("a court or the Commissioner has ordered it", "DPA s.149, s.167")  # RECALLED
_SUBJECT = Reason("the person whom it is about has asked for it, rightly", "DPA s.46, s.47(4)")  # RECALLED
_UNLAWFUL = Reason("it was sent unlawfully", "DPA s.38(5)")

REASONS: Mapping[Action, Mapping[str, Reason]] = {
    Action.VERSION: {},
    Action.TEST: {},
    Action.CORRECTION: {
        "INACCURATE": _INACCURATE,
        "INCOMPLETE": Reason("it is incomplete", "DPA s.38(4), s.46(2)"),  # RECALLED
        "OUT_OF_DATE": Reason("it is no longer up to date", "DPA s.38(1)(a)"),  # RECALLED
        "RECLASSIFIED": Reason("the offence or the category has been decided anew", "Home Office Counting Rules"),  # RECALLED
        "REGRADED": Reason("the grading has been decided anew", "APP intelligence management; DPA s.38(5)(c)"),
        "WRONG_PERSON": Reason("somebody was taken for another person, or put into a wrong category", "DPA s.38(3)"),
        "SUBJECT_REQUEST": _SUBJECT,
    },
    Action.RECALL: {
        "SENT_UNLAWFULLY": _UNLAWFUL,
        "WRONG_RECIPIENT": Reason("it went to somebody who was not to have it", "DPA s.38(5), s.40"),  # RECALLED
        "INACCURATE": _INACCURATE,
        "DUPLICATE": Reason("another record tells the same", "DPA s.37, POLE data standards dictionary"),
        "CANCELLED": Reason(
            "the record was cancelled: no crime, or created in error", "Home Office Counting Rules"
        ),  # RECALLED
        "CONSENT_WITHDRAWN": Reason(
            "who had agreed to the referral no longer does", "Victims' Code; UK GDPR art. 7(3)"
        ),  # RECALLED
        "RISK_TO_LIFE": Reason("its being known puts somebody at risk", "Human Rights Act 1998, art. 2"),  # RECALLED
        "COURT_ORDER": _COURT,
    },
    Action.RESTRICTION: {
        "ACCURACY_CONTESTED": Reason("its accuracy is contested and can't be ascertained", "DPA s.47(3)"),  # RECALLED
        "NEEDED_AS_EVIDENCE": Reason("it would be erased, but must be kept as evidence", "DPA s.47(2)"),  # RECALLED
        "SUBJECT_REQUEST": _SUBJECT,
        "UNDER_REVIEW": Reason("its retention is under review", _RECORDS_CODE),
        "COURT_ORDER": _COURT,
    },
    Action.ERASURE: {
        "UNLAWFUL_PROCESSING": Reason("keeping it would infringe a data protection principle", "DPA s.47(1)(a)"),  # RECALLED
        "LEGAL_OBLIGATION": Reason("a legal obligation requires that it is erased", "DPA s.47(1)(b)"),  # RECALLED
        "RETENTION_ENDED": Reason("its review has ended its retention", f"DPA s.39; {_RECORDS_CODE}"),  # RECALLED
        "SENT_UNLAWFULLY": _UNLAWFUL,
        "SUBJECT_REQUEST": _SUBJECT,
        "COURT_ORDER": _COURT,
    },
    Action.REINSTATEMENT: {
        "CLOSED_IN_ERROR": Reason("it was recalled, restricted or erased in error", "DPA s.38(1)"),  # RECALLED
        "CORRECTED": Reason("what was wrong has been put right", "DPA s.46(1)"),  # RECALLED
        "ACCURACY_CONFIRMED": Reason("its accuracy has been ascertained: the restriction is lifted", "DPA s.47(3)"),  # RECALLED
        "REVIEW_ENDED": Reason("its review has decided that it is kept", _RECORDS_CODE),
        "COURT_ORDER": _COURT,
    },
}
"""By action and code. A version and a test have no reason."""


def is_reason(action: str, reason: str | None) -> bool:
    """Whether `reason` may be given for `action`. None may always be: a recall is not to wait for its reason."""
    return reason is None or (action in ACTIONS and reason in REASONS[Action(action)])
