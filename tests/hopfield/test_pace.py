"""When the next look is due, and that nothing of a result depends on it."""

from __future__ import annotations

import pytest
import torch

from dlhw.hopfield.cccp import Step, Trajectory, retrieve
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.pace import LOOK, Pace


def test_a_large_memory_is_looked_at_after_every_update() -> None:
    pace = Pace(2048 * LOOK, 64, tolerance=0)
    assert pace.updates(1) == 1


def test_a_small_one_is_looked_at_rarely_and_never_at_more_states_than_are_kept() -> None:
    assert Pace(64_000, 64, tolerance=0).updates(1) == 64
    assert Pace(64_000, 64, tolerance=1e-6).updates(1) == 4  # four updates are as cheap as a look
    assert Pace(2, 1_000_000, tolerance=0).updates(1) == 4


def test_the_residuals_say_how_long_to_wait() -> None:
    pace = Pace(LOOK // 8, 64, tolerance=1e-6)
    pace.note([2e-3])
    pace.note([1e-3])
    assert pace.updates(8) == 9  # halved each time, 2e-3 comes within 1e-6 after eleven updates
    pace.note([1.1e-3])
    assert pace.updates(8) == 2  # they grow
    pace.note([1e-7, 0.0])
    assert pace.updates(8) == 1  # one has left: of the others nothing is known yet


@pytest.mark.parametrize("steps", [0, 5, 200])
@pytest.mark.parametrize("apart", [2, 7, 64])
def test_looks_that_are_far_apart_change_nothing(apart: int, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(apart)
    X, Q = (torch.randn(n, 5, generator=generator, dtype=torch.float64) for n in (7, 12))
    energy = Energy(X, 1.5)

    def found(updates: int) -> tuple[Trajectory, list[Step]]:
        monkeypatch.setattr(Pace, "updates", lambda self, queries: updates)
        told: list[Step] = []
        return retrieve(energy, Q, steps=steps, on_step=told.append), told

    (one, every), (other, rare) = found(1), found(apart)
    assert one.statuses == other.statuses
    assert one.iterations.tolist() == other.iterations.tolist()
    assert len(set(one.iterations.tolist())) > 2 or steps < 200
    for name in ("states", "energies", "final_energies", "residuals"):
        torch.testing.assert_close(getattr(one, name), getattr(other, name), rtol=0, atol=1e-12)
    assert [(step.step, step.active.tolist()) for step in every] == [(step.step, step.active.tolist()) for step in rare]
    for a, b in zip(every, rare, strict=True):
        for name in ("states", "updated", "energies", "residuals"):
            torch.testing.assert_close(getattr(a, name), getattr(b, name), rtol=0, atol=1e-12)
