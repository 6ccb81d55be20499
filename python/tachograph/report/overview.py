"""The top of the page: what runs these are, how they went, what a reader should know."""

from __future__ import annotations

from collections.abc import Sequence

from tachograph.overview.result import best_of
from tachograph.overview.wording import NOTHING, counted, duration, moment, number, pace
from tachograph.report.configurations import settings, split
from tachograph.report.elements import Child, Markup, element, joined
from tachograph.report.model import Report, RunFacts
from tachograph.report.tables import Cell, named, numeric, table

__all__ = ["findings", "heading", "overview", "run_mark", "section"]

_MOST_FINDINGS = 200
_RUN = "run"
_MARKS = {"bad": "!", "warn": "!", "note": "i"}
_SPOKEN = {"bad": "problem", "warn": "warning", "note": "note"}


def section(name: str, title: str, *children: Child) -> Markup:
    """A part of the page with its heading and its place in the address."""
    return element("section", element("h2", title), *children, id=name)


def run_mark(report: Report, index: int) -> Markup:
    """A run's label, with its colour where there are several runs."""
    label = element("bdi", report.runs[index].label)
    if len(report.runs) == 1:
        return label
    swatch = element("span", class_="swatch", data_run=index)
    return element("span", swatch, label, class_="run")


def heading(report: Report) -> Markup:
    """The title, and a line that says which run this is."""
    if len(report.runs) == 1:
        run = report.runs[0]
        return joined(element("h1", element("bdi", run.label)), _facts_line(run))
    names = [run_mark(report, index) for index in range(len(report.runs))]
    return joined(
        element("h1", counted(len(report.runs), "run")), element("p", names, class_="runs")
    )


def _facts_line(run: RunFacts) -> Markup:
    commit = run.environment.get("git_commit")
    facts = [
        element("span", run.state, class_=f"state {run.state.replace(' ', '-')}"),
        counted(run.n_steps, "step"),
        counted(run.n_epochs, "epoch"),
        duration(run.duration_secs),
        f"begun {moment(run.created, in_utc=True)}",
        joined("run ", element("code", run.run_id)),
        joined("commit ", element("code", str(commit)[:12])) if commit else None,
    ]
    return element(
        "p", [element("span", fact) for fact in facts if fact is not None], class_="meta"
    )


def overview(report: Report) -> Markup:
    """The summary of one run, or the comparison of several."""
    if len(report.runs) == 1:
        return section("summary", "Summary", _tiles(report.runs[0]))
    return joined(
        section("summary", "Comparison", _comparison(report)),
        section("differences", "Configuration differences", _differing_settings(report)),
    )


def _tiles(run: RunFacts) -> Child:
    summary = run.summary
    best = summary.get("best_epoch")
    at_best = None if best is None else f"epoch {best:,}"
    has_pace = run.n_steps and run.trained_secs
    steps_pace = pace(run.n_steps / run.trained_secs) if has_pace else None
    tiles: list[tuple[str, str, str | None]] = []
    if summary:
        has_val = summary["best_val_loss"] is not None
        tiles = [
            ("best validation loss", number(summary["best_val_loss"]), at_best),
            (_of_training(has_val, "training"), number(summary["best_train_loss"]), at_best),
            ("final learning rate", number(summary["final_learning_rate"] or None), None),
            ("time an epoch", duration(summary["avg_epoch_time"]), None),
        ]
    tiles += [
        ("epochs", number(run.n_epochs or None), None),
        ("steps", number(run.n_steps or None), steps_pace),
        ("time", duration(run.duration_secs), "first row to last"),
    ]
    shown = [
        element(
            "div",
            element("dt", name),
            element("dd", value, element("small", detail) if detail else None),
            class_="tile",
        )
        for name, value, detail in tiles
        if value not in (NOTHING, "0 ms")
    ]
    return element("dl", shown, class_="tiles")


def _of_training(has_val: bool, word: str) -> str:  # noqa: FBT001 - as it is counted
    """What the best epoch's training loss is called, beside a validation loss or without one."""
    return f"{'its' if has_val else 'best'} {word} loss"


def _comparison(report: Report) -> Markup:
    summaries = [run.summary for run in report.runs]
    has_val = any(one.get("best_val_loss") is not None for one in summaries)
    headings = (
        "run",
        "state",
        "best val loss",
        _of_training(has_val, "train"),
        "best epoch",
        "epochs",
        "steps",
        "time",
        "time an epoch",
        "final learning rate",
        "begun",
    )
    best = best_of([(one.get("best_val_loss"), one.get("best_train_loss")) for one in summaries])
    rows = [
        _compared(run_mark(report, at), run, best[1] if best is not None and best[0] == at else "")
        for at, run in enumerate(report.runs)
    ]
    kept = [at for at in range(len(headings)) if any(_is_there(row[at]) for row in rows)]
    columns = [headings[at] for at in kept]
    return table(columns, [[row[at] for at in kept] for row in rows], sorts=True)


def _is_there(cell: Cell | Child) -> bool:
    return not isinstance(cell, Cell) or cell.content != NOTHING


def _compared(mark: Markup, run: RunFacts, best_by: str) -> Sequence[Cell | Child]:
    summary = run.summary
    begun = None if run.created is None else run.created.timestamp()
    each = summary.get("avg_epoch_time") or None
    learning_rate = summary.get("final_learning_rate") or None
    return (
        Cell(mark, run.label),
        Cell(run.state, run.state),
        numeric(summary.get("best_val_loss"), marks="best" if best_by == "val" else ""),
        numeric(summary.get("best_train_loss"), marks="best" if best_by == "train" else ""),
        numeric(summary.get("best_epoch")),
        numeric(run.n_epochs),
        numeric(run.n_steps),
        numeric(run.duration_secs, duration(run.duration_secs)),
        numeric(each, duration(each)),
        numeric(learning_rate),
        Cell(moment(run.created, in_utc=True), begun, marks="date"),
    )


def _differing_settings(report: Report) -> Markup:
    differing, same = split(settings(report.runs))
    if not differing:
        text = f"None: all {counted(len(same), 'setting')} are the same." if same else "None given."
        return element("p", text, class_="quiet")
    headings = ["setting", *(run.label for run in report.runs)]
    rows = [[named(name), *texts] for name, *texts in differing]
    return joined(
        table(headings, rows),
        element("p", f"{counted(len(same), 'setting')} the same in all runs.", class_="quiet")
        if same
        else None,
    )


def findings(report: Report) -> Markup | None:
    """What stands in the logs that a reader should know; None where nothing does."""
    found = [(index, one) for index, run in enumerate(report.runs) for one in run.findings]
    if not found:
        return None
    is_several = len(report.runs) > 1
    lines = [
        element(
            "li",
            element("span", _MARKS[one.severity], class_="mark", title=_SPOKEN[one.severity]),
            run_mark(report, index) if is_several else None,
            element("code", _RUN if one.metric is None else one.metric),
            element("span", one.text),
            class_=one.severity,
        )
        for index, one in found[:_MOST_FINDINGS]
    ]
    rest = len(found) - len(lines)
    more = element("p", f"and {rest:,} more", class_="quiet") if rest else None
    return section("findings", "Findings", element("ul", lines, class_="findings"), more)
