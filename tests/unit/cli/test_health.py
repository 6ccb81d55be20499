"""`tacho health`: findings as text and JSON, and the exit code that says whether there are any."""

import json

import pytest

from tachograph import TrainingRecorder
from tachograph.cli.exits import Exit


@pytest.fixture
def exploded(tmp_path):
    with TrainingRecorder("exploded", dir=tmp_path / "exploded") as recorder:
        for step in range(80):
            recorder.log_step(step, {"loss": 1.0, "grad_norm": 1.0 if step < 40 else 1000.0})
    return recorder.path


def test_a_healthy_run_is_said_to_be(tacho, run_dir):
    result = tacho("health", run_dir)

    assert result.exit_code == Exit.OK
    assert result.stdout.startswith("healthy: ")


def test_trouble_is_shown_with_advice_and_has_its_own_exit_code(tacho, exploded):
    result = tacho("health", exploded)

    assert result.exit_code == Exit.UNHEALTHY == 5
    assert "step 44  exploding_gradients" in result.stdout
    assert "exploding_gradients: Clip the gradient norm" in result.stdout
    assert not result.stderr


def test_json_is_strict_and_complete(tacho, exploded):
    result = tacho("health", exploded, "--json")
    shown = json.loads(result.stdout)

    assert result.exit_code == Exit.UNHEALTHY
    assert shown["ok"] is False
    first = shown["findings"][0]
    assert (first["code"], first["severity"], first["step"]) == ("exploding_gradients", "error", 44)
    assert set(first) >= {"metric", "split", "epoch", "value", "threshold", "message", "advice"}


def test_a_threshold_changes_what_is_found(tacho, exploded):
    words = ["--threshold", "exploding_gradients=1e4", "--threshold", "gradient_spike=1e6"]

    assert tacho("health", exploded, *words).exit_code == Exit.OK
    assert tacho("health", exploded, *words[:2]).exit_code == Exit.UNHEALTHY


@pytest.mark.parametrize("wrong", ["exploding_gradients", "exploding_gradients=much", "=", ""])
def test_a_threshold_that_is_none_is_a_usage_error(tacho, exploded, wrong):
    result = tacho("health", exploded, "--threshold", wrong)

    assert result.exit_code == Exit.USAGE
    assert "NAME=VALUE" in result.stderr


def test_a_parameter_that_no_rule_has_is_named(tacho, exploded):
    result = tacho("health", exploded, "--threshold", "explosions=3")

    assert result.exit_code == Exit.ERROR
    assert "explosions" in result.stderr
    assert "exploding_gradients" in result.stderr


def test_notes_alone_are_no_trouble(tacho, tmp_path):
    with TrainingRecorder("level", dir=tmp_path) as recorder:
        for epoch in range(60):
            recorder.log_epoch(epoch, max(0.5, 1.0 - epoch / 20))
    result = tacho("health", recorder.path)

    assert "plateau" in result.stdout
    assert result.exit_code == Exit.OK


def test_damage_comes_first(tacho, damaged):
    result = tacho("health", damaged)

    assert result.exit_code == Exit.DAMAGED
    assert "damaged" in result.stderr


def test_hostile_names_are_data(tacho, tmp_path):
    with TrainingRecorder("hostile", dir=tmp_path) as recorder:
        recorder.log_step(0, {"\x1b[31mloss": float("nan")})
    result = tacho("health", recorder.path)

    assert "\x1b" not in result.stdout
    assert "\\x1b[31mloss is NaN" in result.stdout


def test_no_run(tacho, tmp_path):
    assert tacho("health", tmp_path / "nothing").exit_code == Exit.NOT_FOUND
