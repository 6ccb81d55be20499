"""A device that is none: its tensors are torch's, and its work is done when a test says so.

Numbers are computed at once and kept from the host: what is copied there without blocking arrives
when the work is finished, as on a stream; whatever blocks finishes it, and is counted.
"""

import threading
from types import SimpleNamespace

import torch

KIND = "privateuseone"


class StandInDevice:
    """Has what a device's module of torch has: `Event` and `current_stream`."""

    def __init__(self, *, patience=None):
        self.waits = 0
        self.queries = 0
        self.failure = None
        self.patience = patience
        """After how many questions a piece of work is finished by itself; None for never."""
        self.on_query = None
        """What happens once at the main thread's next question, as a signal's handler would."""
        self._asked = 0
        self._work = []
        self._n_done = 0
        self._lock = threading.RLock()
        self.Event = lambda: Event(self)

    def current_stream(self, device=None):
        return SimpleNamespace(device=device)

    def tensor(self, value, dtype=None):
        return DeviceTensor(torch.as_tensor(value, dtype=dtype), self)

    def finish(self, n=None):
        """Does the first `n` pieces of work, or all of it."""
        with self._lock:
            end = len(self._work) if n is None else min(self._n_done + n, len(self._work))
            while self._n_done < end:
                self._work[self._n_done]()
                self._n_done += 1

    def enqueue(self, work):
        with self._lock:
            self._work.append(work)

    def wait(self):
        self.waits += 1
        self.check()
        self.finish()

    def check(self):
        if self.failure is not None:
            raise self.failure

    def is_done(self, n):
        if self.on_query is not None and threading.current_thread() is threading.main_thread():
            handler, self.on_query = self.on_query, None
            handler()
        with self._lock:
            self.queries += 1
            self.check()
            if self._n_done < n and self.patience is not None:
                self._asked += 1
                if self._asked > self.patience:
                    self._asked = 0
                    self.finish(1)
            return self._n_done >= n

    def n_enqueued(self):
        return len(self._work)


class Event:
    def __init__(self, device):
        self._device = device
        self._n = 0

    def record(self, stream=None):
        self._n = self._device.n_enqueued()

    def query(self):
        return self._device.is_done(self._n)

    def synchronize(self):
        self._device.wait()


class DeviceTensor(torch.Tensor):
    """A tensor whose device is the stand-in, and whose numbers lie in a tensor on the CPU."""

    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, inner, owner):
        return torch.Tensor._make_wrapper_subclass(
            cls, inner.shape, dtype=inner.dtype, device=torch.device(KIND, 0)
        )

    def __init__(self, inner, owner):
        self.inner = inner
        self.owner = owner

    def __repr__(self):
        return "DeviceTensor()"

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        owner = next(item for item in _flat(args) if isinstance(item, cls)).owner
        owner.check()
        if func is torch.ops.aten.copy_.default and not isinstance(args[0], cls):
            host, (source, non_blocking) = args[0], (args[1].inner.clone(), *args[2:], False)[:2]
            owner.enqueue(lambda: host.copy_(source))
            if not non_blocking:
                owner.wait()
            return host
        target = kwargs.get("device")
        to_host = target is not None and torch.device(target).type == "cpu"
        if to_host or func is torch.ops.aten._local_scalar_dense.default:
            owner.wait()
        out = func(*_unwrapped(args), **kwargs)
        keeps = to_host or not isinstance(out, torch.Tensor)
        return out if keeps else DeviceTensor(out, owner)


def _flat(args):
    for item in args:
        if isinstance(item, list | tuple):
            yield from _flat(item)
        else:
            yield item


def _unwrapped(item):
    if isinstance(item, list | tuple):
        return type(item)(_unwrapped(each) for each in item)
    return item.inner if isinstance(item, DeviceTensor) else item
