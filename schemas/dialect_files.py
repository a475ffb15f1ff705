"""How the files of a force system are read, as its dialect declares it: layouts, and the reading of each field."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

OUTSIDE = "/"
"""Begins the name of a column that stands around the record: in the document, or in its JSON line (`/seen_at`)."""

_COLUMN = re.compile(r"\{([^{}]*)\}")


def _from_text(value: Any) -> Any:
    """`Location` alone means: the text of that column."""
    return {"column": value} if isinstance(value, str) else value


class Reading(BaseModel):
    """Where one field comes from, and how it is read. Exactly one of `column`, `template` and `constant`.

    An empty cell is no value: the field stays away, unless it is `required`, which refuses the row.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str | None = None
    template: str | None = None
    """Text with column names in braces, `{date} {time}`; blanks at its ends go, and it is empty where all of them are."""
    constant: bool | int | float | str | tuple[str, ...] | None = None
    read: Literal["text", "number", "integer", "boolean", "month", "list"] = "text"
    """`month` is YYYY-MM; `list` splits at `split`."""
    true_words: tuple[str, ...] = ("True", "true")
    false_words: tuple[str, ...] = ("False", "false")
    """Of a boolean. Exchanged, they turn its meaning round."""
    words: Mapping[str, str] | None = None
    """What each word becomes; a word that is not here refuses the row."""
    split: Annotated[str, Field(min_length=1)] | None = None
    part: Annotated[int, Field(ge=0)] | None = None
    """Which part of the split text, from 0; none there: no value."""
    scheme: str | None = None
    """Of a code: which list it is from. The source system where nothing is said."""
    empty_words: tuple[str, ...] = ()
    """What the column says where it says nothing, such as `NA` or `No Location`."""
    required: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        if self.template is not None:
            return tuple(_COLUMN.findall(self.template))
        return () if self.column is None else (self.column,)


Field_ = Annotated[Reading, BeforeValidator(_from_text)]


class KindRule(BaseModel):
    """What a row is: the first rule that fits. `when`: each column has one of its words; none: every row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    when: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    fields: Mapping[str, Field_] = Field(default_factory=dict)
    """The fields of this kind alone."""


class Layout(BaseModel):
    """One form of file. Field paths are those of the submission schema; a list item is there when a column of it is filled."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["csv", "tsv", "json", "jsonl"]
    file_name: str
    """Regular expression of the file's name without a `.gz`; its group `force`, if it has one, tells the force."""
    columns: tuple[str, ...] = ()
    """The header of a table, in any order; another column is refused, because an export that changed may mean other things."""
    optional_columns: tuple[str, ...] = ()
    records: str = ""
    """Where the list of records (or the one record) lies in a JSON document or line, as names joined by dots."""
    force_name: str | None = None
    """The column that names the force: a row of another force is refused."""
    trim: bool = False
    """Blanks around a cell go."""
    source_ref: Field_ | None = None
    row_ref: str | None = None
    """A row without a reference gets this word, the hash of the row and its ordinal among equal rows of the file."""
    partial: bool = False
    """Rows are patches: they change the fields that they have, and no others."""
    fields: Mapping[str, Field_] = Field(default_factory=dict)
    kinds: Annotated[tuple[KindRule, ...], Field(min_length=1)]

    @property
    def is_table(self) -> bool:
        """Rows of cells under a header; else JSON."""
        return self.format in ("csv", "tsv")

    def fields_of(self, rule: KindRule) -> dict[str, Reading]:
        """Every field of a row of this rule."""
        return {**self.fields, **rule.fields}

    def columns_read(self) -> dict[str, None]:
        """Every column that anything is read from, in the order in which they are first named."""
        readings = [reading for rule in self.kinds for reading in self.fields_of(rule).values()]
        readings += [self.source_ref] if self.source_ref is not None else []
        found = [column for reading in readings for column in reading.columns]
        found += [column for rule in self.kinds for column in rule.when]
        found += [self.force_name] if self.force_name is not None else []
        return dict.fromkeys(found)
