"""The charts of a rehearsal: what would newly go out, stop, change, and come back, by whom and of what. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from deploy.charts import TEXT, WIDTH, Chart, Shape, Text, draw_shape

EFFECT_WORDS: Mapping[str, str] = {
    "newly_shared": "newly shared",
    "no_longer_shared": "no longer shared",
    "changed": "shared with other fields",
    "withdrawn": "held, and withdrawn",
}
"""What each effect is called on the page; the key is also the colour's name."""

_WORDS = {
    "feed": "By feed",
    "agreement": "By agreement",
    "force": "By force",
    "kind": "By kind of record",
    "category": "By incident category or crime type",
    "marking": "By marking",
    "subject_category": "By subject category",
}

_SHOWN = 12
"""Rows of one drawing; its table has all."""

_ROW, _BAR = 58, 8


def draw_charts(report: Mapping[str, Any]) -> list[Chart]:
    """One for each dimension; those in which nothing changes are left out, but the first."""
    charts = [_chart(report["effects"], name, title) for name, title in _WORDS.items()]
    return [chart for number, chart in enumerate(charts) if chart.rows or number == 0]


def _chart(effects: Mapping[str, Any], name: str, title: str) -> Chart:
    totals: dict[str, int] = {}
    for effect in EFFECT_WORDS:
        for value, count in effects[effect]["by"][name].items():
            totals[value] = totals.get(value, 0) + count
    order = sorted(totals, key=lambda value: (-totals[value], value))
    numbers = {value: [effects[effect]["by"][name].get(value, 0) for effect in EFFECT_WORDS] for value in order}
    rows = [(value, *(f"{count:,}" for count in numbers[value])) for value in order]
    most = f"{order[0]}, {sum(numbers[order[0]][:-1]):,}" if order else ""
    description = f"Records and feeds. The most: {most}." if order else "Nothing would change."
    chart = Chart(name, title, description, (name.replace("_", " "), *EFFECT_WORDS.values()), rows)
    chart.legend = list(EFFECT_WORDS.items())
    return _draw(chart, order[:_SHOWN], numbers)


def _draw(chart: Chart, order: Sequence[str], numbers: Mapping[str, Sequence[int]]) -> Chart:
    """One group a row: its words and number above, a thin bar for each effect. What is withdrawn is mostly what is no longer
    shared, so it is not added to the number."""
    most = max((max(numbers[value]) for value in order), default=1)
    for number, value in enumerate(order):
        y = number * _ROW
        chart.texts += [Text(0, y + TEXT, value), Text(WIDTH, y + TEXT, f"{sum(numbers[value][:-1]):,}", "end")]
        for at, (effect, count) in enumerate(zip(EFFECT_WORDS, numbers[value], strict=True)):
            top = y + TEXT + 5 + at * (_BAR + 1)
            chart.shapes.append(Shape(0, top, WIDTH, _BAR, "track"))
            if count:
                chart.shapes.append(draw_shape(0, top, max(1.5, WIDTH * count / max(most, 1)), _BAR, effect))
    chart.height = max(len(order) * _ROW, 1)
    return chart
