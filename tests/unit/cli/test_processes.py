"""The command as a process: pipes, signals, live runs."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tachograph import TrainingRecorder
from tachograph.cli.exits import Exit

WAIT_SECS = 240


@pytest.mark.parametrize("words", [["show"], ["show", "--json"], ["tail", "-n", "40"], ["verify"]])
def test_closed_pipe_ends_it_without_a_word(start_tacho, run_dir, words):
    process = start_tacho(words[0], run_dir, *words[1:])
    process.stdout.close()

    assert process.wait(WAIT_SECS) == Exit.CLOSED_PIPE
    assert process.stderr.read() == ""
    process.stderr.close()


@pytest.mark.parametrize("form", ["--json", "--jsonl", "--csv", "--long-csv", "--parquet"])
@pytest.mark.parametrize("after", [0, 100])
def test_export_into_a_pipe_that_is_closed(start_tacho, tmp_path, form, after):
    with TrainingRecorder("long", dir=tmp_path, capture_environment=False) as recorder:
        recorder.log_steps(range(20_000), {"loss": [step / 7 for step in range(20_000)]})
    # No room for a copy on the disk is needed.
    process = start_tacho("export", recorder.path, form, "--table=steps", TMPDIR="/nonexistent")
    process.stdout.buffer.read(after)
    process.stdout.close()

    assert process.wait(WAIT_SECS) == Exit.CLOSED_PIPE
    assert process.stderr.read() == ""
    process.stderr.close()


@pytest.mark.parametrize(
    "words",
    [["show"], ["show", "--json"], ["ls"], ["ls", "--json"], ["verify"], ["tail", "--plain"]],
    ids=" ".join,
)
def test_a_look_at_a_run_needs_no_numpy(run_dir, words):
    """Which takes longer to load than a long run to read."""
    with TrainingRecorder.load(run_dir) as recorder:
        loss = [1.0] * 300 + [float("nan")] * 300 + [90.0, 1.0]
        recorder.log_steps(range(1000, 1000 + len(loss)), {"loss": loss, "grad_norm": loss})
        for epoch in range(100, 140):
            recorder.log_epoch(epoch, max(0.5, 10 - epoch / 12), 0.1 * epoch)
    code = "from tachograph.cli import main; sys.argv[0] = 'tacho'; main()"
    place = run_dir.parent if words[0] == "ls" else run_dir
    commands = [
        subprocess.run(
            [sys.executable, "-c", f"{before}; {code}", words[0], place, *words[1:]],
            capture_output=True,
            text=True,
            check=False,
        )
        for before in ("import sys; sys.modules['numpy'] = None", "import sys")
    ]

    assert commands[0].stderr == ""
    assert commands[0].returncode == Exit.OK
    if words != ["ls", "--json"]:  # whose ages differ
        seen = without_age if words[0] == "ls" else str
        assert seen(commands[0].stdout) == seen(commands[1].stdout)


def without_age(text):
    """A listing without how old its run is, which is another at each look."""
    return re.sub(r" +\d+ (s|min)\b", "", text)


def test_help_into_a_closed_pipe(start_tacho):
    process = start_tacho("--help")
    process.stdout.close()

    assert process.wait(WAIT_SECS) == Exit.CLOSED_PIPE
    assert process.stderr.read() == ""
    process.stderr.close()


def test_pipe_gets_plain_text(start_tacho, run_dir):
    output, errors = start_tacho("show", run_dir, TERM="xterm-256color").communicate()

    assert "\x1b" not in output
    assert not errors


def test_encoding_without_block_characters(start_tacho, run_dir):
    process = start_tacho("show", run_dir, PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    output, errors = process.communicate()

    assert process.returncode == Exit.OK
    assert output.isascii()
    assert not errors


def test_tail_follows_until_the_run_is_closed(start_tacho, tmp_path):
    with TrainingRecorder("live", dir=tmp_path) as recorder:
        recorder.log_step(0, {"loss": 1.0})
        process = start_tacho("tail", recorder.path, "--json", "--every", "0.05")
        first = json.loads(process.stdout.readline())
        for step in range(1, 200):
            recorder.log_step(step, {"loss": float(step)})
        second = json.loads(process.stdout.readline())
    with process:
        # Not communicate(), which would pass by what readline() has read ahead.
        rest, errors = process.stdout.read(), process.stderr.read()

    assert (first["step"], second["step"]) == (0, 1)
    assert [json.loads(line)["step"] for line in rest.splitlines()] == list(range(2, 200))
    assert process.returncode == Exit.OK
    assert not errors


def test_tail_ends_on_ctrl_c(start_tacho, tmp_path):
    with TrainingRecorder("live", dir=tmp_path) as recorder:
        recorder.log_step(0, {"loss": 1.0})
        process = start_tacho("tail", recorder.path)
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=WAIT_SECS)

    assert process.returncode == Exit.INTERRUPTED
    assert output == ""
    assert "Traceback" not in errors


def test_tail_ends_when_the_writer_is_killed(start_tacho, tmp_path):
    code = (
        "import sys; from tachograph import TrainingRecorder\n"
        f"recorder = TrainingRecorder('killed', dir={str(tmp_path)!r})\n"
        "recorder.log_step(0, {'loss': 1.0})\n"
        "print(recorder.path, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        path = Path(writer.stdout.readline().strip())
        process = start_tacho("tail", path, "--every", "0.05")
        first = process.stdout.readline()
        writer.kill()
    _output, errors = process.communicate(timeout=WAIT_SECS)

    assert first.startswith("step 0")
    assert process.returncode == Exit.OK
    assert "did not close" in errors


def test_rm_leaves_a_run_that_is_being_written(start_tacho, tmp_path):
    with TrainingRecorder("live", dir=tmp_path) as recorder:
        recorder.log_step(0, {"loss": 1.0})
        process = start_tacho("rm", "--yes", recorder.path)
        _output, errors = process.communicate(timeout=WAIT_SECS)
        recorder.log_step(1, {"loss": 1.0})

    assert process.returncode == Exit.ERROR
    assert "is being written" in errors
    assert Path(recorder.path).is_dir()


@pytest.mark.parametrize("command", ["show", "ls", "tail", "compare"])
def test_without_standard_output_it_ends_as_with_it(run_dir, command):
    tacho = f'{sys.executable} -c "from tachograph.cli import main; main()"'
    target = run_dir.parent if command == "ls" else run_dir

    done = subprocess.run(
        ["bash", "-c", f"exec {tacho} {command} {target} >&-"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_rows_of_a_damaged_run_are_followed_with_a_code_that_says_so(start_tacho, damaged):
    process = start_tacho("tail", damaged, "-n", "20000")
    _, said = process.communicate(timeout=WAIT_SECS)

    assert process.returncode == Exit.DAMAGED
    assert "damaged: " in said
