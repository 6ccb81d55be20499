"""Trainings by Lightning and Accelerate, watched: their own steps, clipping and closures."""

import math

import pytest

from tachograph import TrainingRecorder

torch = pytest.importorskip("torch")
from tachograph.monitor import attach  # noqa: E402 -- needs torch

pytestmark = [
    pytest.mark.slow,  # their imports
    pytest.mark.filterwarnings("ignore"),  # theirs
]
STEPS = 6
MAX_NORM = 0.01


@pytest.fixture
def recorder():
    with TrainingRecorder("frameworks", dir=None, capture_environment=False) as recorder:
        yield recorder


def loader():
    generator = torch.Generator().manual_seed(0)
    return torch.utils.data.DataLoader(torch.randn(4 * STEPS, 5, generator=generator), batch_size=4)


def by_hand():
    """Norms of the same training in a plain loop."""
    torch.manual_seed(1)
    model = torch.nn.Linear(5, 3)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    norms = []
    for batch in loader():
        optimizer.zero_grad()
        model(batch).square().mean().backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_NORM).item())
        optimizer.step()
    return norms


def check(recorder):
    rows = [step.metrics for step in recorder.steps]
    assert [row["grad_norm"] for row in rows] == pytest.approx(by_hand(), rel=1e-5)
    assert [row["grad_norm_applied"] for row in rows] == pytest.approx([MAX_NORM] * STEPS, rel=1e-3)
    assert all(math.isfinite(row["lr"]) for row in rows)


def test_lightning(recorder, tmp_path):
    lightning = pytest.importorskip("lightning")

    class Model(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            torch.manual_seed(1)
            self.layer = torch.nn.Linear(5, 3)

        def on_train_start(self):
            self.monitor = attach(self, recorder, self.optimizers())

        def on_train_end(self):
            self.monitor.detach()

        def training_step(self, batch, _):
            return self.layer(batch).square().mean()

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=0.01)

    trainer = lightning.Trainer(
        max_epochs=1,
        accelerator="cpu",
        gradient_clip_val=MAX_NORM,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=tmp_path,
    )
    trainer.fit(Model(), loader())

    check(recorder)


def test_accelerate(recorder):
    accelerate = pytest.importorskip("accelerate")
    accelerator = accelerate.Accelerator(cpu=True)
    torch.manual_seed(1)
    model = torch.nn.Linear(5, 3)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    model, optimizer, batches = accelerator.prepare(model, optimizer, loader())
    with attach(model, recorder, optimizer):
        for batch in batches:
            optimizer.zero_grad()
            accelerator.backward(model(batch).square().mean())
            accelerator.clip_grad_norm_(model.parameters(), MAX_NORM)
            optimizer.step()

    check(recorder)
