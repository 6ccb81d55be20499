"""What recording costs on this machine: what `tacho bench` measures."""

from tachograph.bench.benchmark_json import benchmark_document
from tachograph.bench.suite import BenchResult, CallCost, Progress, ReadBack, Settings, run

__all__ = [
    "BenchResult",
    "CallCost",
    "Progress",
    "ReadBack",
    "Settings",
    "benchmark_document",
    "run",
]
