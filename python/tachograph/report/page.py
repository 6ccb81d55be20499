"""The page: its parts in order, with the scripts and styles that it needs, in one text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from typing import Final

from tachograph.overview.wording import counted, moment
from tachograph.report import details, overview
from tachograph.report.elements import Child, Markup, element, joined
from tachograph.report.model import ChartGroup, Report
from tachograph.report.packing import payload, script_json

__all__ = ["page"]

_SCRIPTS: Final = (
    "data.js",
    "smoothing.js",
    "outliers.js",
    "tooltip.js",
    "values.js",
    "chart.js",
    "tables.js",
    "main.js",
)
_SLOT: Final = re.compile(r"\{\{(\w+)\}\}")
_FEW_CHARTS: Final = 12


def page(report: Report, library: str) -> Iterator[str]:
    """The parts of the HTML document.

    Args:
        report: What it shows.
        library: The source of plotly.js.
    """
    slots = {
        "title": joined(_title(report)),
        "style": _asset("style.css"),
        "body": _body(report),
        "payload": script_json(payload(report)),
        "library": library,
        "script": "\n".join(_asset(name) for name in _SCRIPTS),
    }
    for at, part in enumerate(_SLOT.split(_asset("page.html"))):
        yield slots[part] if at % 2 else part


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


def _title(report: Report) -> str:
    names = ", ".join(dict.fromkeys(run.name for run in report.runs))
    return names or counted(len(report.runs), "run")


def _body(report: Report) -> Markup:
    parts: tuple[Markup | None, ...] = (
        overview.overview(report),
        overview.findings(report),
        _curves(report),
        details.configuration(report),
        details.stability(report),
        details.metrics(report),
        details.environment(report),
        details.log(report),
    )
    footer = f"Written by tachograph {report.version}, {moment(report.written, in_utc=True)}."
    return joined(
        element("header", overview.heading(report)),
        element("main", parts),
        element("footer", footer, _thinning_note(report)),
    )


def _thinning_note(report: Report) -> str | None:
    curves = [trace for group in report.groups for chart in group.charts for trace in chart.traces]
    if not any(trace.means is not None for trace in curves):
        return None
    return (
        f" Curves of more than {report.points_each:,} values are drawn with about that many points,"
        " the lowest and the highest among them; smooth lines are made of means of all values."
    )


def _curves(report: Report) -> Markup:
    if not report.groups:
        nothing = element("p", "No numbers are recorded.", class_="quiet")
        return overview.section("curves", "Curves", nothing)
    parts: list[Child] = []
    first = 0
    for group in report.groups:
        parts.append(_group(group, first))
        first += len(group.charts)
    left_out = None
    if report.n_left_out:
        text = f"{counted(report.n_left_out, 'chart')} beyond the limit of a report are left out."
        left_out = element("p", text, class_="quiet")
    return overview.section("curves", "Curves", _controls(report, first), *parts, left_out)


def _group(group: ChartGroup, first: int) -> Markup:
    charts = [
        element(
            "figure",
            element(
                "figcaption",
                element("bdi", chart.title),
                element("small", chart.unit) if chart.unit else None,
            ),
            element("div", class_="plot"),
            element("div", class_="legend"),
            class_="chart",
            data_chart=first + at,
        )
        for at, chart in enumerate(group.charts)
    ]
    title = element(
        "summary", element("bdi", group.title), element("small", counted(len(charts), "chart"))
    )
    grid = element("div", charts, class_="charts")
    return element("details", title, grid, class_="group", open=group.is_open)


def _controls(report: Report, n_charts: int) -> Markup:
    has_steps = any(run.n_steps for run in report.runs)
    has_epochs = any(run.n_epochs for run in report.runs)
    axes = [
        element("button", title, type="button", data_axis=axis)
        for axis, title, is_there in (
            ("own", "Step, epoch", has_steps and has_epochs),
            ("step", "Step", has_steps),
            ("epoch", "Epoch", has_epochs),
            ("seconds", "Time", True),
        )
        if is_there
    ]
    search = None
    if n_charts > _FEW_CHARTS:
        search = element(
            "label",
            "Find",
            element("input", id="find", type="search", placeholder="part of a name"),
        )
    log = element("label", element("input", id="log-scale", type="checkbox"), "Log scale")
    outliers = element(
        "label",
        element("input", id="outliers", type="checkbox", checked=True),
        "Leave out outliers",
    )
    slider = element(
        "label",
        "Smoothing",
        element("input", id="smoothing", type="range", min="0", max="0.99", step="0.01", value="0"),
        element("output", id="smoothing-value"),
    )
    axis = element("div", element("span", "Axis"), element("div", axes, class_="segments"))
    return element("div", axis, slider, log, outliers, search, class_="controls")
