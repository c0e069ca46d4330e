"""A training step as a CUDA graph: what a step launches is recorded once, and then launched as a whole.

A small network's step is some hundred kernels of a few microseconds each, and Python takes longer to launch them than
the GPU to run them. A graph repeats the same kernels on the same addresses, so that all that differs from step to step
has to stand in tensors: a step is given the number of its batch as a tensor, and reads its images, its learning rate
and so on at that place. Random numbers go on from the generator's state, and are those of steps that are launched one
by one. See "CUDA Graphs" in PyTorch's notes, https://docs.pytorch.org/docs/stable/notes/cuda.html.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

import torch
from torch import Tensor

WARM_UP = 3
"""Steps that are launched kernel by kernel before the graph: PyTorch and its libraries allocate, choose kernels and
make an optimizer's moments in them, which cannot be recorded."""


def can_capture(device: torch.device, ranks: int) -> bool:
    """Whether steps on a device are captured: on CUDA, in one process. What ranks exchange is not recorded."""
    return device.type == "cuda" and ranks == 1


class CapturedStep:
    """A step of a training, recorded on CUDA. On a CPU it is done by the same code, and not recorded.

    The states of network, optimizer and generators are to be loaded first: a graph has the addresses of the tensors
    that were there when it was recorded.

    Args:
        step: learns from the batch whose number it is given as a tensor, (1,) int64 on the device, and returns its
            loss, (), detached. It reads nothing else that differs from step to step but tensors which stay where they
            are, and never waits for the device.
        device: where.
    """

    def __init__(self, step: Callable[[Tensor], Tensor], device: torch.device) -> None:
        self._step = step
        self._number = torch.zeros(1, dtype=torch.int64, device=device)
        self._loss = torch.zeros((), device=device)
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None  # type: ignore[no-untyped-call]
        self._graph: torch.cuda.CUDAGraph | None = None
        self._taken = 0

    def take(self, number: int) -> Tensor:
        """Learn from the batch of this number. Returns its loss, (), which the next call overwrites."""
        self._number.fill_(number)
        if self._stream is None:
            self._take()
        elif self._taken < WARM_UP:
            self._take_beside(self._stream)
        else:
            if self._graph is None:
                self._graph = self._capture(self._stream)
            self._graph.replay()
        self._taken += 1
        return self._loss

    def _take(self) -> None:
        self._loss.copy_(self._step(self._number))

    def _take_beside(self, stream: torch.cuda.Stream) -> None:
        """A step on the stream on which the graph is recorded: what libraries keep for a stream is made there."""
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            self._take()
        torch.cuda.current_stream().wait_stream(stream)

    def _capture(self, stream: torch.cuda.Stream) -> torch.cuda.CUDAGraph:
        """Record a step, which does not take it."""
        gc.collect()  # the graphs of an earlier training, which must not be freed while another is recorded
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=stream):
            self._take()
        return graph
