"""`tacho bench`: what recording costs on this machine."""

import json
import math
from contextlib import nullcontext
from pathlib import Path

import click

from tachograph import bench
from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option
from tachograph.cli.output import emit, emit_json, warn
from tachograph.cli.table import Column, print_pairs, print_table
from tachograph.export.target import Output, writing
from tachograph.overview.wording import size

_COLUMNS = (
    Column("metrics", numeric=True),
    Column("beside"),
    Column("empty call", numeric=True),
    Column("log_step", numeric=True),
    Column("ratio", numeric=True),
    Column("p50", numeric=True),
    Column("p99", numeric=True),
    Column("p99.9", numeric=True),
    Column("worst", numeric=True),
    Column("worst empty", numeric=True),
)
_MICRO_NS = 1e3
_MILLI_NS = 1e6


@click.command("bench")
@click.option(
    "--calls",
    type=click.IntRange(min=1000),
    default=bench.Settings().calls,
    show_default=True,
    help="Calls that are timed one by one, for each number of metrics.",
)
@click.option(
    "--rows",
    type=click.IntRange(min=1000),
    default=bench.Settings().rows,
    show_default=True,
    help="Steps that are recorded and read back.",
)
@click.option(
    "--dir",
    "root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The directory, so the disk, to measure; what is written is removed again."
    "  [default: the system's temporary directory]",
)
@click.option(
    "--benchmark-json",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write the figures in the form of pytest-benchmark; replaced whole or not at all.",
)
@click.option(
    "--fail-over",
    type=click.FloatRange(min=0, min_open=True),
    metavar="RATIO",
    help="End with exit code 1 if a call with ten metrics costs more than RATIO empty calls.",
)
@json_option
def command(
    *,
    calls: int,
    rows: int,
    root: Path | None,
    benchmark_json: Path | None,
    fail_over: float | None,
    as_json: bool,
) -> Exit:
    """Measures what recording costs here, beside calls of an empty Python function.

    Both take turns in one process, so that a busy machine is busy for both: the ratio says more
    than the nanoseconds. Medians of some repetitions, the loop included.
    """
    if fail_over is not None and not math.isfinite(fail_over):
        raise click.BadParameter(f"{fail_over} is no limit", param_hint="--fail-over")
    settings = bench.Settings(calls=calls, rows=rows)
    result = None
    try:
        # The place is taken first: what cannot be written is known before anything is measured.
        with nullcontext() if benchmark_json is None else writing(benchmark_json) as output:
            result = bench.run(settings, root=root, on_part=warn)
            if output is not None:
                _write(result, output)
    finally:  # what took so long is shown also where it could not be written
        if result is not None:
            _print(result, as_json=as_json)
    if fail_over is not None and not result.ratio <= fail_over:
        warn(f"error: a call costs {result.ratio:.2f} empty calls, more than {fail_over:g}")
        return Exit.ERROR
    return Exit.OK


def _write(result: bench.BenchResult, output: Output) -> None:
    document = json.dumps(bench.benchmark_document(result), indent=2)
    output.write((document + "\n").encode())


def _print(result: bench.BenchResult, *, as_json: bool) -> None:
    if as_json:
        emit_json({"calls": result.calls, "read_back": result.read_back, "ratio": result.ratio})
    else:
        _print_tables(result)


def _print_tables(result: bench.BenchResult) -> None:
    print_table(_COLUMNS, [_row(cost) for cost in result.calls])
    emit()
    back = result.read_back
    print_pairs(
        [
            (
                "size",
                (
                    f"{back.bytes_per_scalar:.2f} bytes a scalar "
                    f"({size(back.bytes)} for {back.scalars:,} of noise, all files)"
                ),
            ),
            ("opening", f"{back.open_seconds * 1e3:.2f} ms"),
            ("first metric", f"{back.first_metric_seconds * 1e3:.1f} ms"),
            ("all metrics", f"{back.megabytes_per_second:,.0f} MB of arrays a second"),
        ]
    )


def _row(cost: bench.CallCost) -> list[str]:
    return [
        str(cost.metrics),
        "a busy thread" if cost.busy else "nothing",
        _nanos(sorted(cost.empty_ns)[len(cost.empty_ns) // 2]),
        _nanos(sorted(cost.call_ns)[len(cost.call_ns) // 2]),
        f"{cost.ratio:.2f}",
        _nanos(cost.p50_ns),
        _nanos(cost.p99_ns),
        _nanos(cost.p999_ns),
        _nanos(cost.worst_ns),
        _nanos(cost.empty_worst_ns),
    ]


def _nanos(nanos: float) -> str:
    if nanos < _MICRO_NS:
        return f"{nanos:.0f} ns"
    if nanos < _MILLI_NS:
        return f"{nanos / _MICRO_NS:.2f} us"
    return f"{nanos / _MILLI_NS:.2f} ms"
