"""The RelationalRNN of `tachograph.nptrain` under the name that existing programs import."""

from tachograph.nptrain import RelationalRNN

__all__ = ["RelationalRNN"]
