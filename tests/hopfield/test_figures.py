"""The images: that they are drawn, and that what they show is true."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dlhw.hopfield.energy import Energy
from dlhw.hopfield.figures import draw_bifurcation, draw_plane, draw_retrieval, draw_steps, plot_steps
from dlhw.hopfield.image_retrieval import retrieve_images
from dlhw.hopfield.plane import find_basins, find_fixed_points, lay_plane


def double(values: object) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def normal(rows: int, columns: int) -> torch.Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def is_image(path: Path) -> bool:
    with Image.open(path) as image:
        return image.size[0] > 600 and len(set(np.asarray(image.convert("L")).flatten().tolist())) > 20


@pytest.mark.parametrize("shape", [(5, 2), (1, 2), (6, 9), (2, 5)])
def test_planes_are_drawn_for_any_memory_that_has_one(tmp_path: Path, shape: tuple[int, int]) -> None:
    energy = Energy(normal(*shape), 2.0)
    paths = draw_plane(energy, [], tmp_path / "new")
    assert [path.name for path in paths] == ["energy-plane.png"]
    assert is_image(paths[0])


@pytest.mark.parametrize("patterns", [[[1.0], [2.0]], [[1.0, 0.0, 0.0]], [[1.0, 1.0, 1.0]] * 4])
def test_where_there_is_no_plane_none_is_drawn(tmp_path: Path, patterns: list[list[float]]) -> None:
    assert draw_plane(Energy(double(patterns)), [], tmp_path) == []


def test_a_plane_holds_the_points_it_is_laid_through() -> None:
    X = normal(6, 9)
    plane = lay_plane(Energy(X))
    assert plane is not None
    torch.testing.assert_close(plane.states(plane.coordinates(X[:3])), X[:3])
    torch.testing.assert_close(plane.axes @ plane.axes.T, torch.eye(2, dtype=torch.float64))


def test_fixed_points_of_three_patterns_are_found_with_their_kinds() -> None:
    angles = 2 * torch.pi * torch.arange(3, dtype=torch.float64) / 3
    energy = Energy(torch.stack([angles.cos(), angles.sin()], dim=1), 6.0)
    grid = torch.cartesian_prod(*[torch.linspace(-1.2, 1.2, 25, dtype=torch.float64)] * 2)
    found = find_fixed_points(energy, grid)
    kinds = [kind for _, kind in found]
    assert (kinds.count("minimum"), kinds.count("saddle"), kinds.count("maximum")) == (3, 3, 1)
    for point, _ in found:
        assert float(energy.gradient(point).norm()) < 1e-8


def test_basins_are_told_apart() -> None:
    labels, minima = find_basins(Energy(double([[1.0, 0.0], [-1.0, 0.0]]), 4.0), double([[0.3, 1], [2, 2], [-0.1, 0]]))
    assert labels.tolist() == [0, 0, 1]
    torch.testing.assert_close(minima[0], -minima[1], rtol=0, atol=1e-6)


def test_images_come_back_from_half_of_them_and_from_noise(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 3), dtype=np.uint8)
    results = retrieve_images(images, shown=4, seed=1, beta=40.0)
    assert len(results) == 2
    for result in results:
        assert min(result.weights) > 0.99
        assert np.abs(result.retrieved.astype(int) - result.stored).max() <= 1
        assert np.abs(result.corrupted.astype(int) - result.stored).mean() > 10
    assert is_image(draw_retrieval(results, tmp_path)[0])


def test_a_logarithmic_axis_keeps_the_points_that_are_zero() -> None:
    histories = {"falls": [3.0, 1.0, 0.5, 0.5], "stands": [0.5]}
    axes = plot_steps(histories).axes[0]
    lines = {line.get_label(): np.asarray(line.get_ydata()) for line in axes.lines}
    for name, energies in histories.items():
        assert len(lines[name]) == len(energies)
        assert (lines[name] > 0).all()
    assert lines["falls"][0] == 2.5
    assert 0 < lines["falls"][3] < 1e-13
    low, high = axes.get_ylim()
    assert low < lines["stands"][0] < high


def test_steps_and_bifurcation_are_drawn(tmp_path: Path) -> None:
    assert is_image(draw_steps({"query 0": [3.0, 1.0, 0.5, 0.5]}, tmp_path, title="a test")[0])
    assert is_image(draw_bifurcation(tmp_path)[0])
