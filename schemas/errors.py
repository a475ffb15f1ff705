"""Every error the project raises, split by what the caller does next.

    PointDutyError
    ├── Refused       the input is wrong: show the code, mend the input, try again
    ├── NotReady      something outside is away: wait and try again
    ├── Misconfigured the set-up is wrong: a person must change it
    └── LostPosition  an outcome is unknown: throw clients and position away, build new ones

No message carries a payload value: stable code and field path only.
"""

from schemas.codes import Code, describe


class PointDutyError(Exception):
    """The root. `code` is stable (PD-nnn); `field` is a path; neither is ever a value."""

    def __init__(self, code: Code, field: str = "", detail: str = "") -> None:
        self.code, self.field, self.detail = code, field, detail
        meaning = describe(code)
        where = f" at {field}" if field else ""
        extra = f" ({detail})" if detail else ""
        super().__init__(f"{code}{where}: {meaning.title}{extra}. Expected: {meaning.expected}. To mend: {meaning.mend}.")


class Refused(PointDutyError):
    """The input is wrong. Mend it and try again; nothing behind it waits."""


class NotReady(PointDutyError):
    """Something outside (broker, registry, control) is away. Wait and try again; nothing was lost."""


class Misconfigured(PointDutyError):
    """The set-up is wrong. A person must change it; nothing is released until then."""


class LostPosition(PointDutyError):
    """The outcome of a transaction is unknown. Throw producer and position away, build new ones, go on."""
