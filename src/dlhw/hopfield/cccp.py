"""The concave–convex procedure, q ← Xᵀ softmax(βXq), for many queries at once.

Each query has a status of its own: a batch that is judged by its mean hides the one query that is stuck.
Source: Yuille and Rangarajan 2003 for the procedure, Ramsauer et al. 2020 for this energy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from dlhw.errors import DataError, UsageError, check_flag, check_number, check_whole, shown
from dlhw.hopfield.energy import Energy, check_energy
from dlhw.hopfield.number_range import check_tensor
from dlhw.hopfield.pace import Pace
from dlhw.hopfield.share import merge
from dlhw.hopfield.streaming import attend, iterate

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


class _Path(NamedTuple):
    """Some updates of the queries that have not converged, also of those that converge meanwhile.

    Args:
        states: q_t, (T, A, D).
        updated: f(q_t), (T, A, D).
        norms: ‖q_t‖, (T, A). Of an energy this and the log-sum-exp are kept; the rest is done for all steps at once.
        log_sum_exps: log Σ_i exp(β x_i·q_t), (T, A).
        residuals: ‖f(q_t) − q_t‖, (T, A).
    """

    states: Tensor
    updated: Tensor
    norms: Tensor
    log_sum_exps: Tensor
    residuals: Tensor


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
    """Iterate q ← Xᵀ softmax(βXq) until every query has converged, or has made all steps.

    A query leaves the batch at the first look after it has converged (:mod:`dlhw.hopfield.pace`); what it was updated
    since does not count. An update costs 4·B·N·D floating-point operations and reads X once; the energies are nearly
    free on the way.

    Args:
        energy: E, which holds the memory and β.
        queries: Q, (B, D) or (D,), of the patterns' type, float32 or float64.
        steps: updates at most.
        tolerance: on ‖q_{t+1} − q_t‖; by default `default_tolerance`.
        history: keep the energies of every step.
        on_step: called with every step, the last one included, which is not taken.

    Raises:
        DataError: the queries do not fit the patterns, or are not finite.
        UsageError: steps or tolerance are negative or no number.

    Example:
        >>> energy = Energy(torch.eye(2, dtype=torch.float64), beta=4.0)
        >>> retrieve(energy, torch.tensor([0.9, 0.1], dtype=torch.float64)).states
        tensor([[0.9788, 0.0212]], dtype=torch.float64)
    """
    dtype = check_energy(energy).patterns.dtype
    if dtype not in (torch.float32, torch.float64):  # residuals would hardly fall below what rounding does
        raise DataError(f"`patterns` must be float32 or float64 to retrieve, got {dtype}", "convert them with .float()")
    queries = check_tensor(queries, "queries", energy.patterns)
    queries = queries[None] if queries.ndim == 1 else queries
    tolerance = default_tolerance(energy) if tolerance is None else tolerance
    if queries.ndim != 2 or queries.shape[1] != energy.dimension or not len(queries):
        raise DataError(
            f"queries of {energy.dimension} numbers are expected, got shape {tuple(queries.shape)}",
            "give one query, (D,), or one or more, (B, D)",
        )
    if not queries.isfinite().all():
        raise DataError("the queries hold NaN or infinity", "every number must be finite")
    if check_whole("steps", steps) < 0:
        raise UsageError(f"`steps` must be 0 or more, got {steps}")
    if not isinstance(tolerance, Real) or not 0 <= tolerance < math.inf:
        raise UsageError(f"`tolerance` must be 0 or a number above, got {shown(tolerance)}")
    tolerance = check_number("tolerance", tolerance)
    check_flag("history", history)
    if on_step is not None and not callable(on_step):
        raise UsageError(f"`on_step` is a function that takes a Step, got {shown(on_step)}", "leave it out for none")

    constant = energy.log_count + 0.5 * energy.largest_norm**2

    def values(norms: Tensor, log_sum_exps: Tensor) -> Tensor:
        return (0.5 * norms * norms).add_(constant).sub_(log_sum_exps, alpha=1 / energy.beta)

    # The state, its energy and its residual belong together: they are of the last iterate, never of the next.
    q, states = queries, torch.empty_like(queries)
    residuals, norms, log_sum_exps = q.new_empty(3, len(q)).unbind()
    active = torch.arange(len(q), device=q.device)
    iterations = torch.zeros_like(active)
    rows: list[tuple[Tensor, Tensor]] = []
    pace, done = Pace(energy.patterns.numel(), energy.dimension, tolerance), 0
    while len(active) and done <= steps:
        times = min(pace.updates(len(active)), steps + 1 - done)
        path = _iterate(energy, q, times)
        smallest = path.residuals.amin(dim=1).tolist()  # this waits for the device
        pace.note(smallest)
        out_of_steps, some_stand = done + times > steps, min(smallest) <= tolerance
        last: Tensor | None = None  # iterate on this path of each query, where they are not all the last of the path
        if some_stand:
            stands = path.residuals <= tolerance
            moving = ~stands.any(dim=0)
            last = stands.int().argmax(dim=0).masked_fill(moving, times - 1)
        if out_of_steps and last is None and len(active) == len(states):  # all at once, with the fewest operations
            states, residuals = path.states[-1], path.residuals[-1]
            norms, log_sum_exps = path.norms[-1], path.log_sum_exps[-1]
            iterations.fill_(steps)
        elif some_stand or out_of_steps:
            place = -1 if last is None else (last, torch.arange(len(active), device=q.device))
            states[active], residuals[active] = path.states[place], path.residuals[place]
            norms[active], log_sum_exps[active] = path.norms[place], path.log_sum_exps[place]
            iterations[active] = done + (times - 1 if last is None else last)
        if history:
            kept = (_kept(norms, path.norms, active, last), _kept(log_sum_exps, path.log_sum_exps, active, last))
            rows.append(kept)
        if on_step is not None:
            for step in _steps(path, done, active, last, values):
                on_step(step)
        q, done = path.updated[-1], done + times
        if some_stand:
            active, q = active[moving], q[moving]
    settled = (residuals <= tolerance).tolist()
    energies = values(*map(torch.cat, zip(*rows, strict=True))) if rows else queries.new_empty(0, len(queries))
    return Trajectory(
        states=states,
        energies=energies[: int(iterations.max()) + 1],
        final_energies=values(norms, log_sum_exps),
        residuals=residuals,
        iterations=iterations,
        statuses=tuple("converged" if done else "out of steps" for done in settled),
        tolerance=tolerance,
    )


def _iterate(energy: Energy, q: Tensor, times: int) -> _Path:
    """So many updates from states (A, D)."""
    ranks = energy.share.ranks
    if ranks.size == 1:
        states, log_sum_exps = iterate(energy.patterns, q, energy.beta, times)
    else:
        way, sums = [q], []
        for _ in range(times):
            output, log_sum_exp = merge(*attend(energy.patterns, way[-1], energy.beta), ranks)
            way.append(output)
            sums.append(log_sum_exp)
        states, log_sum_exps = torch.stack(way), torch.stack(sums)
    before, after = states[:-1], states[1:]
    # All ranks have the same states, to the last bit. Processors that differ may round a norm otherwise.
    residuals = ranks.maximum_(torch.linalg.vector_norm(after - before, dim=2))
    return _Path(before, after, torch.linalg.vector_norm(before, dim=2), log_sum_exps, residuals)


def _kept(final: Tensor, path: Tensor, active: Tensor, last: Tensor | None) -> Tensor:
    """A number of all queries at each step of a path, (T, B): those that have converged keep their last.

    Args:
        final: where each query ended, (B,).
        path: of those that moved, (T, A).
        active: which these are, (A,).
        last: of each, its last step, (A,).
    """
    if last is not None:
        steps = torch.arange(len(path), device=path.device)[:, None]
        path = path.gather(0, torch.minimum(steps, last[None]))
    if len(active) == len(final):
        return path
    kept = final.expand(len(path), -1).clone()
    kept[:, active] = path
    return kept


def _steps(
    path: _Path, done: int, active: Tensor, last: Tensor | None, values: Callable[[Tensor, Tensor], Tensor]
) -> Iterator[Step]:
    """The steps of a path, each with the queries that still moved."""
    for index, (states, updated, norms, sums, residuals) in enumerate(zip(*path, strict=True)):
        energies = values(norms, sums)
        if last is None:
            yield Step(done + index, active, states, updated, energies, residuals)
        elif bool((moved := last >= index).any()):
            yield Step(done + index, *(each[moved] for each in (active, states, updated, energies, residuals)))
