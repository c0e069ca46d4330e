"""The concave–convex procedure, q ← Xᵀ softmax(βXq), for many queries at once.

Each query has a status of its own: a batch that is judged by its mean hides the one query that is stuck.
Source: Yuille and Rangarajan 2003 for the procedure, Ramsauer et al. 2020 for this energy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from dlhw.errors import DataError, UsageError
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.share import merge
from dlhw.hopfield.streaming import attend

Status = Literal["converged", "out of steps"]
STEPS = 1000


@dataclass(frozen=True)
class Step:
    """The states that are still moving, before the update of this step.

    Args:
        step: updates done so far, from 0.
        active: which queries these are, (A,).
        states: q_t, (A, D).
        updated: q_{t+1} = f(q_t), (A, D).
        energies: E(q_t), (A,).
        residuals: ‖q_{t+1} − q_t‖ = ‖∇E(q_t)‖, (A,).
    """

    step: int
    active: Tensor
    states: Tensor
    updated: Tensor
    energies: Tensor
    residuals: Tensor


@dataclass(frozen=True)
class Trajectory:
    """Where each query ended, and how.

    Args:
        states: the last iterate of each query, (B, D).
        energies: E at each step, (T + 1, B); a query that has finished keeps its last. Empty without history.
        final_energies: E of the last iterates, (B,).
        residuals: ‖∇E‖ at the last iterates, (B,): the step that was not taken any more.
        iterations: updates of each query, (B,).
        statuses: of each query: ``converged`` (the residual is at most the tolerance) or ``out of steps``.
        tolerance: on the residual.
    """

    states: Tensor
    energies: Tensor
    final_energies: Tensor
    residuals: Tensor
    iterations: Tensor
    statuses: tuple[Status, ...]
    tolerance: float

    @property
    def converged(self) -> bool:
        """Whether every query is."""
        return all(status == "converged" for status in self.statuses)


def default_tolerance(energy: Energy) -> float:
    """M·√eps/64 of the patterns' type: 2.3e-10·M in float64, 5.4e-6·M in float32."""
    return energy.largest_norm * math.sqrt(torch.finfo(energy.patterns.dtype).eps) / 64


def retrieve(
    energy: Energy,
    queries: Tensor,
    *,
    steps: int = STEPS,
    tolerance: float | None = None,
    history: bool = True,
    on_step: Callable[[Step], None] | None = None,
) -> Trajectory:
    """Iterate q ← Xᵀ softmax(βXq) until every query stands still, or is out of steps.

    A query leaves the batch when it has converged. An update costs 4·B·N·D floating-point operations and reads X
    once; the energies are nearly free on the way.

    Args:
        energy: E, which holds the memory and β.
        queries: Q, (B, D) or (D,), of the patterns' type.
        steps: updates at most.
        tolerance: on ‖q_{t+1} − q_t‖; by default `default_tolerance`.
        history: keep the energies of every step.
        on_step: called with every step, the last one included, which is not taken.

    Raises:
        DataError: the queries do not fit the patterns, or are not finite.
        UsageError: steps or tolerance are negative or no number.
    """
    queries = queries[None] if queries.ndim == 1 else queries
    tolerance = default_tolerance(energy) if tolerance is None else tolerance
    if queries.ndim != 2 or queries.shape[1] != energy.dimension or not len(queries):
        raise DataError(f"queries of {energy.dimension} numbers are expected, got shape {tuple(queries.shape)}")
    if not queries.isfinite().all():
        raise DataError("the queries hold NaN or infinity", "every number must be finite")
    if steps < 0:
        raise UsageError(f"`steps` must be 0 or more, got {steps}")
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise UsageError(f"`tolerance` must be 0 or a number above, got {tolerance:g}")

    ranks = energy.share.ranks
    constant = energy.log_count + 0.5 * energy.largest_norm**2

    def values(norms: Tensor, log_sum_exps: Tensor) -> Tensor:
        return (0.5 * norms * norms).add_(constant).sub_(log_sum_exps, alpha=1 / energy.beta)

    active = torch.arange(len(queries), device=queries.device)
    q = states = queries.clone()
    iterations = torch.zeros_like(active)
    everyone = True  # is still moving
    residuals = norms = log_sum_exps = queries.new_empty(len(queries))
    rows: list[tuple[Tensor, Tensor]] = []
    for step in range(steps + 1):
        updated, log_sum_exp = attend(energy.patterns, q, energy.beta)
        if ranks.size > 1:
            updated, log_sum_exp = merge(updated, log_sum_exp, ranks)
        # All ranks have the same states, to the last bit. Processors that differ may round a norm otherwise.
        changes = ranks.maximum_(torch.linalg.vector_norm(updated - q, dim=1))
        # Of an energy ‖q‖ and the log-sum-exp are kept. With a small memory an update takes no longer than some ten
        # operations on a number a query, so that those that can wait are done for all steps at once.
        norm = torch.linalg.vector_norm(q, dim=1)
        # The state, its energy and its residual belong together: they are of the last iterate, never of the next.
        if everyone:
            states, residuals, norms, log_sum_exps = q, changes, norm, log_sum_exp
        else:
            states[active], residuals[active] = q, changes
            norms[active], log_sum_exps[active] = norm, log_sum_exp
        if history:
            rows.append((norms, log_sum_exps) if everyone else (norms.clone(), log_sum_exps.clone()))
        if on_step is not None:
            on_step(Step(step, active, q, updated, values(norm, log_sum_exp), changes))
        if step == steps:
            iterations[active] = step
            break
        if float(changes.min()) > tolerance:  # everyone moves on; the comparison waits for the device
            q = updated
            continue
        moving = changes > tolerance
        iterations[active] = step
        if everyone:
            states, residuals = states.clone(), residuals.clone()
            norms, log_sum_exps = norms.clone(), log_sum_exps.clone()
            everyone = False
        active, q = active[moving], updated[moving]
        if not len(active):
            break
    settled = (residuals <= tolerance).tolist()
    return Trajectory(
        states=states,
        energies=values(*map(torch.stack, zip(*rows, strict=True))) if rows else queries.new_empty(0, len(queries)),
        final_energies=values(norms, log_sum_exps),
        residuals=residuals,
        iterations=iterations,
        statuses=tuple("converged" if done else "out of steps" for done in settled),
        tolerance=tolerance,
    )
