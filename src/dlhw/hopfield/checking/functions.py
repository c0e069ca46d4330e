"""Which functions can be checked: what each must return, and how far rounding may take it from that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from dlhw.hopfield import rounding
from dlhw.hopfield.energy import Energy

Shape = Literal["number", "state", "weights", "matrix"]


@dataclass(frozen=True)
class Function:
    """A function of the derivation.

    Args:
        name: as it is called in the person's file.
        aliases: other names for it.
        shape: what it returns for one query: a number, (D,), (N,) or (D, D).
        method: the one of `Energy` that returns the same, for states (K, D).
        scale: the sizes of what it sums up, (K,): the tolerance is c·eps times these.
        claims: the claims of the derivation that rest on it.
        attention: β is 1/√D, and several queries are given at once.
    """

    name: str
    aliases: tuple[str, ...]
    shape: Shape
    method: str
    scale: Callable[[Energy, Tensor], Tensor]
    claims: tuple[str, ...]
    attention: bool = False

    def truth(self, energy: Energy, q: Tensor) -> Tensor:
        """What is right at states (K, D), or what a mistaken energy gives."""
        given: Tensor = getattr(energy, self.method)(q)
        return given


def tolerance(function: Function, energy: Energy, q: Tensor, eps: float) -> Tensor:
    """c·eps·scale at states (K, D), as (K,)."""
    return rounding.safety(energy.dimension) * eps * function.scale(energy, q) + rounding.TINY


def _energy_scale(energy: Energy, q: Tensor) -> Tensor:
    return rounding.energy_scale(q, energy.largest_norm, energy.log_count)


def _update_scale(energy: Energy, q: Tensor) -> Tensor:
    return rounding.update_scale(q, energy.largest_norm, energy.beta)


def _gradient_scale(energy: Energy, q: Tensor) -> Tensor:
    norm: Tensor = torch.linalg.vector_norm(q, dim=-1)
    return _update_scale(energy, q) + norm


def _weights_scale(energy: Energy, q: Tensor) -> Tensor:
    norm: Tensor = torch.linalg.vector_norm(q, dim=-1)
    return 1 + energy.beta * energy.largest_norm * norm


def _curvature_scale(energy: Energy, q: Tensor) -> Tensor:
    return energy.beta * energy.largest_norm * _update_scale(energy, q)


def _hessian_scale(energy: Energy, q: Tensor) -> Tensor:
    return 1 + _curvature_scale(energy, q)


UPDATE = Function("update", ("step", "f"), "state", "update", _gradient_scale, ("5a", "10", "11"))

# E₂ = E − E₁, lse = E₁ − E, βXᵀPX = I − H and the update = q − ∇E are right ways to compute these, and round as the
# larger terms do.
OF_ENERGY = (
    Function("energy", ("E",), "number", "value", _energy_scale, ("1", "9", "11", "12")),
    Function("convex_part", ("E1",), "number", "convex_part", _energy_scale, ("2", "3", "4")),
    Function("concave_part", ("E2",), "number", "concave_part", _energy_scale, ("5a", "7", "8")),
    Function("log_sum_exp", ("lse",), "number", "log_sum_exp", _energy_scale, ("5a",)),
    Function("gradient", ("grad",), "state", "gradient", _gradient_scale, ("5d",)),
    Function("hessian", ("hess",), "matrix", "hessian", _hessian_scale, ("5d",)),
    Function("curvature", (), "matrix", "curvature", _hessian_scale, ("5c", "6c")),
    Function("weights", ("p",), "weights", "weights", _weights_scale, ("5b", "6a")),
    UPDATE,
)
"""What ``dlhw energy --check`` looks for."""

OF_PROCEDURE = (
    UPDATE,
    Function("attention", ("cross_attention",), "state", "update", _update_scale, ("13",), attention=True),
)
"""What ``dlhw cccp --check`` looks for."""
