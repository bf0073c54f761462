"""Torch on one thread, so that a sum is the same in every process and on any number of cores."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """What is computed within is computed on one thread: how a sum is shared out changes its last digits, and a take's bytes.

    The networks that ship are small enough to be no slower for it. Where a GPU computes, this changes nothing.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
