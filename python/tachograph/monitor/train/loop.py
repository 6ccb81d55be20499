"""Epoch after epoch: trains, validates, prints, keeps, records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tachograph._optional import require
from tachograph.monitor.attaching import attach
from tachograph.monitor.epoch_evaluation import evaluate
from tachograph.monitor.epoch_record import record_epoch
from tachograph.monitor.epoch_training import train_one_epoch
from tachograph.monitor.history_file import DEFAULT_HISTORY, History, write_history
from tachograph.monitor.train.arguments import TrainArguments
from tachograph.monitor.train.best_checkpoint import BestCheckpoint
from tachograph.monitor.train.device import chosen_device
from tachograph.monitor.train.loaders import batches, class_count, windows
from tachograph.monitor.train.model import CriticalityTransformer
from tachograph.monitor.train.step_losses import StepLosses
from tachograph.monitor.train.threads import threads_beside
from tachograph.recorder import TrainingRecorder

if TYPE_CHECKING:
    import torch

__all__ = ["BEST_NAME", "EXPERIMENT_NAME", "Training"]

EXPERIMENT_NAME = "eeg-criticality"
"""What the runs of this command are recorded under."""

BEST_NAME = "best.pt"
"""The checkpoint's name in the directory of checkpoints."""

_BUDGET = 1.0
"""The command is there to be watched: what that costs of a step of milliseconds is no news."""


@dataclass(slots=True)
class Training:
    """What came out so far, also of a training that was interrupted.

    Attributes:
        arguments: What was asked for.
        history: The metrics of the epochs that are done.
        history_path: Its file; None where it is not kept.
        best: The best checkpoint; None before the training began.
        run_dir: The run's directory; None where nothing is recorded (TACHO_DISABLED).
    """

    arguments: TrainArguments
    history: History = field(default_factory=lambda: {"train": [], "val": []})
    history_path: Path | None = None
    best: BestCheckpoint | None = None
    run_dir: Path | None = None

    def run(self, show: Callable[[str, dict[str, Any]], object]) -> None:
        """Trains.

        Args:
            show: Gets a headline and the metrics under it, twice an epoch.

        Raises:
            InvalidArgumentError: The device or the recordings cannot be used.
            MissingExtraError: torch is not installed.
            OSError: A file cannot be written.
        """
        torch = require("torch", "torch")
        given = self.arguments
        device = chosen_device(given.device)
        torch.manual_seed(given.seed)
        dataset = windows(given)
        n_classes = class_count(dataset)
        model = CriticalityTransformer(
            channels=given.channels,
            patch_size=given.patch_size,
            d_model=given.d_model,
            nhead=given.nhead,
            num_layers=given.num_layers,
            dim_feedforward=given.ff,
            dropout=given.dropout,
            num_classes=n_classes,
        ).to(device)
        optimizer = torch.optim.AdamW(
            model.parameters(), lr=given.lr, weight_decay=given.weight_decay
        )
        config = {**given.as_config(), "num_classes": n_classes, "device": str(device)}
        self.best = BestCheckpoint(given.checkpoint_dir / BEST_NAME, config)
        if given.save_history:
            self.history_path = given.checkpoint_dir / DEFAULT_HISTORY.name
        where: dict[str, Any] = {} if given.dir is None else {"dir": given.dir}
        with (
            threads_beside(given.workers),
            batches(dataset, given, device) as loaders,
            TrainingRecorder(EXPERIMENT_NAME, _model_config(config), config, **where) as recorder,
            attach(model, recorder, optimizer, budget=_BUDGET),
        ):
            self.run_dir = recorder.path
            loss = StepLosses(recorder)
            for epoch in range(1, given.epochs + 1):
                begun = perf_counter()
                train = train_one_epoch(
                    model, loaders[0], optimizer, device, loss_function=loss, epoch=epoch
                )
                val = evaluate(model, loaders[1], device, epoch=epoch)
                # First everything of the epoch is kept: what was shown is there.
                self._keep(model, optimizer, train, val)
                record_epoch(recorder, train, val, epoch_time=perf_counter() - begun)
                show(f"Training Metrics - Epoch {epoch}", train)
                show(f"Validation Metrics - Epoch {epoch}", val)

    def _keep(
        self,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        train: dict[str, Any],
        val: dict[str, Any],
    ) -> None:
        self.history["train"].append(train)
        self.history["val"].append(val)
        if self.history_path is not None:
            write_history(self.history_path, self.history)
        if self.best is not None:
            self.best.offer(model, optimizer, train, val)


_MODEL_SIZES = (
    "channels",
    "patch_size",
    "d_model",
    "nhead",
    "num_layers",
    "ff",
    "dropout",
    "num_classes",
)


def _model_config(config: dict[str, Any]) -> dict[str, Any]:
    return {"model": CriticalityTransformer.__name__, **{key: config[key] for key in _MODEL_SIZES}}
