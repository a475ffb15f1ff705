"""Write what a force has learnt by mending into its dialect file: one more code, every other line as it was. Pure.

The text is changed where the YAML says that the map ends, so that comments and order stay. What comes out is read again
before it is believed.
"""

import json

import yaml

from schemas.codes import Code
from schemas.dialect import Dialect, load_dialect
from schemas.errors import Misconfigured


def add_code(text: str, name: str, code_list: str, local: str, national: str) -> str:
    """The text of the dialect file `name` in which `local` means `national`; the same text where it does already.

    Raises Misconfigured (BAD_SETTING) where the file does not load, before or after; where the code means something else in
    it already; and where it maps nothing itself, because its codes are the national ones.
    """
    before = load_dialect(text, name)
    codes, where = before.codes.get(code_list, {}), f"{name}: codes.{code_list}"
    if isinstance(codes, str):
        raise Misconfigured(Code.BAD_SETTING, where, "this system sends national codes: there is nothing to map")
    if codes.get(local, national) != national:
        raise Misconfigured(Code.BAD_SETTING, where, "the code means something else already")
    if local in codes:
        return text
    made = _insert(text, code_list, f"{json.dumps(local, ensure_ascii=False)}: {json.dumps(national, ensure_ascii=False)}")
    after = load_dialect(made, name)
    if after != _with_code(before, code_list, local, national):
        raise Misconfigured(Code.BAD_SETTING, where, "the file has a form that can't be added to: add the code by hand")
    return made


def _with_code(dialect: Dialect, code_list: str, local: str, national: str) -> Dialect:
    codes = dict(dialect.codes)
    old = codes.get(code_list, {})
    codes[code_list] = {**(old if not isinstance(old, str) else {}), local: national}
    return dialect.model_copy(update={"codes": codes})


def _insert(text: str, code_list: str, entry: str) -> str:
    codes = _child(yaml.compose(text, Loader=yaml.SafeLoader), "codes")
    found = _child(codes, code_list)
    if found is not None:
        return _append(text, found, entry)
    return _append(text, codes, f"{code_list}: {{{entry}}}")


def _child(node: yaml.Node | None, name: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for key, value in pairs if key.value == name), None)


def _append(text: str, node: yaml.Node | None, entry: str) -> str:
    if not isinstance(node, yaml.MappingNode) or (not node.value and not node.flow_style):
        raise Misconfigured(Code.BAD_SETTING, "codes", "expected a map")
    if node.flow_style:
        end = node.end_mark.index - 1  # before the closing brace
        return f"{text[:end].rstrip()}{', ' if node.value else ''}{entry}{text[end:]}"
    first, (_, last) = node.value[0][0], node.value[-1]
    if isinstance(last, yaml.CollectionNode) and not last.flow_style:  # its end mark stands behind what follows it
        return _before_line(text, node, entry, first.start_mark.column)
    end = text.find("\n", last.end_mark.index)
    head, tail = (text, "") if end < 0 else (text[:end], text[end:])
    return f"{head}\n{' ' * first.start_mark.column}{entry}{tail}"


def _before_line(text: str, node: yaml.MappingNode, entry: str, column: int) -> str:
    """In front of the first entry: the end of the last one is not known."""
    start = text.rfind("\n", 0, node.value[0][0].start_mark.index) + 1
    return f"{text[:start]}{' ' * column}{entry}\n{text[start:]}"
