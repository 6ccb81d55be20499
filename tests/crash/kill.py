"""Kills a training process at random moments and counts what is left of its run.

The child acknowledges every `log_step` that returned in memory that belongs to this process. After
SIGKILL every acknowledged step must be there with its values, and nothing may be wrong; also after
the run was resumed and killed again.

    python tests/crash/kill.py --kills 500 [--dir DIR]...
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import tachograph

CHILD = """
import sys
import numpy as np
from tachograph import TrainingRecorder
place, ack_path, start, mechanism = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
# One store of eight bytes, which a kill cannot tear: struct.pack_into would clear them first.
ack = np.memmap(ack_path, np.int64, "r+", shape=1)
recorder = TrainingRecorder(
    "kill", dir=place, run_id="victim", resume="allow", mechanism=mechanism,
    capture_environment=False,
)
def log_epoch(step):
    recorder.log_epoch(step // 1000, float(step), train_metrics={"m": step * 0.5})
# The process before may have died between its last step and the epoch that this step ended.
if start and start % 1000 == 0:
    log_epoch(start - 1)
step = start
while True:
    recorder.log_step(step, {"loss": 1.0 / (step + 1), "n": 3 * step})
    if step % 1000 == 999:
        log_epoch(step)
    step += 1
    ack[0] = step
"""


def kill_once(place: Path, start: int, mechanism: str, delay: float) -> int:
    """Lets a child record from `start` on, kills it; returns how many steps it acknowledged."""
    ack_path = place / "ack"
    ack = np.memmap(ack_path, np.int64, "w+", shape=1)
    ack[0] = start
    arguments = [str(place / "runs"), str(ack_path), str(start), mechanism]
    with subprocess.Popen([sys.executable, "-c", CHILD, *arguments]) as child:
        deadline = time.monotonic() + 60
        while ack[0] == start and child.poll() is None:
            if time.monotonic() > deadline:
                child.kill()
                raise SystemExit("the child did not begin to record within a minute")
            time.sleep(0.001)
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        code = child.wait()
    if code != -signal.SIGKILL:
        raise SystemExit(f"the child ended by itself with {code}")
    return int(ack[0])


def check(place: Path, acknowledged: int) -> int:
    """Compares the run with what was acknowledged; returns how many steps it holds."""
    run_dir = next((place / "runs").glob("*/victim"))
    run = tachograph.open(run_dir)
    steps, loss = run.history("loss")
    _, n = run.history("n")
    wanted = np.arange(len(steps))
    assert len(steps) >= acknowledged, f"{acknowledged - len(steps)} acknowledged steps are lost"
    assert (steps == wanted).all(), "steps out of order"
    assert len(steps) <= acknowledged + 1, f"{len(steps)} steps, {acknowledged} acknowledged"
    assert (loss == 1.0 / (wanted + 1)).all(), "wrong values"
    assert (n == 3 * wanted).all(), "wrong values"
    assert len(run.epochs) >= acknowledged // 1000, "an acknowledged epoch is lost"
    report = run.report
    assert report["rows_lost"] == 0, report
    assert not report["damage"], report
    return len(steps)


def main() -> None:
    """Runs the kills and prints what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--dir", action="append", help="where; may be given more than once")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    shared_memory = Path("/dev/shm")
    places = options.dir or [
        tempfile.gettempdir(),
        *([str(shared_memory)] if shared_memory.is_dir() else []),
    ]
    chance = random.Random(options.seed)
    kills = rows = 0
    while kills < options.kills:
        place, mechanism = places[kills % len(places)], ("mmap", "write")[kills // 2 % 2]
        with tempfile.TemporaryDirectory(dir=place) as name:
            held = 0
            for _ in range(2):
                acknowledged = kill_once(Path(name), held, mechanism, chance.uniform(0, 0.05))
                rows += acknowledged - held
                held = check(Path(name), acknowledged)
                kills += 1
    print(f"{kills} kills, {rows:,} acknowledged steps: 0 lost, 0 wrong")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        os.environ.pop("TACHO_DISABLED", None)
        main()
