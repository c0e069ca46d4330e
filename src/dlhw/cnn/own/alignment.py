"""Which layer of one network stands for which of another: the alignment of two lists of layers with parameters.

Layers are aligned as texts are, by the edit distance: in order, with the fewest layers that are added or left out, and
among those alignments the one whose pairs are most alike. A normalization goes with the layer that it follows, so that
it is never paired with one of another place, whose parameters happen to be as many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["convolution", "linear", "normalization", "other"]

ALONE, ALONE_NORMALIZATION = 1.0, 0.8
"""What a layer costs that has no counterpart: more than half of any pair."""

CHANGED, MOST_CHANGED = 0.2, 1.4
"""What a pair costs that differs in its biases alone, and what pairs approach that are ever less alike."""

HALFWAY = 4.0
"""Doublings of its sides at which a pair costs the mean of the two."""

FARTHEST = 6.0
"""Layers without a side in common are no pair where their sides differ by more doublings."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A layer with parameters."""

    name: str
    tensors: dict[str, tuple[int, ...]]

    @property
    def parameters(self) -> int:
        return sum(math.prod(shape) for shape in self.tensors.values())

    @property
    def kind(self) -> Kind:
        """Told by the number of axes of its weight, so that it is known of saved weights too."""
        axes = len(self.tensors.get("weight", ()))
        kinds: dict[int, Kind] = {1: "normalization", 2: "linear", 3: "convolution", 4: "convolution", 5: "convolution"}
        return kinds.get(axes, "other")


Pair = tuple[Part | None, Part | None]
Unit = tuple[Part, ...]
"""A layer, and the normalization that follows it, if any."""

Aligned = tuple[float, list[Pair]]


def align(theirs: Sequence[Part], ours: Sequence[Part]) -> Aligned:
    """The cost of the cheapest alignment, and its pairs in order, by dynamic programming over both sequences.

    Of alignments that cost the same, it is the one whose pairs come first.
    """
    rows, columns = _units(theirs), _units(ours)
    best: list[list[Aligned]] = [[(0.0, [])]]
    for other in columns:
        best[0].append(_longer(best[0][-1], _lacking(other)))
    for row, one in enumerate(rows):
        line = [_longer(best[row][0], _added(one))]
        for column, other in enumerate(columns):
            choices = [
                _longer(best[row][column + 1], _added(one)),
                _longer(line[column], _lacking(other)),
                _longer(best[row][column], _together(one, other)),
            ]
            line.append(min(choices, key=lambda choice: choice[0]))
        best.append(line)
    return best[-1][-1]


def _units(parts: Sequence[Part]) -> list[Unit]:
    units: list[Unit] = []
    for part in parts:
        if part.kind == "normalization" and units and len(units[-1]) == 1 and units[-1][0].kind in _NORMALIZED:
            units[-1] = (units[-1][0], part)
        else:
            units.append((part,))
    return units


_NORMALIZED: tuple[Kind, ...] = ("convolution", "linear")


def _longer(sofar: Aligned, further: Aligned) -> Aligned:
    return sofar[0] + further[0], [*sofar[1], *further[1]]


def _added(unit: Unit) -> Aligned:
    return sum(map(_alone, unit)), [(part, None) for part in unit]


def _lacking(unit: Unit) -> Aligned:
    return sum(map(_alone, unit)), [(None, part) for part in unit]


def _alone(part: Part) -> float:
    return ALONE_NORMALIZATION if part.kind == "normalization" else ALONE


def _together(one: Unit, other: Unit) -> Aligned:
    """Two layers as a pair, and their normalizations as another where both have one."""
    cost = _changed(one[0], other[0])
    aligned: Aligned = (cost, [(one[0], other[0])])
    if len(one) == len(other) == 2 and (between := _changed(one[1], other[1])) < math.inf:
        return _longer(aligned, (between, [(one[1], other[1])]))
    return _longer(_longer(aligned, _added(one[1:])), _lacking(other[1:]))


def _changed(one: Part, other: Part) -> float:
    """What it costs to call two layers the same one, changed; infinite where they are not."""
    if one.tensors == other.tensors:
        return 0.0
    if one.kind != other.kind:
        return math.inf
    weights = [part.tensors.get("weight", ()) for part in (one, other)]
    doublings = [abs(math.log2(max(a, 1) / max(b, 1))) for a, b in zip(*weights, strict=False)]
    # A kernel's sides say less of a layer than its numbers of maps: almost all are 3×3.
    sides, kernel = doublings[:2], doublings[2:]
    if all(sides) and sum(sides) > FARTHEST:
        return math.inf
    unlike = sum(sides) + sum(kernel) / 2
    return CHANGED + (MOST_CHANGED - CHANGED) * unlike / (unlike + HALFWAY)
