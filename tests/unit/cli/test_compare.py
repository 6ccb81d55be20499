"""`tacho compare`."""

import json

from tachograph import TrainingRecorder
from tachograph.cli.exits import Exit
from tachograph.records.log_file import LOG_NAME


def record(root, name, lr, val_losses, **model):
    with TrainingRecorder(name, model, {"lr": lr, "seed": 0}, dir=root) as recorder:
        for epoch, loss in enumerate(val_losses):
            recorder.log_epoch(epoch, loss / 2, loss, epoch_time=60.0)
    return recorder.path


def test_text(tacho, tmp_path):
    first = record(tmp_path, "base", 0.1, [3.0, 2.0])
    second = record(tmp_path, "wide", 0.2, [3.0, 1.0, 2.0], width=64)

    result = tacho("compare", first, second)

    assert result.exit_code == Exit.OK
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[1].startswith("base 2 1 2 0 2 min 0 s")
    assert lines[2].startswith("wide * 1 1 3 0 3 min 0 s")
    assert "setting base wide" in lines
    assert "training.lr 0.1 0.2" in lines
    assert "model.width - 64" in lines
    assert not any("seed" in line for line in lines)
    assert "wide is better: its best validation loss is lower by 1, best epochs 0 apart" in lines


def test_all_settings(tacho, tmp_path):
    first = record(tmp_path, "base", 0.1, [3.0])

    assert "training.seed" in tacho("compare", first, first, "--all").stdout
    same = tacho("compare", first, first).stdout
    assert "no setting differs" in same
    assert "equal: " in same


def test_json(tacho, tmp_path):
    first = record(tmp_path, "base", 0.1, [3.0])
    second = record(tmp_path, "nan", None, [float("nan")], width=None)

    shown = json.loads(tacho("compare", first, second, "--json").stdout)

    assert shown["labels"] == ["base", "nan"]
    assert shown["results"][0]["best_loss"] == 3.0
    assert shown["best"] == 0
    by_name = {setting["name"]: setting for setting in shown["settings"]}
    assert by_name["model.width"]["values"] == [None, None]
    assert by_name["model.width"]["present"] == [False, True]
    assert shown["pair"]["compared"] is None


def test_hostile_names_and_settings_are_data(tacho, tmp_path):
    run = record(tmp_path, "[red]\x1b[2J", "\x1b]0;x\x07", [1.0], **{"\u202ekey": "a\nb"})

    result = tacho("compare", run, run, "--all")

    assert "\x1b" not in result.output
    assert "\u202e" not in result.output
    assert r"[red]\x1b[2J" in result.output
    assert r"a\nb" in result.output


def test_three_runs_and_one(tacho, tmp_path):
    run = record(tmp_path, "base", 0.1, [1.0])

    assert tacho("compare", run, run, run).exit_code == Exit.OK
    assert "better" not in tacho("compare", run).stdout
    assert tacho("compare", tmp_path / "nowhere").exit_code == Exit.NOT_FOUND
    assert tacho("compare").exit_code == Exit.USAGE


def test_a_damaged_run_is_compared_and_told(tacho, tmp_path):
    sound = record(tmp_path, "base", 0.1, [1.0])
    damaged = record(tmp_path, "damaged", 0.1, [1 / (1 + epoch) for epoch in range(5000)])
    log = damaged / LOG_NAME
    content = bytearray(log.read_bytes())
    for start in range(len(content) // 4, 3 * len(content) // 4, 512):
        content[start : start + 64] = bytes(64)
    log.write_bytes(content)

    result = tacho("compare", sound, damaged)

    assert result.exit_code == Exit.DAMAGED
    assert "damaged: " in result.stderr
    assert "base" in result.stdout
