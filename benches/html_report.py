"""How large an HTML report is, how long it takes to write, and how long it takes to open.

    python benches/html_report.py [--smoke] [--keep DIRECTORY]

Runs of 1 M steps x 10 metrics, one and three. The file's size is told without plotly.js, which is
the same in every report. Opened in headless Chromium (nothing where there is none), a new page each
time, from the start of the navigation to the first chart drawn.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from tachograph import TrainingRecorder
from tachograph.report import write_html
from tachograph.report.chart_library import chart_library

N_METRICS = 10
N_OPENINGS = 7
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DRAWN = """() => new Promise((done) => {
    const look = () => document.querySelector('[data-drawn]')
        ? done(performance.now()) : setTimeout(look, 1);
    look();
})"""


def record(directory: Path, seed: int, n_steps: int) -> Path:
    rng = np.random.default_rng(seed)
    fall = np.exp(-np.linspace(0, 5, n_steps))
    columns = {f"metric_{at}": rng.normal(fall, 0.1) for at in range(N_METRICS - 1)}
    with TrainingRecorder(f"run {seed}", {"seed": seed}, dir=directory) as recorder:
        recorder.log_steps(np.arange(n_steps), {"loss": rng.normal(fall, 0.1), **columns})
        for epoch in range(50):
            recorder.log_epoch(epoch, float(fall[epoch]), float(fall[epoch]) + 0.1)
        return Path(recorder.path or directory)


def opening_secs(path: Path, executable: str) -> list[float]:
    from playwright.sync_api import sync_playwright

    secs = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for _ in range(N_OPENINGS):
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.goto(path.as_uri(), wait_until="commit")
            secs.append(page.evaluate(DRAWN) / 1000)
            page.close()
        browser.close()
    return secs


def measure(name: str, runs: list[Path], directory: Path, executable: str | None) -> None:
    path = directory / f"{name}.html"
    begun = time.perf_counter()
    write_html(runs, path)
    written = time.perf_counter() - begun
    beyond = path.stat().st_size - len(chart_library().encode())
    print(f"{name}: {beyond / 1e6:.2f} MB beyond plotly.js, written in {written:.2f} s", end="")
    if executable is None:
        print("; not opened: no Chromium")
        return
    secs = opening_secs(path, executable)
    median = statistics.median(secs)
    print(f"; first chart after {median:.2f} s (median of {len(secs)}, worst {max(secs):.2f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="ten thousand steps")
    parser.add_argument("--keep", type=Path, help="where the reports are left")
    options = parser.parse_args()
    n_steps = 10_000 if options.smoke else 1_000_000
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    with tempfile.TemporaryDirectory() as scratch:
        directory = options.keep or Path(scratch)
        directory.mkdir(parents=True, exist_ok=True)
        runs = [record(Path(scratch), seed, n_steps) for seed in range(3)]
        measure("one run", runs[:1], directory, executable)
        measure("three runs", runs, directory, executable)


if __name__ == "__main__":
    main()
