"""Recurrent models in plain NumPy, with exact gradients through time, and attention."""

from tachograph.nptrain.models.attention import create_causal_mask as create_causal_mask
from tachograph.nptrain.models.attention import multi_head_attention as multi_head_attention
from tachograph.nptrain.models.attention import (
    scaled_dot_product_attention as scaled_dot_product_attention,
)
from tachograph.nptrain.models.lstm import LSTM as LSTM
from tachograph.nptrain.models.relational_rnn import RelationalRNN as RelationalRNN

__all__ = [
    "LSTM",
    "RelationalRNN",
    "create_causal_mask",
    "multi_head_attention",
    "scaled_dot_product_attention",
]
