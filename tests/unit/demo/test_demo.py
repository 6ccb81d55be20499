"""`tacho demo` in a small size."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import tachograph
from tachograph.cli import main
from tachograph.cli.exits import Exit
from tachograph.demo.stopwatch import Stopwatch

N_STEPS = 1_500


def demo(root, *words):
    return CliRunner().invoke(main, ["demo", "--steps", str(N_STEPS), "--dir", str(root), *words])


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    result = demo(tmp_path_factory.mktemp("demo"), "--json")

    assert result.exit_code == Exit.OK, result.output
    return json.loads(result.stdout)


def test_learns(shown):
    assert shown["steps"] == N_STEPS
    assert shown["val_accuracy"] > 0.9


def test_records_every_step_and_epoch(shown):
    with tachograph.open(shown["run_dir"]) as run:
        assert run.metrics == ["loss", "accuracy", "lr", "grad_norm", "step_time_us"]
        assert {len(run.history(name)[0]) for name in run.metrics} == {N_STEPS}
        assert len(run.epochs) == shown["epochs"] == -(-N_STEPS // 45)
        last = run.epochs[-1]
        assert last.val_metrics["accuracy"] == shown["val_accuracy"]
        assert last.epoch_time > 0
        assert last.gradient_norm > 0
        assert run.status.state == "closed"


def test_counts_what_it_logged(shown):
    assert shown["scalars"] == 5 * N_STEPS + 7 * shown["epochs"]
    assert shown["bytes_per_scalar"] == pytest.approx(shown["run_bytes"] / shown["scalars"])
    assert 0 < shown["recording_share"] < 1


def test_leaves_a_record_and_a_history_beside_the_log(shown):
    record, history = (Path(name) for name in shown["files"])

    assert len(json.loads(record.read_text())["epochs"]) == shown["epochs"]
    assert len(history.read_text().splitlines()) == shown["epochs"] + 1
    assert record.parent == history.parent == Path(shown["run_dir"])


def test_run_twice_makes_two_runs(tmp_path):
    first, second = demo(tmp_path), demo(tmp_path)

    assert first.exit_code == second.exit_code == Exit.OK
    listed = CliRunner().invoke(main, ["ls", str(tmp_path), "--json"])
    assert [run["steps"] for run in json.loads(listed.stdout)] == [N_STEPS, N_STEPS]
    for part in ("Training summary", "Stability", "bytes a scalar", "val accuracy", "cost"):
        assert part in first.stdout


def test_progress_goes_to_standard_error_in_plain_lines(tmp_path):
    result = demo(tmp_path, "--json")

    json.loads(result.stdout)
    assert "1,500 of 1,500 steps" in result.stderr
    assert "\x1b" not in result.stderr


def test_without_scikit_learn_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)

    result = demo(tmp_path)

    assert result.exit_code == Exit.ERROR
    assert "pip install 'tachograph[demo]'" in result.stderr
    assert not list(tmp_path.iterdir())


def test_stopwatch_takes_off_the_clock():
    watch = Stopwatch()

    watch.add(0)
    assert watch.seconds == 0.0
    watch.add(1_000_000_000)
    assert 0.99 < watch.seconds <= 1.0
    assert watch.mean_ns == pytest.approx(watch.seconds / 2 * 1e9)
