from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from dlhw.cnn.own.alignment import Part, align
from dlhw.cnn.own.comparison import homework_parts, module_parts

CONVOLUTIONS = [f"blocks.{place}.convolution" for place in range(3)]
NORMALIZATIONS = [f"blocks.{place}.normalization" for place in range(3)]
HIDDEN = ["hidden.0.linear", "hidden.1.linear"]


def convolutions(*maps: int, kernel: int = 3) -> nn.ModuleList:
    return nn.ModuleList(nn.Conv2d(a, b, kernel) for a, b in itertools.pairwise(maps))


def linear(*numbers: int) -> nn.ModuleList:
    return nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(numbers))


def vgg() -> nn.Module:
    """Six convolutions, each of twice the maps that the homework's have in its place, and one hidden layer."""
    return nn.ModuleDict({"c": convolutions(3, 64, 128, 256, 256, 512, 512), "l": linear(4608, 4096, 6)})


def residual() -> nn.Module:
    """A stem, four stages of two convolutions and a shortcut, each with its normalization, and no hidden layer."""
    layers = nn.ModuleDict({"stem": nn.Conv2d(3, 64, 3, bias=False), "stem_norm": nn.BatchNorm2d(64)})
    for stage, (before, maps) in enumerate([(64, 64), (64, 128), (128, 256), (256, 512)]):
        for name, a, kernel in (("a", before, 3), ("b", maps, 3), ("short", before, 1)):
            layers[f"{stage}{name}"] = nn.Conv2d(a, maps, kernel, bias=False)
            layers[f"{stage}{name}_norm"] = nn.BatchNorm2d(maps)
    layers["classifier"] = nn.Linear(512, 6)
    return layers


def same_prefix() -> nn.Module:
    return nn.ModuleDict({"c": convolutions(3, 32, 64, 128), "l": linear(128, 6)})


def lenet() -> nn.Module:
    return nn.ModuleDict({"c": convolutions(3, 6, 16, kernel=5), "l": linear(1296, 120, 84, 6)})


def unlike() -> nn.Module:
    return linear(*([7, 9] * 6))


@pytest.mark.parametrize(
    ("network", "of", "pairs"),
    [
        (
            vgg(),
            "flatten",
            {"c.0": CONVOLUTIONS[0], "c.1": CONVOLUTIONS[1], "c.2": CONVOLUTIONS[2]}
            | {"l.0": HIDDEN[0], "l.1": "classifier"},
        ),
        (
            residual(),
            "gap",
            {"stem": CONVOLUTIONS[0], "0a": CONVOLUTIONS[1], "1a": CONVOLUTIONS[2], "classifier": "classifier"}
            | {"stem_norm": NORMALIZATIONS[0], "0a_norm": NORMALIZATIONS[1], "1a_norm": NORMALIZATIONS[2]},
        ),
        (
            same_prefix(),
            "flatten",
            {"c.0": CONVOLUTIONS[0], "c.1": CONVOLUTIONS[1], "c.2": CONVOLUTIONS[2], "l.0": "classifier"},
        ),
        (
            lenet(),
            "flatten",
            {"c.0": CONVOLUTIONS[0], "c.1": CONVOLUTIONS[1]}
            | {"l.0": HIDDEN[0], "l.1": HIDDEN[1], "l.2": "classifier"},
        ),
        (linear(6912, 300, 6), "flatten", {"0": HIDDEN[0], "1": "classifier"}),
        (unlike(), "flatten", {}),
        (nn.ModuleList([nn.BatchNorm2d(3), *convolutions(3, 32)]), "gap", {"1": CONVOLUTIONS[0]}),
    ],
    ids=["vgg", "residual", "same prefix", "lenet", "two layers", "unlike", "normalized first"],
)
def test_layers_are_paired_with_those_of_their_place(network: nn.Module, of: str, pairs: dict[str, str]) -> None:
    theirs, ours = module_parts(network), homework_parts(of)
    _, aligned = align(theirs, ours)
    assert {one.name: other.name for one, other in aligned if one and other} == pairs
    assert [one for one, _ in aligned if one] == theirs
    assert [other for _, other in aligned if other] == ours


sides = st.integers(1, 2000)
parts = st.lists(
    st.one_of(
        st.tuples(sides),
        st.tuples(sides, sides),
        st.tuples(sides, sides, st.integers(1, 7), st.integers(1, 7)),
    ).map(lambda shape: Part(name="layer", tensors={"weight": shape})),
    max_size=8,
)


@given(theirs=parts, ours=parts)
def test_every_layer_stands_once_in_order_and_the_cost_is_a_distance(theirs: list[Part], ours: list[Part]) -> None:
    cost, aligned = align(theirs, ours)
    assert [one for one, _ in aligned if one is not None] == theirs
    assert [other for _, other in aligned if other is not None] == ours
    assert all(one.kind == other.kind for one, other in aligned if one and other)
    assert align(ours, theirs)[0] == pytest.approx(cost)
    assert (cost == 0) == (theirs == ours)
    assert align(theirs, theirs)[0] == 0
