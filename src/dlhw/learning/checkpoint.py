"""Checkpoints: tensors as safetensors with a JSON header (:mod:`dlhw.learning.headers`). Nothing is unpickled."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from dlhw import __version__
from dlhw.errors import CheckpointError
from dlhw.learning.files import write_atomically
from dlhw.learning.headers import ENTRY, SCHEMA, opened, parse_header

M = TypeVar("M", bound=nn.Module)


def save_checkpoint(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> None:
    """Write ``tensors`` and ``header`` to ``path`` atomically.

    safetensors stores rows in order and refuses ``channels_last`` tensors, so each is made contiguous;
    whoever loads them into a network in another layout gets that layout, with the same values.

    Raises:
        RunError: the file cannot be written; what was there before is untouched.
    """
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    document = {"schema": SCHEMA, "version": __version__, **header}
    content = safetensors.torch.save(plain, {ENTRY: json.dumps(document, allow_nan=False)})
    write_atomically(path, content)


def load_checkpoint(path: Path, *, kind: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read the tensors and the header of a checkpoint of the given kind.

    Raises:
        CheckpointError: the file is missing, damaged, not of dlhw, of another kind or of a later schema.
    """
    found: dict[str, Tensor] = {}
    with opened(path, framework="pt") as file:
        for name in file.keys():  # noqa: SIM118 (no mapping)
            found[name] = file.get_tensor(name)
        metadata = file.metadata()
    return found, parse_header(path, metadata, kind=kind)


def filled(made: Callable[[], M], weights: Mapping[str, Tensor]) -> M:
    """A network with weights from a file, in its own precision.

    It is made without memory first: a header may describe a network of any size, and its file says how large it is.

    Args:
        made: makes it, with weights of its own.
        weights: from the file.

    Raises:
        ValueError: the weights do not fit.
    """
    try:
        with torch.device("meta"), _WithoutValues():
            expected = {name: tensor.shape for name, tensor in made().state_dict().items()}
    except (LookupError, TypeError, RuntimeError) as error:
        raise ValueError(f"there is no such network: {error}") from error
    if expected != {name: tensor.shape for name, tensor in weights.items()}:
        raise ValueError("they are of other layers or sizes")
    network = made()
    types = {name: tensor.dtype for name, tensor in network.state_dict().items()}
    network.load_state_dict({name: tensor.to(types[name]) for name, tensor in weights.items()})
    return network


class _WithoutValues(TorchFunctionMode):
    """Tensors without memory are not filled with random numbers, for which PyTorch imports its compiler: seconds."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in (nn.init.normal_, Tensor.normal_):
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


def halved(name: str, tensor: Tensor) -> Tensor:
    """A weight in half precision, which takes half the space.

    Raises:
        CheckpointError: it has a value that half precision cannot hold.
    """
    if not tensor.is_floating_point():  # batch normalisation counts its batches
        return tensor
    half = tensor.half()
    if not torch.isfinite(half).all():
        raise CheckpointError(f"{name} has values that half precision cannot hold")
    return half
