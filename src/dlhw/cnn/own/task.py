"""What the process of a person's file does: build the network and count it, or try a training step."""

from __future__ import annotations

from dataclasses import asdict
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from dlhw.cnn.architecture import SIDE
from dlhw.cnn.own.layers import count_layers
from dlhw.cnn.own.target import CannotBuild, build
from dlhw.foreign.runner import Channel


def count(module: ModuleType, request: dict[str, Any], channel: Channel) -> None:
    """Answer ``counted`` with the layers, or ``unusable`` with the reason."""
    torch.set_num_threads(1)
    expression, shape = request["expression"], tuple(request["shape"])
    channel.step(f"making {expression}")
    try:
        network = build(module, expression)
    except CannotBuild as error:
        channel.answer("unusable", reason=str(error))
        return
    channel.step(f"giving {expression} an input of {'×'.join(map(str, shape))}")
    network = network.float().eval()
    # First as it is: an error shall show their frames and not those of whoever counts.
    with torch.no_grad():
        network(torch.zeros(1, *shape))
    layers = count_layers(network, shape)
    rows = [{**asdict(layer), "parameters": layer.parameters} for layer in layers]
    channel.answer("counted", layers=rows)


def try_training(module: ModuleType, request: dict[str, Any], channel: Channel) -> None:
    """A training step on two images of noise, (2, 3, 48, 48), with cross-entropy.

    Args:
        module: their file, loaded.
        request: ``expression``, which makes the network, and ``classes``, how many it has to tell apart.
        channel: is told each step, and answered ``unusable`` with the reason where there can be no training.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)
    expression, classes = request["expression"], request["classes"]
    channel.step(f"making {expression}")
    try:
        network = build(module, expression).float()
    except CannotBuild as error:
        channel.answer("unusable", reason=str(error))
        return
    channel.step(f"a training step of {expression}")
    images, labels = torch.rand(2, 3, SIDE, SIDE), torch.tensor([0, classes - 1])
    for training in (False, True):
        logits = network.train(training)(images)
        if reason := _not_logits(logits, classes):
            channel.answer("unusable", reason=reason)
            return
    if not logits.requires_grad:
        channel.answer("unusable", reason="it has nothing to train: no parameter reaches its output")
        return
    F.cross_entropy(logits, labels).backward()  # type: ignore[no-untyped-call]


def _not_logits(output: object, classes: int) -> str:
    if not isinstance(output, Tensor):
        return f"it returns a {type(output).__name__}, and a tensor of logits was expected"
    if tuple(output.shape) != (2, classes):
        number = f", and the images are of {classes} classes" if output.dim() == 2 else ""
        return f"for two images it returns the shape {tuple(output.shape)}, and (2, {classes}) was expected{number}"
    if not output.is_floating_point():
        return f"it returns {output.dtype}, and floating-point logits were expected"
    return ""
