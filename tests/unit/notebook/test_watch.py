"""`watch` under a real IPython shell, whose displays are collected."""

import sys
import threading
import time

import pytest

import tachograph
from tachograph import NotebookError, TrainingRecorder
from tachograph.exceptions import (
    ArgumentTypeError,
    InvalidArgumentError,
    MissingExtraError,
    UnknownMetricError,
)

pytest.importorskip("IPython")

from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """The shell that a notebook's kernel has, without the kernel."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    InteractiveShell.clear_instance()
    # Its history would be a thread and a database, of which nothing here is the subject.
    config = __import__("traitlets").config.Config({"HistoryManager": {"enabled": False}})
    made = InteractiveShell.instance(config=config)
    made.display_pub = CapturingDisplayPublisher()
    yield made
    InteractiveShell.clear_instance()


def outputs(shell):
    return [
        (bool(output.get("update")), output["transient"]["display_id"], output["data"]["text/html"])
        for output in shell.display_pub.outputs
    ]


def log_while_watched(shell, recorder, n=8):
    """Logs from a thread, which sees that the first rows are drawn one after the other."""

    def log():
        deadline = time.monotonic() + 60
        for step in range(n):
            while len(shell.display_pub.outputs) <= min(step, 2):
                assert time.monotonic() < deadline
                time.sleep(0.005)
            recorder.log_step(step, {"loss": 1.0 / (step + 1)})
        recorder.close()

    thread = threading.Thread(target=log)
    thread.start()
    return thread


@pytest.mark.parametrize("what", ["recorder", "run"])
def test_one_output_is_updated_until_the_run_closes(shell, recorder, page, what):
    recorder.log_step(0, {"loss": 1.0})
    watched = recorder if what == "recorder" else tachograph.open(recorder.path)
    thread = log_while_watched(shell, recorder)

    watched.watch(interval=0.05)
    thread.join()

    shown = outputs(shell)
    assert [update for update, _, _ in shown] == [False] + [True] * (len(shown) - 1)
    assert len(shown) > 2
    assert len({display_id for _, display_id, _ in shown}) == 1
    last = page(shown[-1][2])
    assert "closed" in " ".join(last.texts)
    assert "7" in last.texts
    assert len(last.all("polyline")) == 1


def test_timeout_and_chosen_metrics(shell, recorder, page):
    recorder.log_step(0, {"a": 1.0, "b": 2.0, "c": 3.0})
    recorder.log_epoch(0, 1.0)
    begin = time.monotonic()

    recorder.watch(interval=0.02, timeout=0.1, metrics=["c", "train_loss", "a"])

    assert 0.1 <= time.monotonic() - begin < 60
    drawn = page(outputs(shell)[-1][2])
    names = [text for text in drawn.texts if text in ("a", "b", "c", "train_loss")]
    assert names == ["c", "train_loss", "a"]


def test_an_interrupt_of_the_cell_ends_it_quietly(shell, recorder, monkeypatch):
    def interrupt(_secs):
        raise KeyboardInterrupt

    monkeypatch.setattr("tachograph.notebook.watching.time.sleep", interrupt)
    recorder.log_step(0, {"a": 1.0})

    recorder.watch()

    assert len(outputs(shell)) == 1


def test_a_run_that_has_nothing_yet_may_be_asked_for_anything(shell, recorder, page):
    recorder.watch(interval=0.02, timeout=0.05, metrics=["loss"])

    assert "nothing logged yet" in page(outputs(shell)[-1][2]).texts


def test_metrics_that_come_later_are_waited_for(shell, recorder, page):
    recorder.log_step(0, {"loss": 1.0})
    recorder.watch(interval=0.02, timeout=0.05, metrics=["loss", "val_loss", "<b>x"])

    first = page(outputs(shell)[0][2])
    assert len(first.all("circle")) == 1
    assert {"loss", "val_loss: not logged yet", "<b>x: not logged yet"} <= set(first.texts)

    recorder.log_epoch(0, 1.0, 2.0)
    recorder.watch(interval=0.02, timeout=0.05, metrics=["loss", "val_loss"])
    last = page(outputs(shell)[-1][2])
    assert len(last.all("circle")) == 2
    assert not any("not logged" in text for text in last.texts)


def test_a_metric_that_never_came_is_told_at_the_end(shell, recorder, page):
    recorder.log_step(0, {"loss": 1.0})
    thread = log_while_watched(shell, recorder, n=3)
    recorder.watch(interval=0.02, metrics=["loss", "val_loss"])
    thread.join()

    last = page(outputs(shell)[-1][2])
    assert "closed" in " ".join(last.texts)
    assert "val_loss: not logged" in last.texts


@pytest.mark.parametrize("directory", ["runs", None])
def test_of_a_run_that_has_ended_nothing_is_left(shell, make_recorder, page, directory):
    recorder = make_recorder("x", None, {"total_steps": 1000}, dir=directory)
    for step in range(20):
        recorder.log_step(step, {"loss": 1.0})
        time.sleep(0.001)
    recorder.watch(interval=0.02, timeout=0.01)
    recorder.close()
    recorder.watch(interval=0.02)

    live, closed = (page(html).texts for update, _, html in outputs(shell) if not update)
    assert "left" in live
    assert "left" not in closed


def test_bad_arguments(shell, recorder):
    recorder.log_step(0, {"loss": 1.0})
    recorder.close()
    with tachograph.open(recorder.path) as run, pytest.raises(UnknownMetricError, match="'loss'"):
        run.watch(metrics=["los"])
    with pytest.raises(ArgumentTypeError, match="metrics must be a list"):
        recorder.watch(metrics="loss")
    with pytest.raises(ArgumentTypeError, match="interval must be a number of seconds, not str"):
        recorder.watch(interval="1")
    with pytest.raises(InvalidArgumentError, match="timeout must be a positive"):
        recorder.watch(timeout=0)
    assert not shell.display_pub.outputs


def test_outside_a_notebook(recorder):
    InteractiveShell.clear_instance()

    with pytest.raises(NotebookError, match="tacho tail"):
        recorder.watch()


def test_without_ipython(recorder, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'tachograph\[notebook\]'"):
        recorder.watch()


def test_ipython_takes_the_html_of_a_run(shell, recorder, page):
    with TrainingRecorder("shown", dir=None) as made:
        made.log_epoch(0, 1.0)
        made.log_epoch(1, 0.5)
    formatted, _ = shell.display_formatter.format(made)

    assert "shown" in page(formatted["text/html"]).texts
