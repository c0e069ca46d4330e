"""The part of ``gpu.py`` that compares losses with the CPU's. See there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from gpu_parts import GRAPH, Place, landscapes, make_task, never, train, verdict
from torch import Tensor, nn

from dlhw.cnn.recipe import HOMEWORK, STRONG
from dlhw.cnn.task import ClassificationTask
from dlhw.learning.device import Compute

CLOSE = 1e-4
"""How far a loss on a GPU, and a step's change of the weights, may lie from the CPU's that began with the same weights,
of their size: sums are rounded in another order."""

NUDGE, TIMES = 1e-7, 10
"""Weights on the CPU are changed by so much of their size, to see what rounding does there; a GPU may be so many times
as far from the CPU."""

FIRST_STEPS = 20


def losses(place: Place) -> bool:
    """Against the CPU, without dropout, whose masks no CPU has: each of the first steps, and the losses of epochs."""
    data, passed = landscapes(place.few(403, 131)), True
    compute = place.configure()
    cpu = replace(compute, device=torch.device("cpu"))
    for name, recipe in (
        ("homework", replace(HOMEWORK, dropout=0.0)),
        ("strong, float32", replace(STRONG, precision="float32", batch_size=64)),
    ):
        recipe = replace(recipe, epochs=3)
        ours, theirs, nudged = (make_task("gap", recipe, data, where, GRAPH) for where in (compute, cpu, cpu))
        loss, update = one_step_apart(theirs, ours, FIRST_STEPS)
        _, rounding = one_step_apart(make_task("gap", recipe, data, cpu, GRAPH), nudged, FIRST_STEPS, nudge=True)
        close = loss <= CLOSE and update <= max(CLOSE, TIMES * rounding)
        found = f"losses {loss:.1e} apart, updates {update:.1e} (CPU with weights {NUDGE:.0e} off: {rounding:.1e})"
        what = f"gap, {name}: each of {FIRST_STEPS} steps from the CPU's weights, furthest"
        passed &= verdict("losses", what, found, passed=close)

        def epochs(where: Compute, label: str, seed: int | None = None) -> Tensor:
            task = make_task("gap", recipe, data, where, GRAPH)  # noqa: B023
            if seed is not None:
                nudge_weights(task.model, seed)
            results = train(task, place.folder / f"{name}-{label}", 3, never)  # noqa: B023
            return torch.tensor([result.train_loss for result in results], dtype=torch.float64)

        reference = epochs(cpu, "cpu")
        apart = ((epochs(compute, "ours") - reference) / reference).abs()
        spread = torch.stack([((epochs(cpu, f"{seed}", seed) - reference) / reference).abs() for seed in (1, 2)])
        said = ", ".join(f"{each:.1e}" for each in apart.tolist())
        usual = ", ".join(f"{each:.1e}" for each in spread.amax(0).tolist())
        what = f"gap, {name}: losses of three epochs, against the CPU"
        found = f"{said} apart (two CPU trainings with weights {NUDGE:.0e} off: {usual})"
        passed &= verdict("losses", what, found, passed=bool(apart.max() <= TIMES * spread.max()))
    return passed


def one_step_apart(
    theirs: ClassificationTask, ours: ClassificationTask, steps: int, *, nudge: bool = False
) -> tuple[float, float]:
    """Take the same steps with two tasks, each from the first one's weights, moments and averages.

    Returns:
        How far a loss, and a step's change of the weights, were apart at most, of their size. Rounding grows a hundred
        times within a few steps of training, wherever a maximum or a ReLU falls otherwise: steps that begin together
        are compared without it.
    """
    furthest_loss = furthest_update = 0.0
    done = epoch = 0
    while done < steps:
        epoch += 1
        for task in (theirs, ours):
            task.model.train()
            task.begin_epoch(epoch)
        for step in range(min(len(theirs.batch_sizes), steps - done)):
            copy_training(theirs, ours)
            if nudge:
                nudge_weights(ours.model, done)
            before = [weights_of(task) for task in (theirs, ours)]
            loss, our_loss = (task.train_step(step).item() for task in (theirs, ours))
            update, our_update = (weights_of(task) - b for task, b in zip((theirs, ours), before, strict=True))
            furthest_loss = max(furthest_loss, abs(our_loss - loss) / loss)
            furthest_update = max(furthest_update, ((our_update - update).norm() / update.norm()).item())
            done += 1
    return furthest_loss, furthest_update


def copy_training(source: ClassificationTask, target: ClassificationTask) -> None:
    """Copy weights, their average and the optimizer's moments in place: a captured graph keeps its tensors."""
    with torch.no_grad():
        for a, b in ((source.model, target.model), (source.evaluated, target.evaluated)):
            for value, ours in zip(a.state_dict().values(), b.state_dict().values(), strict=True):
                ours.copy_(value)
        for p, q in zip(source.model.parameters(), target.model.parameters(), strict=True):
            for name, value in source.optimizer.state.get(p, {}).items():
                if isinstance(value, Tensor):
                    target.optimizer.state[q][name].copy_(value)


def weights_of(task: ClassificationTask) -> Tensor:
    """All weights and averages of batch normalisation, and the averages of both, (n,) float64 on the CPU."""
    tensors = [*task.model.state_dict().values(), *task.evaluated.state_dict().values()]
    return torch.cat([tensor.flatten().double().cpu() for tensor in tensors if tensor.is_floating_point()])


def nudge_weights(model: nn.Module, seed: int) -> None:
    """Change every weight by about :data:`NUDGE` of its size, as rounding does."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1 + NUDGE * torch.randn(parameter.shape, generator=generator).to(parameter.device))


PARTS: dict[str, Callable[[Place], bool]] = {"losses": losses}
"""As in ``gpu_parts``."""
