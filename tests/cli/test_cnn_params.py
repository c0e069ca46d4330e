from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from torch import nn

from dlhw.cnn.network import LandscapeNetwork
from dlhw.console.cnn_params import params_result
from dlhw.learning.checkpoint import save_checkpoint
from tests.conftest import Invoke

pytestmark = pytest.mark.usefixtures("forked_files")

MINE = """
import torch
from torch import nn

class Network(nn.Module):
    def __init__(self, classes=6):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.conv3 = nn.Conv2d(64, 128, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(4608, 1024)
        self.extra = nn.Parameter(torch.zeros(1024))
        self.fc2 = nn.Linear(1024, 512)
        self.fc3 = nn.Linear(512, classes)

    def forward(self, x):
        for convolution in (self.conv1, self.conv2, self.conv3):
            x = self.pool(torch.relu(convolution(x)))
        x = self.fc1(x.flatten(1)) + self.extra
        return self.fc3(torch.relu(self.fc2(torch.relu(x))))

class Needs(nn.Module):
    def __init__(self, classes):
        super().__init__()

def fails():
    raise ValueError("not today")
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    return path


def network(invoke: Invoke, *arguments: str | Path) -> dict[str, Any]:
    outcome = invoke("cnn", "params", *arguments, "--json")
    assert outcome.code == 0, outcome.stderr
    (found,) = json.loads(outcome.stdout)["networks"]
    return dict(found)


def test_a_network_of_one_s_own_beside_the_homework_s(mine: Path, invoke: Invoke) -> None:
    found = network(invoke, "--module", f"{mine}:Network(classes=6)")
    assert (found["parameters"], found["macs"]) == (5_341_766, 28_470_272)
    assert found["compared"]["difference"] == 1024
    fields = {layer["name"]: layer["receptive_field"] for layer in found["layers"]}
    assert (fields["conv1"], fields["conv2"], fields["conv3"], fields["fc1"]) == (3, 8, 18, 48)
    shown = Console(width=80, record=True, file=StringIO())
    shown.print(*params_result({"networks": [found]}))
    said = " ".join(shown.export_text().split())
    assert "5,341,766, 1,024 more than the 5,340,742 of the homework's network flatten" in said
    assert "flatten: the network itself has “extra” besides (1,024), as long as the bias of fc1" in said


def test_saved_weights(tmp_path: Path, invoke: Invoke) -> None:
    weights = LandscapeNetwork("gap").state_dict()
    torch.save({"epoch": 3, "model": {f"module.{name}": tensor for name, tensor in weights.items()}}, tmp_path / "a.pt")
    save_checkpoint(tmp_path / "a.safetensors", weights, {"kind": "weights"})
    torch.save(weights, tmp_path / "old.pt", _use_new_zipfile_serialization=False)  # as before PyTorch 1.6
    for name in ("a.pt", "old.pt", "a.safetensors"):
        found = network(invoke, "--state-dict", tmp_path / name)
        assert (found["parameters"], found["macs"], found["compared"]["difference"]) == (756_742, None, 0)
    outcome = invoke("cnn", "params", "--state-dict", tmp_path / "a.pt")
    assert "756,742, exactly the 756,742 of the homework's network gap." in " ".join(outcome.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--module", "mine.py:Needs"], 1, "Needs needs arguments (classes)"),
        (["--module", "mine.py:fails"], 1, 'raise ValueError("not today")'),
        (["--module", "mine.py:Network", "--input", "3x32x32"], 1, "mat1 and mat2 shapes cannot be multiplied"),
        (["--module", "none.py:Network"], 1, "none.py: there is no such file hint: check the path"),
        (["--module", "mine.py"], 2, "--module is FILE.py:NAME"),
        (["--module", "mine.py:Network(open('x'))"], 2, "a name in the file is expected"),
        (["--module", "mine.py:Network", "--input", "3x0"], 2, "--input is channels x height x width"),
        (["--module", "mine.py:Network", "--gap"], 2, "leave it out"),
        (["--module", "mine.py:Network", "--state-dict", "a.pt"], 2, "give one of the two"),
        (["--input", "3x48x48"], 2, "add --module"),
        (["--state-dict", "none.pt"], 1, "there is no file none.pt"),
        (["--state-dict", "mine.py"], 1, "mine.py cannot be read as plain weights: PyTorch did not write it"),
        (["--state-dict", "whole.pt"], 1, "cannot be read as plain weights"),
        (["--state-dict", "empty.pt"], 1, "holds no weights"),
    ],
)
def test_what_cannot_be_counted(mine: Path, invoke: Invoke, arguments: list[str], code: int, message: str) -> None:
    torch.save(nn.Linear(2, 2), mine.parent / "whole.pt")
    torch.save({"epoch": 3}, mine.parent / "empty.pt")
    outcome = invoke("cnn", "params", *arguments)
    assert (outcome.code, outcome.stdout) == (code, "")
    assert message in " ".join(outcome.stderr.split())
    assert "executing none.py" not in outcome.stderr, "what is not there is not executed"
    assert "dlhw/" not in outcome.stderr.replace(str(mine.parent), ""), "no frame of dlhw's"
    assert "/torch/nn/" not in outcome.stderr, "nor of PyTorch's"


@pytest.mark.parametrize("options", [[], ["--gap", "--json"]])
def test_the_homeworks_networks_are_counted_without_pytorch(options: list[str]) -> None:
    line = f"""
import sys
from dlhw.cli.app import main
sys.argv = ["dlhw", "cnn", "params", *{options}]
try:
    main()
finally:
    print("torch" in sys.modules, file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, timeout=120, check=True)
    assert "756" in ended.stdout
    assert ended.stderr == "False\n"
