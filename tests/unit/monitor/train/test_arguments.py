"""The command line of the training: the guide's flags and defaults, and what is refused."""

from pathlib import Path

import pytest

from tachograph.monitor.train.arguments import TrainArguments, parse


def test_the_defaults_are_those_of_the_guide():
    given, _ = parse([])

    assert given == TrainArguments()
    assert given.as_config() == {
        "epochs": 5,
        "batch_size": 16,
        "lr": 3e-4,
        "weight_decay": 1e-2,
        "d_model": 128,
        "nhead": 4,
        "num_layers": 4,
        "ff": 256,
        "dropout": 0.1,
        "patch_size": 64,
        "channels": 18,
        "window_sec": 5.0,
        "sample_rate": 256,
        "val_split": 0.2,
        "workers": 2,
        "device": "auto",
        "data_dir": None,
        "annotations": None,
        "max_files": None,
        "save_history": False,
        "checkpoint_dir": "checkpoints",
        "seed": 0,
        "dir": None,
    }


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ("--epochs 10 --batch-size 16 --save-history", {"epochs": 10, "save_history": True}),
        ("--epochs 10 --save-history", {"epochs": 10, "save_history": True}),
        (
            "--epochs 3 --batch-size 8 --d-model 64 --nhead 2 --num-layers 2 --save-history",
            {
                "epochs": 3,
                "batch_size": 8,
                "d_model": 64,
                "nhead": 2,
                "num_layers": 2,
                "save_history": True,
            },
        ),
        ("--lr 0.01 --weight-decay 0 --dropout 0", {"lr": 0.01, "weight_decay": 0, "dropout": 0}),
        ("--ff 8 --patch-size 32 --channels 2", {"ff": 8, "patch_size": 32, "channels": 2}),
        ("--window-sec 0.5 --sample-rate 128", {"window_sec": 0.5, "sample_rate": 128}),
        ("--val-split 0.5 --workers 0 --seed 7", {"val_split": 0.5, "workers": 0, "seed": 7}),
        (
            "--data-dir d --annotations a.csv --max-files 9 --device cuda:1",
            {
                "data_dir": Path("d"),
                "annotations": Path("a.csv"),
                "max_files": 9,
                "device": "cuda:1",
            },
        ),
        ("--checkpoint-dir c --dir r", {"checkpoint_dir": Path("c"), "dir": Path("r")}),
    ],
)
def test_every_flag_does_something(words, changed):
    given, _ = parse(words.split())

    assert given == TrainArguments(**changed)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("--epochs 0", "--epochs: must be a whole number of at least 1, not '0'"),
        ("--epochs 1.5", "--epochs: must be a whole number"),
        ("--workers -1", "--workers: must be a whole number of at least 0"),
        ("--max-files 1", "--max-files: must be a whole number of at least 2"),
        ("--lr 0", "--lr: must be a number above 0 and finite, not '0'"),
        ("--lr nan", "--lr: must be a number"),
        ("--lr inf", "--lr: must be a number"),
        ("--lr quick", "--lr: must be a number"),
        ("--weight-decay -1", "--weight-decay: must be a number at least 0"),
        ("--dropout 1", "--dropout: must be a number at least 0 and below 1, not '1'"),
        ("--val-split 0", "--val-split: must be a number above 0 and below 1"),
        ("--val-split 1", "--val-split: must be a number above 0 and below 1"),
        ("--nhead 3", "--d-model must be a multiple of --nhead: 128 and 3"),
        ("--window-sec 0.001", "at least one sample"),
        ("--annotations a.csv", "give --data-dir"),
        ("--epoch 3", "unrecognized arguments"),
    ],
)
def test_what_makes_no_sense_is_refused_with_code_2(capsys, words, complaint):
    with pytest.raises(SystemExit) as caught:
        parse(words.split())

    assert caught.value.code == 2
    assert complaint in capsys.readouterr().err


def test_the_help_names_every_flag(capsys):
    with pytest.raises(SystemExit) as caught:
        parse(["--help"])

    assert caught.value.code == 0
    text = capsys.readouterr().out
    for name in TrainArguments.__slots__:
        assert f"--{name.replace('_', '-')}" in text
