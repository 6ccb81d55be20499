"""Writes the golden runs of this format version: tests/golden/v1.

    python tools/make_golden.py NEW_DIR

For a new version of the format, once. Golden runs of a released version are never written again, so
the directory must not exist. What is expected of each run stands in expected.json; it comes from
what was logged here, except for wall times and uuids, which are not expected at all.
"""

# ruff: noqa: SLF001 -- the core's own methods leave out what a recorder adds

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph import _core

N_CODECS = 1500

Words = NDArray[np.uint64]
Expected = dict[str, Any]


def writer(directory: Path, *, create: bool = True) -> _core.Writer:
    """A writer of the run in a directory."""
    made = _core.Writer()
    made._open(str(directory), run_id=directory.name, create=create)
    return made


def word_of(value: float) -> str:
    """A scalar as its expected.json has it: an integer's digits, or a double's bits in hex."""
    if isinstance(value, int):
        return str(value)
    return f"0x{np.float64(value).view(np.uint64):016x}"


def epoch_row(made: _core.Writer, epoch: int, **fields: float | None) -> None:
    """An epoch of fields only, at a fixed time."""
    made._append_epoch(epoch, 1_700_000_000_000_000 + epoch, fields, {}, {}, None)


def tiny_calls(made: _core.Writer) -> None:
    """The worked example of docs/format.md."""
    made.log_step(0, {"loss": 0.5, "seen": 64})
    made.log_step(1, {"loss": 0.25})
    epoch_row(made, 0, train_loss=0.375)
    made._put("note", {"a": 1})


def tiny(directory: Path) -> Expected:
    """Closed, as small as can be."""
    made = writer(directory)
    tiny_calls(made)
    made._close()
    return tiny_expected(closed=True)


def tiny_expected(*, closed: bool) -> Expected:
    """What `tiny_calls` recorded."""
    steps = [
        {"seq": 0, "attempt": 1, "label": 0, "values": {"1 loss": word_of(0.5), "1 seen": "64"}},
        {"seq": 1, "attempt": 1, "label": 1, "values": {"1 loss": word_of(0.25)}},
    ]
    train = {"0 train_loss": word_of(0.375)}
    epochs = [{"seq": 2, "attempt": 1, "label": 0, "values": train}]
    return {"closed": closed, "note": {"a": 1}, "steps": steps, "epochs": epochs}


def crashed(directory: Path) -> Expected:
    """The same calls, and then the process is gone."""
    in_child(directory, "tiny_calls")
    return tiny_expected(closed=False)


def before_crash(made: _core.Writer) -> None:
    """The first attempt of the resumed run."""
    for step in range(4):
        made.log_step(step, {"x": float(step)})
    epoch_row(made, 0, train_loss=1.0)


def after_resume(made: _core.Writer) -> None:
    """The second attempt; it begins at step 2, and hides what the first had from there on."""
    for step in range(2, 5):
        made.log_step(step, {"x": -float(step), "y": step})
    made._amend(4, 0, "train_loss", 0.5)


def resumed(directory: Path) -> Expected:
    """Crashed, resumed, crashed again."""
    in_child(directory, "before_crash")
    in_child(directory, "after_resume", create=False)
    first = [
        {"seq": step, "attempt": 1, "label": step, "values": {"1 x": word_of(float(step))}}
        for step in range(2)
    ]
    second = [
        {
            "seq": 3 + step,
            "attempt": 2,
            "label": step,
            "values": {"1 x": word_of(-float(step)), "1 y": str(step)},
        }
        for step in range(2, 5)
    ]
    train = {"0 train_loss": word_of(0.5)}
    epochs = [{"seq": 4, "attempt": 1, "label": 0, "values": train}]
    return {"closed": False, "note": None, "steps": first + second, "epochs": epochs}


def columns_of_every_kind() -> dict[str, NDArray[Any]]:
    """Columns that lead to each codec, or are edges of one."""
    rng = np.random.default_rng(0)
    at = np.arange(N_CODECS)
    noise = rng.standard_normal(N_CODECS)
    odd = np.array([0x7FF0000000000001, 0xFFF8000000000123, 1 << 63, 0x7FF << 52], np.uint64)
    specials = noise.copy()
    specials[5:9] = odd.view(np.float64)
    single = noise.astype(np.float32).astype(np.float64)
    patched = single.copy()
    patched[[3, 700]] = [0.1, 1e300]
    halves = rng.standard_normal(N_CODECS).astype(np.float16).astype(np.float64)
    brain = (single.view(np.uint64) >> np.uint64(45) << np.uint64(45)).view(np.float64)
    words = rng.integers(-(1 << 63), (1 << 63) - 1, 40)
    return {
        "constant": np.full(N_CODECS, 0.1),
        "linear": 7 * at - 3,
        "runs": np.array([0.1, 0.05, 0.025])[at // 500],
        "ints": rng.integers(0, 200, N_CODECS),
        "wide ints": rng.integers(-(1 << 62), 1 << 62, N_CODECS),
        "double": noise,
        "special": specials,
        "single": single,
        "patched": patched,
        "half": halves,
        "bfloat16": brain,
        "ratio": rng.integers(0, 256, N_CODECS) / 256.0 * 0.5,
        "decimal": np.round(rng.random(N_CODECS), 3),
        "dictionary": words[rng.integers(0, 40, N_CODECS)],
    }


def codecs(directory: Path) -> Expected:
    """One block of many kinds of columns, packed into one file."""
    columns = columns_of_every_kind()
    made = writer(directory)
    made.log_steps(np.arange(N_CODECS), columns)
    made.log_step(N_CODECS, {"late": 1})
    made._close()
    target = directory.with_suffix(".tacho")
    _core.pack(str(directory), str(target))
    shutil.rmtree(directory)
    digests = {
        name: hashlib.sha256(np.ascontiguousarray(values).view("<u8").tobytes()).hexdigest()
        for name, values in columns.items()
    }
    return {"closed": True, "n_steps": N_CODECS + 1, "sha256": digests}


def in_child(directory: Path, calls: str, *, create: bool = True) -> None:
    """Makes the calls in a process that then ends without a goodbye."""
    command = [sys.executable, __file__, "--child", calls, str(directory)]
    subprocess.run([*command, *([] if create else ["--resume"])], check=True)
    trim(directory)


def trim(directory: Path) -> None:
    """Leaves what counts: no lock, no segment that was never begun, few zeros behind the last."""
    (directory / "run.tacho.lock").unlink()
    for tail in directory.glob("run.tacho.tail-*"):
        content = tail.read_bytes().rstrip(b"\0")
        if content:
            tail.write_bytes(content + bytes(-len(content) % 8 + 8))
        else:
            tail.unlink()


RUNS = {"tiny": tiny, "crashed": crashed, "resumed": resumed, "codecs": codecs}
CHILDREN = {call.__name__: call for call in (tiny_calls, before_crash, after_resume)}


def main() -> None:
    """Writes all runs, or is the child that crashes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--child", choices=CHILDREN, help=argparse.SUPPRESS)
    parser.add_argument("--resume", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        made = writer(given.directory, create=not given.resume)
        CHILDREN[given.child](made)
        os._exit(0)  # `made` is still alive: letting go of it would close the run
    given.directory.mkdir(parents=True)
    expected = {name: make(given.directory / name) for name, make in RUNS.items()}
    for lock in given.directory.rglob("*.lock"):
        lock.unlink()
    text = json.dumps(expected, indent=1, sort_keys=True)
    (given.directory / "expected.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
