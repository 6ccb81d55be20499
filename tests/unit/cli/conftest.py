"""Runs to look at, and ways to call the command."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from tachograph import TrainingRecorder
from tachograph.cli import main

N_STEPS = 40
N_EPOCHS = 4

Tacho = Callable[..., Result]


def record(root: Path, name: str = "baseline", *, n_steps: int = N_STEPS) -> Path:
    """A closed run of `n_steps` steps with an epoch after each tenth."""
    with TrainingRecorder(name, {"layers": 2}, {"lr": 0.1}, dir=root) as recorder:
        for step in range(n_steps):
            recorder.log_step(step, {"loss": 1 / (step + 1), "lr": 0.1})
            if step % 10 == 9:
                recorder.log_epoch(step // 10, 1 / (step + 1), 2 / (step + 1), {"mae": 1.5})
    return Path(recorder.path)


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return record(tmp_path / "runs")


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A run most of whose log is steps, with a stretch in the middle overwritten."""
    values = np.random.default_rng(0).standard_normal(20_000)
    with TrainingRecorder("damaged", dir=tmp_path / "damaged") as recorder:
        for step, value in enumerate(values.tolist()):
            recorder.log_step(step, {"loss": value})
        recorder.log_epoch(0, 1.0, 2.0)
    run_dir = Path(recorder.path)
    log = run_dir / "run.tacho"
    content = bytearray(log.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(byte ^ 0xFF for byte in content[middle : middle + 64])
    log.write_bytes(content)
    return run_dir


@pytest.fixture
def tacho() -> Tacho:
    """Calls the command in this process."""

    def call(*words: object, **options: object) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], **options)

    return call


@pytest.fixture
def start_tacho() -> Callable[..., subprocess.Popen[str]]:
    """Starts the command as a process of its own, with pipes."""

    def start(*words: object, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", "from tachograph.cli import main; main()", *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, **environment},
        )

    return start
