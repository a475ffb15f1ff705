"""Charts as shapes with their places. Pure: a template only writes them out.

Each chart has a title, a description and a table with the same numbers, so that nobody needs to see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH = 520
"""Of every chart, in units of its own; on the page it is as wide as there is room for."""

TEXT = 14
"""Where the base line of a row's text stands."""

_ROW, _BAR = 44, 16
"""Height of a row of a bar chart, and of its bar."""


@dataclass(frozen=True)
class Shape:
    """A rectangle with a colour's name."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True)
class Text:
    """Words at a place. `anchor`: start or end of the words stands there."""

    x: float
    y: float
    words: str
    anchor: str = "start"


@dataclass
class Chart:
    """A drawing, and the table that tells the same."""

    name: str
    title: str
    description: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    height: float = 0
    shapes: list[Shape] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    legend: Sequence[tuple[str, str]] = ()
    """Colour's name and its words."""
    width: int = WIDTH


def draw_bars(chart: Chart, bars: Sequence[tuple[str, str, float, str]], most: float) -> Chart:
    """One row a bar: its words and number above it, a track behind it."""
    for number, (words, shown, value, colour) in enumerate(bars):
        y = number * _ROW
        chart.texts += [Text(0, y + TEXT, words), Text(WIDTH, y + TEXT, shown, "end")]
        chart.shapes.append(Shape(0, y + TEXT + 6, WIDTH, _BAR, "track"))
        chart.shapes.append(draw_shape(0, y + TEXT + 6, WIDTH * value / max(most, 1), _BAR, colour))
    chart.height = max(len(bars) * _ROW, 1)
    return chart


def draw_shape(x: float, y: float, width: float, height: float, colour: str) -> Shape:
    """A rectangle, its numbers no longer than a page needs."""
    return Shape(round(x, 2), round(y, 2), round(width, 2), round(height, 2), colour)
