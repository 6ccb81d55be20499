"""`tacho report` writes what `tachograph.report` does, and says what it met."""

import json
import sys

import pytest

pytest.importorskip("plotly")


def test_one_run_and_two(tacho, run_dir, tmp_path):
    path = tmp_path / "out" / "report.html"

    one = tacho("report", run_dir, "-o", path)
    assert one.exit_code == 0, one.output
    assert one.stdout.startswith(f"{path}: 1 run, ")
    assert "<title>baseline</title>" in path.read_text(encoding="utf-8")

    two = tacho("report", run_dir, run_dir, "-o", path)
    assert two.stdout.startswith(f"{path}: 2 runs, ")
    assert "Configuration differences" in path.read_text(encoding="utf-8")


def test_json_says_where_and_how_large(tacho, run_dir, tmp_path):
    path = tmp_path / "report.html"

    said = json.loads(tacho("report", run_dir, "-o", path, "--json").stdout)

    assert said == {"path": str(path), "bytes": path.stat().st_size, "runs": [str(run_dir)]}


def test_a_damaged_run_is_shown_and_told_of(tacho, damaged, tmp_path):
    path = tmp_path / "report.html"

    result = tacho("report", damaged, "-o", path)

    assert result.exit_code == 3
    assert "tacho: damaged: " in result.stderr
    assert "damaged bytes in 1 place" in path.read_text(encoding="utf-8")


def test_no_run_and_no_place(tacho, run_dir, tmp_path):
    assert tacho("report", tmp_path / "missing", "-o", tmp_path / "r.html").exit_code == 4
    assert tacho("report").exit_code == 2
    result = tacho("report", run_dir, "-o", tmp_path)
    assert result.exit_code == 1
    assert not (tmp_path / "r.html").exists()


def test_without_plotly_one_line_says_what_to_install(tacho, run_dir, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly", None)

    result = tacho("report", run_dir, "-o", tmp_path / "report.html")

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "tacho: error: plotly is not installed; install it with: pip install 'tachograph[report]'"
    ]
