"""A captured step on the CPU, where it is not recorded: graphs themselves need a GPU, see ``benchmarks/gpu.py``."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from dlhw.learning.captured_step import WARM_UP, CapturedStep, can_capture


def test_it_is_given_the_number_of_its_batch_and_returns_its_loss() -> None:
    seen: list[int] = []

    def step(number: Tensor) -> Tensor:
        assert (number.shape, number.dtype) == ((1,), torch.int64)
        seen.append(int(number))
        return number[0].float() / 2

    captured = CapturedStep(step, torch.device("cpu"))
    numbers = [*range(WARM_UP + 3), 0, 1]
    losses = [captured.take(number).clone() for number in numbers]
    assert seen == numbers
    assert all(loss.shape == () for loss in losses)
    assert [loss.item() for loss in losses] == [number / 2 for number in numbers]


@pytest.mark.parametrize(("device", "ranks", "expected"), [("cuda", 1, True), ("cuda", 2, False), ("cpu", 1, False)])
def test_steps_are_captured_on_cuda_in_one_process(device: str, ranks: int, expected: bool) -> None:
    assert can_capture(torch.device(device), ranks) is expected
