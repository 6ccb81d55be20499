"""What the training command can be told."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tachograph._options import real, whole

__all__ = ["TrainArguments", "parse"]

_DESCRIPTION = """\
Trains a small transformer that tells seizure-like EEG windows from the rest, prints every epoch's
metrics, and records the training as a run.

Without --data-dir the windows are synthetic."""


@dataclass(frozen=True, slots=True)
class TrainArguments:
    """The arguments of a training, with their defaults.

    Attributes:
        epochs: How often all training windows are gone through.
        batch_size: Windows a batch.
        lr: Learning rate of AdamW.
        weight_decay: Decoupled weight decay of AdamW.
        d_model: Width of the transformer.
        nhead: Attention heads; they divide `d_model`.
        num_layers: Encoder layers.
        ff: Width of each layer's feed-forward part.
        dropout: Share of activations that are dropped in training.
        patch_size: Samples of a patch, which is a token.
        channels: Channels of a window.
        window_sec: Length of a window in seconds.
        sample_rate: Samples a second.
        val_split: Share of the windows that validate.
        workers: Processes that make batches; 0 makes them in the training's own.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"`` and so on.
        data_dir: A directory of recordings; None for synthetic windows.
        annotations: The CSV file with their labels; None for ``annotations.csv`` in `data_dir`.
        max_files: At most so many recordings, or synthetic windows; None for all.
        save_history: Whether the history is written after every epoch.
        checkpoint_dir: Where the best model and the history go.
        seed: Of the synthetic windows, the split, the weights and the batches.
        dir: Where runs are kept; None takes the recorder's default.
    """

    epochs: int = 5
    batch_size: int = 16
    lr: float = 3e-4
    weight_decay: float = 1e-2
    d_model: int = 128
    nhead: int = 4
    num_layers: int = 4
    ff: int = 256
    dropout: float = 0.1
    patch_size: int = 64
    channels: int = 18
    window_sec: float = 5.0
    sample_rate: int = 256
    val_split: float = 0.2
    workers: int = 2
    device: str = "auto"
    data_dir: Path | None = None
    annotations: Path | None = None
    max_files: int | None = None
    save_history: bool = False
    checkpoint_dir: Path = Path("checkpoints")
    seed: int = 0
    dir: Path | None = None

    @property
    def window_samples(self) -> int:
        """Samples of a channel in a window."""
        return round(self.window_sec * self.sample_rate)

    def as_config(self) -> dict[str, Any]:
        """Plain values by name, as a checkpoint and the run keep them."""
        return {
            name: str(value) if isinstance(value, Path) else value
            for name, value in asdict(self).items()
        }


def parse(arguments: Sequence[str] | None = None) -> tuple[TrainArguments, argparse.ArgumentParser]:
    """Reads the command line; ends the program with code 2 where it makes no sense.

    Args:
        arguments: The words; None for those of the process.

    Returns:
        The arguments, and the parser, whose `exit` ends the program in its voice.
    """
    parser = _parser()
    given = TrainArguments(**vars(parser.parse_args(arguments)))
    if given.d_model % given.nhead:
        parser.error(f"--d-model must be a multiple of --nhead: {given.d_model} and {given.nhead}")
    if given.window_samples < 1:
        parser.error("--window-sec times --sample-rate must give at least one sample")
    if given.annotations is not None and given.data_dir is None:
        parser.error("--annotations are those of recordings: give --data-dir, too")
    return given, parser


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tachograph.monitor.train",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # `--d` is too near to `--dir`
    )
    default = TrainArguments()

    def add(group: Any, name: str, read: Callable[[str], Any], text: str) -> None:
        value = getattr(default, name)
        group.add_argument(
            f"--{name.replace('_', '-')}",
            type=read,
            default=value,
            help=text if value is None else f"{text} (default {value})",
            metavar="X" if isinstance(value, float) else "N",
        )

    training = parser.add_argument_group("training")
    add(training, "epochs", whole(1), "times that all windows are gone through")
    add(training, "batch_size", whole(1), "windows a batch")
    add(training, "lr", real(0, above=True), "learning rate of AdamW")
    add(training, "weight_decay", real(0), "of AdamW")
    add(training, "seed", whole(0), "of data, split, weights and batches")
    training.add_argument(
        "--device",
        default=default.device,
        help="auto, cpu, cuda, cuda:1, ... (default auto)",
        metavar="NAME",
    )
    add(training, "workers", whole(0), "processes that make batches; 0 for none")

    model = parser.add_argument_group("model")
    add(model, "d_model", whole(1), "width")
    add(model, "nhead", whole(1), "attention heads")
    add(model, "num_layers", whole(1), "encoder layers")
    add(model, "ff", whole(1), "width of the feed-forward parts")
    add(model, "dropout", real(0, below=1), "share of activations dropped")
    add(model, "patch_size", whole(1), "samples of a patch")

    data = parser.add_argument_group("data")
    add(data, "channels", whole(1), "channels of a window")
    add(data, "window_sec", real(0, above=True), "seconds of a window")
    add(data, "sample_rate", whole(1), "samples a second")
    add(data, "val_split", real(0, above=True, below=1), "share of windows that validate")
    data.add_argument(
        "--data-dir",
        type=Path,
        help="recordings, .npy or .npz [channels, samples]",
        metavar="DIR",
    )
    data.add_argument(
        "--annotations",
        type=Path,
        help="their labels, CSV with the columns file,label (default annotations.csv there)",
        metavar="FILE",
    )
    add(data, "max_files", whole(2), "at most so many recordings, or synthetic windows")

    output = parser.add_argument_group("output")
    output.add_argument(
        "--save-history",
        action="store_true",
        help="write training_history.json after every epoch",
    )
    output.add_argument(
        "--checkpoint-dir",
        type=Path,
        default=default.checkpoint_dir,
        help="where best.pt and the history go (default checkpoints)",
        metavar="DIR",
    )
    output.add_argument("--dir", type=Path, help="where runs are kept (default $TACHO_DIR or runs)")
    return parser
