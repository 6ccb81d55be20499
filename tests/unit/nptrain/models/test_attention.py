"""Attention: weights, masks, heads, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.nptrain.models import (
    create_causal_mask,
    multi_head_attention,
    scaled_dot_product_attention,
)

RNG = np.random.default_rng(0)
Q, K, V = RNG.standard_normal((3, 2, 5, 6))
WEIGHTS = dict(zip(("W_q", "W_k", "W_v", "W_o"), RNG.standard_normal((4, 6, 6)), strict=True))


def test_equal_keys_share_equally():
    found, weights = scaled_dot_product_attention(Q, np.ones_like(K), V)

    np.testing.assert_allclose(weights, np.full((2, 5, 5), 0.2), atol=1e-15)
    np.testing.assert_allclose(
        found, np.broadcast_to(V.mean(axis=1, keepdims=True), V.shape), atol=1e-15
    )


def test_scores_are_divided_by_the_root_of_the_width():
    queries, keys = np.array([[[3.0, 4.0]]]), np.array([[[1.0, 0.0], [0.0, 1.0]]])

    _, weights = scaled_dot_product_attention(queries, keys, np.zeros((1, 2, 1)))

    ratio = weights[0, 0, 1] / weights[0, 0, 0]
    assert ratio == pytest.approx(math.exp(1 / math.sqrt(2)), rel=1e-14)


def test_keys_and_values_may_be_of_another_number_and_width():
    found, weights = scaled_dot_product_attention(
        np.zeros((2, 3, 4)), np.zeros((2, 7, 4)), np.zeros((2, 7, 9))
    )

    assert found.shape == (2, 3, 9)
    assert weights.shape == (2, 3, 7)


def test_a_causal_mask_hides_what_comes_later():
    mask = create_causal_mask(4)

    assert mask.tolist() == [
        [0.0, -math.inf, -math.inf, -math.inf],
        [0.0, 0.0, -math.inf, -math.inf],
        [0.0, 0.0, 0.0, -math.inf],
        [0.0, 0.0, 0.0, 0.0],
    ]
    _, weights = scaled_dot_product_attention(Q, K, V, create_causal_mask(5))
    assert not weights[:, *np.triu_indices(5, 1)].any()
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-15)


def test_a_query_that_may_look_nowhere_is_an_error():
    mask = create_causal_mask(5)
    mask[2] = -np.inf

    with pytest.raises(InvalidArgumentError, match="a row of it is all -inf"):
        scaled_dot_product_attention(Q, K, V, mask)
    with pytest.raises(ValueError, match="a row of it is all -inf"):
        multi_head_attention(Q, K, V, num_heads=2, **WEIGHTS, mask=mask)
    with pytest.raises(InvalidArgumentError, match="a row of it is all -inf"):
        scaled_dot_product_attention(Q, K, V, -np.inf)


def test_one_head_is_plain_attention_between_projections():
    identity = np.eye(6)
    plain, plain_weights = scaled_dot_product_attention(
        Q @ WEIGHTS["W_q"], K @ WEIGHTS["W_k"], V @ WEIGHTS["W_v"]
    )

    found, weights = multi_head_attention(Q, K, V, num_heads=1, **WEIGHTS | {"W_o": identity})

    np.testing.assert_allclose(found, plain, atol=1e-14)
    np.testing.assert_allclose(weights[:, 0], plain_weights, atol=1e-14)


def test_each_head_sees_its_part_of_the_features():
    plain = [
        scaled_dot_product_attention(
            *(
                (array @ WEIGHTS[name])[..., part]
                for array, name in ((Q, "W_q"), (K, "W_k"), (V, "W_v"))
            )
        )
        for part in (slice(0, 3), slice(3, 6))
    ]

    found, weights = multi_head_attention(Q, K, V, num_heads=2, **WEIGHTS)

    joined = np.concatenate([head for head, _ in plain], axis=-1)
    np.testing.assert_allclose(found, joined @ WEIGHTS["W_o"], atol=1e-13)
    for index, (_, shares) in enumerate(plain):
        np.testing.assert_allclose(weights[:, index], shares, atol=1e-14)


def test_a_mask_serves_all_samples_or_each_or_each_head():
    causal = create_causal_mask(5)
    expected = multi_head_attention(Q, K, V, num_heads=2, **WEIGHTS, mask=causal)

    for shape in ((2, 5, 5), (2, 2, 5, 5), (1, 5, 5)):
        mask = np.broadcast_to(causal, shape)
        for ours, theirs in zip(
            multi_head_attention(Q, K, V, num_heads=2, **WEIGHTS, mask=mask), expected, strict=True
        ):
            assert np.array_equal(ours, theirs)


def test_masks_of_samples_stay_with_their_samples():
    # As many samples as heads: one of the two must not be taken for the other.
    masks = np.stack([create_causal_mask(5), np.zeros((5, 5))])

    _, weights = multi_head_attention(Q, K, V, num_heads=2, **WEIGHTS, mask=masks)

    later = weights[..., *np.triu_indices(5, 1)]
    assert not later[0].any()
    assert later[1].all()


@pytest.mark.parametrize(
    ("arrays_", "argument"),
    [
        ((Q[0, 0], K, V), "Q"),
        ((Q, K[:1], V), "K"),
        ((Q, K[..., :3], V), "K"),
        ((Q, K, V[:, :3]), "V"),
        ((Q, K, V[0]), "V"),
        ((Q[:, :0], K, V), "Q"),
    ],
)
def test_shapes_that_do_not_go_together_are_refused(arrays_, argument):
    with pytest.raises(InvalidArgumentError, match="its shape is") as caught:
        scaled_dot_product_attention(*arrays_)
    assert caught.value.argument == argument


@pytest.mark.parametrize(
    ("changed", "argument"),
    [
        ({"Q": Q[0]}, "Q"),
        ({"V": V[..., :3]}, "V"),
        ({"W_q": np.zeros((6, 5))}, "W_q"),
        ({"W_o": np.zeros(6)}, "W_o"),
        ({"num_heads": 4}, "num_heads"),
        ({"num_heads": 0}, "num_heads"),
        ({"mask": np.zeros((5, 4))}, "mask"),
        ({"mask": np.full((5, 5), np.nan)}, "mask"),
        ({"mask": np.full((5, 5), np.inf)}, "mask"),
        ({"mask": np.zeros((2, 3, 5, 5))}, "mask"),
    ],
)
def test_heads_weights_and_masks_that_do_not_fit_are_refused(changed, argument):
    arguments = {"Q": Q, "K": K, "V": V, "num_heads": 2, **WEIGHTS} | changed

    with pytest.raises(InvalidArgumentError) as caught:
        multi_head_attention(**arguments)
    assert caught.value.argument == argument


def test_a_mask_has_a_size():
    with pytest.raises(InvalidArgumentError, match="seq_len must be at least 1, not 0"):
        create_causal_mask(0)
    with pytest.raises(ArgumentTypeError, match="seq_len must be an int, not float"):
        create_causal_mask(3.0)


VISIBLE = np.tril(np.ones((5, 5), dtype=bool))


@pytest.mark.parametrize("mask", [VISIBLE, VISIBLE.astype(int), VISIBLE.tolist()])
def test_a_mask_that_is_not_of_floats_is_refused_and_told_how_to_be_made(mask):
    expected = (
        r"mask must be of floats, .* np.where\(visible, 0.0, -np.inf\).*; it is of (bool|int)"
    )
    with pytest.raises(InvalidArgumentError, match=expected) as caught:
        scaled_dot_product_attention(Q, K, V, mask)
    assert caught.value.argument == "mask"
    with pytest.raises(InvalidArgumentError, match=expected):
        multi_head_attention(Q, K, V, num_heads=2, **WEIGHTS, mask=mask)

    made = np.where(VISIBLE, 0.0, -np.inf)
    assert np.array_equal(made, create_causal_mask(5))


def test_a_mask_of_other_samples_is_told_by_the_shape_that_came():
    with pytest.raises(InvalidArgumentError, match=r"1 or 2 samples .* its shape is \(3, 5, 5\)"):
        multi_head_attention(Q, K, V, num_heads=2, **WEIGHTS, mask=np.zeros((3, 5, 5)))


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(st.data(), st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_weights_of_finite_inputs_are_shares_without_a_warning(data, samples, n, m, width):
    queries, keys = (
        data.draw(arrays(np.float64, (samples, rows, width), elements=numbers)) for rows in (n, m)
    )

    found, weights = scaled_dot_product_attention(queries, keys, np.ones((samples, m, 2)))

    known = np.isfinite(weights)  # NaN where a score is beyond float64
    assert ((weights >= 0) & (weights <= 1))[known].all()
    whole = known.all(axis=-1)
    np.testing.assert_allclose(weights.sum(axis=-1)[whole], 1.0, atol=1e-12)
    np.testing.assert_allclose(found[whole], 1.0, atol=1e-12)
