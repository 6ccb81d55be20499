"""The bar of a training: lines in a pipe, drawn on a terminal, gone when it should be."""

import gc
import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import tachograph
from tachograph import TrainingRecorder
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.terminal import board, drawing

THREAD = "tachograph progress"


def threads():
    return [thread for thread in threading.enumerate() if thread.name == THREAD]


def train(recorder, n=20):
    for step in range(n):
        recorder.log_step(step, {"loss": 1.0 / (step + 1)})


def test_a_pipe_gets_lines(recorder):
    stream = io.StringIO()
    with recorder.progress(40, file=stream):
        train(recorder)

    (line,) = stream.getvalue().splitlines()
    assert line.startswith("experiment: step 19 of 40, 50 %, ")
    assert line.endswith("loss 0.05")
    assert not threads()


def test_lines_come_every_few_seconds_and_only_news(recorder, monkeypatch):
    monkeypatch.setattr(drawing, "_LINE_SECS", 0.0)
    monkeypatch.setattr(board, "_REDRAW_SECS", 0.01)
    stream = io.StringIO()
    with recorder.progress(file=stream) as bar:
        for step in range(3):
            recorder.log_step(step, {"loss": float(step)})
            wait_for(lambda step=step: f"step {step}," in stream.getvalue())
        for _ in range(10):
            seen = bar.glance
            wait_for(lambda seen=seen: bar.glance is not seen)
        n_lines = len(stream.getvalue().splitlines())

    assert n_lines == 3 or (n_lines == 4 and "nothing logged" in stream.getvalue())


