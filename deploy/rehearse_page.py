"""The report of a rehearsal as one page, and as tables. Nothing is fetched from anywhere, no script; everything is escaped."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.output import print_table
from deploy.rehearse_charts import EFFECT_WORDS, draw_charts
from stream_processors.rehearsal_samples import Sample

TEMPLATE = "rehearsal.html"
"""In `deploy/templates`."""

Report = dict[str, Any]
_SHOWN = 10


def render_page(report: Report, sha256: str, samples: Sequence[Sample] = ()) -> str:
    """The page as HTML. With `samples` it holds personal data, and says so."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  # not for every command

    environment = Environment(
        loader=PackageLoader("deploy"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = lambda number: f"{number:,}"
    shown = [(sample, list(flatten(sample.shown))) for sample in samples]
    template = environment.get_template(TEMPLATE)
    words = {
        "effects": EFFECT_WORDS,
        "charts": draw_charts(report),
        "since": _day(report, "since_ms"),
        "until": _day(report, "until_ms"),
    }
    return template.render(report=report, sha256=sha256, samples=shown, **words)


def write_page(text: str, path: Path) -> None:
    """Whole or not at all, for its owner's eyes alone: it may hold examples."""
    draft = path.with_name(path.name + ".draft")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def print_report(report: Report, sha256: str, samples: Sequence[Sample] = ()) -> None:
    """As tables on standard output."""
    counts, effects = report["counts"], report["effects"]
    title = f"Rehearsal over {counts['records']:,} records, decided as of {report['decided_as_of']}"
    rows = [(words, effects[name]["records"], effects[name]["pairs"]) for name, words in EFFECT_WORDS.items()]
    print_table(title, ("what would change", "records", "records and feeds"), rows)
    for name in ("feed", "force", "kind", "category", "marking", "subject_category"):
        _print_dimension(report, name)
    if report["fields"]:
        fields = [(agreement, path, count) for agreement, found in report["fields"].items() for path, count in found.items()]
        print_table("Fields gained (+) and lost (-)", ("agreement", "field", "records and feeds"), fields)
    if report["rules"]:
        differences = [(name.replace("_", " "), value) for name, found in report["rules"].items() for value in found]
        print_table("Rules that differ", ("what", "which"), differences)
    for sample in samples:
        rows_of = [(path, value) for path, value in flatten(sample.shown)]
        print_table(f"Example: {EFFECT_WORDS[sample.effect]}, {sample.feed}", ("field", "as the agency would get it"), rows_of)
    print_table("This report", ("what", "hash"), _hashes(report, sha256))


def flatten(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Path and text of everything that would leave."""
    if isinstance(value, dict):
        return [line for name, part in value.items() for line in flatten(part, f"{path}.{name}" if path else name)]
    if isinstance(value, list):
        return [line for number, part in enumerate(value) for line in flatten(part, f"{path}[{number}]")]
    return [] if value is None else [(path, str(value))]


def _hashes(report: Report, sha256: str) -> list[tuple[str, str]]:
    return [("rule set in force", report["old_rule_set"]), ("candidate", report["new_rule_set"]), ("report", sha256)]


def _print_dimension(report: Report, name: str) -> None:
    values: dict[str, int] = {}
    for effect in EFFECT_WORDS:
        for value, count in report["effects"][effect]["by"][name].items():
            values[value] = values.get(value, 0) + count
    if not values:
        return
    order = sorted(values, key=lambda value: (-values[value], value))[:_SHOWN]
    rows = [(value, *(report["effects"][effect]["by"][name].get(value, 0) for effect in EFFECT_WORDS)) for value in order]
    more = f" (first {_SHOWN} of {len(values)})" if len(values) > _SHOWN else ""
    print_table(f"By {name.replace('_', ' ')}{more}", (name.replace("_", " "), *EFFECT_WORDS.values()), rows)


def _day(report: Report, name: str) -> str:
    from deploy.hub_records import utc_text  # noqa: PLC0415  # Kafka's client is not for whoever reads a page

    return utc_text(report["window"][name])
