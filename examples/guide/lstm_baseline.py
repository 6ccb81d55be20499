"""The LSTM of `tachograph.nptrain` under the name that existing programs import."""

from tachograph.nptrain import LSTM

__all__ = ["LSTM"]
