"""On a GPU: a batch waits for nothing, and the numbers are the CPU's."""

import pytest

torch = pytest.importorskip("torch")

from tachograph.monitor import ClassificationMetrics, RegressionMetrics  # noqa: E402 -- the skip

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


@pytest.fixture
def no_waiting():
    yield lambda: torch.cuda.set_sync_debug_mode("error")
    torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize("batch", [7, 500, 30_000])
def test_classification_waits_for_nothing(no_waiting, batch):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(60_000, 5, generator=generator, dtype=torch.float64)
    labels = torch.arange(60_000) % 5
    on_cpu, on_gpu = (ClassificationMetrics(5, split="val") for _ in range(2))
    on_cpu.update(logits, labels, 1.0)
    scores, truth, loss = logits.cuda(), labels.cuda(), torch.tensor(1.0).cuda()
    no_waiting()
    for start in range(0, 60_000, batch):
        rows = slice(start, start + batch)
        on_gpu.update(scores[rows], truth[rows], loss)
    torch.cuda.set_sync_debug_mode("default")

    found, expected = on_gpu.compute(), on_cpu.compute()

    assert found.pop("confusion_matrix") == expected.pop("confusion_matrix")
    assert found == pytest.approx(expected, abs=1e-9)


def test_regression_waits_for_nothing(no_waiting):
    targets = torch.randn(1000, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    on_cpu, on_gpu = RegressionMetrics(3), RegressionMetrics(3)
    on_cpu.update(targets + 1, targets)
    moved = targets.cuda()
    no_waiting()
    for rows in (slice(0, 300), slice(300, 600), slice(600, 1000)):
        on_gpu.update(moved[rows] + 1, moved[rows])
    torch.cuda.set_sync_debug_mode("default")

    assert on_gpu.compute() == pytest.approx(on_cpu.compute(), abs=1e-12)
