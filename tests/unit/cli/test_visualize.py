"""`tacho visualize` sums a watched training up, and draws it."""

import json
import math
import os
import subprocess
import sys

import pytest

from tachograph import TrainingRecorder
from tachograph.cli.exits import Exit
from tachograph.monitor import write_history

PNG = b"\x89PNG"
HISTORY = {
    "train": [{"epoch": 1, "loss": 0.75, "acc": 0.5}, {"epoch": 2, "loss": 0.5, "acc": 0.625}],
    "val": [{"epoch": 1, "loss": 0.5, "acc": 0.875}, {"epoch": 2, "loss": 0.25, "acc": 0.75}],
}
SUMMARY = """\
Training history: 2 epochs

Final epoch: 2
  train loss         0.5
  train acc          0.625
  val loss           0.25
  val acc            0.75

Best validation epoch: 1 (highest acc)
  val loss           0.5
  val acc            0.875

Gradient norm: not recorded

Confusion matrix: not recorded
"""


@pytest.fixture(autouse=True)
def _in_own_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def history(tmp_path):
    """At the place where the training command writes it."""
    return write_history(tmp_path / "checkpoints" / "training_history.json", HISTORY)


def test_without_words_the_usual_history_is_drawn_into_the_usual_file(tacho, history, tmp_path):
    done = tacho("visualize")

    assert done.exit_code == Exit.OK, done.output
    assert done.output == f"{SUMMARY}\nDashboard: training_dashboard.png\n"
    assert (tmp_path / "training_dashboard.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize(
    "words",
    [("checkpoints/training_history.json",), ("--history", "checkpoints"), ("checkpoints",)],
)
def test_a_history_may_be_named_in_any_way(tacho, history, tmp_path, words):
    done = tacho("visualize", *words, "--save", tmp_path / "new" / "plots.svg")

    assert done.exit_code == Exit.OK, done.output
    assert done.output == f"{SUMMARY}\nDashboard: {tmp_path / 'new' / 'plots.svg'}\n"
    assert (tmp_path / "new" / "plots.svg").read_text().startswith("<?xml")
    assert not (tmp_path / "training_dashboard.png").exists()


def test_a_session_without_a_screen_neither_waits_nor_fails(history, tmp_path):
    absent = ("DISPLAY", "WAYLAND_DISPLAY")
    done = subprocess.run(
        [sys.executable, "-c", "from tachograph.cli import main; main()", "visualize"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={name: value for name, value in os.environ.items() if name not in absent},
    )

    assert (done.returncode, done.stderr) == (Exit.OK, "")
    assert done.stdout.endswith("\nDashboard: training_dashboard.png\n")
    assert (tmp_path / "training_dashboard.png").read_bytes().startswith(PNG)


def test_the_summary_alone_needs_no_matplotlib(tacho, history, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    done = tacho("visualize", "--summary-only")

    assert (done.exit_code, done.output) == (Exit.OK, SUMMARY)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoints"]


def test_without_matplotlib_the_summary_comes_and_the_extra_is_named(tacho, history, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    done = tacho("visualize")

    assert done.exit_code == Exit.ERROR
    assert done.stdout == SUMMARY
    assert "pip install 'tachograph[plot]'" in done.stderr


@pytest.mark.parametrize("options", [(), ("--summary-only",), ("--json",)])
@pytest.mark.parametrize("words", [(), ("none.json",), ("--history", "none.json"), ("none",)])
def test_a_history_that_is_not_there_is_said_and_fails(tacho, tmp_path, words, options):
    done = tacho("visualize", *words, *options)

    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("tacho: error: no history")
    assert (words[-1] if words else "training_history.json") in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not JSON"),
        ("[]", "'train' and 'val'"),
        ('{"train": 3}', "'train' is no list"),
        ('{"train": [{"epoch": 1e300}]}', "integer"),
    ],
)
def test_what_is_no_history_is_said(tacho, tmp_path, content, said):
    (tmp_path / "other.json").write_text(content)

    done = tacho("visualize", "other.json")

    assert done.exit_code == Exit.ERROR
    assert said in done.stderr


def test_of_a_run_the_metrics_of_its_epochs_are_taken(tacho, tmp_path):
    with TrainingRecorder("watched", dir=tmp_path / "runs") as recorder:
        for train, val in zip(HISTORY["train"], HISTORY["val"], strict=True):
            metrics = ({"acc": train["acc"]}, {"acc": val["acc"]})
            recorder.log_epoch(train["epoch"], train["loss"], val["loss"], *metrics)

    for place in (recorder.path, tmp_path / "runs"):
        done = tacho("visualize", place, "--summary-only")
        assert (done.exit_code, done.stdout) == (Exit.OK, SUMMARY)
    assert tacho("visualize", recorder.path).exit_code == Exit.OK
    assert (tmp_path / "training_dashboard.png").exists()


def test_of_a_damaged_run_is_drawn_what_can_be_read(tacho, tmp_path):
    with TrainingRecorder("damaged", dir=tmp_path / "runs", capture_environment=False) as recorder:
        for epoch in range(3000):
            recorder.log_epoch(epoch, math.sin(epoch), math.cos(epoch))
    log = recorder.path / "run.tacho"
    content = bytearray(log.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(byte ^ 0xFF for byte in content[middle : middle + 64])
    log.write_bytes(content)

    done = tacho("visualize", recorder.path, "--save", "a.png")

    assert done.exit_code == Exit.DAMAGED
    assert "damaged" in done.stderr
    assert (tmp_path / "a.png").exists()


def test_as_json(tacho, history):
    done = tacho("visualize", "--json", "--save", "a.png")

    answer = json.loads(done.stdout)
    assert answer["path"] == os.path.join("checkpoints", "training_history.json")  # noqa: PTH118 -- as printed
    assert answer["picture"] == "a.png"
    assert answer["summary"]["best"] == {"epoch": 1, "loss": 0.5, "acc": 0.875, "by": "acc"}
    assert answer["summary"]["train"] == {"epoch": 2, "loss": 0.5, "acc": 0.625}
    assert answer["summary"]["confusion"] is None


def test_the_look_is_taken(tacho, history, tmp_path):
    assert tacho("visualize", "--save", "light.png").exit_code == Exit.OK
    assert tacho("visualize", "--save", "dark.png", "--style", "dark").exit_code == Exit.OK

    assert (tmp_path / "light.png").read_bytes() != (tmp_path / "dark.png").read_bytes()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("checkpoints", "--history", "checkpoints"), Exit.USAGE, "not both"),
        (("--summary-only", "--save", "a.png"), Exit.USAGE, "draws nothing"),
        (("--save", "a.docx"), Exit.ERROR, "must end in"),
        (("--style", "plain"), Exit.ERROR, "'seaborn-v0_8'"),
    ],
)
def test_what_cannot_be_done_is_said(tacho, history, words, code, said):
    done = tacho("visualize", *words)

    assert done.exit_code == code
    assert said in done.stderr
