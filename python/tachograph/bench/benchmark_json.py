"""Figures in the form that pytest-benchmark writes, for tools that follow it over time.

After pytest-benchmark 5: https://pytest-benchmark.readthedocs.io/en/latest/
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import tachograph
from tachograph.bench.suite import BenchResult, CallCost

__all__ = ["benchmark_document"]

_NANO = 1e-9
_VERSION = "5.1.0"


def benchmark_document(result: BenchResult) -> dict[str, Any]:
    """The figures as pytest-benchmark's JSON; times in seconds."""
    benchmarks = []
    for cost in result.calls:
        where = "busy" if cost.busy else "quiet"
        name = f"log_step[{cost.metrics}-{where}]"
        benchmarks.append(_benchmark(name, cost, cost.call_ns, {"ratio_to_empty": cost.ratio}))
        benchmarks.append(_benchmark(f"empty[{cost.metrics}-{where}]", cost, cost.empty_ns, {}))
    return {
        "machine_info": {
            "node": platform.node(),
            "processor": platform.processor(),
            "machine": platform.machine(),
            "python_implementation": platform.python_implementation(),
            "python_version": platform.python_version(),
            "system": platform.system(),
            "release": platform.release(),
            "cpu": {"count": os.cpu_count()},
        },
        "commit_info": {"id": None, "dirty": None},
        "benchmarks": benchmarks,
        "datetime": datetime.now(UTC).isoformat(),
        "version": _VERSION,
        "tachograph": {
            "version": tachograph.__version__,
            "python": sys.version,
            "bytes_per_scalar": result.read_back.bytes_per_scalar,
            "read_back_megabytes_per_second": result.read_back.megabytes_per_second,
        },
    }


def _benchmark(
    name: str, cost: CallCost, nanos: Sequence[float], extra: dict[str, Any]
) -> dict[str, Any]:
    return {
        "group": f"log_step of {cost.metrics}",
        "name": name,
        "fullname": f"tacho bench::{name}",
        "params": {"metrics": cost.metrics, "busy": cost.busy},
        "param": str(cost.metrics),
        "extra_info": extra,
        "options": {
            "disable_gc": False,
            "timer": "perf_counter_ns",
            "min_rounds": len(nanos),
            "max_time": 0.0,
            "min_time": 0.0,
            "warmup": False,
        },
        "stats": _stats([nano * _NANO for nano in nanos]),
    }


def _stats(seconds: list[float]) -> dict[str, Any]:
    mean = statistics.fmean(seconds)
    q1, median, q3 = statistics.quantiles(seconds, n=4, method="inclusive")
    spread = statistics.stdev(seconds)
    iqr = q3 - q1
    low, high = q1 - 1.5 * iqr, q3 + 1.5 * iqr
    iqr_outliers = sum(not low <= value <= high for value in seconds)
    spread_outliers = sum(abs(value - mean) > spread for value in seconds)
    return {
        "min": min(seconds),
        "max": max(seconds),
        "mean": mean,
        "stddev": spread,
        "rounds": len(seconds),
        "median": median,
        "iqr": iqr,
        "q1": q1,
        "q3": q3,
        "iqr_outliers": iqr_outliers,
        "stddev_outliers": spread_outliers,
        "outliers": f"{spread_outliers};{iqr_outliers}",
        "ld15iqr": min(value for value in seconds if value >= low),
        "hd15iqr": max(value for value in seconds if value <= high),
        "ops": 1 / mean,
        "total": sum(seconds),
        "data": seconds,
        "iterations": 1,
    }
