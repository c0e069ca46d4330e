from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlhw.cnn.data import Landscapes
from dlhw.cnn.grad_cam import grad_cam
from dlhw.cnn.network import to_input
from dlhw.cnn.own.grad_cam import own_grad_cam
from dlhw.errors import DataError
from tests.cnn.networks import brightness_network

SINGLE_PLACE = (nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 6, 1), nn.Flatten())


def network(*behind: nn.Module, seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 4, 3, stride=4, padding=1), *behind).eval()


def by_hand(some: nn.Sequential, images: Tensor, classes: Tensor, last: int) -> tuple[Tensor, Tensor]:
    """αᶜₖ and Lᶜ as the paper has them, image by image, with the network cut behind layer ``last``."""
    weights, maps = [], []
    for image, its in zip(images, classes.tolist(), strict=True):
        active = some[: last + 1](to_input(image[None])).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(some[last + 1 :](active.clone())[0, its], active)
        weights.append(gradient[0].mean((1, 2)))
        maps.append((weights[-1][:, None, None] * active[0]).sum(0).relu().detach())
    return torch.stack(weights), torch.stack(maps)


@pytest.mark.parametrize(
    ("behind", "last"),
    [
        ((nn.ReLU(), nn.Flatten(), nn.Linear(4 * 12 * 12, 6)), 0),
        ((nn.ReLU(inplace=True), *SINGLE_PLACE), 0),
        ((nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.Tanh(), nn.Flatten(), nn.Linear(500, 6)), 3),
    ],
    ids=["flattened", "in place, and a last convolution of a single place", "two convolutions"],
)
def test_it_is_grad_cam_of_the_last_convolution(behind: tuple[nn.Module, ...], last: int, tiny: Landscapes) -> None:
    some, images = network(*behind), torch.cat([tiny.train.images, tiny.test.images])[:20]  # more than one batch
    classes = torch.arange(20) % 6
    found = own_grad_cam(some, images, classes)
    weights, maps = by_hand(some, images, classes, last)
    torch.testing.assert_close(found.weights, weights, rtol=1e-4, atol=1e-7)
    torch.testing.assert_close(found.maps, maps, rtol=1e-4, atol=1e-6)
    assert found.enlarged().shape == (20, 48, 48)


class Twice(nn.Module):
    """Uses its second layer first, and the other one last and twice."""

    def __init__(self) -> None:
        super().__init__()
        self.last, self.first = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(3, 4, 3, stride=4, padding=1)
        self.classifier = nn.Linear(4, 6)

    def forward(self, x: Tensor) -> Tensor:
        x = self.last(F.relu(self.last(self.first(x))))
        return self.classifier(x.mean((2, 3)))  # type: ignore[no-any-return]


def test_the_convolution_that_is_reached_last_counts_however_layers_are_used(tiny: Landscapes) -> None:
    torch.manual_seed(0)
    some = Twice().eval()
    found = own_grad_cam(some, tiny.test.images, tiny.test.labels)
    expected = some.classifier.weight[tiny.test.labels] / 144  # ∂y/∂A of a mean over 144 places
    torch.testing.assert_close(found.weights, expected.detach())


def test_where_nothing_is_below_zero_it_agrees_with_that_of_the_homework_s_networks(tiny: Landscapes) -> None:
    some, classes = brightness_network(), torch.ones(len(tiny.test), dtype=torch.int64)
    ours, theirs = grad_cam(some, tiny.test.images, classes), own_grad_cam(some, tiny.test.images, classes)
    torch.testing.assert_close(theirs.maps, ours.maps)


class WithoutGradients(nn.Sequential):
    @torch.no_grad()
    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input)  # type: ignore[no-any-return, no-untyped-call]


@pytest.mark.parametrize(
    ("some", "message"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(6912, 6)), "Sequential has no convolution to look at"),
        (nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(3, 6, 1), nn.Flatten()), "has no convolution to look at"),
        (WithoutGradients(nn.Conv2d(3, 6, 48, padding=1), nn.Flatten()), "do not depend on its last convolution"),
    ],
    ids=["none", "of a single place", "no gradients"],
)
def test_a_network_without_a_convolution_to_look_at_is_refused(some: nn.Module, message: str, tiny: Landscapes) -> None:
    with pytest.raises(DataError, match=message):
        own_grad_cam(some.eval(), tiny.test.images[:2], torch.tensor([0, 1]))
