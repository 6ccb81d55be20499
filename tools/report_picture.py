"""Draws docs/pictures/report.png: the top of an HTML report of three runs, in Chromium.

    python tools/report_picture.py

The runs are made up; their noise is the same each time.
"""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from tachograph import TrainingRecorder
from tachograph.report import write_html

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "report.png"
N_EPOCHS = 30
STEPS_AN_EPOCH = 400
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def record(directory: Path, name: str, *, lr: float, width: int, seed: int) -> Path:
    """One run of made-up curves; its directory."""
    rng = np.random.default_rng(seed)
    n_steps = N_EPOCHS * STEPS_AN_EPOCH
    steps = np.arange(n_steps)
    loss = 2.3 * np.exp(-steps * lr / 12) + 0.35 - 0.0004 * width
    noisy = loss * (1 + 0.12 * rng.standard_normal(n_steps))
    noisy[n_steps // 3] = 6.5
    columns = {
        "loss": noisy,
        "grad_norm": loss * rng.lognormal(0, 0.4, n_steps),
        "tokens_per_sec": 52_000 - 40 * width + 600 * rng.standard_normal(n_steps),
    }
    begun = datetime.now(UTC)
    config = {"layers": 4, "width": width}, {"lr": lr, "batch_size": 128, "epochs": N_EPOCHS}
    with TrainingRecorder(name, *config, dir=directory, capture_environment=False) as recorder:
        for epoch in range(N_EPOCHS):
            part = slice(epoch * STEPS_AN_EPOCH, (epoch + 1) * STEPS_AN_EPOCH)
            recorder.log_steps(steps[part], {key: column[part] for key, column in columns.items()})
            train = float(loss[part][-1])
            val = train + 0.05 + 0.002 * max(0, epoch - 18) ** 1.5 + 0.01 * rng.standard_normal()
            recorder.log_epoch(
                epoch + 1,
                train,
                val,
                {"accuracy": 1 - train / 3},
                {"accuracy": 1 - val / 3},
                epoch_time=31 + rng.random(),
                timestamp=begun + timedelta(seconds=31.5 * (epoch + 1)),
            )
        return Path(recorder.path or directory)


def main() -> None:
    """Records three runs, writes their report, and takes the picture."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        raise SystemExit(f"no browser: none of {', '.join(BROWSERS)} is on PATH")
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        runs = [
            record(directory, "baseline", lr=0.01, width=64, seed=0),
            record(directory, "wide", lr=0.01, width=256, seed=1),
            record(directory, "slow", lr=0.003, width=64, seed=2),
        ]
        page_file = directory / "report.html"
        write_html(runs, page_file)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1240, "height": 1420})
            page.goto(page_file.as_uri())
            page.locator("figure[data-drawn]").first.wait_for()
            page.wait_for_function("() => !isDrawing")
            PICTURE.parent.mkdir(exist_ok=True)
            page.screenshot(path=PICTURE)
            browser.close()


if __name__ == "__main__":
    main()
