"""Training steps as CUDA graphs: what a step launches is recorded once, and then launched as a whole.

A small network's step is some 80 kernels of a few microseconds each, and Python takes longer to launch them than the
GPU to run them. A graph repeats the same kernels on the same addresses, so that all that differs from step to step has
to stand in tensors: a step is given the number of its batch as a tensor, and reads its images, its learning rate and so
on at that place. Random numbers go on from the generator's state, and are those of steps that are launched one by one.
See "CUDA Graphs" in PyTorch's notes, https://docs.pytorch.org/docs/stable/notes/cuda.html.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

import torch
from torch import Tensor

STEPS_AT_ONCE = 16
"""Steps of the larger of two graphs; the other one has a single step, for what is left of an epoch."""

WARM_UP = 3
"""Steps that are launched one by one before the first graph: PyTorch and its libraries allocate, choose kernels and
make an optimizer's moments in them, which cannot be recorded."""


def can_capture(device: torch.device, ranks: int) -> bool:
    """Whether steps on a device are captured: on CUDA, in one process. What ranks exchange is not recorded."""
    return device.type == "cuda" and ranks == 1


class CapturedSteps:
    """The steps of a training, several at a call. On a CPU they are done one after the other, by the same code.

    The states of network, optimizer and generators are to be loaded first: a graph has the addresses of the tensors
    that were there when it was recorded.

    Args:
        step: learns from the batch whose number it is given as a tensor, (1,) int64 on the device, and returns its
            loss, (), detached. It reads nothing else that differs from step to step but tensors which stay where they
            are, and never waits for the device.
        device: where.
        at_once: steps of the larger graph.
    """

    def __init__(self, step: Callable[[Tensor], Tensor], device: torch.device, at_once: int = STEPS_AT_ONCE) -> None:
        self._step, self._at_once = step, at_once
        self._first = torch.zeros(1, dtype=torch.int64, device=device)
        self._losses = torch.zeros(at_once, device=device)
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None  # type: ignore[no-untyped-call]
        self._graphs: dict[int, torch.cuda.CUDAGraph] = {}
        self._taken = 0

    def take(self, first: int, left: int) -> Tensor:
        """Take a step, or several.

        Args:
            first: the number of the first step's batch.
            left: how many steps there are to take, 1 or more.

        Returns:
            The losses of the steps taken, (n,), which the next call overwrites.
        """
        warm = self._taken >= WARM_UP
        count = self._at_once if warm and left >= self._at_once else 1
        self._first.fill_(first)
        if self._stream is None:
            self._take(count)
        elif not warm:
            self._take_beside(self._stream)
        else:
            if count not in self._graphs:
                self._graphs[count] = self._capture(count, self._stream)
            self._graphs[count].replay()
        self._taken += count
        return self._losses[:count]

    def _take(self, count: int) -> None:
        for index in range(count):
            self._losses[index] = self._step(self._first + index if index else self._first)

    def _take_beside(self, stream: torch.cuda.Stream) -> None:
        """A step on the stream on which graphs are recorded: what libraries keep for a stream is made there."""
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            self._take(1)
        torch.cuda.current_stream().wait_stream(stream)

    def _capture(self, count: int, stream: torch.cuda.Stream) -> torch.cuda.CUDAGraph:
        """Record ``count`` steps, which does not take them."""
        gc.collect()  # the graphs of an earlier training, which must not be freed while another is recorded
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=stream):
            self._take(count)
        return graph