def wait_for(holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_standard_error_is_the_default(recorder, capsys):
    with recorder.progress(20):
        train(recorder)

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "step 19 of 20, 100 %" in captured.err


def test_chosen_metrics_and_odd_names(recorder):
    stream = io.StringIO()
    with recorder.progress(metrics=["\x1b[2Jb", "absent"], file=stream):
        recorder.log_step(0, {"a": 1.0, "\x1b[2Jb": 2.0})

    assert stream.getvalue() == "experiment: step 0, \\x1b[2Jb 2\n"


def test_a_chosen_metric_that_comes_seldom_is_shown(recorder):
    for step in range(5_000):
        rare = {"rare": float(step)} if step in (0, 3_000) else {}
        seldom = {"seldom": float(step)} if step % 1_000 == 0 else {}
        recorder.log_step(step, {"loss": 1.0, **rare, **seldom})
    stream = io.StringIO()
    recorder.progress(metrics=["seldom", "absent", "rare", "loss"], file=stream).close()

    assert stream.getvalue().endswith(", seldom 4000, rare 3000, loss 1\n")


@pytest.mark.parametrize("directory", ["runs", None])
@pytest.mark.parametrize("ends", ["bar", "recorder"])
def test_the_last_line_has_nothing_left(make_recorder, directory, ends):
    recorder = make_recorder("x", None, {"epochs": 9}, dir=directory)
    stream = io.StringIO()
    bar = recorder.progress(1000, file=stream)
    for step in range(20):
        recorder.log_step(step, {"loss": 1.0})
        time.sleep(0.001)
    assert bar.look()
    assert bar.glance.remaining_secs is not None
    (bar if ends == "bar" else recorder).close()

    assert "step 19 of 1,000" in stream.getvalue().splitlines()[-1]
    assert "left" not in stream.getvalue().splitlines()[-1]


def test_a_table_of_epochs(make_recorder):
    recorder = make_recorder(run_id="r")
    recorder.log_epoch(0, 9.0)
    stream = io.StringIO()
    with recorder.progress(epoch_table=True, file=stream):
        recorder.log_epoch(1, 0.5, 0.75, {"acc": 0.5, "text": "x"}, epoch_time=90.0)
        recorder.log_epoch(2, 0.5, 0.875, {"acc": 0.25}, epoch_time=90.0)
        recorder.log_epoch(3, 0.5)

    lines = [line.split() for line in stream.getvalue().splitlines()]
    assert lines[0] == ["epoch", "train", "loss", "val", "loss", "train/acc", "time"]
    assert lines[1] == ["1", "0.5", "0.75", "0.5", "1", "min", "30", "s", "best"]
    assert lines[2] == ["2", "0.5", "0.875", "0.25", "1", "min", "30", "s"]
    assert lines[3] == ["epoch", "train", "loss", "time"]
    assert lines[4] == ["3", "0.5", "-"]


def test_the_total_stands_in_the_log(recorder):
    recorder.progress(100, file=io.StringIO()).close()
    recorder.log_step(0, {"loss": 1.0})

    with tachograph.open(recorder.path) as run:
        assert run._columns().records()["progress"] == {"total_steps": 100}


def test_it_ends_with_its_recorder(make_recorder):
    closed, dropped = make_recorder("closed"), TrainingRecorder("dropped", dir=None)
    stream = io.StringIO()
    closed.progress(file=stream)
    dropped.progress(file=stream)
    assert len(threads()) == 1

    train(closed)
    closed.close()
    assert "closed: step 19" in stream.getvalue()
    del dropped
    gc.collect()
    wait_for(lambda: not threads())


def test_several_bars_and_a_second_close(make_recorder):
    first, second = make_recorder("first"), make_recorder("second")
    stream = io.StringIO()
    with first.progress(file=stream) as bar, second.progress(file=stream):
        train(first)
        train(second)
        bar.close()
        bar.close()

    assert [line.partition(":")[0] for line in stream.getvalue().splitlines()] == [
        "first",
        "second",
    ]
    assert not threads()


@pytest.mark.parametrize("variable", ["RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK"])
@pytest.mark.parametrize(("rank", "is_shown"), [("0", True), ("3", False), ("odd", True)])
def test_only_the_first_rank_has_one(recorder, monkeypatch, variable, rank, is_shown):
    monkeypatch.setenv(variable, rank)
    stream = io.StringIO()
    with recorder.progress(file=stream):
        train(recorder)

    assert bool(stream.getvalue()) is is_shown


def test_a_recorder_that_is_turned_off_has_none(monkeypatch):
    monkeypatch.setenv("TACHO_DISABLED", "1")
    stream = io.StringIO()
    with TrainingRecorder("off") as recorder, recorder.progress(10, file=stream):
        train(recorder)

    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"total_steps": 0}, InvalidArgumentError, "total_steps must be at least 1, not 0"),
        ({"total_steps": 1.5}, ArgumentTypeError, "total_steps must be an int, not float"),
        ({"total_steps": True}, ArgumentTypeError, "total_steps"),
        ({"metrics": "loss"}, ArgumentTypeError, "metrics must be a list of names, not str"),
        ({"metrics": [1]}, ArgumentTypeError, "metrics must be names, not int"),
        ({"file": "log.txt"}, ArgumentTypeError, "file must be a stream of text, not str"),
    ],
)
def test_bad_arguments(recorder, options, error, words):
    with pytest.raises(error, match=words):
        recorder.progress(**options)
    assert not threads()


def test_a_log_that_cannot_be_read_takes_off_its_bar_alone(make_recorder, monkeypatch):
    broken, sound = make_recorder("broken"), make_recorder("sound")
    monkeypatch.setattr(board, "_REDRAW_SECS", 0.01)
    stream = io.StringIO()
    with sound.progress(file=stream):
        monkeypatch.setattr(type(broken.progress(file=stream)), "look", fail_for("broken"))
        wait_for(lambda: "stopped" in stream.getvalue())
        train(sound)

    assert "progress of 'broken' stopped: gone" in stream.getvalue()
    assert stream.getvalue().splitlines()[-1].startswith("sound: ")


def fail_for(name):
    from tachograph.terminal.progress import Progress

    look = Progress.look

    def look_or_fail(bar):
        if bar.name == name:
            raise OSError("gone")
        return look(bar)

    return look_or_fail


def test_a_stream_that_is_closed_does_not_hurt(recorder):
    stream = io.StringIO()
    with recorder.progress(10, file=stream):
        stream.close()
        train(recorder)

    assert not threads()


def test_a_loaded_run_has_a_bar(recorder):
    train(recorder)
    recorder.close()
    stream = io.StringIO()
    with TrainingRecorder.load(recorder.path) as again, again.progress(file=stream):
        again.log_step(20, {"loss": 1.0})

    assert "step 20" in stream.getvalue()


