"""What watching the health of a training costs: a call of `log_step`, and a finished run.

    python benches/health.py                   # the usual figures
    python benches/health.py --rows 1000000    # rows of the finished run

Two recorders take turns in short rounds of the same calls, one of them watched; the figure of each
is that of its quickest round, since everything else is what the machine did meanwhile. Rows have
one, three (loss, gradient norm, update ratio) or ten metrics, of which up to three are watched.
"""

import tempfile
from pathlib import Path
from time import perf_counter_ns

import numpy as np

import tachograph
from report import Report, options
from tachograph import TrainingRecorder

ROUNDS = 200
CALLS = 2_000
N_VALUES = 257  # dictionaries in turn, so that values differ from call to call


def rows(names: list[str]) -> list[dict[str, float]]:
    """Rows of a healthy training."""
    noise = np.random.default_rng(0).normal(size=(N_VALUES, len(names)))
    usual = {"loss": 0.5, "grad_norm": 1.0, "update_ratio": 1e-3}
    return [
        {
            name: usual.get(name, 1.0) * (1.0 + 0.05 * value)
            for name, value in zip(names, line, strict=True)
        }
        for line in noise.tolist()
    ]


def round_of(recorder: TrainingRecorder, taken: list[dict[str, float]]) -> float:
    """Nanoseconds a call of one round."""
    log, n = recorder.log_step, len(taken)
    begin = perf_counter_ns()
    for at in range(CALLS):
        log(at, taken[at % n])
    return (perf_counter_ns() - begin) / CALLS


def measure_calls(report: Report, root: Path, n_rounds: int) -> None:
    watched_names = ["loss", "grad_norm", "update_ratio"]
    others = [f"metric_{number}" for number in range(7)]
    for names in (["loss"], watched_names, watched_names + others):
        taken = rows(names)
        plain = TrainingRecorder("plain", dir=root, capture_environment=False)
        watched = TrainingRecorder("watched", dir=root, capture_environment=False)
        watched.watch_health()
        with plain, watched:
            pairs = [(round_of(plain, taken), round_of(watched, taken)) for _ in range(n_rounds)]
            assert not watched._has_findings  # a finding would be measured as well
        without, with_watch = (min(one) for one in zip(*pairs, strict=True))
        report.add(
            metrics=len(names),
            log_step_ns_min=without,
            watched_ns_min=with_watch,
            watch_ns=with_watch - without,
        )


def measure_finished(report: Report, root: Path, n_rows: int) -> None:
    noise = np.random.default_rng(1).normal(size=(3, n_rows))
    with TrainingRecorder("finished", dir=root, capture_environment=False) as recorder:
        recorder.log_steps(
            np.arange(n_rows),
            {
                "loss": 0.5 + 2.0 * np.exp(-np.arange(n_rows) / 1e5) + 0.02 * noise[0],
                "grad_norm": np.exp(0.3 * noise[1]),
                "lr": np.full(n_rows, 1e-3),
                "accuracy": 0.9 + 0.01 * noise[2],
            },
        )
    assert recorder.path is not None
    spans, n_findings = [], 0
    for _ in range(5):
        reader = tachograph.open(recorder.path)._columns()
        begin = perf_counter_ns()
        n_findings = len(reader.health())
        spans.append((perf_counter_ns() - begin) / 1e6)
    report.add(finished_run_steps=n_rows, health_ms_min=min(spans), findings=n_findings)


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="steps of the finished run")
    given = parser.parse_args()
    rounds, n_steps = (5, 10_000) if given.smoke else (ROUNDS, given.rows)
    about = Report(f"Watching health: quickest of {rounds} rounds of {CALLS:,} calls")
    with tempfile.TemporaryDirectory(dir=given.dir) as directory:
        measure_calls(about, Path(directory), rounds)
        measure_finished(about, Path(directory), n_steps)
    about.print(as_json=given.json)
