"""The RelationalRNN of `tachograph.nptrain` under the name that programs of the guide import."""

from tachograph.nptrain import RelationalRNN

__all__ = ["RelationalRNN"]
