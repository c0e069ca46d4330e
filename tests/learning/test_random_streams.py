from __future__ import annotations

from typing import Any

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlhw.learning.random_streams import epoch_order, numpy_generator, torch_generator

SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS, index=st.integers(0, 2**31))
def test_streams_of_other_names_indices_and_seeds_differ(seed: int, index: int) -> None:
    keys: list[Any] = [(seed, "a"), (seed, "b"), (seed, "a", index), (seed, "a", index, 0), (seed, "a", index + 1)]
    keys += [((seed + 1) % 2**32, "a"), (seed + 2**32, "a"), (seed + 2**62, "a")]
    from_numpy = [tuple(numpy_generator(*key).random(2)) for key in keys]
    assert len(set(from_numpy)) == len(keys)
    from_torch = [tuple(torch.rand(3, generator=torch_generator(*key)).tolist()) for key in keys]
    assert len(set(from_torch)) == len(keys)


def test_a_stream_is_the_same_each_time_and_on_every_machine() -> None:
    assert numpy_generator(42, "augmentation", 1).integers(0, 1000, 4).tolist() == [888, 809, 968, 724]
    assert torch.randint(1000, (4,), generator=torch_generator(42, "augmentation", 1)).tolist() == [89, 328, 784, 439]


def test_the_order_of_an_epoch_is_that_of_the_measured_trainings() -> None:
    generator = torch.Generator().manual_seed(42 * 1_000_003 + 2)
    assert torch.equal(epoch_order(100, 42, 2), torch.randperm(100, generator=generator))
    assert sorted(epoch_order(100, 42, 3).tolist()) == list(range(100))
    assert not np.array_equal(epoch_order(100, 42, 2), epoch_order(100, 42, 3))
