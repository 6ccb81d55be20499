"""Rows of a monitor: the norms are torch's own, and each step has one row with the loop's."""

import copy
import math

import pytest

from tachograph import TrainingRecorder
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

torch = pytest.importorskip("torch")
from tachograph.monitor import attach  # noqa: E402 -- needs torch


@pytest.fixture
def recorder():
    with TrainingRecorder("watched", dir=None, capture_environment=False) as recorder:
        yield recorder


def mlp(dtype=torch.float64):
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 3)).to(
        dtype
    )


def sgd(model, lr=0.1):
    return torch.optim.SGD(model.parameters(), lr=lr)


def batches(n, dtype=torch.float64):
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(4, 5, generator=generator, dtype=dtype) for _ in range(n)]


def backward(model, batch):
    loss = model(batch).square().mean()
    loss.backward()
    return loss


def norm_of(model):
    return torch.nn.utils.clip_grad_norm_(model.parameters(), math.inf).item()


def column(recorder, name):
    return [step.metrics.get(name) for step in recorder.steps]


def test_each_step_has_the_norm_that_torch_computes(recorder):
    model = mlp()
    optimizer = sgd(model)
    expected = []
    with attach(model, recorder, optimizer) as monitor:
        for batch in batches(6):
            optimizer.zero_grad()
            backward(model, batch)
            twin = copy.deepcopy(model)
            for mine, other in zip(model.parameters(), twin.parameters(), strict=True):
                other.grad = mine.grad.clone()
            expected.append(norm_of(twin))
            optimizer.step()
        assert monitor.latest["grad_norm"] == pytest.approx(expected[-1], rel=1e-14)

    assert column(recorder, "grad_norm") == pytest.approx(expected, rel=1e-14)
    assert column(recorder, "grad_nonfinite") == [0] * 6
    assert column(recorder, "grad_norm_applied") == [None] * 6
    assert column(recorder, "lr") == [0.1] * 6
    assert [step.step for step in recorder.steps] == list(range(6))
    times = column(recorder, "step_time")
    assert times[0] is None
    assert all(seconds > 0 for seconds in times[1:])
    rates = column(recorder, "steps_per_second")
    assert rates[1:] == pytest.approx([1 / seconds for seconds in times[1:]])


@pytest.mark.parametrize("loop_first", [True, False])
@pytest.mark.parametrize("explicit", [True, False])
def test_rows_merge_with_those_of_the_loop(recorder, loop_first, explicit):
    model = mlp()
    optimizer = sgd(model)
    with attach(model, recorder, optimizer):
        for step, batch in enumerate(batches(5)):
            optimizer.zero_grad()
            loss = backward(model, batch).item()
            if not loop_first:
                optimizer.step()
            recorder.log_step(step if explicit else None, loss=loss)
            if loop_first:
                optimizer.step()

    assert [step.step for step in recorder.steps] == list(range(5))
    for step in recorder.steps:
        assert {"loss", "grad_norm", "lr"} <= set(step.metrics)


def test_accumulated_gradients_are_one_step(recorder):
    model = mlp()
    optimizer = sgd(model)
    norms = []
    with attach(model, recorder, optimizer):
        for number, batch in enumerate(batches(6)):
            backward(model, batch)
            if number % 3 == 2:
                norms.append(torch.cat([p.grad.flatten() for p in model.parameters()]).norm())
                optimizer.step()
                optimizer.zero_grad()

    assert column(recorder, "grad_norm") == pytest.approx([norm.item() for norm in norms])


def test_frozen_shared_and_thawed_parameters(recorder):
    model = mlp()
    model[2].weight.requires_grad_(requires_grad=False)
    model.add_module("tied", torch.nn.Linear(5, 7, dtype=torch.float64))
    model.tied.weight = model[0].weight
    optimizer = sgd(model)

    def step():
        optimizer.zero_grad()
        model[2](model[1](model[0](batches(1)[0]))).square().mean().backward()
        optimizer.step()
        return norm_of(model)  # counts shared ones once

    with attach(model, recorder, optimizer, per_layer=True):
        frozen = step()
        model[2].weight.requires_grad_()
        thawed = step()

    assert column(recorder, "grad_norm") == pytest.approx([frozen, thawed], rel=1e-14)
    assert column(recorder, "grad_norm/2.weight")[0] is None
    assert column(recorder, "grad_norm/2.weight")[1] > 0
    assert column(recorder, "grad_norm/tied.weight") == [None, None]


