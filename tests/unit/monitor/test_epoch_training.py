"""train_one_epoch and evaluate against the same loops written out."""

import copy
import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402 -- behind the skip
from torch.nn import functional  # noqa: E402 -- behind the skip

from tachograph import ArgumentTypeError, InvalidArgumentError  # noqa: E402 -- behind the skip
from tachograph.monitor import (  # noqa: E402 -- behind the skip
    evaluate,
    register_metric,
    train_one_epoch,
    unregister_metric,
)

TRAIN_KEYS = {
    *("loss", "acc", "lr", "batch_loss_std", "batch_loss_nonfinite", "nonfinite_samples"),
    *("grad_norm_mean", "grad_norm_std", "grad_norm_max", "grad_norm_nonfinite"),
    *("grad_norm_param_mean", "grad_norm_param_max", "class_0_acc", "class_1_acc"),
    *("confidence_mean", "confidence_std", "confidence_min", "confidence_max"),
    *("weight_mean_after", "weight_std_after", "weight_max_after"),
    *("weight_change", "weight_change_l2"),
}
VAL_KEYS = {
    *("loss", "acc", "nonfinite_samples", "calibration_error", "confidence_wrong_mean"),
    *("confidence_mean", "confidence_std", "confidence_min", "confidence_max"),
    *(f"class_{index}_{name}" for index in (0, 1) for name in ("acc", "precision", "recall")),
    *("true_neg", "false_pos", "false_neg", "true_pos"),
}


def network(n_classes=2, dtype=torch.float32):
    torch.manual_seed(0)
    layers = nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.1), nn.Linear(8, n_classes)
    return nn.Sequential(*layers).to(dtype)


def data(n_classes=2, dtype=torch.float32):
    """Batches of which the last one is smaller."""
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(70, 6, generator=generator, dtype=dtype)
    labels = torch.randint(0, n_classes, (70,), generator=generator)
    return [(inputs[at : at + 8], labels[at : at + 8]) for at in range(0, 70, 8)]


def sgd(model, **options):
    return torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, **options)


def written_out(model, loader, optimizer, clip_norm=math.inf):
    """The loop without the library: losses, logits, labels, norms of gradients."""
    model.train()
    losses, logits, labels, norms, own_norms = [], [], [], [], []
    for x, y in loader:
        optimizer.zero_grad()
        out = model(x)
        loss = functional.cross_entropy(out, y)
        loss.backward()
        own_norms.append([each.grad.norm().item() for each in model.parameters()])
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), clip_norm).item())
        optimizer.step()
        losses.append(loss.item())
        logits.append(out.detach())
        labels.append(y)
    return losses, torch.cat(logits), torch.cat(labels), np.array(norms), np.array(own_norms)


def flat(model):
    return torch.cat([each.detach().reshape(-1) for each in model.parameters()]).double().numpy()


@pytest.mark.parametrize("clip_norm", [None, 0.05])
def test_parameters_come_out_bit_by_bit_as_from_the_plain_loop(clip_norm):
    watched = network()
    plain = copy.deepcopy(watched)
    batches = data() * 12  # more than a hundred steps
    torch.manual_seed(5)
    train_one_epoch(watched, batches, sgd(watched), "cpu", clip_norm=clip_norm)
    after = torch.random.get_rng_state()
    torch.manual_seed(5)
    optimizer = sgd(plain)
    plain.train()
    for x, y in batches:
        optimizer.zero_grad()
        functional.cross_entropy(plain(x), y).backward()
        if clip_norm is not None:
            nn.utils.clip_grad_norm_(plain.parameters(), clip_norm)
        optimizer.step()

    assert torch.equal(torch.random.get_rng_state(), after)
    for name, value in watched.state_dict().items():
        assert torch.equal(value, plain.state_dict()[name]), name


