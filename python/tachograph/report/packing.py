"""The curves as JSON for a script element: numbers packed, nothing in it that ends the script.

Numbers are little-endian arrays in base64. Values, steps and epochs are float64, exactly as they
were recorded (a label beyond 2^53 is rounded, as any number is in a browser); seconds, which only
say where a point is drawn, are float32.
"""

from __future__ import annotations

import base64
import json
import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tachograph.report.elements import visible
from tachograph.report.model import Chart, Points, Report, Trace

__all__ = ["payload", "script_json"]

# A `<` could begin `</script>` or `<!--`, an `&` an entity; U+2028 and U+2029 end lines of old
# browsers' JavaScript.
_IN_SCRIPTS: Final = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def payload(report: Report) -> dict[str, Any]:
    """What the page's script draws."""
    return {
        "runs": [visible(run.label) for run in report.runs],
        "charts": [_chart(chart) for group in report.groups for chart in group.charts],
    }


def script_json(value: Any) -> str:
    """Strict JSON that can stand in a script element as it is.

    Args:
        value: What JSON has; numbers that are not finite become null.
    """
    text = json.dumps(_finite(value), allow_nan=False, separators=(",", ":"), ensure_ascii=True)
    return text.translate(_IN_SCRIPTS)


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "title": visible(chart.title),
        "table": chart.table,
        "traces": [_trace(trace) for trace in chart.traces],
    }


def _trace(trace: Trace) -> dict[str, Any]:
    return {
        "run": trace.run,
        "name": visible(trace.name),
        "role": trace.role,
        "values": trace.n_values,
        "notFinite": trace.n_not_finite,
        "points": _points(trace.points),
        "means": None if trace.means is None else _points(trace.means),
        "best": None if trace.best is None else _points(trace.best),
    }


def _points(points: Points) -> dict[str, str | None]:
    return {
        "y": _packed(points.y, "<f8"),
        "step": _packed(points.step, "<f8"),
        "epoch": _packed(points.epoch, "<f8"),
        "seconds": _packed(points.seconds, "<f4"),
    }


def _packed(values: NDArray[np.float64] | None, kind: str) -> str | None:
    if values is None:
        return None
    return base64.b64encode(values.astype(kind).tobytes()).decode("ascii")


def _finite(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case list():
            return [_finite(item) for item in value]
    return value
