"""Classification metrics against scikit-learn, torchmetrics and arrays of all predictions."""

import gc
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
skm = pytest.importorskip("sklearn.metrics")

from tachograph import ArgumentTypeError, InvalidArgumentError  # noqa: E402 -- behind the skip
from tachograph.monitor import (  # noqa: E402 -- behind the skip
    ClassificationMetrics,
    classification,
)

IGNORED = -100


@pytest.fixture(scope="module", autouse=True, params=["by the core", "by torch"])
def _summed(request):
    """Small batches on the CPU are read by the core; all others come to the same by torch."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "by torch":
            patch.setattr(classification, "_MAX_DIRECT_CLASSES", 0)
        yield request.param


@pytest.fixture
def singles(_summed):
    """How near two ways come in float32: the core has a softmax of its own, of the last bits."""
    return {"rel": 0, "abs": 0} if _summed == "by torch" else {"rel": 1e-6}


def streamed(logits, labels, batch, split="val", losses=None, **options):
    metrics = ClassificationMetrics(logits.shape[1], split=split, **options)
    for index, start in enumerate(range(0, len(labels), batch)):
        rows = slice(start, start + batch)
        loss = None if losses is None else losses[index]
        metrics.update(logits[rows], labels[rows], loss)
    return metrics


def from_arrays(logits, labels, bins=15):
    """The same metrics from all predictions at once."""
    kept = labels != IGNORED
    scores, truth = logits[kept], labels[kept].numpy()
    predicted = scores.argmax(1).numpy()
    confidence = scores.softmax(1).amax(1).double().numpy()
    wrong = predicted != truth
    which = np.clip(np.ceil(confidence * bins) - 1, 0, bins - 1)
    gaps = [
        abs((~wrong[which == b]).sum() - confidence[which == b].sum()) for b in np.unique(which)
    ]
    n_classes = logits.shape[1]
    expected = {
        "acc": (~wrong).mean() if len(wrong) else math.nan,
        "confidence_mean": confidence.mean() if len(wrong) else math.nan,
        "confidence_std": confidence.std() if len(wrong) else math.nan,
        "confidence_min": confidence.min(initial=1) if len(wrong) else math.nan,
        "confidence_max": confidence.max(initial=0) if len(wrong) else math.nan,
        "confidence_wrong_mean": confidence[wrong].mean() if wrong.any() else math.nan,
        "calibration_error": sum(gaps) / len(wrong) if len(wrong) else math.nan,
    }
    for index in range(n_classes):
        of_class, as_class = truth == index, predicted == index
        hits = (of_class & as_class).sum()
        expected[f"class_{index}_recall"] = hits / of_class.sum() if of_class.any() else math.nan
        expected[f"class_{index}_acc"] = expected[f"class_{index}_recall"]
        expected[f"class_{index}_precision"] = hits / as_class.sum() if as_class.any() else math.nan
    return expected


def test_every_metric_is_scikit_learns():
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 5, (3000,), generator=generator)
    logits = torch.randn(3000, 5, generator=generator, dtype=torch.float64)
    logits[torch.arange(3000), labels] += 1
    predicted = logits.argmax(1)
    precision, recall, _, _ = skm.precision_recall_fscore_support(labels, predicted)

    found = streamed(logits, labels, 64).compute()

    assert found["confusion_matrix"] == skm.confusion_matrix(labels, predicted).tolist()
    assert found["acc"] == pytest.approx(skm.accuracy_score(labels, predicted), abs=1e-9)
    for index in range(5):
        assert found[f"class_{index}_precision"] == pytest.approx(precision[index], abs=1e-9)
        assert found[f"class_{index}_recall"] == pytest.approx(recall[index], abs=1e-9)
        assert found[f"class_{index}_acc"] == found[f"class_{index}_recall"]


def test_calibration_and_confusion_are_torchmetrics():
    judge = pytest.importorskip("torchmetrics.functional.classification")
    generator = torch.Generator().manual_seed(1)
    labels = torch.randint(0, 3, (1000,), generator=generator)
    logits = 2 * torch.randn(1000, 3, generator=generator)

    found = streamed(logits, labels, 100, bins=10).compute()

    error = judge.multiclass_calibration_error(logits, labels, 3, n_bins=10)
    assert found["calibration_error"] == pytest.approx(float(error), abs=1e-6)  # it is float32
    matrix = judge.multiclass_confusion_matrix(logits, labels, 3)
    assert found["confusion_matrix"] == matrix.tolist()


@st.composite
def predictions(draw):
    n_classes = draw(st.integers(2, 5))
    n_samples = draw(st.integers(1, 40))
    few = st.integers(-4, 4).map(float)  # ties, and confidences at the edges of bins
    numbers = few | st.floats(-1e3, 1e3)
    rows = st.lists(numbers, min_size=n_classes, max_size=n_classes)
    logits = draw(st.lists(rows, min_size=n_samples, max_size=n_samples))
    label = st.integers(0, n_classes - 1) | st.just(IGNORED)
    labels = draw(st.lists(label, min_size=n_samples, max_size=n_samples))
    batch = draw(st.integers(1, n_samples))
    return torch.tensor(logits, dtype=torch.float64), torch.tensor(labels), batch


@settings(max_examples=50)  # each is dozens of small operations
@given(predictions())
def test_streams_equal_arrays(case):
    logits, labels, batch = case

    found = streamed(logits, labels, batch, bins=10).compute()

    for name, value in from_arrays(logits, labels, bins=10).items():
        if name == "calibration_error":  # a confidence at an edge may round to either side
            continue
        assert found[name] == pytest.approx(value, abs=1e-9, nan_ok=True), name


@settings(max_examples=50)  # each is dozens of small operations
@given(predictions(), st.integers(0, 40))
def test_parts_merge_into_the_whole(case, cut):
    logits, labels, batch = case
    losses = [torch.tensor(float(index)) for index in range(len(labels))]
    whole = streamed(logits, labels, batch, losses=losses, split="train")
    cut = min(cut // batch * batch, len(labels))
    first = streamed(logits[:cut], labels[:cut], batch, losses=losses, split="train")
    rest = losses[cut // batch :]

    first.merge(streamed(logits[cut:], labels[cut:], batch, losses=rest, split="train"))

    assert first.compute() == pytest.approx(whole.compute(), abs=1e-12, nan_ok=True)


@settings(max_examples=50)  # each is dozens of small operations
@given(predictions(), st.lists(st.booleans(), min_size=40, max_size=40))
def test_batches_of_every_form_come_to_the_same(case, are_plain):
    logits, labels, batch = case
    mixed = ClassificationMetrics(logits.shape[1], split="val")
    for is_plain, start in zip(are_plain, range(0, len(labels), batch), strict=False):
        rows, loss = slice(start, start + batch), torch.tensor(float(start))
        if is_plain:
            mixed.update(logits[rows], labels[rows], loss)
        else:
            mixed.update(logits[rows].unsqueeze(2), labels[rows].unsqueeze(1), loss)

    losses = [torch.tensor(float(start)) for start in range(0, len(labels), batch)]
    plain = streamed(logits, labels, batch, losses=losses)
    found, expected = mixed.compute(), plain.compute()

    if logits.shape[1] > 2:
        assert found.pop("confusion_matrix") == expected.pop("confusion_matrix")
    # A confidence at the edge of a bin may round to either side.
    del found["calibration_error"], expected["calibration_error"]
    assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_readings_leave_the_sums_as_they_are():
    metrics = ClassificationMetrics(2, split="val")
    metrics.update(torch.eye(2), torch.tensor([0, 1]), torch.tensor(1.0))
    once = metrics.compute()

    assert metrics.compute() == once
    metrics.update(torch.eye(2, dtype=torch.bfloat16), torch.tensor([1, 0]), torch.tensor(2.0))
    both = metrics.compute()
    assert (both["acc"], both["loss"]) == (0.5, 1.5)
    assert metrics.compute() == both


def test_a_class_may_be_the_one_to_ignore():
    found = streamed(torch.eye(3), torch.tensor([0, 1, 1]), 3, ignore_index=0).compute()

    assert found["confusion_matrix"] == [[0, 0, 0], [0, 1, 1], [0, 0, 0]]
    assert found["acc"] == 0.5


def test_calibration_bins_are_closed_at_their_upper_end():
    # Confidence 0.75 lies in (0.5, 0.75], 1.0 in (0.75, 1.0], as Guo et al. have it.
    logits = torch.tensor([[math.log(3), 0.0], [800.0, 0.0]], dtype=torch.float64)
    totals, _ = streamed(logits, torch.tensor([0, 1]), 2, bins=4).read()

    assert totals.bin_samples.tolist() in (
        [[0, 0], [0, 0], [1, 0], [0, 1]],
        [[0, 0], [0, 0], [0, 0], [1, 1]],  # where exp(log(3)) rounds above 3
    )
    assert totals.bin_confidences[3, 1] == 1.0


def test_keys_are_the_same_whatever_labels_occur():
    full = streamed(torch.eye(3).repeat(4, 1), torch.arange(3).repeat(4), 5).compute()
    poor = streamed(torch.eye(3)[:1], torch.tensor([1]), 5).compute()

    assert list(full) == list(poor)
    assert math.isnan(poor["class_2_recall"])  # no such label
    assert math.isnan(poor["class_1_precision"])  # never predicted
    assert poor["class_1_recall"] == 0.0
    assert poor["confidence_std"] == 0.0


@pytest.mark.parametrize("split", ["train", "val"])
def test_keys_are_those_of_the_guide(split):
    metrics = ClassificationMetrics(2, split=split)
    metrics.update(torch.eye(2), torch.tensor([0, 1]), 0.5)
    both = {"loss", "acc", "nonfinite_samples", "class_0_acc", "class_1_acc"}
    both |= {f"confidence_{name}" for name in ("mean", "std", "min", "max")}
    train = {"batch_loss_std", "batch_loss_nonfinite"}
    val = {"confidence_wrong_mean", "calibration_error"}
    val |= {"true_neg", "false_pos", "false_neg", "true_pos"}
    val |= {f"class_{index}_{name}" for index in (0, 1) for name in ("precision", "recall")}

    found = metrics.compute()

    assert set(found) == both | (train if split == "train" else val)
    assert {type(value) for value in found.values()} == {int, float}


def test_a_validation_set_without_positives_has_all_four_counts():
    logits = torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 0.0]])
    found = streamed(logits, torch.zeros(3, dtype=torch.long), 2).compute()

    counts = [found[name] for name in ("true_neg", "false_pos", "false_neg", "true_pos")]
    assert counts == [2, 1, 0, 0]
    assert all(type(count) is int for count in counts)
    assert math.isnan(found["class_1_recall"])


def test_nothing_is_known_of_nothing():
    found = ClassificationMetrics(2, split="val").compute()

    assert found.pop("nonfinite_samples") == 0
    assert [found.pop(name) for name in ("true_neg", "false_pos", "false_neg", "true_pos")] == [
        0
    ] * 4
    assert all(math.isnan(value) for value in found.values())


def test_losses_are_weighted_with_the_samples_that_count():
    labels = torch.tensor([0, 1, IGNORED, IGNORED, IGNORED, 1, IGNORED, IGNORED])
    losses = [torch.tensor(1.0), torch.tensor(math.nan), torch.tensor(4.0)]
    metrics = ClassificationMetrics(2)
    for rows, loss in zip((slice(2), slice(2, 5), slice(5, 8)), losses, strict=True):
        metrics.update(torch.zeros(8, 2)[rows], labels[rows], loss)

    found = metrics.compute()

    assert found["loss"] == 2.0  # (2 * 1 + 0 * NaN + 1 * 4) / 3
    assert found["batch_loss_std"] == 1.5
    assert found["batch_loss_nonfinite"] == 0


def test_a_batch_that_diverged_shows_in_the_loss_and_is_counted():
    metrics = ClassificationMetrics(2)
    for loss in (1.0, math.nan, 2.0, math.inf):
        metrics.update(torch.zeros(3, 2), torch.zeros(3, dtype=torch.long), loss)

    found = metrics.compute()

    assert math.isnan(found["loss"])
    assert found["batch_loss_nonfinite"] == 2
    assert found["batch_loss_std"] == 0.5


def test_logits_without_a_softmax_are_counted_and_poison_nothing():
    logits = torch.tensor([[0.0, 1.0], [math.nan, 0.0], [math.inf, 0.0], [-math.inf, 3.0]])
    found = streamed(logits, torch.tensor([1, 0, 0, 1]), 4).compute()

    assert found["nonfinite_samples"] == 2
    assert found["acc"] == 1.0
    assert found["confidence_max"] == 1.0  # the other class was masked out
    assert found["confidence_mean"] == pytest.approx((1 + 1 / (1 + math.exp(-1))) / 2)
    assert math.isnan(found["confidence_wrong_mean"])


def test_large_logits_keep_their_confidence():
    logits = torch.tensor([[10000.0, 9999.0]])  # float32
    found = streamed(logits, torch.tensor([0]), 1).compute()

    assert found["confidence_mean"] == pytest.approx(1 / (1 + math.exp(-1)), rel=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precisions_are_widened_before_the_softmax(dtype, singles):
    logits = torch.randn(200, 4, generator=torch.Generator().manual_seed(0)).to(dtype)
    labels = torch.arange(200) % 4

    half = streamed(logits, labels, 50).compute()

    whole = streamed(logits.float(), labels, 50).compute()
    assert half.pop("confusion_matrix") == whole.pop("confusion_matrix")
    assert half == pytest.approx(whole, **singles)


@pytest.mark.parametrize("shape", [(6,), (6, 1)])
@pytest.mark.parametrize("labels_shape", [(6,), (6, 1)])
def test_one_logit_is_that_of_the_second_class(shape, labels_shape, singles):
    logit = torch.tensor([-2.0, -1.0, 0.0, 0.5, 1.0, 3.0])
    labels = torch.tensor([0, 1, 0, 1, 0, 1])
    one = ClassificationMetrics(2, split="val")
    one.update(logit.reshape(shape), labels.reshape(labels_shape))

    two = streamed(torch.stack([torch.zeros(6), logit], 1), labels, 6)

    assert one.compute() == pytest.approx(two.compute(), **singles)


def test_pixels_and_tokens_are_samples():
    logits = torch.randn(4, 3, 5, 6, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(120).reshape(4, 5, 6) % 3
    spread = ClassificationMetrics(3, split="val")
    spread.update(logits, labels)

    flat = streamed(logits.movedim(1, -1).reshape(-1, 3), labels.reshape(-1), 120)

    found, expected = spread.compute(), flat.compute()
    assert found.pop("confusion_matrix") == expected.pop("confusion_matrix")
    assert found == pytest.approx(expected)


def test_what_the_loop_does_to_its_tensors_afterwards_does_not_matter():
    logits, labels, loss = torch.eye(2), torch.tensor([0, 1]), torch.tensor(1.0)
    metrics = ClassificationMetrics(2)
    metrics.update(logits, labels, loss)
    logits.neg_(), labels.zero_(), loss.zero_()
    metrics.update(torch.eye(2), torch.tensor([0, 1]), torch.tensor(1.0))

    found = metrics.compute()

    assert (found["acc"], found["loss"]) == (1.0, 1.0)


def test_gradients_are_left_alone():
    logits = torch.eye(2, requires_grad=True)
    metrics = ClassificationMetrics(2)
    loss = logits.square().sum()
    metrics.update(logits, torch.tensor([0, 1]), loss)
    metrics.compute()
    loss.backward()

    assert logits.grad.tolist() == [[2.0, 0.0], [0.0, 2.0]]


def test_inference_mode_may_end_between_two_batches():
    metrics = ClassificationMetrics(2)
    with torch.inference_mode():
        metrics.update(torch.eye(2), torch.tensor([0, 1]))
        metrics.compute()
    metrics.update(torch.eye(2), torch.tensor([1, 0]))
    with torch.inference_mode():
        assert metrics.compute()["acc"] == 0.5
    metrics.update(torch.eye(2), torch.tensor([1, 0]))
    assert metrics.compute()["acc"] == pytest.approx(1 / 3)


def test_a_batch_reads_nothing_from_the_device():
    # A meta tensor has no numbers: whatever asks for one raises.
    metrics = ClassificationMetrics(3)
    logits = torch.empty(8, 3, device="meta")
    labels = torch.empty(8, dtype=torch.long, device="meta")
    for n in (8, 8, 5, 3):  # another shape folds what is held
        metrics.update(logits[:n], labels[:n], torch.empty((), device="meta"))
    huge = torch.empty(200_000, 3, device="meta")  # too large to be held
    metrics.update(huge, torch.empty(200_000, dtype=torch.long, device="meta"), logits[0, 0])

    with pytest.raises(NotImplementedError):
        metrics.compute()


def live_elements():
    gc.collect()
    return sum(found.numel() for found in gc.get_objects() if type(found) is torch.Tensor)


def test_a_million_samples_take_no_more_memory_than_a_thousand():
    metrics = ClassificationMetrics(10, split="val")
    logits = torch.randn(1000, 10, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(1000) % 10
    for _ in range(20):  # more than are held
        metrics.update(logits, labels)
    before = live_elements()
    for _ in range(980):
        metrics.update(logits, labels)

    assert live_elements() <= before
    totals, _ = metrics.read()
    assert totals.samples == 1_000_000
    once = streamed(logits, labels, 1000).compute()
    million = metrics.compute()
    assert million.pop("confusion_matrix") == [
        [1000 * count for count in row] for row in once.pop("confusion_matrix")
    ]
    assert million == pytest.approx(once, abs=1e-9)


def test_labels_of_no_class_are_told_at_the_reading():
    metrics = ClassificationMetrics(3)
    metrics.update(torch.zeros(4, 3), torch.tensor([0, 3, -1, IGNORED]))

    with pytest.raises(InvalidArgumentError, match=r"from 0 to 2.* 2 of 4 are not") as raised:
        metrics.compute()
    assert raised.value.argument == "labels"
    metrics.reset()
    metrics.update(torch.zeros(4, 3), torch.tensor([0, 1, 2, IGNORED]))
    assert metrics.compute()["acc"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("logits", "labels", "error", "argument"),
    [
        (torch.zeros(4, 3), torch.zeros(4), ArgumentTypeError, "labels"),
        (torch.zeros(4, 3), torch.eye(3)[[0, 1, 2, 0]], ArgumentTypeError, "labels"),
        (torch.zeros(4, 3), [0, 1, 2, 0], ArgumentTypeError, "labels"),
        ([[0.0]], torch.zeros(4).long(), ArgumentTypeError, "logits"),
        (torch.zeros(4, 3).long(), torch.zeros(4).long(), ArgumentTypeError, "logits"),
        (torch.zeros(4, 2), torch.zeros(4).long(), InvalidArgumentError, "logits"),
        (torch.zeros(4), torch.zeros(4).long(), InvalidArgumentError, "logits"),
        (torch.zeros(4, 1), torch.zeros(4).long(), InvalidArgumentError, "logits"),
        (torch.zeros(4, 3), torch.zeros(5).long(), InvalidArgumentError, "logits"),
        (torch.zeros(4, 3), torch.zeros(4, 1).long(), InvalidArgumentError, "logits"),
        (torch.zeros(()), torch.zeros(()).long(), InvalidArgumentError, "logits"),
    ],
)
def test_what_is_no_batch_is_refused(logits, labels, error, argument):
    metrics = ClassificationMetrics(3)

    with pytest.raises(error) as raised:
        metrics.update(logits, labels)
    assert raised.value.argument == argument


def test_losses_come_with_all_batches_or_with_none():
    metrics = ClassificationMetrics(2)
    metrics.update(torch.eye(2), torch.tensor([0, 1]), 1.0)

    for loss, error in (
        (None, InvalidArgumentError),
        (torch.ones(2), InvalidArgumentError),
        ("1", ArgumentTypeError),
    ):
        with pytest.raises(error) as raised:
            metrics.update(torch.eye(2), torch.tensor([0, 1]), loss)
        assert raised.value.argument == "loss"
    metrics.reset()
    metrics.update(torch.eye(2), torch.tensor([0, 1]))
    assert "loss" not in metrics.compute()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"num_classes": 1}, InvalidArgumentError),
        ({"num_classes": 2.0}, ArgumentTypeError),
        ({"num_classes": True}, ArgumentTypeError),
        ({"num_classes": 2, "bins": 0}, InvalidArgumentError),
        ({"num_classes": 2, "split": "test"}, InvalidArgumentError),
        ({"num_classes": 2, "ignore_index": None}, ArgumentTypeError),
    ],
)
def test_sizes_that_make_no_sense_are_refused(options, error):
    with pytest.raises(error):
        ClassificationMetrics(**options)


def test_only_metrics_of_the_same_sizes_merge():
    metrics = ClassificationMetrics(3)

    with pytest.raises(InvalidArgumentError, match="num_classes=3"):
        metrics.merge(ClassificationMetrics(4))
    with pytest.raises(InvalidArgumentError, match="twice"):
        metrics.merge(metrics)
    with pytest.raises(ArgumentTypeError):
        metrics.merge({})


def test_an_empty_batch_says_nothing():
    metrics = ClassificationMetrics(2)
    metrics.update(torch.eye(2), torch.tensor([0, 1]), 1.0)
    before = metrics.compute()
    metrics.update(torch.zeros(0, 2), torch.zeros(0, dtype=torch.long), math.nan)

    assert metrics.compute() == before
