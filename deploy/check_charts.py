"""The charts of a conformance report, as shapes with their places. Pure: the template only writes them out.

Each chart has a title, a description and a table with the same numbers, so that nobody needs to see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from deploy.check_report import Report, by_count, describe_code, show_score

WIDTH = 520
"""Of every chart, in units of its own; on the page it is as wide as there is room for."""

_ROW, _BAR, _TEXT = 44, 16, 14
"""Height of a row of a bar chart, of its bar, and where the base line of its text stands."""

_PLOT = 180
"""Height of the columns of the chart by position."""

_SHOWN_CODES = 15
"""Codes in a chart; its table has all."""

_ENDS = (
    ("clean", "standard, no flag"),
    ("flagged", "standard, flagged"),
    ("dead_lettered", "dead-lettered"),
    ("refused", "refused at the door"),
)
"""What becomes of a row, and its words. The first is also the name of the colour."""


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


def draw_charts(report: Report) -> list[Chart]:
    """Rows by outcome, score by dimension, flags by code, faults by position."""
    return [_outcomes(report), _dimensions(report), _flags(report), _positions(report)]


def _outcomes(report: Report) -> Chart:
    counts = [(colour, words, sum(band[colour] for band in report["bands"]["bands"])) for colour, words in _ENDS]
    rows = [(words, f"{count:,}", _share(count, report["rows"])) for _, words, count in counts]
    description = "; ".join(f"{words}: {number} ({share})" for words, number, share in rows)
    chart = Chart("outcomes", "Rows by outcome", description, ("outcome", "rows", "share"), rows)
    return _bars(chart, [(words, f"{count:,}", count, colour) for colour, words, count in counts], report["rows"])


def _dimensions(report: Report) -> Chart:
    scores = [("score", report["score"], report["standard"])]
    scores += [(name, one["score"], one["judged"]) for name, one in report["dimensions"].items()]
    rows = [(name, show_score(score), f"{judged:,}") for name, score, judged in scores]
    description = "Averages from 0 to 100. " + "; ".join(f"{name}: {shown}" for name, shown, _ in rows)
    chart = Chart("dimensions", "Score by dimension", description, ("dimension", "average", "records judged"), rows)
    return _bars(chart, [(name, show_score(score), score or 0, "score") for name, score, _ in scores], 100)


def _flags(report: Report) -> Chart:
    flags = by_count(report["flags"])
    rows = [(code, describe_code(code), f"{count:,}") for code, count in flags]
    description = "; ".join(f"{code} {words}: {count}" for code, words, count in rows) or "There are no quality flags."
    chart = Chart("flags", "Quality flags by code", description, ("code", "what", "count"), rows)
    shown = [(f"{code} {describe_code(code)}", f"{count:,}", count, "flagged") for code, count in flags[:_SHOWN_CODES]]
    return _bars(chart, shown, flags[0][1] if flags else 1)


def _positions(report: Report) -> Chart:
    """Columns of faulty rows only: the clean ones would hide them."""
    width, bands = report["bands"]["width_rows"], report["bands"]["bands"]
    names = [f"{number * width + 1:,} to {min((number + 1) * width, report['rows']):,}" for number in range(len(bands))]
    rows = [(name, *(f"{band[colour]:,}" for colour, _ in _ENDS)) for name, band in zip(names, bands, strict=True)]
    faulty = [sum(band[colour] for colour, _ in _ENDS[1:]) for band in bands]
    worst = max(faulty, default=0)
    description = f"Rows in the order read, {width:,} to a column. " + (
        f"Most faulty rows: {worst:,}, at rows {names[faulty.index(worst)]}." if worst else "No row has a fault."
    )
    columns = ("rows", *(words for _, words in _ENDS))
    chart = Chart("positions", "Rows with faults by position", description, columns, rows, legend=_ENDS[1:])
    top, step = 20, WIDTH / max(len(bands), 1)
    for number, band in enumerate(bands):
        base = float(top + _PLOT)
        for colour, _ in _ENDS[1:]:
            height = _PLOT * band[colour] / max(worst, 1)
            base -= height
            chart.shapes.append(_shape(number * step + 1, base, step - 2, height, colour))
    chart.shapes.append(Shape(0, top + _PLOT, WIDTH, 1, "axis"))
    chart.texts += [Text(0, _TEXT, f"{worst:,} rows"), Text(0, top + _PLOT + 18, "row 1")]
    chart.texts.append(Text(WIDTH, top + _PLOT + 18, f"row {report['rows']:,}", "end"))
    chart.height = top + _PLOT + 24
    return chart


def _bars(chart: Chart, bars: Sequence[tuple[str, str, float, str]], most: float) -> Chart:
    """One row a bar: its words and number above it, a track behind it."""
    for number, (words, shown, value, colour) in enumerate(bars):
        y = number * _ROW
        chart.texts += [Text(0, y + _TEXT, words), Text(WIDTH, y + _TEXT, shown, "end")]
        chart.shapes.append(Shape(0, y + _TEXT + 6, WIDTH, _BAR, "track"))
        chart.shapes.append(_shape(0, y + _TEXT + 6, WIDTH * value / max(most, 1), _BAR, colour))
    chart.height = max(len(bars) * _ROW, 1)
    return chart


def _shape(x: float, y: float, width: float, height: float, colour: str) -> Shape:
    return Shape(round(x, 2), round(y, 2), round(width, 2), round(height, 2), colour)


def _share(count: int, rows: int) -> str:
    return f"{100 * count / rows:.1f} %" if rows else "-"