def test_no_gradient_at_all_is_zero(recorder):
    model = mlp()
    optimizer = sgd(model)
    with attach(model, recorder, optimizer):
        optimizer.step()

    assert column(recorder, "grad_norm") == [0.0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_narrow_types(recorder, dtype):
    model = mlp(torch.float32).to(dtype)
    optimizer = sgd(model)
    with attach(model, recorder, optimizer):
        for one in model.parameters():
            one.grad = torch.randn_like(one)
        exact = torch.cat([p.grad.double().flatten() for p in model.parameters()]).norm().item()
        optimizer.step()

    assert column(recorder, "grad_norm") == pytest.approx([exact], rel=1e-9)


def test_sparse_gradients(recorder):
    model = torch.nn.Embedding(10, 4, sparse=True)
    optimizer = torch.optim.SparseAdam(model.parameters())
    with attach(model, recorder, optimizer):
        for _ in range(2):
            optimizer.zero_grad()
            model(torch.tensor([1, 2, 2, 2])).square().sum().backward()
            exact = model.weight.grad.coalesce().values().double().norm().item()
            optimizer.step()

    assert column(recorder, "grad_norm")[-1] == pytest.approx(exact, rel=1e-9)


def test_gradients_that_are_not_contiguous(recorder):
    one = torch.nn.Parameter(torch.randn(4, 6))
    one.grad = torch.randn(6, 4).t()
    model = torch.nn.ParameterList([one])
    optimizer = sgd(model)
    with attach(model, recorder, optimizer):
        optimizer.step()

    assert column(recorder, "grad_norm") == pytest.approx([one.grad.double().norm().item()])


def test_a_model_that_changes_its_type_while_watched(recorder):
    model = mlp()
    optimizer = sgd(model)
    expected = []
    with attach(model, recorder, optimizer):
        for dtype in (torch.float64, torch.float32, torch.bfloat16, torch.float64):
            model.to(dtype)
            optimizer.zero_grad()
            backward(model, batches(1, dtype)[0])
            flat = torch.cat([p.grad.double().flatten() for p in model.parameters()])
            expected.append(flat.norm().item())
            optimizer.step()

    assert column(recorder, "grad_norm") == pytest.approx(expected, rel=1e-9)


def test_lazy_modules_have_no_gradient_before_their_shape(recorder):
    model = torch.nn.Sequential(torch.nn.LazyLinear(3))
    optimizer = sgd(model)
    with attach(model, recorder, optimizer):
        optimizer.step()
        model(torch.randn(2, 5)).sum().backward()
        exact = torch.cat([p.grad.double().flatten() for p in model.parameters()]).norm().item()
        optimizer.step()

    assert column(recorder, "grad_norm") == pytest.approx([0.0, exact], rel=1e-9)


def test_gradients_that_are_not_finite_are_counted(recorder):
    model = mlp()
    optimizer = sgd(model)
    with attach(model, recorder, optimizer, per_layer=True):
        backward(model, batches(1)[0])
        model[0].weight.grad[0, 0] = math.nan
        model[2].bias.grad[0] = math.inf
        optimizer.step()

    assert column(recorder, "grad_nonfinite") == [2]
    assert not math.isfinite(column(recorder, "grad_norm")[0])
    assert math.isfinite(column(recorder, "grad_norm/0.bias")[0])


def test_layers_and_groups_add_up(recorder):
    model = mlp()
    groups = [
        {"params": model[0].parameters(), "lr": 0.1},
        {"params": model[2].parameters(), "lr": 0.2, "name": "head"},
    ]
    optimizer = torch.optim.SGD(groups)
    with attach(model, recorder, optimizer, per_layer=True, per_group=True):
        backward(model, batches(1)[0])
        optimizer.step()

    row = recorder.steps[0].metrics
    layers = [row[f"grad_norm/{name}"] for name, _ in model.named_parameters()]
    assert row["grad_norm"] == pytest.approx(math.hypot(*layers))
    assert row["grad_norm"] == pytest.approx(
        math.hypot(row["grad_norm/group_0"], row["grad_norm/head"])
    )
    assert row["grad_norm/head"] == pytest.approx(math.hypot(*layers[2:]))
    assert (row["lr/0"], row["lr/head"]) == (0.1, 0.2)


def test_several_optimizers_share_a_row(recorder):
    model = mlp()
    first, second = sgd(model[0]), sgd(model[2], 0.5)
    norms = []
    with attach(model, recorder, [first, second]):
        for batch in batches(3):
            first.zero_grad()
            second.zero_grad()
            backward(model, batch)
            norms.append(norm_of(model))
            first.step()
            second.step()
        first.step()  # a round that the second takes no part in is written when the next begins

    assert column(recorder, "grad_norm")[:3] == pytest.approx(norms)
    row = recorder.steps[0].metrics
    assert row["grad_norm"] == pytest.approx(
        math.hypot(row["grad_norm/optimizer_0"], row["grad_norm/optimizer_1"])
    )
    assert (row["lr/0"], row["lr/1"]) == (0.1, 0.5)
    assert [step.step for step in recorder.steps] == [0, 1, 2, 3]
    assert "grad_norm/optimizer_1" not in recorder.steps[3].metrics


def test_without_an_optimizer_the_one_that_moves_the_model_is_found(recorder):
    model, other = mlp(), mlp()
    with attach(model, recorder):
        optimizer, foreign = sgd(model), sgd(other)
        for batch in batches(3):
            for one in (model, other):
                one.zero_grad()
                backward(one, batch)
            foreign.step()
            norm = norm_of(model)
            optimizer.step()

    assert column(recorder, "grad_norm")[-1] == pytest.approx(norm)
    assert len(recorder.steps) == 3


def test_a_second_optimizer_that_nobody_named_is_warned_of(recorder):
    from tachograph import MonitorWarning

    model = mlp()
    first, second = sgd(model[0]), sgd(model[2])
    with attach(model, recorder):
        backward(model, batches(1)[0])
        first.step()
        with pytest.warns(MonitorWarning, match=r"\[first, second\]"):
            second.step()
        second.step()  # said once

    assert len(recorder.steps) == 1


def test_a_closure_computes_the_gradients_inside_of_the_step(recorder):
    model = mlp()
    for optimizer in (sgd(model), torch.optim.LBFGS(model.parameters(), max_iter=3)):
        seen = []

        def closure(optimizer=optimizer, seen=seen):
            optimizer.zero_grad()
            loss = backward(model, batches(1)[0])
            seen.append(norm_of(model))
            return loss

        with attach(model, recorder, optimizer) as monitor:
            optimizer.step(closure)
            assert monitor.latest["grad_norm"] == pytest.approx(seen[0])
            optimizer.step(closure=closure)

    assert [step.step for step in recorder.steps] == [0, 1, 2, 3]


def test_thinning_measures_one_step_in_so_many(recorder):
    model = mlp()
    optimizer = sgd(model)
    with attach(model, recorder, optimizer, log_every_n_steps=3):
        for batch in batches(8):
            optimizer.zero_grad()
            backward(model, batch)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
            optimizer.step()

    assert [step.step for step in recorder.steps] == [0, 3, 6]
    assert all(norm > 1e-3 for norm in column(recorder, "grad_norm"))


def test_the_number_of_a_step_can_be_the_loops(recorder):
    model = mlp()
    optimizer = sgd(model)
    numbers = iter([10, 20, 30])
    with attach(model, recorder, optimizer, step=lambda: next(numbers)):
        for _ in range(3):
            optimizer.step()
    with attach(model, recorder, optimizer, start_step=100):
        optimizer.step()

    assert [step.step for step in recorder.steps] == [10, 20, 30, 100]


def test_the_count_goes_on_where_a_resumed_run_was(tmp_path):
    model = mlp()
    optimizer = sgd(model)
    with TrainingRecorder("r", dir=tmp_path, run_id="a", capture_environment=False) as recorder:
        for step in range(4):
            recorder.log_step(step, loss=1.0)
    for opened in (
        TrainingRecorder("r", dir=tmp_path, run_id="a", resume="must", capture_environment=False),
        TrainingRecorder.load(tmp_path / "r" / "a"),
    ):
        with opened as recorder, attach(model, recorder, optimizer):
            optimizer.step()
        assert recorder.steps[-1].step in (4, 5)
        assert "grad_norm" in recorder.steps[-1].metrics


def test_weights_are_measured_after_the_step(recorder):
    model = mlp()
    optimizer = sgd(model)
    with attach(model, recorder, optimizer, weights=True):
        backward(model, batches(1)[0])
        before = torch.cat([p.detach().flatten() for p in model.parameters()])
        optimizer.step()
        after = torch.cat([p.detach().flatten() for p in model.parameters()])

    row = recorder.steps[0].metrics
    assert row["weight_norm"] == pytest.approx(after.norm().item())
    assert row["update_norm"] == pytest.approx((after - before).norm().item())
    assert row["update_ratio"] == pytest.approx(((after - before).norm() / after.norm()).item())


def test_samples_and_the_memory_of_the_host(recorder):
    model = mlp()
    optimizer = sgd(model)
    with attach(model, recorder, optimizer, batch_size=4, host_memory=True):
        for _ in range(2):
            optimizer.step()

    first, second = (step.metrics for step in recorder.steps)
    assert first["host_memory_mb"] > 0
    assert second["samples_per_second"] == pytest.approx(4 * second["steps_per_second"])


def test_a_compiled_model(recorder):
    model = mlp(torch.float32)
    compiled = torch.compile(model, backend="eager")
    optimizer = sgd(compiled)
    with attach(compiled, recorder, optimizer, per_layer=True):
        for batch in batches(3, torch.float32):
            optimizer.zero_grad()
            backward(compiled, batch)
            norm = norm_of(model)
            optimizer.step()

    assert column(recorder, "grad_norm")[-1] == pytest.approx(norm, rel=1e-6)
    assert "grad_norm/0.weight" in recorder.steps[0].metrics


def test_learning_rates_follow_a_schedule_and_may_be_tensors(recorder):
    model = mlp()
    optimizer = torch.optim.Adam(model.parameters(), lr=torch.tensor(0.25, dtype=torch.float64))
    with attach(model, recorder, optimizer):
        optimizer.step()
        optimizer.param_groups[0]["lr"] = 0.125
        optimizer.step()

    assert column(recorder, "lr") == [0.25, 0.125]


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"log_every_n_steps": 0}, "log_every_n_steps"),
        ({"batch_size": -1}, "batch_size"),
        ({"budget": 0}, "budget"),
        ({"budget": math.nan}, "budget"),
        ({"on_budget": "stop"}, "on_budget"),
        ({"step": lambda: 0, "start_step": 3}, "start_step"),
    ],
)
def test_values_that_make_no_sense(recorder, options, argument):
    model = mlp()
    with pytest.raises(InvalidArgumentError) as raised:
        attach(model, recorder, sgd(model), **options)
    assert raised.value.argument == argument


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"step": 3}, "step"),
        ({"log_every_n_steps": 1.5}, "log_every_n_steps"),
        ({"per_layer": "yes"}, "per_layer"),
        ({"optimizer": "adam"}, "optimizer"),
        ({"optimizer": ["adam"]}, "optimizer"),
        ({"recorder": "runs"}, "recorder"),
        ({"model": "resnet"}, "model"),
    ],
)
def test_values_of_the_wrong_type(recorder, options, argument):
    model = mlp()
    given = {"model": model, "recorder": recorder, "optimizer": sgd(model), **options}
    with pytest.raises(ArgumentTypeError) as raised:
        attach(**given)
    assert raised.value.argument == argument


def test_an_optimizer_of_another_model_is_refused(recorder):
    with pytest.raises(InvalidArgumentError, match="no parameter of the model"):
        attach(mlp(), recorder, sgd(mlp()))
    with pytest.raises(InvalidArgumentError, match="empty"):
        attach(mlp(), recorder, [])
    with pytest.raises(InvalidArgumentError, match="no parameters"):
        attach(torch.nn.ReLU(), recorder)
