"""A report's file: whole or not at all, small, and refused by name where it cannot be."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest

import tachograph
from tachograph import ArgumentTypeError, LogIOError, MissingExtraError, RunNotFoundError
from tachograph.exceptions import InvalidArgumentError
from tachograph.report import chart_library, write_html


def test_parents_are_made_and_nothing_else_is_left(recorder, tmp_path):
    recorder.log_epoch(0, 1.0)
    path = tmp_path / "a" / "b" / "report.html"

    write_html(recorder, path)

    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_run_and_a_recorder_write_their_own(recorder, tmp_path):
    recorder.log_epoch(0, 1.0)

    assert recorder.export_to_html(tmp_path / "a.html") == tmp_path / "a.html"
    with tachograph.open(recorder.path) as run:
        run.export_to_html(str(tmp_path / "b.html"))

    assert "epoch" in (tmp_path / "a.html").read_text(encoding="utf-8")
    assert (tmp_path / "b.html").stat().st_size > 1e6
    with pytest.raises(ArgumentTypeError, match="path must be a str or a path, not int"):
        recorder.export_to_html(7)


def test_an_older_file_stays_where_the_new_one_fails(recorder, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("older")
    monkeypatch.setattr("tachograph.report.html_file.gather", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        write_html(recorder, path)

    assert path.read_text() == "older"
    assert {entry.name for entry in tmp_path.iterdir()} <= {"report.html", "runs"}


def test_a_file_object_takes_it_too(recorder):
    out = io.BytesIO()

    write_html(recorder, out)

    assert out.getvalue().endswith(b"</html>\n")


def test_a_bad_target_is_refused_before_anything_is_read(recorder, tmp_path, monkeypatch):
    monkeypatch.setattr("tachograph.report.html_file.gather", lambda *_: pytest.fail("was read"))
    (tmp_path / "file").write_text("")

    with pytest.raises(LogIOError):
        write_html(recorder, tmp_path / "file" / "report.html")
    with pytest.raises(LogIOError):
        write_html(recorder, tmp_path)
    with pytest.raises(ArgumentTypeError, match="path must be a path or a binary file object"):
        write_html(recorder, io.StringIO())


def test_bad_sources(tmp_path):
    path = tmp_path / "report.html"
    with pytest.raises(InvalidArgumentError, match="runs is empty: give at least one run"):
        write_html([], path)
    with pytest.raises(ArgumentTypeError, match="not int"):
        write_html(7, path)
    with pytest.raises(RunNotFoundError):
        write_html(tmp_path / "missing", path)
    assert not path.exists()


def test_without_plotly_one_line_says_what_to_install(recorder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'tachograph\[report\]'"):
        write_html(recorder, tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_the_chart_library_is_made_to_load_faster():
    """Where a release of plotly has another form, reports work and open slowly: look again."""
    source = chart_library.chart_library()

    assert source.count(".register([])") == 1
    assert source.count(" : this, (() => {") == 1
    assert source.endswith("})));\n")
    assert "</script" not in source.lower()
    assert "<!--" not in source


def test_a_library_of_another_form_stays_as_it_is():
    for source in ("window.Plotly = {};", "}));", "f(typeof self, () => {}));\n"):
        assert chart_library.parsed_once(source) == source
        assert chart_library.lines_only(source) == source


def test_a_million_steps_of_ten_metrics_stay_small(recorder, tmp_path):
    rng = np.random.default_rng(0)
    columns = {f"metric_{at}": rng.standard_normal(1_000_000) for at in range(10)}
    recorder.log_steps(np.arange(1_000_000), columns)
    for epoch in range(100):
        recorder.log_epoch(epoch, 1.0, 2.0, {"mae": 0.5}, {"mae": 0.75})
    path = tmp_path / "report.html"

    write_html(recorder, path)

    library = len(chart_library.chart_library().encode())
    assert path.stat().st_size - library < 1_500_000


def test_a_damaged_run_is_shown_as_far_as_it_can_be_read(recorder, report):
    values = np.random.default_rng(0).standard_normal(20_000)
    recorder.log_steps(np.arange(20_000), {"loss": values})
    recorder.log_epoch(0, 1.0, 2.0)
    recorder.close()
    log = Path(recorder.path) / "run.tacho"
    content = bytearray(log.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(byte ^ 0xFF for byte in content[middle : middle + 64])
    log.write_bytes(content)

    page = report(tachograph.open(recorder.path))

    assert "damaged bytes in 1 place" in page.text
    assert "damaged file" in page.text
    assert "epochs:loss" in page.charts
