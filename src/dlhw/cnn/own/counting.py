"""Somebody's network counted: from a file in which it is written, or from its saved weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from dlhw.cnn.own.target import Target
from dlhw.errors import CheckpointError, DataError, no_file

HINT = "give FILE.py:NAME; the network is called with an input of zeros, of the shape that `input` gives"
WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "network", "weights")
"""Keys under which training scripts put a state dict beside other things."""

BUFFERS = ("running_mean", "running_var", "num_batches_tracked")
Row = dict[str, Any]


def count_module(target: Target, shape: tuple[int, ...]) -> list[Row]:
    """The layers of a network, counted in a process of its own; those with nothing to tell are left out.

    Args:
        target: the file, and the network in it.
        shape: of one input, without the batch.

    Raises:
        DataError: there is no such file or name, it is no network, needs arguments, hangs or ends its process.
        TheirFault: an error within the file.
    """
    from dlhw.foreign.process import run_file

    request = {"expression": target.expression, "shape": list(shape)}
    for answer in run_file(target.file, "dlhw.cnn.own.task:count", request, hint=HINT):
        if answer["kind"] == "unusable":
            raise DataError(f"{target.file}: {answer['reason']}", "`module` is FILE.py:NAME, or 'FILE.py:NAME(6)'")
        rows: list[Row] = answer["layers"]
    return rows


def count_state_dict(path: Path) -> list[Row]:
    """The layers of saved weights: their parameters by module. What they compute, no file of weights tells.

    Raises:
        CheckpointError: the file cannot be read, holds more than plain weights, or none.
    """
    rows: dict[str, Row] = {}
    for name, shape in _shapes(path).items():
        module, _, own = name.rpartition(".")
        if own in BUFFERS:
            continue
        row = rows.setdefault(
            module,
            {"name": module or "(itself)", "kind": "", "shape": None, "tensors": {}, "frozen": 0, "parameters": 0}
            | {"macs": None, "receptive_field": None, "calls": None},
        )
        row["tensors"][own] = list(shape)
        row["parameters"] += math.prod(shape)
    if not rows:
        raise CheckpointError(f"{path} holds no weights", "give what torch.save(network.state_dict(), …) wrote")
    return list(rows.values())


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    if not path.is_file():
        raise CheckpointError(no_file(path, f"there is no file {path}"), "give a .pt, .pth or .safetensors file")
    if path.suffix == ".safetensors":
        return _safetensors_shapes(path)
    return _torch_shapes(path)


def _safetensors_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    import safetensors

    try:
        with safetensors.safe_open(path, framework="pt") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except (safetensors.SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is not a safetensors file: {error}", "was it written to its end?") from error


def _first_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1)


def _torch_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    import pickle
    import zipfile

    import torch

    wanted = "give what torch.save(network.state_dict(), …) wrote; a whole pickled network is code, and never loaded"
    try:
        archive = zipfile.is_zipfile(path)  # what PyTorch wrote before 1.6 is none, and cannot be mapped into memory
        if not archive and _first_byte(path) != b"\x80":
            raise CheckpointError(f"{path} cannot be read as plain weights: PyTorch did not write it", wanted)
        found = torch.load(path, map_location="cpu", weights_only=True, mmap=archive)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(
            f"{path} cannot be read as plain weights: {reason}",
            wanted,
        ) from error
    while isinstance(found, Mapping):
        tensors = {name: tuple(value.shape) for name, value in found.items() if isinstance(value, Tensor)}
        if tensors:
            prefix = "module." if all(name.startswith("module.") for name in tensors) else ""
            return {name.removeprefix(prefix): shape for name, shape in tensors.items()}
        within = [found[key] for key in WRAPPERS if isinstance(found.get(key), Mapping)]
        if not within:
            break
        found = within[0]
    return {}
