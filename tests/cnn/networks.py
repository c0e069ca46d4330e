"""Networks of Question 2 with known weights, and checkpoints of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from dlhw.cnn.architecture import NetworkName
from dlhw.cnn.classifier import Classifier
from dlhw.cnn.landscapes import CLASS_NAMES
from dlhw.cnn.network import PREPROCESSING, LandscapeNetwork
from dlhw.learning.checkpoint import save_checkpoint
from dlhw.learning.trial_folder import BEST


def random_network(name: NetworkName = "gap", *, seed: int = 0) -> LandscapeNetwork:
    """A network of random weights, normalised by random averages, in evaluation mode."""
    torch.manual_seed(seed)
    network = LandscapeNetwork(name)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
            nn.init.uniform_(module.weight, -1, 1)
            nn.init.uniform_(module.bias, -0.5, 0.5)
            module.running_mean.uniform_(-0.1, 0.1)  # type: ignore[union-attr]
            module.running_var.uniform_(0.01, 0.1)  # type: ignore[union-attr]
    return network.eval()


def brightness_network() -> LandscapeNetwork:
    """A ``flatten`` network that passes on red in one map; brightness speaks for class 1 and against class 2."""
    network = LandscapeNetwork("flatten").eval()
    for parameter in network.parameters():
        nn.init.zeros_(parameter)
    weights = network.state_dict()  # which shares their memory
    for block in range(3):
        weights[f"blocks.{block}.convolution.weight"][0, 0, 1, 1] = 1
    weights["hidden.0.linear.weight"][0, :36] = 1
    weights["hidden.1.linear.weight"][0, 0] = 1
    weights["classifier.weight"][1:3, 0] = torch.tensor([1.0, -1.0])
    return network


def classifier(network: LandscapeNetwork | None = None) -> Classifier:
    network = network or random_network()
    name: NetworkName = "gap" if network.blocks[0].normalization is not None else "flatten"
    return Classifier(network=network, name=name, class_names=CLASS_NAMES)


def save(path: Path, **changes: Any) -> Path:
    """A checkpoint of random weights, its description changed as told."""
    architecture = {
        "network": "gap",
        "classes": list(CLASS_NAMES),
        "dropout": 0.1,
        "preprocessing": PREPROCESSING,
        **changes,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {"kind": "weights", "architecture": architecture}
    save_checkpoint(path, random_network().state_dict(), header)
    return path


def save_run(folder: Path, data: dict[str, Any] | None = None, *, checkpoint: str | None = "lr0.01-seed42") -> Path:
    """A finished run of ``dlhw cnn train``, as far as its weights are concerned."""
    path = save(folder / "lr0.01-seed42" / BEST)
    data = {"path": None, "source": "procedural landscapes", "fingerprint": "?"} if data is None else data
    (folder / "config.json").write_text(json.dumps({"command": "cnn-train", "data": data}))
    (folder / "result.json").write_text(json.dumps({"checkpoint": checkpoint and f"{checkpoint}/{BEST}"}))
    return path
