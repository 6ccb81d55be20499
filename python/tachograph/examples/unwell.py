"""Trainings made ill on purpose, each in its way, and what the rules of health find in them.

    python -m tachograph.examples.unwell
    python -m tachograph.examples.unwell --only memory_growth

A small network learns scikit-learn's digits: first as it should, over several seeds, in which
nothing is found; then with one thing wrong at a time. Each training takes about a second. The runs
stay where runs are kept: `tacho health` and `tacho show` look at them again. Needs
``pip install 'tachograph[demo]'``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tachograph._options import whole
from tachograph.demo import data
from tachograph.examples.ill_trainings import FAILURES, Failure, healthy
from tachograph.examples.options import refusing
from tachograph.examples.session import open_run, say
from tachograph.examples.watched_training import Training, train
from tachograph.health import HealthReport

__all__ = ["Result", "ill_results", "main", "run", "table"]

N_SEEDS = 5


@dataclass(frozen=True, slots=True)
class Result:
    """What was found in a training.

    Attributes:
        what: What was done wrong, in words.
        code: The finding that should tell it; None of a training that is well.
        report: What was found.
        run_dir: Where the run lies.
    """

    what: str
    code: str | None
    report: HealthReport
    run_dir: Path

    @property
    def as_expected(self) -> bool:
        """Whether the failure is told, or a training that is well is called so."""
        return self.report.ok if self.code is None else self.code in self.report.codes


def run(
    *, seed: int = 0, n_healthy: int = N_SEEDS, only: str | None = None, root: Path | None = None
) -> Iterator[Result]:
    """Trains them all, one after the other.

    Args:
        seed: Of the split, the weights and the batches.
        n_healthy: How many trainings that are well come first, each with a seed of its own.
        only: The code of the failures to make; None for all, and those that are well.
        root: Where runs are kept; None takes the recorder's default.

    Raises:
        MissingExtraError: scikit-learn is not installed.
        TachographError: Recording is turned off.
    """
    digits = data.load(seed)
    for at in range(seed, seed + n_healthy if only is None else seed):
        what = f"nothing, seed {at}"
        yield _result(what, None, healthy(digits, at), root)
    chosen = [one for one in FAILURES if only in {None, one.code}]
    yield from ill_results(chosen, digits, seed, root)


def ill_results(
    failures: Sequence[Failure], digits: data.Digits, seed: int, root: Path | None
) -> Iterator[Result]:
    """The trainings of these failures."""
    for failure in failures:
        yield _result(failure.what, failure.code, failure.make(digits, seed), root)


def table(results: Sequence[Result]) -> str:
    """A line for each training: what was done wrong, and what was found."""
    lines = [f"{'what is wrong':<46} {'expected':<21} found"]
    for one in results:
        found = ", ".join(one.report.codes) or "nothing"
        sign = "" if one.as_expected else "  MISSED" if one.code else "  FALSE ALARM"
        lines.append(f"{one.what:<46} {one.code or 'nothing':<21} {found}{sign}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """What ``python -m tachograph.examples.unwell`` does."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--dir", type=Path, help="where runs are kept; default $TACHO_DIR or runs")
    options.add_argument("--seed", type=whole(0), default=0, help="of data, weights and batches")
    options.add_argument("--only", choices=[one.code for one in FAILURES], help="one failure")
    given = options.parse_args(arguments)
    with refusing(options):
        results = list(run(seed=given.seed, only=given.only, root=given.dir))
    say(table(results))
    n_right = sum(one.as_expected for one in results)
    say(f"\n{n_right} of {len(results)} as expected; look again with `tacho health RUN`:")
    say("\n".join(str(one.run_dir) for one in results))


def _result(what: str, code: str | None, training: Training, root: Path | None) -> Result:
    sizes = [len(training.network.weights[0]), *map(len, training.network.biases)]
    config = {"rate": training.rate(0), "batch_size": training.batch_size, "what_is_wrong": what}
    recorder, run_dir = open_run("unwell", {"sizes": sizes}, config, root)
    with recorder:
        train(training, recorder)
        return Result(what, code, recorder.health, run_dir)


if __name__ == "__main__":
    main()
