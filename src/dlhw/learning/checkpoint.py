"""Checkpoints: tensors as safetensors with one JSON header. Nothing is ever unpickled.

The header is a single metadata entry, ``dlhw``, that holds a JSON object. ``schema`` counts the changes
of its form, ``kind`` is ``"weights"`` or ``"state"``, and the rest says what the tensors belong to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from dlhw import __version__
from dlhw.errors import CheckpointError
from dlhw.learning.files import write_atomically
from dlhw.learning.schemas import HEADERS, Header
from dlhw.learning.trial_folder import BEST, OUTCOME, STATE
from dlhw.learning.validation import check, parse

M = TypeVar("M", bound=nn.Module)

SCHEMA = 1
_ENTRY = "dlhw"


def save_checkpoint(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> None:
    """Write ``tensors`` and ``header`` to ``path`` atomically.

    safetensors stores rows in order and refuses ``channels_last`` tensors, so each is made contiguous;
    whoever loads them into a network in another layout gets that layout, with the same values.

    Raises:
        RunError: the file cannot be written; what was there before is untouched.
    """
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    document = {"schema": SCHEMA, "version": __version__, **header}
    content = safetensors.torch.save(plain, {_ENTRY: json.dumps(document, allow_nan=False)})
    write_atomically(path, content)


def load_checkpoint(path: Path, *, kind: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read the tensors and the header of a checkpoint of the given kind.

    Raises:
        CheckpointError: the file is missing, damaged, not of dlhw, of another kind or of a later schema.
    """
    return _load(path, kind, tensors=True)


def load_header(path: Path, *, kind: str) -> dict[str, Any]:
    """Read the header alone, which takes no longer for large tensors. Raises as :func:`load_checkpoint` does."""
    return _load(path, kind, tensors=False)[1]


def _load(path: Path, kind: str, *, tensors: bool) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            found = {name: file.get_tensor(name) for name in file.keys()} if tensors else {}  # noqa: SIM118 (no mapping)
    except FileNotFoundError as error:
        raise CheckpointError(f"there is no checkpoint {path}", "check the path") from error
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} is not a whole checkpoint: {error}", works(path)) from error
    header = _parse_header(path, metadata)
    if header.get("kind") != kind:
        raise CheckpointError(f"{path} holds {header.get('kind')!r}, where {kind!r} was expected")
    try:
        check(header, HEADERS.get(kind, Header))
    except ValueError as error:
        raise CheckpointError(f"the header of {path} is damaged: {error}", works(path)) from error
    return found, header


def _parse_header(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    try:
        header = parse(metadata[_ENTRY])
        schema = header["schema"]
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} is a safetensors file, but not one of dlhw", "give a best.safetensors of a dlhw run"
        ) from error
    if not isinstance(schema, int) or schema > SCHEMA:
        raise CheckpointError(
            f"{path} has schema {schema}, and this dlhw {__version__} reads schemas up to {SCHEMA}",
            "install a newer dlhw",
        )
    return dict(header)


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
        with torch.device("meta"):
            expected = {name: tensor.shape for name, tensor in made().state_dict().items()}
    except (LookupError, TypeError, RuntimeError) as error:
        raise ValueError(f"there is no such network: {error}") from error
    if expected != {name: tensor.shape for name, tensor in weights.items()}:
        raise ValueError("they are of other layers or sizes")
    network = made()
    types = {name: tensor.dtype for name, tensor in network.state_dict().items()}
    network.load_state_dict({name: tensor.to(types[name]) for name, tensor in weights.items()})
    return network


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


def works(path: Path) -> str:
    """What to do where a checkpoint is damaged, and what works all the same."""
    if path.name == STATE:
        return f"delete it: --resume starts this training from its beginning; {path.with_name(BEST)} works all the same"
    if path.with_name(STATE).exists():
        run = path.parent.parent
        return f"delete it and {OUTCOME} beside it: --resume --out {run} writes both again from {STATE}"
    return "get it again, or train it again"
