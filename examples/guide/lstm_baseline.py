"""The LSTM of `tachograph.nptrain` under the name that programs of the guide import."""

from tachograph.nptrain import LSTM

__all__ = ["LSTM"]
