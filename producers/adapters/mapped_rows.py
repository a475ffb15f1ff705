"""Rows of any layout that a dialect declares: which kind a row is, whose, what it is called, and its fields."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from producers.adapters.field_map import Cells, ReadRecord, Sheet, compile_fields, text_reader
from producers.adapters.readings import malformed
from producers.adapters.row_identity import Names, RowRefs
from schemas.dialect_files import KindRule, Layout
from schemas.records import Record

Convert = Callable[[Cells, bytes], tuple[str, Record]]
"""Cells and the raw row to kind and submission. Raises Refused."""


class _Rule(NamedTuple):
    """A compiled `KindRule`: the words that the cells at some places must have."""

    kind: str
    when: tuple[tuple[int, frozenset[str]], ...]
    read: ReadRecord


def make_convert(system: str, layout: Layout, places: dict[str, int], force_names: Collection[str]) -> Convert:
    """The conversion of the rows of one file. `places`: where each column stands; an optional one may be missing."""
    sheet = Sheet(places, system)
    choose, identify = _choose(layout, sheet), _identify(layout, sheet)
    names = Names(force_names, layout.force_name or "")
    name_place = None if layout.force_name is None else places.get(layout.force_name)
    fixed: Record = {"source_system": system} | ({"partial": True} if layout.partial else {})
    trim = layout.trim

    def convert(cells: Cells, raw: bytes) -> tuple[str, Record]:
        if trim:
            cells = [cell.strip() for cell in cells]
        if name_place is not None:
            names.check(cells[name_place])
        rule = choose(cells)
        submission = rule.read(cells)
        envelope = {**fixed, "source_ref": identify(cells, raw)}
        more = submission.get("envelope")
        submission["envelope"] = envelope if more is None else {**more, **envelope}
        return rule.kind, submission

    return convert


def _choose(layout: Layout, sheet: Sheet) -> Callable[[Cells], _Rule]:
    """The first rule that fits. Rules that look at one column are a table, because most layouts have no others."""
    rules = [_compile_rule(layout, rule, sheet) for rule in layout.kinds]
    columns = list(dict.fromkeys(column for rule in layout.kinds for column in rule.when))
    if not rules[0].when:
        return lambda _cells: rules[0]
    if len(columns) == 1 and all(rule.when for rule in rules[:-1]):
        place = sheet.places[columns[0]]
        table = {word: rule for rule in reversed(rules) for _, words in rule.when for word in words}
        other = None if rules[-1].when else rules[-1]

        def look_up(cells: Cells) -> _Rule:
            rule = table.get(cells[place], other)
            if rule is None:
                raise malformed(columns[0])
            return rule

        return look_up

    def choose(cells: Cells) -> _Rule:
        for rule in rules:
            if all(cells[place] in words for place, words in rule.when):
                return rule
        raise malformed("+".join(columns))

    return choose


def _compile_rule(layout: Layout, rule: KindRule, sheet: Sheet) -> _Rule:
    when = tuple((sheet.places[column], frozenset(words)) for column, words in rule.when.items())
    return _Rule(rule.kind, when, compile_fields(rule.kind, layout.fields_of(rule), sheet))


def _identify(layout: Layout, sheet: Sheet) -> Callable[[Cells, bytes], str]:
    """The row's own reference, or one that is made of it."""
    refs = None if layout.row_ref is None else RowRefs(layout.row_ref)
    text = None if layout.source_ref is None else text_reader(layout.source_ref, sheet)
    column = "+".join(layout.source_ref.columns) if layout.source_ref is not None else ""

    def identify(cells: Cells, raw: bytes) -> str:
        own = "" if text is None else text(cells).strip()
        if own:
            return own
        if refs is None:
            raise malformed(column)
        return refs.next_ref(raw)

    return identify
