"""The first query of a batch, step by step: its energy, and what each fall of it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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


class Follower:
    """Told of every step of `retrieve`, it keeps the rows of the first query.

    Args:
        energy: E.
        on_row: is told of every row.
        keep_states: keep the states of all queries too, (A, D) a step, for a picture.
    """

    def __init__(self, energy: Energy, *, on_row: Callable[[Row], None], keep_states: bool = False) -> None:
        self.rows: list[Row] = []
        self.states: list[tuple[Tensor, Tensor]] = []
        """Which queries were active at each step, and their states."""
        self._energy = energy
        self._on_row = on_row
        self._keep_states = keep_states
        self._last: tuple[Tensor, float] | None = None

    def on_step(self, step: Step) -> None:
        """Take in a step."""
        if self._keep_states:
            self.states.append((step.active, step.states))
        if step.active[0] != 0:  # indices ascend: the first query has finished
            return
        q, value = step.states[0], float(step.energies[0])
        fall = None if self._last is None else explain_fall(self._energy, self._last[0], q, self._last[1], value)
        self._last = (q, value)
        row = Row(step.step, value, float(step.residuals[0]), fall, len(step.active))
        self.rows.append(row)
        self._on_row(row)

    def path(self, query: int) -> list[Tensor]:
        """The states of one query, (D,) each."""
        return [states[active.tolist().index(query)] for active, states in self.states if query in active.tolist()]

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
                    "claim": "E falls by ½‖Δq‖² + KL/β at every step",
                    "points": len(falls),
                    "worst": worst.gap if worst else 0.0,
                    "tolerance": worst.tolerance if worst else 0.0,
                    "passed": all(fall.adds_up for fall in falls),
                }
            ],
        }
