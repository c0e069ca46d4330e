"""On the real images, for those who have them."""

from __future__ import annotations

from pathlib import Path

import torch

from dlhw.cnn.sources import load_landscapes


def test_the_archive_is_read_with_pixels_in_their_places(real_data: Path) -> None:
    data = load_landscapes(real_data / "intel48.npz")
    assert (len(data.train), len(data.validation), len(data.test)) == (7867, 874, 1079)
    assert data.class_names == ("buildings", "forest", "glacier", "mountain", "sea", "street")
    pixels = data.train.images.to(torch.float64).div(255)
    expected = torch.tensor([0.4304, 0.4565, 0.4528], dtype=torch.float64)
    torch.testing.assert_close(pixels.mean((0, 1, 2)), expected, atol=1e-4, rtol=0)
    # Neighbouring pixels of a photograph are alike; scrambled ones are not.
    vertical = (pixels[:, 1:] - pixels[:, :-1]).abs().mean()
    assert vertical < 0.06


def test_the_folder_is_read_as_downloaded(real_data: Path) -> None:
    data = load_landscapes(real_data / "intel_folder")
    assert data.class_names == ("buildings", "forest", "glacier", "mountain", "sea", "street")
    assert len(data.train) + len(data.validation) + len(data.test) == 108
    assert not data.skipped