def test_a_loaded_run_is_told_its_total(recorder):
    train(recorder)
    recorder.close()
    stream = io.StringIO()
    with TrainingRecorder.load(recorder.path) as again, again.progress(40, file=stream):
        again.log_step(20, {"loss": 1.0})

    assert "step 20 of 40" in stream.getvalue()
    with tachograph.open(recorder.path) as run:
        assert run._columns().records()["progress"] == {"total_steps": 40}


def test_epochs_of_a_checkpoint_are_no_news(make_recorder, monkeypatch):
    monkeypatch.setattr(board, "_REDRAW_SECS", 0.01)
    first, second = make_recorder("first"), make_recorder("second")
    first.log_epoch(0, 0.5)
    state = first.state_dict()
    first.close()
    stream = io.StringIO()
    with second.progress(epoch_table=True, file=stream) as bar:
        second.load_state_dict(state)
        wait_for(lambda: bar.glance.epoch == 0)
        second.log_epoch(1, 0.25)

    rows = [line.split()[:2] for line in stream.getvalue().splitlines()]
    assert rows[:2] == [["epoch", "train"], ["1", "0.25"]]


def test_bars_end_with_a_close_that_fails(make_recorder):
    recorder = make_recorder()
    bar = recorder.progress(10, file=io.StringIO())
    with pytest.raises(TypeError):
        recorder.close(timeout="soon")

    assert bar.closed
    assert recorder.close()


