"""The page of a check: self-contained, escaped, readable without seeing the charts, and with enough contrast."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from deploy.check_charts import draw_charts
from deploy.check_findings import Findings, Place
from deploy.check_page import render_page
from deploy.check_plan import CheckPlan, Work
from deploy.check_report import Report, make_report
from producers.adapters.catalogue import CODED_ADAPTERS
from schemas.codes import Code

NOW = datetime(2026, 6, 1, tzinfo=UTC)
VOID = {"meta", "rect", "br"}
WILD = '<script src="http://a.example/x.js">&"\'\x1b[31m.jsonl'


def report(name: str = "kent.jsonl", rows: int = 100) -> Report:
    findings = Findings()
    for line in range(1, rows + 1):
        if line % 10 == 0:
            findings.refuse(Place(name, line), Code.ROW_MALFORMED, "")
        elif line % 7 == 0:
            findings.dead_letter(Place(name, line), Code.TIME_IN_FUTURE, "occurred.start")
        else:
            flags = [{"code": str(Code.CODE_UNMAPPED), "field": "crime.offence"}] if line % 3 == 0 else []
            findings.accept(Place(name, line), "crime", {"flags": flags, "score": 100 - 5 * len(flags), "completeness": 80})
    plan = CheckPlan([Work(None, name, CODED_ADAPTERS["native-jsonl"], "kent")], 0, [])  # type: ignore[arg-type]
    return make_report(findings, plan, 90, NOW)


class Page(HTMLParser):
    """Reads a page strictly: every element that is opened is closed in its order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("rows", [0, 1, 100, 5000])
def test_nothing_is_fetched_and_nothing_is_run(rows: int) -> None:
    """No script, no link, no image, no address outside; and a rule in the page that a browser holds it to."""
    text = render_page(report(rows=rows))
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object", "use", "a"} & {tag for tag, _ in page.elements}
    assert not [
        name for _, attributes in page.elements for name in attributes if name in ("src", "href", "style") or name[:2] == "on"
    ]
    assert not re.search(r"(?i)https?:|url\(|@import|//[a-z]", text)
    [rule] = [meta["content"] for meta in page.named("meta") if meta.get("http-equiv")]
    assert rule == "default-src 'none'; style-src 'unsafe-inline'"


def test_names_of_files_are_escaped() -> None:
    """A file's name is not ours: it can neither open an element nor steer a terminal."""
    page = Page(render_page(report(WILD)))
    assert not page.named("script")
    assert '<script src="http://a.example/x.js">' in "".join(page.words)
    assert "\x1b" not in "".join(page.words)


def test_each_chart_can_be_read_without_seeing_it() -> None:
    """Title and description that its labels point at, and a table with caption and headed columns and rows beside it."""
    page = Page(render_page(report()))
    charts = [one for one in page.named("svg") if one.get("role") == "img"]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(charts) == len(draw_charts(report())) == 4
    assert len(ids) == len(set(ids))
    for chart in charts:
        assert set((chart["aria-labelledby"] or "").split()) <= set(ids)
    assert len(page.named("title")) == len(charts) + 1
    assert len(page.named("desc")) == len(charts)
    assert len(page.named("caption")) == len(page.named("table"))
    assert {one["scope"] for one in page.named("th")} == {"col", "row"}
    assert page.named("html")[0]["lang"] == "en-GB"


def test_drawings_stay_within_their_frames() -> None:
    """No shape leaves its chart, and bars are as long as their numbers."""
    for rows in (0, 1, 39, 41, 5000):
        for chart in draw_charts(report(rows=rows)):
            for shape in chart.shapes:
                assert shape.width >= 0
                assert shape.height >= 0
                assert 0 <= shape.x <= shape.x + shape.width <= chart.width + 0.01
                assert 0 <= shape.y <= shape.y + shape.height <= chart.height + 0.01
    [outcomes, *_] = draw_charts(report())
    bars = [shape for shape in outcomes.shapes if shape.colour != "track"]
    assert [round(bar.width / outcomes.width * 100) for bar in bars] == [51, 26, 13, 10]


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_enough_in_light_and_dark() -> None:
    """WCAG 2.2 AA: 4.5 for text (1.4.3), 3 for what must be seen in a drawing (1.4.11), on page and track alike."""
    text = render_page(report())
    themes = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", text, re.DOTALL)]
    assert len(themes) == 2
    for theme in themes:
        assert all(_contrast(theme[name], theme["page"]) >= 4.5 for name in ("text", "quiet", "link"))
        for name in ("clean", "flagged", "dead_lettered", "refused", "score"):
            assert min(_contrast(theme[name], theme["page"]), _contrast(theme[name], theme["track"])) >= 3
        assert _contrast(theme["line"], theme["page"]) >= 3


def test_the_words_say_what_the_report_says() -> None:
    """The verdict, its numbers, codes and lines stand in the page."""
    words = " ".join("".join(Page(render_page(report())).words).split())
    assert "Does not conform: 77 of 100 rows are standard, 13 dead-lettered, 10 refused at the door." in words
    assert "kent.jsonl: 10, 20, 30, 40, 50, ..." in words
    assert "PD-211" in words
