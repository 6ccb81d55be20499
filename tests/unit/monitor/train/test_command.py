"""`python -m tachograph.monitor.train` in processes of its own: killed, interrupted, spawned."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import tachograph
from tachograph.monitor import demonstration, read_history
from tachograph.monitor.train.__main__ import main

torch = pytest.importorskip("torch")

TINY = [
    *("--max-files=24", "--channels=2", "--window-sec=0.5", "--patch-size=32", "--d-model=8"),
    *("--nhead=2", "--num-layers=1", "--ff=8", "--device=cpu", "--save-history"),
]
HISTORY = Path("checkpoints") / "training_history.json"
LIMIT_SECS = 240  # only something broken takes so long; importing torch takes its time


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    package = str(Path(tachograph.__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", package)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # threads that spin are slow on a busy machine
    monkeypatch.delenv("TACHO_DIR", raising=False)
    monkeypatch.delenv("TACHO_RUN_ID", raising=False)
    monkeypatch.chdir(tmp_path)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield tmp_path
    torch.set_num_threads(before)


def run(*words, **options):
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        timeout=LIMIT_SECS,
        check=False,
        **options,
    )


GUIDE = [
    "--epochs 10 --batch-size 16 --save-history",
    "--epochs 10 --save-history",
    "--epochs 3 --batch-size 8 --d-model 64 --nhead 2 --num-layers 2 --save-history",
]


@pytest.mark.parametrize("command", GUIDE)
def test_the_commands_of_the_guide_run(capsys, command):
    # With fewer and shorter windows, so that this is quick; the flags are the guide's.
    status = main([*command.split(), "--max-files=20", "--window-sec=1", "--workers=0"])

    assert status == 0
    epochs = int(command.split()[1])
    history = read_history(HISTORY)
    assert [row["epoch"] for row in history["val"]] == list(range(1, epochs + 1))
    output = capsys.readouterr().out
    assert output.count("Training Metrics - Epoch") == epochs
    assert "  Gradient Norms      :\n    grad_norm_max     : " in output
    assert f"history: {HISTORY}" in output
    assert "best epoch " in output


def test_a_kill_after_two_epochs_leaves_two_epochs(elsewhere):
    program = """
import os, signal
from tachograph.monitor.train.arguments import parse
from tachograph.monitor.train.loop import Training

def show(headline, metrics):
    if headline == "Validation Metrics - Epoch 2":
        os.kill(os.getpid(), signal.SIGKILL)

import sys
Training(parse(sys.argv[1:])[0]).run(show)
"""
    done = run("-c", program, *TINY, "--epochs", "5", "--workers", "0")

    assert done.returncode == -signal.SIGKILL, done.stderr
    strict = json.loads(HISTORY.read_text(), parse_constant=pytest.fail)
    assert [len(strict[split]) for split in ("train", "val")] == [2, 2]
    assert torch.load("checkpoints/best.pt", weights_only=True)["epoch"] in (1, 2)
    (run_dir,) = (elsewhere / "runs" / "eeg-criticality").iterdir()
    assert [epoch.epoch for epoch in tachograph.open(run_dir).epochs] == [1, 2]


def test_ctrl_c_ends_the_demonstration_its_training_and_the_workers_without_a_traceback(elsewhere):
    words = ["-m", "tachograph.monitor.demonstration", *TINY, "--epochs=100000", "--workers=2"]
    # A group of its own, so that the signal reaches what Ctrl-C would reach, and not pytest.
    child = subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    # By the second epoch's history the first epoch's checkpoint is there.
    wait_for(lambda: child.poll() is not None or epochs_kept() >= 2)
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGINT)
    # The pipes end when the last process that holds them has: the workers are gone, too.
    output, errors = child.communicate(timeout=LIMIT_SECS)

    assert child.returncode == 130, errors
    assert "interrupted after " in errors
    assert "Traceback" not in errors
    assert "best epoch " in output
    assert "Next:" not in output
    (run_dir,) = (elsewhere / "runs" / "eeg-criticality").iterdir()
    recorded = tachograph.open(run_dir)
    assert recorded.status.state == "closed"
    assert abs(len(recorded.epochs) - len(read_history(HISTORY)["val"])) <= 1


def test_workers_that_are_spawned_train_and_end(elsewhere):
    program = """
import multiprocessing, sys
from tachograph.monitor.train.__main__ import main

if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    sys.exit(main())
"""
    (elsewhere / "spawning.py").write_text(program)
    done = run("spawning.py", *TINY, "--epochs", "1", "--workers", "1")

    assert done.returncode == 0, done.stderr
    assert len(read_history(HISTORY)["val"]) == 1


def test_without_torch_a_line_says_what_to_install_and_the_help_stands(elsewhere):
    (elsewhere / "torch.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')"
    )
    without = os.pathsep.join([str(elsewhere), os.environ["PYTHONPATH"]])
    environment = {**os.environ, "PYTHONPATH": without}

    done = run("-m", "tachograph.monitor.train", env=environment)
    asked = run("-m", "tachograph.monitor.train", "--help", env=environment)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "pip install 'tachograph[torch]'" in done.stderr
    assert asked.returncode == 0
    assert "--save-history" in asked.stdout


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("--device cuda:4096", "device cannot be used"),
        ("--data-dir nowhere", "data_dir must be a directory of recordings: nowhere"),
        ("--checkpoint-dir file/c --workers 0", "file"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(elsewhere, capsys, words, complaint):
    (elsewhere / "file").write_text("")
    with pytest.raises(SystemExit) as caught:
        main([*TINY, *words.split()])

    assert caught.value.code == 2
    errors = capsys.readouterr().err
    assert complaint in errors
    assert "Traceback" not in errors


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("workers", [0, 1])
def test_a_recording_that_turns_out_to_be_broken_is_named(elsewhere, capsys, workers):
    lines = ["file,label"]
    for i in range(4):
        np.save(elsewhere / f"{i}.npy", np.full((2, 128), np.nan))
        lines.append(f"{i}.npy,{i % 2}")
    (elsewhere / "annotations.csv").write_text("\n".join(lines))

    with pytest.raises(SystemExit) as caught:
        main([*TINY, "--data-dir", str(elsewhere), f"--workers={workers}"])

    assert caught.value.code == 2
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert "a window must not hold NaN or infinities" in errors
    assert ".npy" in errors


def test_the_demonstration_trains_and_says_what_is_next(elsewhere):
    done = run("-m", "tachograph.monitor.demonstration", *TINY, "--epochs", "1", "--workers", "0")

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("python -m tachograph.monitor.train --epochs 3")
    assert lines[-1] == "Next: tacho visualize"
    assert len(read_history(HISTORY)["train"]) == 1


def test_the_demonstration_ends_as_the_training_does(capfd):
    assert demonstration.main(["--epochs", "0"]) == 2

    assert "Next:" not in capfd.readouterr().out


def test_a_demonstration_whose_training_is_killed_says_so_by_its_status(monkeypatch):
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"

    assert demonstration._status([sys.executable, "-c", killed]) == 128 + signal.SIGKILL


def epochs_kept():
    return len(read_history(HISTORY)["val"]) if HISTORY.exists() else 0


def wait_for(happened):
    limit = time.monotonic() + LIMIT_SECS
    while not happened():
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.02)
