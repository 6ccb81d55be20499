"""`tacho plot` draws what it is told, and says what it cannot."""

import json
import struct

import pytest

from tachograph import TrainingRecorder
from tachograph.cli.exits import Exit

PNG = b"\x89PNG"


def test_metrics_of_steps_and_epochs_are_drawn(tacho, run_dir, tmp_path):
    target = tmp_path / "new" / "loss.png"
    done = tacho("plot", run_dir, "loss", "val_loss", "train/mae", "-o", target)

    assert done.exit_code == Exit.OK, done.output
    assert done.output == f"{target}: loss, val_loss, train/mae\n"
    content = target.read_bytes()
    assert content.startswith(PNG)
    width, height = struct.unpack(">II", content[16:24])
    assert width > height > 400


def test_without_metrics_all_of_the_steps_are(tacho, run_dir, tmp_path):
    done = tacho("plot", run_dir, "-o", tmp_path / "all.svg", "--json")

    answer = json.loads(done.stdout)
    assert answer == {
        "path": str(tmp_path / "all.svg"),
        "runs": [str(run_dir)],
        "panels": ["loss", "lr"],
    }
    assert (tmp_path / "all.svg").read_text().startswith("<?xml")


def test_several_runs_lie_over_each_other(tacho, run_dir, tmp_path):
    with TrainingRecorder("other", dir=tmp_path) as other:
        other.log_step(loss=1.0)

    done = tacho("plot", run_dir, other.path, "loss", "-o", tmp_path / "two.png", "--json")

    answer = json.loads(done.stdout)
    assert (len(answer["runs"]), answer["panels"]) == (2, ["loss"])


@pytest.mark.parametrize(
    "options",
    [
        ("--log",),
        ("--axis", "time"),
        ("--smoothing", "0"),
        ("--style", "dark"),
        ("--axis", "epoch"),
    ],
)
def test_options_are_taken(tacho, run_dir, tmp_path, options):
    plain = tacho("plot", run_dir, "loss", "-o", tmp_path / "plain.png")
    done = tacho("plot", run_dir, "loss", "-o", tmp_path / "a.png", *options)

    assert (plain.exit_code, done.exit_code) == (Exit.OK, Exit.OK), done.output
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "plain.png").read_bytes()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("los",), Exit.ERROR, "near names: 'loss'"),
        (("loss" * 100,), Exit.ERROR, "no metric"),
        (("loss", "-o", "a.docx"), Exit.ERROR, "must end in"),
        (("loss", "--style", "plain"), Exit.ERROR, "'seaborn-v0_8'"),
        (("loss", "--palette", "plain"), Exit.ERROR, "'Set2'"),
        (("loss", "--smoothing", "1"), Exit.USAGE, "smoothing"),
        (("loss", "--axis", "hours"), Exit.USAGE, "axis"),
    ],
)
def test_what_cannot_be_drawn_is_said(tacho, run_dir, words, code, said):
    done = tacho("plot", run_dir, *words)

    assert done.exit_code == code
    assert said in done.stderr


def test_a_run_that_is_not_there_has_its_code(tacho, tmp_path):
    assert tacho("plot", tmp_path / "none").exit_code == Exit.NOT_FOUND
    assert tacho("plot").exit_code == Exit.USAGE


def test_of_a_damaged_run_is_drawn_what_can_be_read(tacho, damaged, tmp_path):
    done = tacho("plot", damaged, "loss", "-o", tmp_path / "a.png")

    assert done.exit_code == Exit.DAMAGED
    assert "damaged" in done.stderr
    assert (tmp_path / "a.png").exists()


def test_without_matplotlib_the_extra_is_named(tacho, run_dir, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)

    done = tacho("plot", run_dir, "loss")

    assert done.exit_code == Exit.ERROR
    assert "pip install 'tachograph[plot]'" in done.stderr
