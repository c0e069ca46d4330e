"""Which part of an input an output depends on, found by letting something spread that no arithmetic can stop.

A column of the input is made NaN. Whatever depends on it becomes NaN, by whichever way: through branches, skips and
attention, where no formula for a chain of kernels holds. Each column in turn tells which outputs see it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

AT_ONCE = 16
"""Columns that are tried together."""


class FieldFinder:
    """Finds receptive fields.

    Args:
        size: height and width of the input.
    """

    MACS_AT_MOST = 10**11
    """Beyond so many multiply-adds, it would take minutes, and fields are left open."""

    def __init__(self, size: tuple[int, ...]) -> None:
        self._size = size

    @torch.no_grad()
    def find(self, network: nn.Module, shape: tuple[int, ...], names: list[str]) -> dict[str, int]:
        """The side of each layer's receptive field in input pixels, at most the input's; the longer of two sides.

        Args:
            network: in evaluation mode.
            shape: of one input.
            names: of the layers.
        """
        sides: dict[str, int] = {}
        for axis in (0, 1):
            for name, seen in self._spread(network, shape, names, axis).items():
                sides[name] = max(sides.get(name, 0), field_side(seen))
        return sides

    def _spread(
        self, network: nn.Module, shape: tuple[int, ...], names: list[str], axis: int
    ) -> dict[str, NDArray[np.bool_]]:
        """For each layer which places of its output (columns) see which places of the input (rows)."""
        length = self._size[axis]
        parts: dict[str, list[NDArray[np.bool_]]] = {name: [] for name in names}
        for first in range(0, length, AT_ONCE):
            places = range(first, min(first + AT_ONCE, length))
            inputs = torch.zeros(len(places), *shape)
            for row, place in enumerate(places):
                inputs[row].select(1 + axis, place).fill_(torch.nan)
            outputs = _outputs(network, inputs, names)
            for name, output in outputs.items():
                parts[name].append(_seen(output, axis))
        return {name: np.concatenate(found) for name, found in parts.items() if found}


def field_side(seen: NDArray[np.bool_]) -> int:
    """How far an output sees, from which places of the input each place of the output depends on.

    At the border a field is cut off, so its two ends are read where each is whole.

    Args:
        seen: (places of the input, places of the output).
    """
    length = len(seen)
    rows = [np.flatnonzero(seen[:, place]) for place in range(seen.shape[1])]
    first = {place: int(row[0]) for place, row in enumerate(rows) if len(row) and row[0] > 0}
    last = {place: int(row[-1]) for place, row in enumerate(rows) if len(row) and row[-1] < length - 1}
    if not any(len(row) for row in rows):
        return 0
    if not first or not last:
        return length
    whole = [last[place] - first[place] + 1 for place in first if place in last]
    if whole:
        return max(whole)
    ends = next((one for one in (first, last) if len(one) > 1), {})
    low, high = min(ends, default=0), max(ends, default=0)
    step = (ends[high] - ends[low]) / (high - low) if ends else length / seen.shape[1]
    start, end = min(first), max(last)
    return int(min(length, round((last[end] - step * end) - (first[start] - step * start)) + 1))


def _seen(output: Tensor, axis: int) -> NDArray[np.bool_]:
    """(batch, places): whether there is NaN at each place of an axis; one place where the output is no map."""
    missing = torch.isnan(output)
    if output.dim() != 4:
        return np.asarray(missing.flatten(1).any(1, keepdim=True).numpy())
    return np.asarray(missing.any(1).any(2 - axis).numpy())


def _outputs(network: nn.Module, inputs: Tensor, names: list[str]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    handles = []
    for name in names:

        def record(_module: nn.Module, _inputs: Any, output: Any, name: str = name) -> None:
            if isinstance(output, Tensor) and output.is_floating_point() and len(output) == len(inputs):
                found.setdefault(name, output)

        handles.append(network.get_submodule(name).register_forward_hook(record))
    try:
        network(inputs)
    finally:
        for handle in handles:
            handle.remove()
    return found