@pytest.mark.parametrize("clip_norm", [None, 0.05])
def test_every_training_metric_is_the_loops_own(clip_norm):
    watched = network(dtype=torch.float64)
    plain = copy.deepcopy(watched)
    batches = data(dtype=torch.float64)
    before = flat(watched)
    torch.manual_seed(5)
    found = train_one_epoch(watched, batches, sgd(watched), "cpu", clip_norm=clip_norm, epoch=3)
    torch.manual_seed(5)
    losses, logits, labels, norms, own_norms = written_out(
        plain, batches, sgd(plain), math.inf if clip_norm is None else clip_norm
    )
    after = flat(plain)
    confidence = logits.softmax(1).amax(1).numpy()
    sizes = [len(y) for _, y in batches]

    assert found == pytest.approx(
        {
            "loss": np.average(losses, weights=sizes),
            "acc": (logits.argmax(1) == labels).double().mean().item(),
            "grad_norm_mean": norms.mean(),
            "grad_norm_std": norms.std(),
            "grad_norm_max": norms.max(),
            "grad_norm_nonfinite": 0,
            "grad_norm_param_mean": own_norms.mean(),
            "grad_norm_param_max": own_norms.max(),
            "batch_loss_std": np.std(losses),
            "batch_loss_nonfinite": 0,
            "class_0_acc": (logits.argmax(1) == 0)[labels == 0].double().mean().item(),
            "class_1_acc": (logits.argmax(1) == 1)[labels == 1].double().mean().item(),
            "confidence_mean": confidence.mean(),
            "confidence_std": confidence.std(),
            "confidence_min": confidence.min(),
            "confidence_max": confidence.max(),
            "nonfinite_samples": 0,
            "weight_mean_after": after.mean(),
            "weight_std_after": after.std(),
            "weight_max_after": np.abs(after).max(),
            "weight_change": abs(after.mean() - before.mean()),
            "weight_change_l2": np.linalg.norm(after - before) / np.linalg.norm(before),
            "lr": 0.1,
            "epoch": 3,
        },
        rel=1e-9,
        abs=1e-12,
    )


def test_the_keys_are_those_of_the_guide_and_their_values_plain():
    model = network()
    trained = train_one_epoch(model, data(), sgd(model), torch.device("cpu"))
    evaluated = evaluate(model, data(), torch.device("cpu"))

    assert set(trained) == TRAIN_KEYS
    assert set(evaluated) == VAL_KEYS
    for found in (trained, evaluated):
        assert {type(value) for value in found.values()} == {int, float}


def test_keys_do_not_depend_on_the_labels():
    model = network()
    only_zeros = [(x, torch.zeros_like(y)) for x, y in data()]
    found = evaluate(model, only_zeros, "cpu")

    assert set(found) == VAL_KEYS
    assert math.isnan(found["class_1_acc"])
    assert (found["false_neg"], found["true_pos"]) == (0, 0)
    assert set(train_one_epoch(model, only_zeros, sgd(model), "cpu")) == TRAIN_KEYS


def test_validation_is_that_of_all_predictions():
    model = network(3)
    batches = data(3)
    found = evaluate(model, batches, "cpu", epoch=2)
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    labels = torch.cat([y for _, y in batches])
    matrix = torch.zeros(3, 3, dtype=torch.long)
    for label, predicted in zip(labels, logits.argmax(1), strict=True):
        matrix[label, predicted] += 1

    assert found["confusion_matrix"] == matrix.tolist()
    assert found["loss"] == pytest.approx(functional.cross_entropy(logits, labels).item(), rel=1e-6)
    assert found["epoch"] == 2


def test_every_module_gets_its_mode_back():
    model = network()
    model.train()
    model[1].eval()  # a frozen batch norm
    modes = [module.training for module in model.modules()]

    def fail(logits, labels):
        raise ZeroDivisionError

    evaluate(model, data(), "cpu")
    train_one_epoch(model, data(), sgd(model), "cpu")
    with pytest.raises(ZeroDivisionError):
        evaluate(model, data(), "cpu", loss_function=fail)

    assert [module.training for module in model.modules()] == modes


