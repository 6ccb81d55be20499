"""Run files of W&B become runs: one that W&B 0.31 wrote, and ones that were damaged."""

import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

import tachograph
from tachograph import Run
from tachograph.exceptions import RunNotFoundError, UnsupportedFormatError
from tachograph.importers import import_wandb

# 20 steps of loss, n and nested.acc, then text, NaN, an infinity and a truth value at step 30, and
# 2**60 at step 40; offline, without system metrics.
GOLDEN = Path(__file__).parents[2] / "golden" / "wandb" / "tiny.wandb"


def test_a_run_that_wandb_wrote(tmp_path):
    shutil.copy(GOLDEN, tmp_path / "run-oc9377vz.wandb")

    run = Run.from_wandb(tmp_path, dest=tmp_path / "run")

    steps, loss = run.history("loss")
    assert steps.tolist() == list(range(20))
    assert loss.tolist() == [1 / (step + 1) for step in range(20)]
    assert run.history("n")[1].tolist() == list(range(20))
    assert run.history("nested.acc")[1].tolist() == [0.5 * step for step in range(20)]
    assert np.isnan(run.history("nan")[1]).tolist() == [True]
    assert run.history("inf")[1].tolist() == [np.inf]
    assert run.history("flag")[1].tolist() == [1]
    assert run.history("late")[0].tolist() == [40]
    assert run.history("late")[1].tolist() == [2**60]
    assert run.imported["skipped"]["text"] == 1
    assert run.training_config == {"lr": 0.1, "deep": {"a": 1, "b": [1, 2]}}
    assert run.experiment_name == "tiny"
    # From the file's first record of history: 1.7952777894873748e+09.
    walls = [round(row.wall_time.timestamp() * 1e6) for row in run.follow()]
    assert walls[0] == 1_795_277_789_487_375
    assert walls == sorted(walls)
    assert not run.imported["damaged"]


# ---- files written here

BLOCK = 32768


def field(number, content):
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def history(step, **values):
    items = {"_step": step, "_timestamp": 1e9 + step, **values}
    encoded = [
        field(1, field(2, key.encode()) + field(16, str(value).encode()))
        for key, value in items.items()
    ]
    return field(2, b"".join(encoded))


def log_of(records):
    """LevelDB's framing; also where each piece begins, and of which record it is."""
    out = bytearray(b":W&B\xe1\xbe\x00")
    pieces = []
    for number, record in enumerate(records):
        rest, first = record, True
        while rest or first:
            left = BLOCK - len(out) % BLOCK
            if left < 7:
                out += bytes(left)
                left = BLOCK
            piece, rest = rest[: left - 7], rest[left - 7 :]
            kind = {(1, 1): 1, (1, 0): 2, (0, 0): 3, (0, 1): 4}[(int(first), int(not rest))]
            pieces.append((len(out), number))
            out += struct.pack("<IHB", zlib.crc32(bytes([kind]) + piece), len(piece), kind) + piece
            first = False
    return bytes(out), pieces


def imported(tmp_path, content):
    (tmp_path / "run-a.wandb").write_bytes(content)
    dest = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
    return import_wandb(tmp_path / "run-a.wandb", dest)


def test_records_over_several_blocks(tmp_path):
    long = {f"m{number:05}": number / 8 for number in range(4000)}
    records = [history(step, x=step, **(long if step % 100 == 50 else {})) for step in range(500)]
    content, pieces = log_of(records)
    assert len(content) > 8 * BLOCK
    assert len(pieces) > len(records)

    report = imported(tmp_path, content)

    assert (report.steps, report.damaged, report.torn_bytes) == (500, 0, 0)
    run = tachograph.open(report.path)
    assert run.history("x")[1].tolist() == list(range(500))
    assert run.history("m03999")[1].tolist() == [3999 / 8] * 5


def test_damage_costs_the_rest_of_its_block(tmp_path):
    content, pieces = log_of([history(step, x=step) for step in range(3000)])
    broken = bytearray(content)
    at = next(place for place, _ in pieces if place > BLOCK + 1000)
    broken[at + 10] ^= 1

    report = imported(tmp_path, bytes(broken))

    kept = set(tachograph.open(report.path).history("x")[1].tolist())
    assert set(range(3000)) - kept == {step for place, step in pieces if at <= place < 2 * BLOCK}
    assert report.damaged == 1
    assert report.is_damaged


def test_every_truncation_keeps_what_is_whole(tmp_path):
    content, pieces = log_of([history(step, x=step) for step in range(6)])
    ends = [*(place for place, _ in pieces[1:]), len(content)]
    for size in (*range(7, len(content), 11), len(content)):
        report = imported(tmp_path, content[:size])
        assert report.steps == sum(end <= size for end in ends)
        assert report.torn_bytes == size - max([7, *(end for end in ends if end <= size)])
        assert not report.is_damaged


def test_a_row_without_a_time_or_with_a_malformed_item(tmp_path):
    no_time = field(2, field(1, field(1, b"x") + field(16, b"5")) + field(2, field(1, 7)))
    odd = field(2, field(1, b"\xff\xff") + field(2, field(1, 8)))
    content, _ = log_of([history(1, x=1), no_time, odd, b"\xff\xff\xff"])

    report = imported(tmp_path, content)

    run = tachograph.open(report.path)
    assert run.history("x")[0].tolist() == [1, 7]
    assert {row.wall_time.timestamp() for row in run.follow()} == {1e9 + 1}
    assert report.odd_wall_times == 2
    assert report.malformed == 2


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ([b"deep"], b"[" * 300 + b"]" * 300),
        ([b"deep"], b"[" * 100_000 + b"]" * 100_000),
        ([b"deep"] * 1000, b"1"),
        ([b"deep"] * 30, b'{"x":' * 30 + b"1" + b"}" * 30),
        ([b"odd"], b"{"),
        ([b"long"], b"9" * 5000),
    ],
)
def test_a_configuration_that_cannot_be_kept_is_counted(tmp_path, path, value):
    def changed(parts, json):
        item = b"".join(field(2, part) for part in parts) + field(16, json)
        return field(5, field(1, item))

    content, _ = log_of([changed([b"lr"], b"0.5"), changed(path, value), history(1, x=1)])

    report = imported(tmp_path, content)

    assert report.malformed == 1
    assert report.is_damaged
    run = tachograph.open(report.path)
    assert (run.training_config, run.history("x")[1].tolist()) == ({"lr": 0.5}, [1])


def test_what_is_no_run_file(tmp_path):
    (tmp_path / "run-a.wandb").write_bytes(b"hello")
    with pytest.raises(UnsupportedFormatError, match="W&B"):
        import_wandb(tmp_path, tmp_path / "run")
    (tmp_path / "run-b.wandb").touch()
    with pytest.raises(RunNotFoundError, match="2 run files"):
        import_wandb(tmp_path, tmp_path / "run")
    with pytest.raises(RunNotFoundError):
        import_wandb(tmp_path / "none.wandb", tmp_path / "run")
    assert not (tmp_path / "run").exists()
