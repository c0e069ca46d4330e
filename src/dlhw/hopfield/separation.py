"""Which patterns of a memory can be retrieved, and which cannot and because of which other one.

Source: Ramsauer et al. 2020, definition 1: Δ_i = ‖x_i‖² − max_{j≠i} x_i·x_j.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from dlhw.hopfield.cccp import retrieve
from dlhw.hopfield.energy import Energy

ALL_AT_MOST = 4096
"""Patterns that are all compared with each other: N²D multiplications."""

RETURN_AT_MOST = 256
"""Patterns that are all iterated from, to see where they end."""


@dataclass(frozen=True)
class Separation:
    """How far a pattern stands apart from the others.

    Args:
        pattern: its index.
        norm: ‖x_i‖.
        separation: Δ_i; ``None`` for the only pattern of a memory.
        rival: the other pattern that overlaps most with it.
        rival_norm: the norm of that one.
        ends_at: the pattern that has most of the weight where the iteration from x_i ends; ``None`` for a mixture,
            or where that was not tried.
        retrieved: whether that is the pattern itself; ``None`` where it was not tried.
    """

    pattern: int
    norm: float
    separation: float | None
    rival: int | None
    rival_norm: float | None
    ends_at: int | None = None
    retrieved: bool | None = None

    @property
    def reason(self) -> str:
        """Why it cannot be retrieved, in words; empty where it can."""
        if self.separation is None or self.retrieved or (self.retrieved is None and self.separation > 0):
            return ""
        if self.separation < 0 and self.rival_norm is not None:
            louder = (
                f", and is {self.rival_norm / self.norm:.2g} times as long" if self.rival_norm > self.norm > 0 else ""
            )
            return f"pattern {self.rival} overlaps more with it than it does itself{louder}"
        if self.separation == 0:
            return f"nothing tells it from pattern {self.rival}"
        if self.ends_at is None:
            return "β is too small: it melts into a mixture"
        return f"β is too small: it falls to pattern {self.ends_at}"

    def as_document(self) -> dict[str, Any]:
        """The entry of ``separation.patterns`` in the JSON document."""
        return asdict(self) | {"reason": self.reason}


@dataclass(frozen=True)
class Separations:
    """The patterns that were looked at.

    Args:
        patterns: the rows, by index.
        count: N, of the memory.
    """

    patterns: tuple[Separation, ...]
    count: int

    @property
    def lost(self) -> tuple[Separation, ...]:
        """Those that cannot be retrieved."""
        return tuple(each for each in self.patterns if each.reason)

    def as_document(self) -> dict[str, Any]:
        """The object ``separation`` of the JSON document; the rows of a large memory are those that are lost."""
        apart = [each.separation for each in self.patterns if each.separation is not None]
        tried = any(each.retrieved is not None for each in self.patterns)
        shown = self.patterns if len(self.patterns) <= RETURN_AT_MOST else self.lost
        return {
            "checked": len(self.patterns),
            "smallest": min(apart) if apart else None,
            "retrieved": sum(bool(each.retrieved) for each in self.patterns) if tried else None,
            "lost": [each.pattern for each in self.lost],
            "patterns": [each.as_document() for each in shown],
        }


def separate(energy: Energy, *, nearest: Sequence[int] = ()) -> Separations:
    """Δ_i of every pattern, and where the iteration from each of them ends in a memory of up to 256.

    Args:
        energy: E, which holds the memory and β.
        nearest: the patterns to look at where all of them, above 4096, would take too long.
    """
    chosen = list(range(energy.count)) if energy.count <= ALL_AT_MOST else list(nearest)
    ends: dict[int, int | None] = {}
    if energy.count <= RETURN_AT_MOST:
        trajectory = retrieve(energy, energy.patterns[chosen], history=False)
        for index, p in zip(chosen, energy.weights(trajectory.states), strict=True):
            ends[index] = int(p.argmax()) if float(p.max()) > 0.5 else None
    rows = tuple(
        Separation(**apart, ends_at=ends.get(index), retrieved=ends[index] == index if index in ends else None)
        for index, apart in zip(chosen, _overlaps(energy.patterns, chosen), strict=True)
    )
    return Separations(rows, energy.count)


def _overlaps(X: Tensor, chosen: list[int]) -> list[dict[str, Any]]:
    norms = torch.linalg.vector_norm(X, dim=1)
    rows = []
    for start in range(0, len(chosen), 512):
        indices = torch.tensor(chosen[start : start + 512])
        overlap = X[indices] @ X.T
        itself = overlap.gather(1, indices[:, None])[:, 0]
        best, rivals = overlap.scatter(1, indices[:, None], float("-inf")).max(dim=1)
        for index, apart, rival in zip(indices.tolist(), (itself - best).tolist(), rivals.tolist(), strict=True):
            alone = len(X) == 1
            rows.append(
                {
                    "pattern": index,
                    "norm": float(norms[index]),
                    "separation": None if alone else apart,
                    "rival": None if alone else rival,
                    "rival_norm": None if alone else float(norms[rival]),
                }
            )
    return rows