def test_evaluation_leaves_the_model_as_it_is():
    model = network()
    before = copy.deepcopy(model.state_dict())
    evaluate(model, data(), "cpu")

    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("num_classes", [None, 2])
def test_an_empty_loader_is_an_error(num_classes):
    model = network()
    for run in (
        lambda: train_one_epoch(model, [], sgd(model), "cpu", num_classes=num_classes),
        lambda: evaluate(model, [], "cpu", num_classes=num_classes),
    ):
        with pytest.raises(ValueError, match="no batch") as raised:
            run()
        assert isinstance(raised.value, InvalidArgumentError)
        assert raised.value.argument == "loader"


class Parts(nn.Module):
    """Takes its inputs by name, and returns an object, as models of transformers do."""

    class Output:
        def __init__(self, logits):
            self.logits = logits

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Linear(6, 2)

    def forward(self, first, second):
        return Parts.Output(self.layer(torch.cat([first, second], 1)))


def test_batches_may_be_mappings_or_hold_several_inputs():
    model = Parts()
    named = [{"first": x[:, :2], "second": x[:, 2:], "labels": y} for x, y in data()]
    placed = [((x[:, :2], x[:, 2:]), y) for x, y in data()]
    one = nn.Sequential(copy.deepcopy(model.layer))

    expected = evaluate(one, data(), "cpu")

    assert evaluate(model, named, "cpu") == expected
    assert evaluate(model, placed, "cpu") == expected


def test_a_model_may_have_one_logit():
    model = network(1)
    found = train_one_epoch(model, data(), sgd(model), "cpu")
    evaluated = evaluate(model, data(), "cpu")
    with torch.no_grad():
        logits = torch.cat([model.eval()(x) for x, _ in data()]).squeeze(1)
    labels = torch.cat([y for _, y in data()])
    loss = functional.binary_cross_entropy_with_logits(logits, labels.float())

    assert set(found) == TRAIN_KEYS
    assert evaluated["loss"] == pytest.approx(loss.item(), rel=1e-6)
    assert evaluated["true_pos"] == ((logits > 0) & (labels == 1)).sum().item()


def test_a_loss_of_ones_own():
    model = network()

    def smoothed(logits, labels):
        return functional.cross_entropy(logits, labels, label_smoothing=0.2)

    found = evaluate(model, data(), "cpu", loss_function=smoothed)

    with torch.no_grad():
        logits = torch.cat([model.eval()(x) for x, _ in data()])
    expected = smoothed(logits, torch.cat([y for _, y in data()])).item()
    assert found["loss"] == pytest.approx(expected, rel=1e-6)
    with pytest.raises(InvalidArgumentError, match="one value"):
        evaluate(
            model,
            data(),
            "cpu",
            loss_function=lambda z, y: functional.cross_entropy(z, y, reduction="none"),
        )


def test_norms_are_free_of_the_scalers_scale():
    watched, plain = network(), network()
    torch.manual_seed(5)
    expected = train_one_epoch(plain, data(), sgd(plain), "cpu", clip_norm=0.1)
    torch.manual_seed(5)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    found = train_one_epoch(watched, data(), sgd(watched), "cpu", clip_norm=0.1, scaler=scaler)

    assert found == pytest.approx(expected, rel=1e-4)


def test_a_step_without_finite_gradients_is_counted():
    model = network()
    # The first step overflows.
    scaler = torch.amp.GradScaler("cpu", init_scale=1e38, backoff_factor=1e-6)

    def large(logits, labels):
        return 100 * functional.cross_entropy(logits, labels)

    found = train_one_epoch(
        model, data(), sgd(model), "cpu", scaler=scaler, loss_function=large, clip_norm=1.0
    )

    assert found["grad_norm_nonfinite"] == 1
    assert math.isfinite(found["grad_norm_mean"])
    assert math.isfinite(found["grad_norm_max"])


