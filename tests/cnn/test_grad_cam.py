from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from dlhw.cnn.architecture import NETWORK_NAMES, NetworkName
from dlhw.cnn.data import Landscapes
from dlhw.cnn.grad_cam import grad_cam, last_maps, scores_from_maps
from dlhw.cnn.network import to_input
from tests.cnn.networks import brightness_network, random_network


@pytest.mark.parametrize("name", NETWORK_NAMES)
def test_the_network_is_cut_in_two_without_loss(name: NetworkName, tiny: Landscapes) -> None:
    network, x = random_network(name), to_input(tiny.test.images)
    with torch.no_grad():
        maps = last_maps(network, x)
        assert maps.shape == (12, 128, 12, 12)
        assert torch.equal(scores_from_maps(network, maps), network(x))


def test_a_network_that_averages_its_maps_weights_each_by_the_derivative_of_its_mean(tiny: Landscapes) -> None:
    """``gap`` sees a map through its mean m alone, and raising all of A by ε raises m by ε: 144 α = ∂y/∂m."""
    network, images = random_network("gap"), tiny.test.images
    with torch.no_grad():
        means = network.pooling(network.blocks(to_input(images))).flatten(1)  # (12, 128)
    means.requires_grad_()
    scores = network.classifier(network.hidden(means))
    (expected,) = torch.autograd.grad(scores.gather(1, tiny.test.labels[:, None]).sum(), means)
    found = grad_cam(network, images, tiny.test.labels).weights
    assert torch.allclose(144 * found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", NETWORK_NAMES)
def test_weights_are_derivatives(name: NetworkName, tiny: Landscapes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raising a whole map by ε raises the score by ε Σᵢⱼ ∂y/∂Aᵢⱼ = 144 αε."""
    monkeypatch.setattr("dlhw.cnn.grad_cam.to_input", lambda images: to_input(images).double())
    network = random_network(name).double()
    images, classes = tiny.test.images[:2], torch.tensor([1, 4])
    with torch.no_grad():
        before = last_maps(network, to_input(images).double())
    found = grad_cam(network, images, classes)
    step = 1e-7
    for index in (0, 17, 90):
        raised = before.clone()
        raised[:, index] += step
        lowered = before.clone()
        lowered[:, index] -= step
        with torch.no_grad():
            change = scores_from_maps(network, raised) - scores_from_maps(network, lowered)
        expected = change[torch.arange(2), classes] / (2 * step)
        assert torch.allclose(144 * found.weights[:, index], expected, rtol=1e-4, atol=1e-7)
    assert (found.weights != 0).any()


def test_the_map_is_the_weighted_sum_of_the_maps(tiny: Landscapes) -> None:
    network = random_network()
    found = grad_cam(network, tiny.test.images, tiny.test.labels)
    with torch.no_grad():
        maps = last_maps(network, to_input(tiny.test.images))
    assert maps.min() == 0, "after the ReLU"
    expected = F.relu((found.weights[:, :, None, None] * maps).sum(1))
    assert torch.allclose(found.maps, expected, atol=1e-5)
    assert (found.maps > 0).any()


def test_a_network_that_sees_brightness_looks_at_the_bright_place() -> None:
    image = torch.zeros(48, 48, 3, dtype=torch.uint8)
    image[8:12, 28:36] = 255  # one place by two of the 12×12, and one place only of the pooled 6×6
    images = image.repeat(3, 1, 1, 1)
    found = grad_cam(brightness_network(), images, torch.tensor([0, 1, 2]))
    bright = torch.zeros(12, 12)
    bright[2, 7:9] = 1
    # The score is the sum of the 36 pooled places, of which each passes its derivative to one of the 144.
    assert torch.allclose(found.maps[1], bright * 36 / 144)
    assert not found.maps[0].any(), "class 0 does not depend on the image"
    assert not found.maps[2].any(), "brightness speaks against class 2"
    large = found.enlarged()
    assert large.shape == (3, 48, 48)
    assert large.isfinite().all()
    assert large[1].max() == 1
    assert large[1, 8:12, 30:34].min() > 0.5
    assert not large[1, 20:].any()
    assert not large[[0, 2]].any()


def test_images_do_not_meet(tiny: Landscapes) -> None:
    network, labels = random_network(), tiny.test.labels
    together = grad_cam(network, tiny.test.images, labels)
    alone = grad_cam(network, tiny.test.images[5:6], labels[5:6])
    assert torch.allclose(together.maps[5], alone.maps[0], rtol=1e-4, atol=1e-7)


def test_it_leaves_no_gradients_behind(tiny: Landscapes) -> None:
    network = random_network()
    grad_cam(network, tiny.test.images[:2], tiny.test.labels[:2])
    assert all(parameter.grad is None for parameter in network.parameters())
