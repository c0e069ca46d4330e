from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from dlhw.cnn.counting import count_network
from dlhw.cnn.own.comparison import describe
from dlhw.console.cnn_params import params_result

ROWS: list[dict[str, Any]] = [
    {
        "name": "features.conv1",
        "kind": "Conv2d",
        "shape": [32, 48, 48],
        "tensors": {"weight": [32, 3, 3, 3], "bias": [32]},
    },
    {"name": "features.fc1", "kind": "Linear", "shape": [1024], "tensors": {"weight": [1024, 4608], "bias": [1024]}},
    {"name": "unused", "kind": "Linear", "shape": None, "tensors": {"weight": [1, 2]}, "calls": 0, "macs": 0},
]


@pytest.mark.parametrize("width", [80, 120])
def test_a_row_a_layer_fits_the_terminal(width: int) -> None:
    counts: dict[str, Any] = {
        "parameters": 4_720_640,
        "frozen": 7,
        "macs": 10_616_832,
        "receptive_field": 48,
        "calls": 1,
    }
    network = describe("mine.py:Network", [counts | row for row in ROWS])
    shown = Console(width=width, file=StringIO(), record=True)
    shown.print(*params_result({"networks": [network]}), sep="\n")
    lines = shown.export_text(clear=False).splitlines()
    assert any(line.split()[:2] == ["features.conv1", "32×48×48"] for line in lines)
    said = " ".join(shown.export_text(clear=False).split())
    assert "≠: the layer differs from that of" in said
    lacking = [one["counterpart"] for one in network["compared"]["layers"] if one["layer"] is None]
    assert lacking
    assert all(f"{name} (" in said for name in lacking), "rows without a name are named below"
    assert any("Never called by forward: unused." in line for line in lines)
    assert any("21 parameters that are not trained" in line for line in lines)


@pytest.mark.parametrize("width", [40, 60, 72, 80])
def test_the_homeworks_layers_keep_their_names_and_shapes(width: int) -> None:
    shown = Console(width=width, file=StringIO(), record=True)
    network = count_network("gap").as_document()
    shown.print(*params_result({"networks": [network]}), sep="\n")
    text = shown.export_text()
    first_words = {line.split()[0] for line in text.splitlines() if line.split()}
    assert {layer["name"] for layer in network["layers"]} <= first_words
    assert text.split().count("128×12×12") == 2
