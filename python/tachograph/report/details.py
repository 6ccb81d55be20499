"""The lower part of the page: configuration, stability, metrics, environment, the log itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tachograph.overview.configurations import settings_of
from tachograph.overview.stability import SLOPES, STABILITY_WORDS
from tachograph.overview.wording import NOTHING, counted, duration, moment, number, size
from tachograph.report.configurations import flat, settings, split
from tachograph.report.elements import Child, Markup, element, joined
from tachograph.report.model import Report, RunFacts
from tachograph.report.overview import run_mark, section
from tachograph.report.tables import Cell, named, numeric, pairs, table

__all__ = ["configuration", "environment", "log", "metrics", "stability"]

_MOST_OPEN_ROWS = 40
_MOST_NAMES = 100
_MOST_PLACES = 50
_STABILITY = {
    key: f"{words}, loss an epoch" if key in SLOPES else words
    for key, words in STABILITY_WORDS.items()
}


def _folded(title: str, content: Child, *, is_open: bool = False) -> Markup:
    return element("details", element("summary", title), content, open=is_open)


def configuration(report: Report) -> Markup | None:
    """All settings: of one run those of model and training, of several those that all share."""
    if len(report.runs) == 1:
        run = report.runs[0]
        halves = [("Model", flat(run.model_config)), ("Training", flat(run.training_config))]
        parts = [
            element("div", element("h3", title), pairs(rows)) for title, rows in halves if rows
        ]
        early = flat(run.early_stopping)
        if early:
            parts.append(element("div", element("h3", "Early stopping"), pairs(early)))
        return (
            section("configuration", "Configuration", element("div", parts, class_="halves"))
            if (parts)
            else None
        )
    _, same = split(settings(report.runs))
    if not same:
        return None
    folded = _folded(f"{counted(len(same), 'setting')} the same in all runs", pairs(same))
    return section("configuration", "Configuration", folded)


def stability(report: Report) -> Markup | None:
    """Trend, volatility, overfitting and convergence of the losses."""
    analyses = [run.summary.get("stability_analysis") or {} for run in report.runs]
    if not any(analyses):
        return None
    if len(report.runs) == 1:
        rows = [(title, _shown(analyses[0].get(key))) for key, title in _STABILITY.items()]
        return section("stability", "Stability", pairs(rows))
    headings = ["run", *_STABILITY.values()]
    lines = [
        [
            Cell(run_mark(report, index), run.label),
            *(_cell(analysis.get(key)) for key in _STABILITY),
        ]
        for index, (run, analysis) in enumerate(zip(report.runs, analyses, strict=True))
    ]
    return section("stability", "Stability", table(headings, lines, sorts=True))


def _shown(value: Any) -> str:
    return value.replace("_", " ") if isinstance(value, str) else number(value)


def _cell(value: Any) -> Cell:
    return Cell(_shown(value), value) if isinstance(value, str) else numeric(value)


def metrics(report: Report) -> Markup | None:
    """Every column of numbers by its extremes, mean and end."""
    is_several = len(report.runs) > 1
    headings = ("metric", "rows of", "last", "lowest", "highest", "mean", "values", "not finite")
    rows: list[Sequence[Cell | Child]] = []
    for index, run in enumerate(report.runs):
        for one in run.metrics:
            line: Sequence[Cell | Child] = (
                Cell(named(one.name), one.name),
                one.table,
                numeric(one.last),
                numeric(one.lowest),
                numeric(one.highest),
                numeric(one.mean),
                numeric(one.n_values),
                numeric(one.n_not_finite, marks="bad" if one.n_not_finite else ""),
            )
            rows.append((Cell(run_mark(report, index), run.label), *line) if is_several else line)
    if not rows:
        return None
    whole = table(("run", *headings) if is_several else headings, rows, sorts=True)
    if len(rows) > _MOST_OPEN_ROWS:
        whole = _folded(counted(len(rows), "row"), whole)
    return section("metrics", "Metrics", whole, _not_drawn(report))


def _not_drawn(report: Report) -> Markup | None:
    names = list(dict.fromkeys(name for run in report.runs for name in run.not_drawn))
    if not names:
        return None
    listed = [element("code", name) for name in names[:_MOST_NAMES]]
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    text = "Not drawn, since values are no numbers: "
    return element("p", text, [[name, " "] for name in listed], more, class_="quiet")


def environment(report: Report) -> Markup | None:
    """What was captured of machine and software."""
    columns = [_without_packages(run.environment) for run in report.runs]
    if not any(columns):
        return None
    packages = [_packages(run.environment) for run in report.runs]
    if len(report.runs) == 1:
        listed = _folded(counted(len(packages[0]), "package"), pairs(flat(packages[0])))
        facts = pairs(flat(columns[0]))
        return section("environment", "Environment", facts, listed if packages[0] else None)
    return section(
        "environment",
        "Environment",
        _side_by_side(report, columns, "fact"),
        _side_by_side(report, packages, "package"),
    )


def _side_by_side(report: Report, columns: Sequence[Mapping[str, Any]], what: str) -> Markup | None:
    rows, same = split(settings_of(columns))
    headings = [what, *(run.label for run in report.runs)]
    title = f"{counted(len(same), what)} the same in all runs"
    return joined(
        table(headings, rows) if rows else None,
        _folded(title, pairs(same)) if same else None,
    )


def _packages(given: Mapping[str, Any]) -> Mapping[str, Any]:
    packages = given.get("packages")
    return packages if isinstance(packages, Mapping) else {}


def _without_packages(given: Mapping[str, Any]) -> dict[str, Any]:
    known = {key: value for key, value in given.items() if key != "packages"}
    command = known.get("command_line")
    if isinstance(command, list):
        known["command_line"] = " ".join(map(str, command))
    return {name: value for name, value in known.items() if value not in (None, "", [])}


def log(report: Report) -> Markup:
    """Each run's attempts, files and damage."""
    parts = [_log_of(report, index, run) for index, run in enumerate(report.runs)]
    return section("log", "Log", parts)


