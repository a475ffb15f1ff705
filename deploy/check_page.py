"""The conformance report as one page: no script, nothing fetched from anywhere, light and dark. Everything is escaped."""

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from deploy.check_charts import draw_charts
from deploy.check_report import Report, by_count, describe_code, show_lines, show_score
from schemas.text import printable

TEMPLATE = "check.html"
"""In `deploy/templates`."""


def render_page(report: Report) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=PackageLoader("deploy"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"score": show_score, "lines": show_lines, "printable": printable, "what": describe_code}
    environment.filters |= {"by_count": by_count, "number": _number}
    return environment.get_template(TEMPLATE).render(report=report, charts=draw_charts(report))


def write_page(report: Report, path: Path) -> None:
    """Write the page to `path`, whole or not at all: a page that breaks off would look like a short report."""
    draft = path.with_name(path.name + ".draft")
    draft.write_text(render_page(report), encoding="utf-8")
    draft.replace(path)


def _number(number: int) -> str:
    return f"{number:,}"
