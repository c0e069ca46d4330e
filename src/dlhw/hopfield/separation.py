"""Which patterns of a memory can be retrieved, and which cannot and because of which other one.

Source: Ramsauer et al. 2020, definition 1: Δ_i = ‖x_i‖² − max_{j≠i} x_i·x_j.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from dlhw.hopfield.cccp import STEPS, retrieve
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.majority import find_ends
from dlhw.hopfield.share import WHOLE_AT_MOST, heaviest

ALL_AT_MOST = WHOLE_AT_MOST
"""Patterns that are all compared with each other: N²D multiplications."""

FEW = 256
"""Patterns that all have a row in the document, and are all iterated from, to see where they end."""

RETURNS_AT_MOST = 1 << 28
"""N²D of a memory of more whose patterns are iterated from: 2,048 of 64 numbers, which takes a second, and three near a
β where minima split."""


@dataclass(frozen=True)
class Separation:
    """How far a pattern stands apart from the others.

    Args:
        pattern: its index.
        norm: ‖x_i‖.
        separation: Δ_i; ``None`` for the only pattern of a memory.
        rival: the other pattern that overlaps most with it.
        rival_norm: the norm of that one.
        duplicate: the rival is the same pattern, up to what rounding may do to Δ_i.
        tie: Δ_i is zero, up to what rounding may do.
        ends_at: the pattern that the iteration from x_i ends at; ``None`` for a mixture, where it has not converged, or
            where that was not tried.
        converged: whether that iteration ended; ``None`` where it was not tried.
        retrieved: whether it ended, and at the pattern itself; ``None`` where it was not tried.
    """

    pattern: int
    norm: float
    separation: float | None
    rival: int | None
    rival_norm: float | None
    duplicate: bool = False
    tie: bool = False
    ends_at: int | None = None
    converged: bool | None = None
    retrieved: bool | None = None

    @property
    def stands_apart(self) -> bool:
        """Whether it overlaps more with itself than with any other, beyond rounding."""
        return self.separation is None or (self.separation > 0 and not self.tie)

    @property
    def reason(self) -> str:
        """Why it cannot be retrieved, in words; empty where it can."""
        if self.retrieved or (self.retrieved is None and self.stands_apart):
            return ""
        if self.duplicate:
            return f"nothing tells it from pattern {self.rival}"
        if not self.stands_apart:
            longer = self.rival_norm is not None and self.rival_norm > 1.01 * self.norm > 0
            length = f", and is {self.rival_norm / self.norm:.2g} times as long" if longer else ""  # type: ignore[operator]
            how = "as much with it as" if self.tie else "more with it than"
            return f"pattern {self.rival} overlaps {how} it does itself{length}"
        if self.converged is False:
            return f"β is close to where minima split: it has not converged after {STEPS:,} updates"
        if self.ends_at is None:
            return "β is too small: it becomes part of a mixture"
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
        shown = self.patterns if len(self.patterns) <= FEW else self.lost
        return {
            "checked": len(self.patterns),
            "smallest": min(apart) if apart else None,
            "retrieved": sum(bool(each.retrieved) for each in self.patterns) if tried else None,
            "lost": [each.pattern for each in self.lost],
            "patterns": [each.as_document() for each in shown],
        }


def separate(energy: Energy, *, nearest: Sequence[int] = ()) -> Separations:
    """Δ_i of every pattern, and where the iteration from each of them ends, unless the memory is very large.

    Args:
        energy: E, which holds the memory and β.
        nearest: the patterns to look at where all of them, above 4096, would take too long.
    """
    chosen = list(range(energy.count)) if energy.count <= ALL_AT_MOST else list(nearest)
    overlaps = _overlaps(energy, chosen)
    work = energy.count**2 * energy.dimension
    if energy.count > ALL_AT_MOST or (energy.count > FEW and work > RETURNS_AT_MOST):
        return Separations(tuple(Separation(**apart) for apart in overlaps), energy.count)
    exact = Energy(energy.patterns.double(), energy.beta)
    trajectory = retrieve(exact, exact.patterns, history=False)
    rows = []
    for index, (apart, end) in enumerate(zip(overlaps, find_ends(exact, trajectory), strict=True)):
        converged = trajectory.statuses[index] == "converged"
        rows.append(
            Separation(
                **apart,
                ends_at=end if converged else None,
                converged=converged,
                retrieved=converged and end == index,
            )
        )
    return Separations(tuple(rows), energy.count)


def _overlaps(energy: Energy, chosen: list[int]) -> list[dict[str, Any]]:
    """Δ of the chosen patterns, and the rival of each.

    Δ_i = x_i·(x_i − x_j) is a difference of two dot products of D terms: rounding may move it by
    (D + 2)·eps·‖x_i‖(‖x_i‖ + ‖x_j‖), and patterns that are equal but for rounding get it with either sign.
    """
    X, share = energy.patterns, energy.share
    relative = (X.shape[1] + 2) * torch.finfo(X.dtype).eps
    rows = []
    for start in range(0, len(chosen), 512):
        indices = torch.tensor(chosen[start : start + 512])
        own = energy.rows(indices)
        overlap = own @ X.T
        here = (indices >= share.first) & (indices < share.first + len(X))
        places = (here.nonzero()[:, 0], indices[here] - share.first)
        itself = own.new_zeros(len(indices))
        itself[here] = overlap[places]
        share.ranks.sum_(itself)
        overlap[places] = -torch.inf
        best, rivals = heaviest(overlap, share)
        theirs = energy.rows(rivals)
        norms, rival_norms = (torch.linalg.vector_norm(rows, dim=1) for rows in (own, theirs))
        rounding = relative * norms * (norms + rival_norms)
        ties = (itself - best).abs() <= rounding
        # ‖x_i − x_j‖² is the sum of what each of the two stands apart from the other.
        near = (own - theirs).square().sum(dim=1) <= 2 * rounding
        for index, norm, apart, rival, rival_norm, tie, duplicate in zip(
            indices.tolist(), norms.tolist(), (itself - best).tolist(), rivals.tolist(), rival_norms.tolist(),
            ties.tolist(), (ties & near).tolist(), strict=True,
        ):  # fmt: skip
            alone = energy.count == 1
            rows.append(
                {
                    "pattern": index,
                    "norm": norm,
                    "separation": None if alone else apart,
                    "rival": None if alone else rival,
                    "rival_norm": None if alone else rival_norm,
                    "tie": not alone and tie,
                    "duplicate": not alone and duplicate,
                }
            )
    return rows