def test_bars_that_were_closed_are_let_go(recorder):
    for _ in range(3):
        with recorder.progress(file=io.StringIO()):
            pass

    assert len(recorder._bars) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_prints_and_ends(tmp_path):
    code = f"""
import os, sys
from tachograph import TrainingRecorder
from tachograph.terminal import drawing
drawing._LINE_SECS = float("inf")
with TrainingRecorder("x", dir={str(tmp_path)!r}, capture_environment=False) as recorder:
    with recorder.progress(100) as bar:
        for step in range(40):
            recorder.log_step(step, {{"loss": 1.0}})
            pid = os.fork()
            if pid == 0:
                print("child", flush=True)
                bar.close()
                sys.exit(0)
            os.waitpid(pid, 0)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )

    assert done.stdout == "child\n" * 40
    (line,) = done.stderr.splitlines()  # the parent's alone
    assert line.startswith("x: step 39 of 100, 40 %")


def test_two_threads_that_fork_at_once_let_go_of_what_they_hold(recorder, monkeypatch):
    monkeypatch.setattr(board, "_FORK_SECS", 0.01)
    monkeypatch.setattr(board, "_REDRAW_SECS", 60)
    stream = io.StringIO()
    bar = recorder.progress(file=stream)
    holds, may_end = threading.Event(), threading.Event()

    def fork():
        board._before_fork()
        holds.set()
        may_end.wait(60)
        board._after_fork_in_parent()

    other = threading.Thread(target=fork)
    other.start()
    assert holds.wait(60)
    board._before_fork()  # it cannot have what the other one holds
    board._after_fork_in_parent()
    may_end.set()
    other.join()

    assert board._boards[id(stream)].lock.acquire(timeout=60)
    board._boards[id(stream)].lock.release()
    bar.close()


TRAINING = """
import sys, time
from tachograph import TrainingRecorder
recorder = TrainingRecorder("digits", dir="runs", capture_environment=False)
{begin}
for step in range({n}):
    recorder.log_step(step, {{"loss": 1 / (step + 1)}})
    if step == 10: {wait}print("said in between")
    time.sleep(0.02)
{end}
"""


def program(begin="bar = recorder.progress(60)", end="recorder.close()", n=60, *, waits=False):
    """A training; one that waits goes on when it is told to, by when its bar was seen."""
    return TRAINING.format(begin=begin, end=end, n=n, wait="sys.stdin.readline(); " * waits)


def test_a_terminal_gets_a_bar(on_terminal):
    code = program(end="recorder.close(); print('the end')", waits=True)
    terminal = on_terminal(code, columns=100)

    assert terminal.read_until(lambda text: "of 60" in text)
    assert terminal.screen.cursor.hidden
    terminal.go_on()
    assert terminal.finish() == 0
    lines = terminal.text.splitlines()
    assert lines[0] == "said in between"
    assert lines[1].startswith("digits  ━━━━")
    assert "step 59 of 60  100 %" in lines[1]
    assert lines[2] == "  loss 0.0166667"
    assert lines[3] == "the end"
    assert not terminal.screen.cursor.hidden


def test_what_goes_elsewhere_stays_there(on_terminal, own_directory):
    moved = "import os; os.dup2(os.open('out', os.O_CREAT | os.O_WRONLY), 1)\n"
    terminal = on_terminal(moved + program(waits=True))
    assert terminal.read_until(lambda text: "of 60" in text)
    terminal.go_on()

    assert terminal.finish() == 0
    assert "step 59 of 60" in terminal.text
    assert "said" not in terminal.text
    assert (own_directory / "out").read_text() == "said in between\n"


def test_a_pipe_is_none_even_where_colours_are_forced(on_terminal):
    code = "import os; os.environ['FORCE_COLOR'] = '1'\n" + program(
        begin="bar = recorder.progress(60, file=open('lines', 'w'))", n=5
    )
    terminal = on_terminal(code)

    assert terminal.finish() == 0
    assert "\x1b" not in Path("lines").read_text()


def test_many_threads_log_while_it_draws(make_recorder, monkeypatch):
    monkeypatch.setattr(board, "_REDRAW_SECS", 0.001)
    recorder = make_recorder(dir=None)
    stream = io.StringIO()

    def log(offset):
        for step in range(3_000):
            recorder.log_step(offset + step, {f"m{step % 3}": float(step)})
            if step % 100 == 0:
                recorder.log_epoch(offset + step, 1.0, 0.5, {"acc": 1.0})

    with recorder.progress(20_000, epoch_table=True, file=stream):
        others = [threading.Thread(target=log, args=(k * 5_000,)) for k in range(4)]
        for thread in others:
            thread.start()
        for thread in others:
            thread.join()

    lines = stream.getvalue().splitlines()
    rows = [line.split()[0] for line in lines if not line.startswith("experiment:")]
    labels = [int(row.replace(",", "")) for row in rows if row != "epoch"]
    assert sorted(labels) == sorted(k * 5_000 + e * 100 for k in range(4) for e in range(30))
    assert recorder.status.steps == 12_000
    assert "stopped" not in stream.getvalue()


def test_a_narrow_terminal_without_colours(on_terminal):
    terminal = on_terminal(program(waits=True), columns=40, NO_COLOR="1")
    assert terminal.read_until(lambda text: "of 60" in text)
    terminal.go_on()

    assert terminal.finish() == 0
    assert "step 59 of 60" in terminal.text
    assert b"[3" not in terminal.raw.replace(b"\x1b[?25", b"")
    assert all(len(line) <= 40 for line in terminal.text.splitlines())


def test_a_dumb_terminal_gets_lines(on_terminal):
    terminal = on_terminal(program(n=20), TERM="dumb")

    assert terminal.finish() == 0
    assert b"\x1b" not in terminal.raw
    assert "digits: step 19 of 60, 33 %" in terminal.text


@pytest.mark.parametrize(
    "end",
    ["", "raise ValueError('of the training')", "sys.exit(3)", "recorder = bar = None"],
    ids=["forgotten", "exception", "exit", "dropped"],
)
def test_the_cursor_comes_back_however_it_ends(on_terminal, end):
    terminal = on_terminal(program(end=end, n=40, waits=True))
    assert terminal.read_until(lambda text: "of 60" in text)
    assert terminal.screen.cursor.hidden

    terminal.go_on()
    terminal.finish()

    assert not terminal.screen.cursor.hidden


def test_ctrl_c_leaves_the_terminal_clean(on_terminal):
    code = program(begin="bar = recorder.progress(6000)", n=6000)
    terminal = on_terminal(code)
    assert terminal.read_until(lambda text: "of 6,000" in text)

    terminal.interrupt()

    assert terminal.finish() != 0
    assert not terminal.screen.cursor.hidden
    assert "KeyboardInterrupt" in terminal.text


BROKEN = """
import os, sys, threading, time
from tachograph import TrainingRecorder
class Terminal:
    encoding = "utf-8"
    error = None
    def write(self, text):
        if self.error is not None:
            raise self.error
        return len(text)
    def flush(self):
        self.write("")
    def isatty(self):
        return True
