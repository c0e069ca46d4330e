"""The first query of a batch, step by step: its energy, and what each fall of it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dlhw.hopfield.cccp import Step
from dlhw.hopfield.descent import Fall, explain_fall
from dlhw.hopfield.energy import Energy


@dataclass(frozen=True)
class Row:
    """A step of the first query.

    Args:
        step: updates done so far.
        energy: E(q_t).
        residual: ‖∇E(q_t)‖.
        fall: what the step that led here did to the energy; ``None`` at the start.
        active: queries that still move.
    """

    step: int
    energy: float
    residual: float
    fall: Fall | None
    active: int

    @property
    def done(self) -> float:
        """Updates made so far."""
        return float(self.step)


class Follower:
    """Receives every step of `retrieve`, and keeps the rows of the first query.

    Args:
        energy: E.
        on_row: called with every row.
        keep_steps: keep every step of all queries too, (A, D) numbers each, for an image.
    """

    def __init__(self, energy: Energy, *, on_row: Callable[[Row], None], keep_steps: bool = False) -> None:
        self.rows: list[Row] = []
        self.steps: list[Step] = []
        """Every step of all queries, where they are kept."""
        self.energy = energy
        self._on_row = on_row
        self._keep_steps = keep_steps
        self._last: tuple[Tensor, float] | None = None

    def on_step(self, step: Step) -> None:
        """Take in a step of :func:`dlhw.hopfield.cccp.retrieve`: the first query's energy and its fall."""
        if self._keep_steps:
            self.steps.append(step)
        if step.active[0] != 0:  # indices ascend: the first query has finished
            return
        q, value = step.states[0], float(step.energies[0])
        fall = None if self._last is None else explain_fall(self.energy, self._last[0], q, self._last[1], value)
        self._last = (q, value)
        row = Row(step.step, value, float(step.residuals[0]), fall, len(step.active))
        self.rows.append(row)
        self._on_row(row)

    def path(self, query: int) -> Tensor:
        """The states of one query, (T + 1, D), where they are kept."""
        return torch.stack([step.states[step.active == query][0] for step in self._of(query)])

    def energies(self, query: int) -> list[float]:
        """The energies of one query at each of its steps, where they are kept."""
        return [float(step.energies[step.active == query][0]) for step in self._of(query)]

    def _of(self, query: int) -> list[Step]:
        return [step for step in self.steps if bool((step.active == query).any())]

    def as_document(self) -> dict[str, Any]:
        """Energies, falls and claim 11 of the first query, in the keys of the JSON document."""
        falls = [row.fall for row in self.rows if row.fall is not None]
        # The step whose two sides differ most, measured by what rounding may do there.
        worst = max(falls, key=lambda fall: fall.gap / fall.tolerance if fall.tolerance else fall.gap, default=None)
        return {
            "energies": [row.energy for row in self.rows],
            "residuals": [row.residual for row in self.rows],
            "movements": [fall.movement for fall in falls],
            "divergences": [fall.divergence for fall in falls],
            "checks": [
                {
                    "id": "11",
                    "claim": "E falls by ½‖Δq‖² + KL/β a step",
                    "points": len(falls),
                    "worst": worst.gap if worst else 0.0,
                    "tolerance": worst.tolerance if worst else 0.0,
                    "passed": all(fall.adds_up for fall in falls),
                }
            ],
        }
