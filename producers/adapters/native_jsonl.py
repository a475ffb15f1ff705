"""Native JSON lines: `{"kind": "crime", "submission": {...}}` a line, with the fields of the submission schema."""

from collections.abc import Collection, Iterator
from typing import BinaryIO

import orjson

from producers.adapters.lines import read_lines
from producers.row import Row, refuse
from schemas.codes import Code
from schemas.kinds import KINDS

_BOM = b"\xef\xbb\xbf"


def read_native(file: BinaryIO, _force_names: Collection[str]) -> Iterator[Row]:
    """One row for each line that is not blank. Whether it fits the schema is seen at the door, with the field's path.

    Refusals: EMPTY_FILE, LINE_TOO_LONG, WRONG_ENCODING, ROW_MALFORMED (no JSON), NOT_A_SUBMISSION.
    """
    is_empty = True
    for line in read_lines(file):
        content = line.content
        if content is not None and line.number == 1:
            content = content.removeprefix(_BOM)
        if content is None or content.strip():
            is_empty = False
            yield _read_row(line.number, content)
    if is_empty:
        yield refuse(0, Code.EMPTY_FILE)


def _read_row(number: int, content: bytes | None) -> Row:
    if content is None:
        return refuse(number, Code.LINE_TOO_LONG)
    try:
        return _read_value(number, orjson.loads(content.decode()))
    except UnicodeDecodeError:
        return refuse(number, Code.WRONG_ENCODING)
    except orjson.JSONDecodeError:
        return refuse(number, Code.ROW_MALFORMED)


def _read_value(number: int, value: object) -> Row:
    if type(value) is not dict or value.keys() != {"kind", "submission"}:
        return refuse(number, Code.NOT_A_SUBMISSION)
    kind, submission = value["kind"], value["submission"]
    if type(kind) is not str or kind not in KINDS:
        return refuse(number, Code.NOT_A_SUBMISSION, "kind")
    if type(submission) is not dict:
        return refuse(number, Code.NOT_A_SUBMISSION, "submission")
    return Row(number, kind, submission)