recorder = TrainingRecorder("x", dir=None, capture_environment=False)
stream = {stream}
before, end = (sys.stdout, sys.stderr), time.monotonic() + 50
bar = recorder.progress(100, file=stream)
recorder.log_step(0, {{"loss": 1.0}})
while sys.stdout is before[0] and time.monotonic() < end:
    time.sleep(0.01)
{end}
print("at once")
while sys.stdout is not before[0] and time.monotonic() < end:
    time.sleep(0.01)
print("later")
recorder.close()
print("after", (sys.stdout, sys.stderr) == before)
for thread in threading.enumerate():
    thread.name.startswith("tachograph") and thread.join(30)
print("at last", threading.active_count())
"""


@pytest.mark.parametrize(
    ("stream", "end"),
    [
        ("open(os.ttyname(1), 'w')", "stream.close()"),
        ("Terminal()", "stream.error = OSError(5, 'Input/output error')"),
        ("Terminal()", "stream.error = RuntimeError('of a wrapper')"),
    ],
    ids=["closed", "gone", "odd"],
)
def test_a_terminal_that_breaks_leaves_the_training_alone(on_terminal, stream, end):
    terminal = on_terminal(BROKEN.format(stream=stream, end=end))

    assert terminal.finish() == 0, terminal.text
    said = [
        line for line in terminal.text.splitlines() if "loss" not in line and "step" not in line
    ]
    assert "\n".join(said).endswith("later\nafter True\nat last 1")
    assert "at once" in terminal.text


def test_a_stream_of_odd_errors_ends_the_bar_alone(recorder):
    class Odd(Writer):
        def write(self, text):
            raise RuntimeError("of a wrapper")

    recorder.progress(10, file=Odd())
    train(recorder)
    recorder.close()

    assert not threads()


def test_a_display_of_the_programs_own_keeps_its_streams(on_terminal):
    code = program(
        begin=(
            "from rich.live import Live; from rich.console import Console; import os\n"
            "live = Live(console=Console()); live.start(); own = sys.stdout\n"
            "bar = recorder.progress(60, file=open(os.ttyname(1), 'w'))"
        ),
        end="recorder.close(); kept = sys.stdout is own; live.stop(); print('kept', kept)",
        n=30,
        waits=True,
    )
    terminal = on_terminal(code)
    assert terminal.read_until(lambda text: "of 60" in text)
    terminal.go_on()

    assert terminal.finish() == 0
    assert "kept True" in terminal.text


class Writer:
    """What logging wrappers are: something to write to, and no more."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def test_a_stream_that_only_writes_gets_lines(recorder):
    stream = Writer()
    with recorder.progress(file=stream):
        recorder.log_step(0, {"loss": 1.0})

    assert stream.text == "experiment: step 0, loss 1\n"


def test_a_stream_that_was_closed_before_shows_nothing(recorder):
    stream = io.StringIO()
    stream.close()
    with recorder.progress(file=stream):
        recorder.log_step(0, {"loss": 1.0})

    assert not threads()
    assert not board._boards


def test_what_an_encoding_lacks_is_escaped(make_recorder):
    recorder = make_recorder("caf\u00e9")
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with recorder.progress(file=stream):
        recorder.log_step(0, {"loss": 1.0})

    assert stream.buffer.getvalue().decode() == "caf\\xe9: step 0, loss 1\n"


def test_of_epochs_of_one_label_the_best_is_marked(recorder):
    stream = io.StringIO()
    with recorder.progress(epoch_table=True, file=stream):
        recorder.log_epoch(7, 0.5)
        recorder.log_epoch(7, 0.75)

    rows = [line.split() for line in stream.getvalue().splitlines() if line.split()[0] == "7"]
    assert rows == [["7", "0.5", "-", "best"], ["7", "0.75", "-"]]
