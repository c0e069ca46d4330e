from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from torch import nn

from dlhw.cnn.own.target import CannotBuild, Target, build, parse_input, parse_target
from dlhw.errors import UsageError
from dlhw.foreign.loading import load_file

MINE = """
from torch import nn

class Network(nn.Linear):
    def __init__(self, size=2, *, wide=1):
        super().__init__(size, wide)

class Needs(nn.Module):
    def __init__(self, classes, *, wide):
        super().__init__()

class Within:
    make = staticmethod(lambda: nn.ReLU())

ready = nn.ReLU()
number = 3

def nothing():
    return None
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    path = tmp_path_factory.mktemp("mine") / "mine.py"
    path.write_text(MINE)
    return load_file(path)


@pytest.mark.parametrize(
    ("expression", "weight"),
    [("Network", (1, 2)), ("Network(5)", (1, 5)), ("Network(size=3, wide=4)", (4, 3)), ("Network()", (1, 2))],
)
def test_a_class_is_called_with_plain_values(module: ModuleType, expression: str, weight: tuple[int, ...]) -> None:
    assert tuple(build(module, expression).get_parameter("weight").shape) == weight


@pytest.mark.parametrize("expression", ["ready", "Within.make", "Within.make()"])
def test_a_network_or_a_function_that_makes_one_will_do(module: ModuleType, expression: str) -> None:
    assert isinstance(build(module, expression), nn.ReLU)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("Nothing", "there is no Nothing in it; it has Network, Needs, ready, nothing$"),
        ("Needs", r"Needs needs arguments \(classes, wide\)"),
        ("number", "number is no network, and no class or function that makes one: it is a int"),
        ("nothing", "nothing makes no torch.nn.Module but a NoneType"),
    ],
)
def test_what_is_no_network_says_what_it_is(module: ModuleType, expression: str, message: str) -> None:
    with pytest.raises(CannotBuild, match=message):
        build(module, expression)


def test_targets_and_inputs() -> None:
    assert parse_target("a b/mine.py:Network(6)") == Target(file=Path("a b/mine.py"), expression="Network(6)")
    assert (parse_input("3x48x48"), parse_input("1×8"), parse_input("7")) == ((3, 48, 48), (1, 8), (7,))
    for text in ("mine.py", "mine.py:", "mine:Network", "mine.py:a+b", "mine.py:f(x)", "mine.py:f(**{})", "mine.py:1"):
        with pytest.raises(UsageError):
            parse_target(text)
    for text in ("", "3x", "0x4", "3x48x48x48x48", "9999x1", "-1x2"):
        with pytest.raises(UsageError):
            parse_input(text)
