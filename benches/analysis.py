"""How long statistics of a long series take, beside what people use for them.

    python benches/analysis.py

1M values: slope and volatility against numpy.polyfit and numpy.std, the line with its uncertainty
against scipy.stats.linregress, Mann-Kendall against scipy.stats.kendalltau, the robust spread and
smoothing against SciPy, MinMaxLTTB and MinMax against tsdownsample on one thread. SciPy's
Theil-Sen takes every pair, so it gets fewer points, and so do we beside it. Ours and theirs take
turns, so that each finds the caches as the other left them; medians and minima of the turns are
printed, and as `ms_again` the median of a second call of ours right behind the first one, which
finds the values in the cache. Peers that are not installed are left out, and named.
"""

import importlib
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from report import Report, options
from tachograph import analysis

N = 1_000_000
N_SMALL = 20_000
N_PAIRS = 3_000
N_OUT = 2_000

Work = Callable[[], object]


def peer(name: str) -> Any | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def turns(ours: Work, theirs: Work | None, repeats: int) -> tuple[list[float], ...]:
    """The seconds of some calls of both, in turns, after one each that does not count.

    Ours is called twice in each turn: the seconds of the second calls come last.
    """
    own: list[float] = []
    foreign: list[float] = []
    again: list[float] = []
    for turn in range(repeats + 1):
        for work, kept in ((ours, own), (ours, again), (theirs, foreign)):
            if work is None:
                continue
            begin = perf_counter()
            work()
            if turn:
                kept.append(perf_counter() - begin)
    return own, foreign, again


def compare(
    report: Report, what: str, repeats: int, *, ours: Work, other: tuple[str, Work | None]
) -> None:
    name, theirs = other
    own, foreign, again = turns(ours, theirs, repeats)
    report.add(
        statistic=what,
        ms=float(np.median(own)) * 1e3,
        ms_min=min(own) * 1e3,
        ms_again=float(np.median(again)) * 1e3,
        peer=name if foreign else f"{name}: left out",
        peer_ms=float(np.median(foreign)) * 1e3 if foreign else None,
        times_ours=float(np.median(foreign) / np.median(own)) if foreign else None,
        times_ours_min=min(foreign) / min(own) if foreign else None,
    )


def lines(report: Report, y: np.ndarray[Any, Any], repeats: int) -> None:
    x = np.arange(len(y))
    stats = peer("scipy.stats")

    def slope_and_volatility() -> tuple[float, float]:
        line = analysis.trend(y)
        return line.slope, line.std

    def numpys() -> None:
        np.polyfit(x, y, 1)
        np.std(y)

    few = min(repeats, 7)
    compare(
        report, "slope, volatility", few, ours=slope_and_volatility, other=("polyfit + std", numpys)
    )
    theirs = stats and (lambda: stats.linregress(x, y))
    compare(report, "line", few, ours=lambda: analysis.trend(y), other=("scipy linregress", theirs))
    theirs = stats and (lambda: stats.kendalltau(x, y))
    compare(
        report,
        "Mann-Kendall",
        1,
        ours=lambda: analysis.mann_kendall(y),
        other=("kendalltau", theirs),
    )
    part = y[:N_PAIRS]
    theirs = stats and (lambda: stats.theilslopes(part))
    what = f"Theil-Sen, {N_PAIRS:,}"
    compare(
        report, what, 1, ours=lambda: analysis.theil_sen(part), other=("scipy theilslopes", theirs)
    )
    compare(
        report,
        "Theil-Sen",
        1,
        ours=lambda: analysis.theil_sen(y),
        other=("scipy takes every pair", None),
    )


def spreads(report: Report, y: np.ndarray[Any, Any], repeats: int) -> None:
    stats, ndimage, signal = peer("scipy.stats"), peer("scipy.ndimage"), peer("scipy.signal")

    def mad() -> object:
        return analysis.volatility(y, method="mad")

    theirs = stats and (lambda: stats.median_abs_deviation(y, scale="normal"))
    compare(report, "robust spread", repeats, ours=mad, other=("scipy MAD", theirs))
    theirs = ndimage and (lambda: ndimage.uniform_filter1d(y, 100))
    ours: Work = lambda: analysis.rolling(y, window=100)  # noqa: E731
    compare(report, "rolling mean of 100", repeats, ours=ours, other=("uniform_filter1d", theirs))
    theirs = signal and (lambda: signal.lfilter([0.1], [1, -0.9], y))
    ours = lambda: analysis.smooth(y, alpha=0.1)  # noqa: E731
    compare(report, "exponential mean", repeats, ours=ours, other=("scipy lfilter", theirs))


def thinning(report: Report, y: np.ndarray[Any, Any], repeats: int) -> None:
    module = peer("tsdownsample")
    x = np.arange(len(y))
    for method, name in (("minmaxlttb", "MinMaxLTTB"), ("minmax", "MinMax")):
        other = None if module is None else getattr(module, f"{name}Downsampler")()
        for arguments, suffix in (((None,), ""), ((x,), " over x")):

            def ours(method: str = method, at: Any = arguments[0]) -> object:
                return analysis.downsample(at, y, N_OUT, method=method)

            def call(other: Any = other, at: Any = arguments[0]) -> object:
                places = () if at is None else (at,)
                return other.downsample(*places, y, n_out=N_OUT, parallel=False)

            theirs = None if other is None else call
            compare(report, name + suffix, repeats, ours=ours, other=("tsdownsample", theirs))


def main() -> None:
    parser = options(__doc__)
    arguments = parser.parse_args()
    n, repeats = (N_SMALL, 2) if arguments.smoke else (N, 21)
    random = np.random.default_rng(0)
    y = 2 / (1 + np.arange(n) * 1e-3) + 0.1 * random.standard_normal(n)
    report = Report(f"statistics of {n:,} values")
    lines(report, y, repeats)
    spreads(report, y, repeats)
    thinning(report, y, repeats)
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
