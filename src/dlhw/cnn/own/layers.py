"""Any network's layers: shapes, parameters, multiply-adds and receptive fields, from forward passes alone.

Multiply-adds are those of PyTorch's own counter, which sees convolutions, products of matrices and attention wherever
they stand, also within ``forward``. They are half of its floating-point operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from dlhw.cnn.own.receptive_field import FieldFinder

ITSELF = "(itself)"
"""What a network computes in ``forward`` besides its layers."""


@dataclass(kw_only=True)
class OwnLayer:
    """A layer of somebody's network."""

    name: str
    kind: str
    """The class of its module."""

    shape: tuple[int, ...] | None
    """Of its output, without the batch; ``None`` where it was not called, or gives no tensor."""

    tensors: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Its own trainable parameters, by name."""

    frozen: int = 0
    """Parameters that are not trained."""

    macs: int = 0
    receptive_field: int | None = None
    calls: int = 0

    @property
    def parameters(self) -> int:
        """Trainable ones."""
        return sum(_size(shape) for shape in self.tensors.values())


def count_layers(network: nn.Module, shape: tuple[int, ...]) -> list[OwnLayer]:
    """Count a network, in the order in which its layers are called; those that are not come last.

    Args:
        network: any; it is put into evaluation mode.
        shape: of one input, without the batch.

    Raises:
        Exception: whatever the network raises.
    """
    network.eval()
    layers = _named_layers(network)
    order: list[str] = []
    with _hooked(network, layers, order), FlopCounterMode(display=False) as counter:
        # With gradients: without them PyTorch takes shortcuts past the layers within attention.
        network(torch.zeros(1, *shape))
    called = [layers[name] for name in dict.fromkeys(order)]
    rest = [layer for layer in layers.values() if not layer.calls and (layer.tensors or layer.frozen)]
    _add_macs(network, layers, counter.get_flop_counts())
    if len(shape) == 3:
        _add_fields(network, layers, shape)
    inner = [layer for name, layer in layers.items() if layer.macs and not layer.calls and layer not in rest]
    found = [*called, *inner, *rest]
    return [layer for layer in found if layer.tensors or layer.frozen or layer.macs or _is_leaf(network, layer.name)]


def _named_layers(network: nn.Module) -> dict[str, OwnLayer]:
    """A layer a module that has parameters of its own, or no others within; a parameter that is shared counts once."""
    seen: set[int] = set()
    layers = {}
    for name, module in network.named_modules():
        layer = OwnLayer(name=name or ITSELF, kind=type(module).__name__, shape=None)
        for own, parameter in module.named_parameters(recurse=False):
            if id(parameter) in seen:
                continue
            seen.add(id(parameter))
            if parameter.requires_grad:
                layer.tensors[own] = tuple(parameter.shape)
            else:
                layer.frozen += parameter.numel()
        layers[layer.name] = layer
    return layers


@contextmanager
def _hooked(network: nn.Module, layers: dict[str, OwnLayer], order: list[str]) -> Iterator[None]:
    handles = []
    for name, module in network.named_modules():
        layer = layers[name or ITSELF]
        if not _is_leaf(network, layer.name) and not layer.tensors and not layer.frozen:
            continue

        def record(_module: nn.Module, _inputs: Any, output: Any, layer: OwnLayer = layer) -> None:
            layer.calls += 1
            order.append(layer.name)
            tensor = first_tensor(output)
            if layer.shape is None and tensor is not None:
                layer.shape = tuple(tensor.shape[1:])

        handles.append(module.register_forward_hook(record))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def first_tensor(output: Any) -> Tensor | None:
    """A layer's output, or the first of several."""
    if isinstance(output, Tensor):
        return output
    values = output.values() if isinstance(output, dict) else output if isinstance(output, tuple | list) else ()
    return next((found for value in values if (found := first_tensor(value)) is not None), None)


def _add_macs(network: nn.Module, layers: dict[str, OwnLayer], counts: dict[str, dict[Any, int]]) -> None:
    root = type(network).__name__
    totals = {name: sum(operations.values()) // 2 for name, operations in counts.items()}
    for name, layer in layers.items():
        path = root if name == ITSELF else f"{root}.{name}"
        module = network if name == ITSELF else network.get_submodule(name)
        within = sum(totals.get(f"{path}.{child}", 0) for child, _ in module.named_children())
        layer.macs = max(0, totals.get(path, 0) - within)


def _add_fields(network: nn.Module, layers: dict[str, OwnLayer], shape: tuple[int, ...]) -> None:
    finder = FieldFinder(shape[1:])
    if sum(layer.macs for layer in layers.values()) * sum(shape[1:]) > FieldFinder.MACS_AT_MOST:
        return
    try:
        fields = finder.find(network, shape, [name for name, layer in layers.items() if layer.calls and name != ITSELF])
    except Exception:  # a network may refuse what is no number
        return
    for name, side in fields.items():
        layers[name].receptive_field = side


def _is_leaf(network: nn.Module, name: str) -> bool:
    if name == ITSELF:
        return not list(network.children())
    module = network.get_submodule(name)
    return not list(module.children()) and not isinstance(module, nn.Identity)


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for side in shape:
        size *= side
    return size
