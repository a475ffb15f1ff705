"""Rules that were learnt by mending, into a dialect file."""

from collections.abc import Iterable
from pathlib import Path

from deploy.output import note
from producers.dialect_rules import add_code
from producers.mending import Rule
from schemas.codes import Code
from schemas.dialect_fields import code_list_of
from schemas.errors import Misconfigured


def save_rules(path: Path, rules: Iterable[Rule]) -> None:
    """Write each rule about a coded field into the file, which is replaced whole or not at all.

    Raises Misconfigured (BAD_SETTING): the file can't be read or does not load, or a code means something else in it.
    """
    try:
        before = text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(Code.BAD_SETTING, path.name, "the file can't be read") from None
    for rule in rules:
        code_list = code_list_of(rule.field)
        if code_list is None:
            note(f"not for a dialect, because it has no code list: {rule.field}")
        else:
            text = add_code(text, path.name, code_list, rule.found, rule.means)
    if text != before:
        made = path.with_name(f".{path.name}.new")
        made.write_text(text, encoding="utf-8")
        made.replace(path)  # a crash before this leaves the old file
