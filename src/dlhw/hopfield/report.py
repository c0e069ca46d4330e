"""A state of a memory, in the keys of the JSON documents."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from dlhw.hopfield.energy import Energy
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
        "energy": float(energy.value(q)),
        "convex_part": float(energy.convex_part(q)),
        "concave_part": float(energy.concave_part(q)),
        "gradient_norm": float(torch.linalg.vector_norm(energy.gradient(q))),
        "hessian_eigenvalues": None
        if spectrum is None
        else {"smallest": 1 - float(spectrum.max()), "largest": 1 - float(spectrum.min())},
    }
