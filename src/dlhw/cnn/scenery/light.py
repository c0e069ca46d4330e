"""Light: the hour and the weather of each image, drawn alike for every class so that colour tells little.

A mood gives four colours that belong together: the sky overhead, the sky at the horizon, direct light, and
the light in the shade. Everything a scene paints is its own colour under these two lights, veiled by the
horizon's colour as it recedes (atmospheric perspective); that is where the colour harmony comes from.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from dlhw.cnn.scenery.brushes import FloatArray, clip

# Share of images, then zenith, horizon, sun, shade (RGB, 0..1), and how strongly lamps are lit.
MOODS: dict[str, tuple[float, tuple[float, ...]]] = {
    "clear noon": (3.0, (0.20, 0.44, 0.80, 0.74, 0.87, 0.96, 1.08, 1.02, 0.92, 0.42, 0.48, 0.60, 0.0)),
    "summer haze": (2.0, (0.44, 0.62, 0.82, 0.91, 0.91, 0.86, 1.02, 0.96, 0.82, 0.50, 0.53, 0.57, 0.0)),
    "golden hour": (1.8, (0.42, 0.54, 0.74, 0.99, 0.83, 0.58, 1.10, 0.84, 0.55, 0.42, 0.39, 0.46, 0.1)),
    "rose dawn": (1.3, (0.50, 0.52, 0.76, 0.98, 0.77, 0.72, 1.00, 0.78, 0.70, 0.43, 0.41, 0.54, 0.2)),
    "red sunset": (0.9, (0.30, 0.29, 0.50, 0.97, 0.55, 0.34, 0.98, 0.58, 0.38, 0.28, 0.26, 0.38, 0.6)),
    "overcast": (1.8, (0.64, 0.68, 0.72, 0.84, 0.86, 0.87, 0.80, 0.81, 0.82, 0.56, 0.58, 0.61, 0.0)),
    "storm": (0.8, (0.29, 0.34, 0.42, 0.64, 0.68, 0.69, 0.66, 0.68, 0.68, 0.36, 0.39, 0.44, 0.3)),
    "blue hour": (0.7, (0.14, 0.21, 0.44, 0.60, 0.53, 0.64, 0.50, 0.51, 0.68, 0.24, 0.28, 0.44, 1.0)),
    "night": (0.4, (0.03, 0.06, 0.16, 0.15, 0.21, 0.36, 0.30, 0.37, 0.54, 0.11, 0.14, 0.25, 1.0)),
}
_SHARES = np.array([share for share, _ in MOODS.values()])
_COLOURS = np.array([colours for _, colours in MOODS.values()], dtype=np.float32)


@dataclass(frozen=True)
class Light:
    """The light of a block of images; colours are (B, 3, 1, 1), numbers (B, 1, 1)."""

    zenith: FloatArray
    horizon: FloatArray
    sun: FloatArray
    shade: FloatArray
    lamps: FloatArray
    """0 by day, 1 at night: how strongly windows and street lamps shine."""
    sun_x: FloatArray
    """Where the sun stands; it may be outside the image, and lights slopes from its own side."""
    haze: FloatArray
    """The share of the horizon's colour over what is farthest away."""

    def of(self, chosen: NDArray[np.int64]) -> "Light":
        """The light of some of the images."""
        return Light(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def draw_light(rng: np.random.Generator, count: int) -> Light:
    """A mood for each image, leaning a little towards another one, with its own sun and haze."""
    mood, other = rng.choice(len(MOODS), (2, count), p=_SHARES / _SHARES.sum())
    lean = 0.3 * rng.random((count, 1), dtype=np.float32)
    colours = _COLOURS[mood] + (_COLOURS[other] - _COLOURS[mood]) * lean
    tint = rng.normal(0, 0.015, (count, 1, 3)).astype(np.float32)
    rgb = clip(colours[:, :12].reshape(count, 4, 3) + tint, 0.0, 1.12)
    zenith, horizon, sun, shade = (rgb[:, k, :, None, None] for k in range(4))
    sun_x = rng.uniform(-0.4, 1.4, (count, 1, 1)).astype(np.float32)
    haze = rng.beta(2.0, 2.2, (count, 1, 1)).astype(np.float32)
    lamps = clip(colours[:, 12, None, None] * 1.2 - 0.1)
    return Light(zenith, horizon, sun, shade, lamps, sun_x, haze)
