"""The report of a run as text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from tachograph.curves import Record
from tachograph.plots.facts import stability_facts
from tachograph.plots.words import shown

__all__ = ["report_text"]

_LINE = 10_000  # characters of a value; longer ones are cut


def report_text(run: Record) -> str:
    """Sections of `- key: value` lines; a mapping's own keys stand two blanks further in."""
    name = shown(run.experiment_name, _LINE)
    heading = f"Training Report for {name}"
    attempts = run.attempts
    environment = run._environment_record()  # noqa: SLF001 -- on runs and recorders
    facts: dict[str, Any] = {"experiment_name": run.experiment_name, "run_id": run.run_id}
    if attempts and attempts[0].started is not None:
        facts["started"] = attempts[0].started.isoformat()
    left_out = {"packages"}  # hundreds of lines
    facts |= {key: value for key, value in environment.items() if key not in left_out}
    sections = {
        "Experiment Metadata": facts,
        "Training Summary": _summary(run),
        "Stability": dict(stability_facts(run)),
        "Model Configuration": run.model_config,
        "Training Configuration": run.training_config,
    }
    lines = [heading, "=" * min(len(heading), 80)]
    for title, content in sections.items():
        lines += ["", title, "-" * len(title), *(_lines(content) or ["(none)"])]
    return "\n".join(lines) + "\n"


def _summary(run: Record) -> dict[str, Any]:
    summary = run.get_training_summary()
    nested = ("stability_analysis",)
    return {key: value for key, value in summary.items() if key not in nested}


def _lines(content: Any, indent: str = "") -> list[str]:
    if not isinstance(content, Mapping):
        return [] if content is None else [f"{indent}- {_value(content)}"]
    return list(_mapping_lines(content, indent))


def _mapping_lines(content: Mapping[Any, Any], indent: str) -> Iterator[str]:
    for key, value in content.items():
        if isinstance(value, Mapping) and value and len(indent) < len("  ") * 20:
            yield f"{indent}- {shown(key, _LINE)}:"
            yield from _mapping_lines(value, indent + "  ")
        else:
            yield f"{indent}- {shown(key, _LINE)}: {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    return shown(value, _LINE)
