"""The charts of a conformance report. Pure."""

from deploy.charts import TEXT, WIDTH, Chart, Shape, Text, draw_bars, draw_shape
from deploy.check_report import Report, by_count, describe_code, show_score

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


def draw_charts(report: Report) -> list[Chart]:
    """Rows by outcome, score by dimension, flags by code, faults by position."""
    return [_outcomes(report), _dimensions(report), _flags(report), _positions(report)]


def _outcomes(report: Report) -> Chart:
    counts = [(colour, words, sum(band[colour] for band in report["bands"]["bands"])) for colour, words in _ENDS]
    rows = [(words, f"{count:,}", _share(count, report["rows"])) for _, words, count in counts]
    description = "; ".join(f"{words}: {number} ({share})" for words, number, share in rows)
    chart = Chart("outcomes", "Rows by outcome", description, ("outcome", "rows", "share"), rows)
    return draw_bars(chart, [(words, f"{count:,}", count, colour) for colour, words, count in counts], report["rows"])


def _dimensions(report: Report) -> Chart:
    scores = [("score", report["score"], report["standard"])]
    scores += [(name, one["score"], one["judged"]) for name, one in report["dimensions"].items()]
    rows = [(name, show_score(score), f"{judged:,}") for name, score, judged in scores]
    description = "Averages from 0 to 100. " + "; ".join(f"{name}: {shown}" for name, shown, _ in rows)
    chart = Chart("dimensions", "Score by dimension", description, ("dimension", "average", "records judged"), rows)
    return draw_bars(chart, [(name, show_score(score), score or 0, "score") for name, score, _ in scores], 100)


def _flags(report: Report) -> Chart:
    flags = by_count(report["flags"])
    rows = [(code, describe_code(code), f"{count:,}") for code, count in flags]
    description = "; ".join(f"{code} {words}: {count}" for code, words, count in rows) or "There are no quality flags."
    chart = Chart("flags", "Quality flags by code", description, ("code", "what", "count"), rows)
    shown = [(f"{code} {describe_code(code)}", f"{count:,}", count, "flagged") for code, count in flags[:_SHOWN_CODES]]
    return draw_bars(chart, shown, flags[0][1] if flags else 1)


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
            chart.shapes.append(draw_shape(number * step + 1, base, step - 2, height, colour))
    chart.shapes.append(Shape(0, top + _PLOT, WIDTH, 1, "axis"))
    chart.texts += [Text(0, TEXT, f"{worst:,} rows"), Text(0, top + _PLOT + 18, "row 1")]
    chart.texts.append(Text(WIDTH, top + _PLOT + 18, f"row {report['rows']:,}", "end"))
    chart.height = top + _PLOT + 24
    return chart


def _share(count: int, rows: int) -> str:
    return f"{100 * count / rows:.1f} %" if rows else "-"
