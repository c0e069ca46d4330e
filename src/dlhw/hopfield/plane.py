"""A plane in the space of states, the basins on it, and the fixed points near it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from dlhw.hopfield.cccp import retrieve
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.share import WHOLE_AT_MOST

PATTERNS_AT_MOST = WHOLE_AT_MOST
Kind = Literal["minimum", "saddle", "maximum"]


@dataclass(frozen=True)
class Plane:
    """The states origin + u·axes[0] + v·axes[1].

    Args:
        origin: (D,).
        axes: two orthonormal vectors, (2, D).
        marks: the coordinates of the patterns that it was laid through, (n, 2), and their indices.
    """

    origin: Tensor
    axes: Tensor
    marks: tuple[Tensor, tuple[int, ...]]

    def coordinates(self, q: Tensor) -> Tensor:
        """The feet of the perpendiculars from states (..., D), as (..., 2)."""
        return (q - self.origin) @ self.axes.T

    def states(self, coordinates: Tensor) -> Tensor:
        """States (..., D) at coordinates (..., 2)."""
        return self.origin + coordinates @ self.axes


def lay_plane(energy: Energy) -> Plane | None:
    """The plane itself for D = 2; else through the first three patterns, or two and the origin.

    Returns:
        ``None`` for one number a pattern, where those points lie on a line, and for more patterns than can be
        weighed at every point of an image.
    """
    if energy.dimension < 2 or energy.count > PATTERNS_AT_MOST:
        return None
    X = energy.patterns.double()
    if energy.dimension == 2:
        return Plane(torch.zeros(2, dtype=X.dtype), torch.eye(2, dtype=X.dtype), (X, tuple(range(len(X)))))
    corners = X[:3] if len(X) >= 3 else torch.cat([X, X.new_zeros(3 - len(X), energy.dimension)])
    origin = corners.mean(dim=0)
    _, sizes, axes = torch.linalg.svd(corners - origin, full_matrices=False)
    if sizes[1] < 1e-9 * energy.largest_norm:
        return None
    plane = Plane(origin, axes[:2], (X.new_zeros(0, 2), ()))
    shown = tuple(range(min(3, len(X))))
    return Plane(origin, axes[:2], (plane.coordinates(X[: len(shown)]), shown))


def find_basins(energy: Energy, starts: Tensor) -> tuple[Tensor, Tensor]:
    """Where the iteration ends from many states.

    Args:
        energy: E.
        starts: (B, D).

    Returns:
        The index of each start's minimum, (B,), and the minima, (K, D). States that are still moving between two
        minima belong to the nearer one.
    """
    ends = retrieve(energy, starts, steps=400, tolerance=1e-7 * energy.largest_norm, history=False).states
    return _gather(ends, 1e-3 * energy.largest_norm)


def find_fixed_points(energy: Energy, starts: Tensor) -> list[tuple[Tensor, Kind]]:
    """Fixed points that Newton's method finds from many states, and their kinds. It finds saddles as well.

    Args:
        energy: E, of a small dimension.
        starts: (B, D).
    """
    q = starts.clone()
    identity = torch.eye(energy.dimension, dtype=q.dtype)
    for _ in range(40):
        # A little damping keeps the system solvable where an eigenvalue of J passes one.
        step = torch.linalg.solve(energy.hessian(q) + 1e-9 * identity, energy.gradient(q))
        length = torch.linalg.vector_norm(step, dim=1, keepdim=True)
        q = q - step * (0.5 * energy.largest_norm / length.clamp_min(1e-300)).clamp_max(1.0)
    settled = q[torch.linalg.vector_norm(energy.gradient(q), dim=1) < 1e-9 * energy.largest_norm]
    if not len(settled):
        return []
    points = _gather(settled, 1e-5 * energy.largest_norm)[1]
    found: list[tuple[Tensor, Kind]] = []
    for point, eigenvalues in zip(points, torch.linalg.eigvalsh(energy.hessian(points)), strict=True):
        rising = bool((eigenvalues > 0).all())
        falling = bool((eigenvalues < 0).all())
        found.append((point, "minimum" if rising else "maximum" if falling else "saddle"))
    return found


def _gather(states: Tensor, radius: float) -> tuple[Tensor, Tensor]:
    """Group states (B, D) that lie within a radius of the first of their group."""
    labels = torch.full((len(states),), -1)
    centres: list[Tensor] = []
    while (left := (labels < 0).nonzero()[:, 0]).numel():
        centre = states[left[0]]
        near = torch.linalg.vector_norm(states[left] - centre, dim=1) <= radius
        labels[left[near]] = len(centres)
        centres.append(centre)
    return labels, torch.stack(centres)
