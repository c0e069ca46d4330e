from __future__ import annotations

import torch
from torch import nn

from dlhw.learning.exponential_moving_average import move_towards


def test_an_average_follows_weights_and_statistics() -> None:
    average, model = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    nn.init.constant_(model.weight, 3.0)
    model(torch.randn(5, 2, generator=torch.Generator().manual_seed(0)) + 4)
    move_towards(average, model, 0.25)
    torch.testing.assert_close(average.weight, torch.full((2,), 1.5))
    assert model.running_mean is not None
    torch.testing.assert_close(average.running_mean, model.running_mean / 4)
    assert average.num_batches_tracked == model.num_batches_tracked == 1
