"""Steps that are taken several at a call, on the CPU: graphs themselves need a GPU, see ``benchmarks/gpu.py``."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dlhw.learning.captured_steps import WARM_UP, CapturedSteps, can_capture

CPU = torch.device("cpu")


@given(at_once=st.integers(1, 9), epochs=st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_every_batch_is_learnt_once_and_in_order(at_once: int, epochs: list[int]) -> None:
    seen: list[int] = []

    def step(number: Tensor) -> Tensor:
        assert (number.shape, number.dtype) == ((1,), torch.int64)
        seen.append(int(number))
        return number[0].float() / 2

    steps = CapturedSteps(step, CPU, at_once)
    sizes = []
    for count in epochs:
        seen.clear()
        losses: list[float] = []
        while len(losses) < count:
            taken = steps.take(len(losses), count - len(losses)).tolist()
            losses += taken
            sizes.append(len(taken))
        assert seen == list(range(count))
        assert losses == [number / 2 for number in range(count)]
    assert set(sizes) <= {1, at_once}
    assert all(size == 1 for size in sizes[:WARM_UP])


def test_the_larger_graph_is_taken_where_as_many_steps_are_left() -> None:
    steps = CapturedSteps(lambda number: number[0].float(), CPU, 4)
    assert [len(steps.take(0, 20)) for _ in range(5)] == [1, 1, 1, 4, 4]
    assert [len(steps.take(0, left)) for left in (4, 3, 1)] == [4, 1, 1]


@pytest.mark.parametrize(("device", "ranks", "expected"), [("cuda", 1, True), ("cuda", 2, False), ("cpu", 1, False)])
def test_steps_are_captured_on_cuda_in_one_process(device: str, ranks: int, expected: bool) -> None:
    assert can_capture(torch.device(device), ranks) is expected