def test_an_epoch_that_diverged_says_so():
    model = network()
    batches = data()
    batches[4] = (batches[4][0] * math.nan, batches[4][1])
    found = train_one_epoch(model, batches, sgd(model), "cpu")

    assert set(found) == TRAIN_KEYS
    assert math.isnan(found["loss"])
    assert found["batch_loss_nonfinite"] == found["grad_norm_nonfinite"] == 5
    assert found["nonfinite_samples"] == sum(len(y) for _, y in batches[4:])
    assert math.isfinite(found["grad_norm_mean"])
    assert math.isfinite(found["confidence_mean"])


def test_a_model_may_compute_in_a_narrower_type():
    model = network()
    found = evaluate(model, data(), "cpu", autocast=torch.bfloat16)

    assert found["loss"] == pytest.approx(evaluate(model, data(), "cpu")["loss"], rel=0.05)
    assert found["loss"] != evaluate(model, data(), "cpu")["loss"]
    assert set(train_one_epoch(model, data(), sgd(model), "cpu", autocast=torch.bfloat16)) == (
        TRAIN_KEYS
    )


def test_the_rate_is_that_of_the_first_group():
    model = network()
    groups = [{"params": model[0].parameters(), "lr": 0.25}, {"params": model[3].parameters()}]
    optimizer = torch.optim.SGD(groups, lr=0.5)

    assert train_one_epoch(model, data(), optimizer, "cpu")["lr"] == 0.25


def test_frozen_parameters_have_no_gradients_and_do_count_as_weights():
    model = network()
    for parameter in model[0].parameters():
        parameter.requires_grad_(False)
    found = train_one_epoch(model, data(), sgd(model), "cpu")

    assert found["grad_norm_mean"] > 0
    assert found["weight_std_after"] == pytest.approx(flat(model).std(), rel=1e-6)


def test_registered_metrics_are_in_both_dicts():
    model = network()
    register_metric("samples", lambda epoch: epoch.totals.samples)
    register_metric("gap", lambda epoch: epoch.metrics["loss"] - 1, split="val")
    try:
        trained = train_one_epoch(model, data(), sgd(model), "cpu")
        evaluated = evaluate(model, data(), "cpu")
    finally:
        unregister_metric("samples")
        unregister_metric("gap")

    assert trained["samples"] == evaluated["samples"] == 70
    assert set(trained) == {*TRAIN_KEYS, "samples"}
    assert evaluated["gap"] == evaluated["loss"] - 1


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (torch.zeros(8, 6), "not Tensor"),
        ((torch.zeros(8, 6),), "1 parts"),
        ({"x": torch.zeros(8, 6)}, "'labels'"),
        ((torch.zeros(8, 6), torch.zeros(8)), "integers"),
    ],
)
def test_batches_of_another_form_are_refused(batch, message):
    with pytest.raises(ArgumentTypeError, match=message):
        evaluate(network(), [batch], "cpu", loss_function=lambda z, _: z.mean())


@pytest.mark.parametrize(
    ("options", "error", "argument"),
    [
        ({"device": 0}, ArgumentTypeError, "device"),
        ({"device": "gpu"}, InvalidArgumentError, "device"),
        ({"clip_norm": 0.0}, InvalidArgumentError, "clip_norm"),
        ({"clip_norm": "1"}, ArgumentTypeError, "clip_norm"),
        ({"num_classes": 1}, InvalidArgumentError, "num_classes"),
        ({"num_classes": 3}, InvalidArgumentError, "logits"),
        ({"loader": 1}, ArgumentTypeError, "loader"),
    ],
)
def test_wrong_arguments_are_refused(options, error, argument):
    model = network()
    arguments = {"loader": data(), "optimizer": sgd(model), "device": "cpu", **options}

    with pytest.raises(error) as raised:
        train_one_epoch(model, **arguments)
    assert raised.value.argument == argument


def test_a_model_that_returns_no_logits_is_refused():
    with pytest.raises(ArgumentTypeError, match="not tuple"):
        evaluate(nn.LSTM(6, 2), data(), "cpu")
