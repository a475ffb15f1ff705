"""The plots of `make_nation_report.py`: one SVG, the same bytes for the same figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deploy.nation.comparison import Line, Tally

SIMULATED, SOURCE = "#1f4e79", "#c97b2c"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def plot(path: Path, tally: Tally, tables: Mapping[str, Sequence[Line]]) -> None:
    """Six panels: kinds, forces, crime categories, hours of searches, the week, versions."""
    mpl.rcParams.update({"svg.hashsalt": "nation", "svg.fonttype": "none", "font.size": 8, "axes.titlesize": 10})
    figure = Figure(figsize=(13, 13), layout="constrained")
    axes = figure.subplots(3, 2)
    _plot_bars(axes[0][0], "Roots a year, by kind", tables["kinds"])
    _plot_forces(axes[0][1], tables["forces"])
    _plot_bars(axes[1][0], "Crimes by category, percent", tables["categories"])
    _plot_line(axes[1][1], "Stops and searches by hour of the day (local), percent", tables["hours"])
    _plot_week(axes[2][0], tally)
    _plot_versions(axes[2][1], tally)
    figure.savefig(path, format="svg", metadata={"Date": None})


def _plot_bars(axes: Axes, title: str, lines: Sequence[Line]) -> None:
    where = range(len(lines))
    axes.barh([place - 0.2 for place in where], [line.simulated for line in lines], 0.38, color=SIMULATED, label="simulated")
    axes.barh([place + 0.2 for place in where], [line.source or 0 for line in lines], 0.38, color=SOURCE, label="source")
    axes.set_yticks(list(where), [line.name for line in lines])
    axes.invert_yaxis()
    axes.set_title(title)
    axes.legend()


def _plot_forces(axes: Axes, lines: Sequence[Line]) -> None:
    known = [line for line in lines if line.source]
    ends = [min(line.source or 0 for line in known), max(line.source or 0 for line in known)]
    axes.loglog(ends, ends, color=SOURCE, label="as the source")
    axes.loglog([line.source or 0 for line in known], [line.simulated for line in known], "o", ms=4, color=SIMULATED)
    for line in (max(known, key=lambda line: line.source or 0), min(known, key=lambda line: line.source or 0)):
        axes.annotate(line.name, (line.source or 0, line.simulated), xytext=(4, -8), textcoords="offset points")
    axes.set_title("Crimes a year by force: simulated over source")
    axes.legend()


def _plot_line(axes: Axes, title: str, lines: Sequence[Line]) -> None:
    axes.plot([line.simulated for line in lines], color=SIMULATED, label="simulated")
    axes.plot([line.source or 0 for line in lines], color=SOURCE, label="source")
    axes.set_xticks(range(0, 24, 3))
    axes.set_title(title)
    axes.legend()


def _plot_week(axes: Axes, tally: Tally) -> None:
    for kind, hours in sorted(tally.hours_of_week.items()):
        mean = sum(hours.values()) / 168
        axes.plot([hours[hour] / mean for hour in range(168)], lw=1, label=kind)
    axes.set_xticks(range(0, 168, 24), DAYS)
    axes.set_title("Roots by hour of the week (local), against the mean hour")
    axes.legend()


def _plot_versions(axes: Axes, tally: Tally) -> None:
    for kind, counts in sorted(tally.versions.items()):
        roots = sum(counts.values())
        longest = max(counts)
        axes.plot(range(longest + 1), [100 * counts[n] / roots for n in range(longest + 1)], "o-", ms=3, lw=1, label=kind)
    axes.set_title("Versions per root, percent of roots")
    axes.legend()
