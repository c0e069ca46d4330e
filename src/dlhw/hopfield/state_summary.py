"""A state of a memory, in the keys of the JSON documents."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from dlhw.hopfield.cccp import Trajectory
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.rounding import energy_scale, safety
from dlhw.hopfield.share import heaviest
from dlhw.hopfield.spectrum import curvature_spectrum


def describe_state(energy: Energy, q: Tensor) -> dict[str, Any]:
    """The memory's size and β; E, E₁, E₂, ‖∇E‖ and the range of the eigenvalues of H(E) at one state.

    Args:
        energy: E.
        q: the state, (D,).
    """
    spectrum = curvature_spectrum(energy, q)
    if spectrum is not None and energy.count < energy.dimension:
        spectrum = torch.cat([spectrum.new_zeros(1), spectrum])  # directions that no pattern points in
    return {
        "patterns": energy.count,
        "dimension": energy.dimension,
        "beta": energy.beta,
        "largest_norm": energy.largest_norm,
        **_values(energy, q),
        "hessian_eigenvalues": None
        if spectrum is None
        else {"smallest": 1 - float(spectrum.max()), "largest": 1 - float(spectrum.min())},
    }


DESCRIBED_AT_MOST = 64
"""Queries that are described one by one: each takes a pass over the memory."""


def describe_queries(energy: Energy, queries: Tensor) -> list[dict[str, Any]]:
    """E, its parts and ‖∇E‖ of the first 64 queries.

    Args:
        energy: E.
        queries: Q, (B, D).
    """
    return [
        {
            "query": index,
            **_values(energy, q),
        }
        for index, q in enumerate(queries[:DESCRIBED_AT_MOST])
    ]


def _values(energy: Energy, q: Tensor) -> dict[str, float]:
    rounding = safety(energy.dimension) * torch.finfo(q.dtype).eps
    return {
        "energy": float(energy.value(q)),
        "energy_rounding": rounding * float(energy_scale(q, energy.largest_norm, energy.log_count)),
        "convex_part": float(energy.convex_part(q)),
        "concave_part": float(energy.concave_part(q)),
        "gradient_norm": float(torch.linalg.vector_norm(energy.gradient(q))),
    }


def describe_trajectory(energy: Energy, trajectory: Trajectory) -> dict[str, Any]:
    """How the queries ended: each with a status of its own, and the heaviest pattern of the first 64.

    Args:
        energy: E.
        trajectory: of all queries.
    """
    results = []
    for index in range(min(len(trajectory.states), DESCRIBED_AT_MOST)):
        weight, pattern = heaviest(energy.weights(trajectory.states[index]), energy.share)
        results.append(
            {
                "query": index,
                "status": trajectory.statuses[index],
                "iterations": int(trajectory.iterations[index]),
                "energy": float(trajectory.final_energies[index]),
                "residual": float(trajectory.residuals[index]),
                "pattern": int(pattern),
                "weight": float(weight),
            }
        )
    return {
        "queries": len(trajectory.states),
        "iterations": int(trajectory.iterations.max()),
        "converged": trajectory.converged,
        "statuses": list(trajectory.statuses),
        "residual": float(trajectory.residuals.max()),
        "tolerance": trajectory.tolerance,
        "query_results": results,
    }
