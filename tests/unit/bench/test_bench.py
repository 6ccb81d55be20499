"""`tacho bench`: its figures, its forms, its exit codes. No test says how fast anything is."""

import errno
import json
import math
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tachograph import bench
from tachograph.cli import main
from tachograph.cli.exits import Exit
from tachograph.exceptions import LogIOError

WORDS = ["bench", "--calls", "1000", "--rows", "1000"]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """One small measurement: what it printed as JSON, and its file."""
    directory = tmp_path_factory.mktemp("bench")
    file = directory / "benchmark.json"
    words = [*WORDS, "--dir", str(directory), "--benchmark-json", str(file), "--json"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == Exit.OK, result.output
    assert [path.name for path in directory.iterdir()] == ["benchmark.json"]
    return json.loads(result.stdout), json.loads(file.read_text())


@pytest.mark.parametrize(("step_seconds", "code"), [("1000", 0), ("1e-9", 1)])
def test_the_recipe_for_a_ci_reads_the_file(measured, tmp_path, step_seconds, code):
    recipe = Path(__file__).parents[3] / "docs" / "overhead-in-ci.md"
    [script] = re.findall(r"```python\n(.*?)```", recipe.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "tacho-bench.json").write_text(json.dumps(measured[1]))
    words = [sys.executable, "-c", script, step_seconds, "0.0005"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (code, "")
    assert " us of " in done.stdout


def test_each_number_of_metrics_is_measured_with_and_without_a_busy_thread(measured):
    figures, _ = measured
    costs = figures["calls"]
    assert [(cost["metrics"], cost["busy"]) for cost in costs] == [
        (count, busy) for count in (1, 10, 50) for busy in (False, True)
    ]
    for cost in costs:
        assert 0 < cost["p50_ns"] <= cost["p99_ns"] <= cost["p999_ns"] <= cost["worst_ns"]
        assert cost["ratio"] == pytest.approx(
            statistics.median(cost["call_ns"]) / statistics.median(cost["empty_ns"])
        )
    assert figures["ratio"] == costs[2]["ratio"]


def test_what_is_read_back_was_recorded(measured):
    figures, _ = measured
    back = figures["read_back"]
    assert back["scalars"] == 10_000
    assert 0 < back["bytes"] < 8 * 10_000
    assert min(back["open_seconds"], back["first_metric_seconds"]) > 0


def test_the_file_has_the_form_of_pytest_benchmark(measured):
    figures, document = measured
    assert {"machine_info", "commit_info", "benchmarks", "datetime", "version"} <= document.keys()
    by_name = {benchmark["name"]: benchmark for benchmark in document["benchmarks"]}
    assert len(by_name) == 12
    stats = by_name["log_step[10-quiet]"]["stats"]
    seconds = [nanos * 1e-9 for nanos in figures["calls"][2]["call_ns"]]
    assert stats["data"] == pytest.approx(seconds)
    assert stats["median"] == pytest.approx(statistics.median(seconds))
    assert stats["min"] <= stats["q1"] <= stats["median"] <= stats["q3"] <= stats["max"]
    assert stats["rounds"] == len(seconds)
    extra = by_name["log_step[10-quiet]"]["extra_info"]
    assert extra == {"ratio_to_empty": figures["ratio"]}


def test_a_limit_fails_a_ci_or_lets_it_pass():
    failed = CliRunner().invoke(main, [*WORDS, "--fail-over", "0.001"])
    assert failed.exit_code == Exit.ERROR
    assert "more than 0.001" in failed.stderr
    assert "bytes a scalar" in failed.stdout

    assert CliRunner().invoke(main, [*WORDS, "--fail-over", "1e9"]).exit_code == Exit.OK


def test_with_recording_turned_off_it_says_so(monkeypatch):
    monkeypatch.setenv("TACHO_DISABLED", "1")
    result = CliRunner().invoke(main, WORDS)
    assert result.exit_code == Exit.ERROR
    assert "TACHO_DISABLED" in result.stderr


@pytest.mark.parametrize("limit", ["nan", "inf", "-inf", "0", "-1"])
def test_a_limit_that_is_none_is_refused_before_anything_is_measured(monkeypatch, limit):
    monkeypatch.setattr("tachograph.bench.run", None)
    result = CliRunner().invoke(main, [*WORDS, "--fail-over", limit])
    assert result.exit_code == Exit.USAGE
    assert "--fail-over" in result.stderr


def test_a_ratio_that_is_no_number_is_over_any_limit(monkeypatch):
    monkeypatch.setattr(bench.BenchResult, "ratio", math.nan)
    assert CliRunner().invoke(main, [*WORDS, "--fail-over", "1e9"]).exit_code == Exit.ERROR


def test_a_file_that_cannot_be_made_is_told_before_anything_is_measured(monkeypatch, tmp_path):
    monkeypatch.setattr("tachograph.bench.run", None)
    (tmp_path / "file").touch()
    result = CliRunner().invoke(main, [*WORDS, "--benchmark-json", str(tmp_path / "file/x.json")])
    assert result.exit_code == Exit.ERROR
    assert "cannot create" in result.stderr


def test_the_figures_are_shown_and_an_older_file_stays_where_writing_fails(monkeypatch, tmp_path):
    def full(_self, _data):
        raise LogIOError(errno.ENOSPC, "cannot write: no space left", "x.json")

    file = tmp_path / "x.json"
    file.write_text("older")
    monkeypatch.setattr("tachograph.export.target.Output.write", full)
    result = CliRunner().invoke(main, [*WORDS, "--benchmark-json", str(file)])
    assert result.exit_code == Exit.ERROR
    assert "bytes a scalar" in result.stdout
    assert "no space left" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]
    assert file.read_text() == "older"
