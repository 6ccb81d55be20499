"""`tacho tail` on a terminal."""

import signal

import pytest

from tachograph import TrainingRecorder
from tachograph.cli.tail import _clean_end as clean_end

TAIL = (
    "import sys; sys.argv = ['tacho', 'tail', *{words!r}]\nfrom tachograph.cli import main; main()"
)


def tail(*words):
    return TAIL.format(words=[str(word) for word in words])


@pytest.fixture
def live(own_directory):
    with TrainingRecorder("digits \x1b[31m", None, {"max_steps": 100}, dir=own_directory) as made:
        for step in range(50):
            made.log_step(step, {"loss": 1 / (step + 1), "\x1b[2Jlr": 0.1})
        made.log_epoch(0, 1.0, 2.0)
        yield made


def test_a_live_run_is_drawn_in_place_until_it_closes(on_terminal, live):
    terminal = on_terminal(tail(live.path, "--every", "0.05"))

    def is_whole(text):
        first = text.splitlines()
        return (
            "step 49 of 100  50 %" in text
            and first[0].startswith(r"digits \x1b[31m")
            and first[0].endswith("live")
            and "epoch 0  best epoch 0 (loss 2)" in first[2]
            and any(line.split()[:4] == ["loss", "0.02", "0.02", "1"] for line in first)
            and any(line.startswith(r"\x1b[2Jlr") for line in first)
        )

    assert terminal.read_until(is_whole)

    live.log_step(50, {"loss": float("nan")})
    live.close()

    assert terminal.finish() == 0
    last = terminal.text.splitlines()
    assert last[0].endswith("closed")
    assert "step 50 of 100" in last[1]
    assert "! loss: 1 value of 51 not finite, at step 50" in last
    assert terminal.text.count("digits") == 1  # drawn over, not below
    assert not terminal.screen.cursor.hidden
    assert b"\x1b[?1049h" not in terminal.raw  # no alternate screen
    assert b"\x1b[2J" not in terminal.raw


def test_a_handler_of_sigterm_that_could_not_be_given_back_stays(monkeypatch):
    def install(*_):
        raise TypeError("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable")

    monkeypatch.setattr(signal, "getsignal", lambda _: None)  # as of one installed from C
    monkeypatch.setattr(signal, "signal", install)

    with clean_end():
        pass


def test_ctrl_c(on_terminal, live):
    terminal = on_terminal(tail(live.path))
    terminal.read_until(lambda text: "step 49" in text)
    assert terminal.screen.cursor.hidden

    terminal.interrupt()

    assert terminal.finish() == 130
    assert not terminal.screen.cursor.hidden
    assert "Traceback" not in terminal.text


def test_sigterm(on_terminal, live):
    terminal = on_terminal(tail(live.path))
    terminal.read_until(lambda text: "step 49" in text)
    assert terminal.screen.cursor.hidden

    terminal.process.terminate()

    assert terminal.finish() == 143
    assert not terminal.screen.cursor.hidden
    assert "Traceback" not in terminal.text


@pytest.mark.parametrize(("columns", "rows"), [(60, 12), (30, 8), (200, 50)])
def test_any_size(on_terminal, live, columns, rows):
    live.close()
    terminal = on_terminal(tail(live.path, "--total", "1000"), columns=columns, rows=rows)

    assert terminal.finish() == 0
    assert "step 49 of 1,000" in terminal.text
    # Nothing was scrolled away: the title is there, and no line was folded.
    assert terminal.text.startswith("digits")
    assert len(terminal.text.splitlines()) <= rows


def test_more_metrics_than_lines(on_terminal, own_directory):
    with TrainingRecorder("many", dir=own_directory) as recorder:
        recorder.log_step(0, {f"m{k}": 1.0 for k in range(100)})
    terminal = on_terminal(tail(recorder.path), rows=20)

    assert terminal.finish() == 0
    assert terminal.text.startswith("many")
    assert "more; tacho show lists all" in terminal.text


def test_without_colours_and_on_a_dumb_terminal(on_terminal, live):
    live.close()
    plain = on_terminal(tail(live.path), NO_COLOR="1")
    dumb = on_terminal(tail(live.path, "-n", "2"), TERM="dumb")

    assert plain.finish() == dumb.finish() == 0
    assert b"\x1b[3" not in plain.raw
    assert b"\x1b" not in dumb.raw
    assert [line.split()[1] for line in dumb.text.splitlines()] == ["48", "49"]


def test_plain_rows_are_printed_on_a_terminal_if_asked_for(on_terminal, live):
    live.close()
    terminal = on_terminal(tail(live.path, "--plain", "-n", "1"))

    assert terminal.finish() == 0
    assert terminal.text.split()[:2] == ["step", "49"]


def test_an_empty_run(on_terminal, own_directory):
    with TrainingRecorder("empty", dir=own_directory) as recorder:
        pass
    terminal = on_terminal(tail(recorder.path))

    assert terminal.finish() == 0
    assert "nothing logged yet" in terminal.text


def test_a_pipe_keeps_up_with_a_quick_training(start_program, own_directory):
    with TrainingRecorder("quick", dir=own_directory) as recorder:
        recorder.log_step(0, {"loss": 1.0})
        process = start_program(tail(recorder.path, "--every", "0.05"))
        process.stdout.readline()
        for step in range(1, 5001):
            recorder.log_step(step, {"loss": 1.0})
        line = ""
        for _ in range(5000):  # all of them while the run goes on
            line = process.stdout.readline()
    rest, _ = process.communicate(timeout=240)

    assert line.startswith("step 5000 ")
    assert rest == ""
