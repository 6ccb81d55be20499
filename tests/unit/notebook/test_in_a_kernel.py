"""A notebook with a real kernel: what its cells show at the end."""

import json
import subprocess
import sys

import pytest

from tachograph import TrainingRecorder

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

TRAINING = """
import sys, time
from tachograph import TrainingRecorder
with TrainingRecorder("watched", dir=sys.argv[1], run_id="live") as recorder:
    for step in range(60):
        recorder.log_step(step, {"loss": 1.0 / (step + 1), "<b>": 2.0})
        if step == 0:
            print("begun", flush=True)
        time.sleep(0.02)
"""
# A kernel talks over sockets and threads, which leave warnings to whoever waits for it.
EXECUTE = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(
    notebook, timeout=240, startup_timeout=240, kernel_name="python3"
).execute()
nbformat.write(notebook, sys.argv[1])
"""


@pytest.fixture
def executed(own_directory):
    """Runs cells in a kernel and gives what each shows, as HTML."""

    def execute(*cells):
        path = own_directory / "notebook.ipynb"
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
        nbformat.write(notebook, path)
        command = [sys.executable, "-c", EXECUTE, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        outputs = [cell["outputs"] for cell in json.loads(path.read_text())["cells"]]
        return [
            ["".join(output.get("data", output).get("text/html", output)) for output in each]
            for each in outputs
        ]

    return execute


def test_a_recorder_a_run_a_comparison_and_a_training_that_goes_on(executed, own_directory, page):
    for name in ("a", "b"):
        with TrainingRecorder(name, {"width": name}, dir="runs", run_id=name) as recorder:
            for epoch in range(3):
                recorder.log_epoch(epoch, 3.0 - epoch, 4.0 - epoch)
    (own_directory / "training.py").write_text(TRAINING)

    shown = executed(
        "import subprocess, sys, tachograph\n"
        "recorder = tachograph.TrainingRecorder('mine', dir=None)\n"
        "recorder.log_step(0, {'loss': 1.0}); recorder.log_step(1, {'loss': 0.5})\n"
        "recorder",
        "tachograph.open('runs/a/a')",
        "tachograph.compare(['runs/a/a', 'runs/b/b'])",
        "command = [sys.executable, 'training.py', 'runs']\n"
        "training = subprocess.Popen(command, stdout=subprocess.PIPE)\n"
        "assert training.stdout.readline() == b'begun\\n'\n"
        "tachograph.open('runs/watched/live').watch(interval=0.1)\n"
        "assert training.wait() == 0",
    )

    assert [len(outputs) for outputs in shown] == [1, 1, 1, 1]  # one figure, drawn anew
    recorder, run, comparison, watched = (page(outputs[0]) for outputs in shown)
    assert {"mine", "loss"} <= set(recorder.texts)
    assert len(run.all("polyline")) == 2
    assert "2 runs" in comparison.texts
    assert "width" in " ".join(comparison.texts)
    assert "closed" in " ".join(watched.texts)
    assert {"59", "<b>"} <= set(watched.texts)
    assert len(watched.all("polyline")) == 2