def _log_of(report: Report, index: int, run: RunFacts) -> Markup:
    facts: list[tuple[str, Child]] = [
        ("run id", element("code", run.run_id)),
        ("read from", element("code", run.path) if run.path else None),
        ("size", size(run.log["file_bytes"]) if run.log["file_bytes"] else None),
    ]
    title = element("h3", run_mark(report, index)) if len(report.runs) > 1 else None
    shown = pairs([(name, value) for name, value in facts if value])
    return joined(title, shown, _attempts(run), _damage(run))


def _attempts(run: RunFacts) -> Markup | None:
    if not run.attempts:
        return None
    headings = ("attempt", "host", "process", "begun", "took", "ended", "rows", "steps", "dropped")
    rows = [
        (
            numeric(attempt.attempt),
            attempt.host or NOTHING,
            numeric(attempt.pid, NOTHING if attempt.pid is None else str(attempt.pid)),
            moment(attempt.started, in_utc=True),
            duration((attempt.ended - attempt.started).total_seconds())
            if attempt.ended is not None and attempt.started is not None
            else NOTHING,
            "closed" if attempt.closed else "not closed",
            numeric(attempt.rows),
            f"{attempt.first_step:,} to {attempt.last_step:,}"
            if attempt.first_step is not None and attempt.last_step is not None
            else NOTHING,
            numeric(attempt.dropped, marks="bad" if attempt.dropped else ""),
        )
        for attempt in run.attempts
    ]
    return table(headings, rows)


def _damage(run: RunFacts) -> Markup | None:
    places = run.log["damage"]
    if not places:
        return None
    headings = ("damaged file", "at byte", "length", "reason", "rows lost", "of", "column")
    rows = [
        (
            place["file"],
            numeric(place["offset"]),
            size(place["length"]),
            place["reason"],
            numeric(place.get("rows")),
            place.get("table") or NOTHING,
            place.get("column") or NOTHING,
        )
        for place in places[:_MOST_PLACES]
    ]
    rest = len(places) - len(rows)
    more = element("p", f"and {counted(rest, 'place')} more", class_="quiet") if rest else None
    return joined(table(headings, rows), more)
