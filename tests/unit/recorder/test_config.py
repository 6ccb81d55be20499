import threading
from types import MappingProxyType

import pytest

import tachograph
from tachograph import InvalidArgumentError


def test_later_changes_by_the_caller_do_not_reach_the_recorder(make_recorder):
    config = {"layers": [1, 2]}
    recorder = make_recorder("b", config)
    config["layers"].append(3)

    assert recorder.model_config == {"layers": [1, 2]}


@pytest.mark.parametrize(
    "config", [{"lock": threading.Lock(), "a": [1]}, MappingProxyType({"a": [1]})]
)
def test_what_cannot_be_copied_deeply_is_copied_as_far_as_it_goes(make_recorder, config):
    recorder = make_recorder("b", config)

    assert recorder.model_config == config
    assert recorder.model_config["a"] is not config["a"]
    recorder.save("record.json")


def test_an_object_whose_text_fails_does_not_break_anything(make_recorder):
    class Sulky:
        def __str__(self):
            raise RuntimeError("no")

        __repr__ = __str__

    recorder = make_recorder("b", {"sulky": Sulky(), "a": 1})

    assert tachograph.open(recorder.path).model_config["a"] == 1


def test_a_configuration_that_contains_itself_is_refused_by_name(make_recorder):
    config = {}
    config["self"] = config

    with pytest.raises(InvalidArgumentError, match="training_config"):
        make_recorder("b", None, config)


def test_keys_that_are_integers_stay_integers_in_the_log(make_recorder):
    recorder = make_recorder("b", {1: "a", "1": "b"})

    assert tachograph.open(recorder.path).model_config == {1: "a", "1": "b"}


def test_none_is_an_empty_configuration(recorder):
    assert recorder.model_config == recorder.training_config == {}
