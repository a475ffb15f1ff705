"""Logs of every process: one line per event on standard error, never an exception's text, which may hold a payload."""

import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog
from structlog.typing import Processor


def configure_logs() -> None:
    """Times in UTC; key and value for people and programs alike. Again in the same process it changes nothing."""
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _StandardError())),
        cache_logger_on_first_use=True,
    )


class _StandardError:
    """Standard error as it is when a line is written: loggers are kept, and what they were made with may be closed by then."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def _keep_only_the_type(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """`log.exception` would print the exception's text, and with it what was being worked on."""
    found = event.pop("exc_info", None)
    failure = sys.exc_info()[1] if found is True else found
    if isinstance(failure, BaseException):
        event["exception"] = type(failure).__name__
    return event


_PROCESSORS: list[Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _keep_only_the_type,
    structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
]
"""One list for the whole process: loggers that are kept have it, whenever they were made."""
