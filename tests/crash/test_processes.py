"""Ways in which a training process ends, and the processes and threads beside it."""

import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

import tachograph
from tachograph import TrainingRecorder

_STEPS = 5000

_CHILD = """
import os, signal, sys
from tachograph import TrainingRecorder
recorder = TrainingRecorder("endings", dir=sys.argv[1], run_id="r", capture_environment=False)
for step in range({steps}):
    recorder.log_step(step, {{"loss": step * 0.5}})
recorder.log_epoch(0, 1.0)
{ending}
"""


def _run(tmp_path: Path, ending: str) -> subprocess.CompletedProcess[str]:
    source = _CHILD.format(steps=_STEPS, ending=textwrap.dedent(ending))
    return subprocess.run(
        [sys.executable, "-c", source, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def _assert_whole(tmp_path: Path) -> tachograph.Run:
    run = tachograph.open(tmp_path / "endings" / "r")
    steps, loss = run.history("loss")
    np.testing.assert_array_equal(steps, np.arange(_STEPS))
    np.testing.assert_array_equal(loss, np.arange(_STEPS) * 0.5)
    assert len(run.epochs) == 1
    return run


@pytest.mark.parametrize(
    ("ending", "code", "state"),
    [
        ("", 0, "closed"),
        ("sys.exit(3)", 3, "closed"),
        ("raise ValueError('the loop failed')", 1, "closed"),
        ("os.kill(os.getpid(), signal.SIGINT); signal.pause()", -2, "closed"),
        ("os._exit(4)", 4, "crashed"),
        ("os.kill(os.getpid(), signal.SIGTERM); signal.pause()", -15, "crashed"),
        ("os.kill(os.getpid(), signal.SIGSEGV); signal.pause()", -11, "crashed"),
        ("os.abort()", -6, "crashed"),
    ],
    ids=["end", "exit", "exception", "ctrl-c", "os._exit", "sigterm", "sigsegv", "abort"],
)
def test_however_a_process_ends_nothing_is_lost(tmp_path, ending, code, state):
    done = _run(tmp_path, ending)

    assert done.returncode == code, done.stderr
    assert _assert_whole(tmp_path).status.state == state


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_eight_workers_beside_the_recorder_change_nothing(tmp_path, method):
    """As a data loader's workers do: they are started while the run is recorded, and outlive it."""
    script = tmp_path / "workers.py"
    script.write_text(
        textwrap.dedent(
            """
            import multiprocessing, sys
            from tachograph import TrainingRecorder

            def work(queue, results):
                for item in iter(queue.get, None):
                    results.put(item * 2)

            if __name__ == "__main__":
                context = multiprocessing.get_context(sys.argv[2])
                recorder = TrainingRecorder(
                    "endings", dir=sys.argv[1], run_id="r", capture_environment=False
                )
                queue, results = context.Queue(), context.Queue()
                recorder.log_epoch(0, 1.0)
                for step in range(1000):
                    recorder.log_step(step, {"loss": step * 0.5})
                workers = [context.Process(target=work, args=(queue, results)) for _ in range(8)]
                for worker in workers:
                    worker.start()
                for step in range(1000, STEPS):
                    recorder.log_step(step, {"loss": step * 0.5})
                    if step % 500 == 0:
                        queue.put(step)
                        assert results.get(timeout=200) % 1000 == 0
                recorder.close()
                for worker in workers:
                    queue.put(None)
                for worker in workers:
                    worker.join(200)
                    assert worker.exitcode == 0, worker
            """
        ).replace("STEPS", str(_STEPS))
    )

    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), method],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert done.returncode == 0, done.stderr
    assert _assert_whole(tmp_path).status.state == "closed"


def test_sixty_four_threads_keep_every_row_in_order(tmp_path):
    n_threads, n_rows = 64, 500
    barrier = threading.Barrier(n_threads)

    with TrainingRecorder("threads", dir=tmp_path, run_id="r") as recorder:

        def log(thread: int) -> None:
            barrier.wait()
            for row in range(n_rows):
                recorder.log_step(row, {f"thread {thread}": float(row)})

        threads = [threading.Thread(target=log, args=(thread,)) for thread in range(n_threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    run = tachograph.open(recorder.path)
    for thread in range(n_threads):
        steps, values = run.history(f"thread {thread}")
        np.testing.assert_array_equal(steps, np.arange(n_rows))
        np.testing.assert_array_equal(values, np.arange(n_rows))
