"""What the process of a person's file does for ``dlhw cnn params --module``: build the network, and count it."""

from __future__ import annotations

from dataclasses import asdict
from types import ModuleType
from typing import Any

import torch

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
