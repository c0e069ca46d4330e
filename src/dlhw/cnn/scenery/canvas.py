"""The canvas: a block of pictures in the making, with its light and its own random stream.

Scenes paint from far to near with `lay`. The sky comes first and the weather last, and both are the same for
every class.
"""

import numpy as np
from numpy.typing import NDArray

from dlhw.cnn.scenery.brushes import (
    PIXEL,
    SIDE,
    FloatArray,
    X,
    Y,
    coverage,
    fractal_noise,
    mix,
    smoothstep,
    value_noise,
    wander,
)
from dlhw.cnn.scenery.light import draw_light

LUMINANCE = np.array([0.30, 0.59, 0.11], dtype=np.float32)[:, None, None]


class Canvas:
    """`count` pictures, `(B, 3, SIDE, SIDE)` float32 in 0..1."""

    def __init__(self, rng: np.random.Generator, count: int) -> None:
        self.rng = rng
        self.count = count
        self.light = draw_light(rng, count)
        self.picture = np.zeros((count, 3, SIDE, SIDE), dtype=np.float32)

    # Chance: a number, a yes or no, a colour, a texture for each picture.

    def pick(self, low: float, high: float) -> FloatArray:
        """(B, 1, 1) numbers between low and high."""
        return low + (high - low) * self.rng.random((self.count, 1, 1), dtype=np.float32)

    def chance(self, probability: float) -> FloatArray:
        """(B, 1, 1) of 1 with this probability, else 0."""
        return (self.rng.random((self.count, 1, 1)) < probability).astype(np.float32)

    def colour(self, *palette: str, jitter: float = 0.04) -> FloatArray:
        """(B, 3, 1, 1): a blend of two neighbours on the palette (hexadecimal RGB), slightly off."""
        table = np.array([list(bytes.fromhex(code)) for code in palette], dtype=np.float32) / np.float32(255)
        at = self.rng.random(self.count, dtype=np.float32) * (len(palette) - 1)
        low = np.minimum(at.astype(np.int64), max(len(palette) - 2, 0))
        high = np.minimum(low + 1, len(palette) - 1)
        rgb = mix(table[low], table[high], (at - low)[:, None].astype(np.float32))
        rgb = rgb * (1 + jitter * self.rng.standard_normal((self.count, 3), dtype=np.float32))
        return np.clip(rgb, 0, 1)[:, :, None, None]

    def noise(self, rows: int, columns: int, octaves: int = 3) -> FloatArray:
        return fractal_noise(self.rng, self.count, rows, columns, octaves)

    def wander(self, knots: int, octaves: int = 3) -> FloatArray:
        return wander(self.rng, self.count, knots, octaves)

    # Paint.

    def lay(self, colour: FloatArray, mask: FloatArray) -> None:
        """Cover the picture with a colour wherever the (B, SIDE, SIDE) mask says."""
        self.picture += (colour - self.picture) * mask[:, None]

    def glow(self, colour: FloatArray, strength: FloatArray) -> None:
        """Add light: a screen blend, which brightens and never burns out."""
        self.picture += (1 - np.clip(self.picture, 0, 1)) * colour * strength[:, None]

    def lit(self, albedo: FloatArray, sunlight: FloatArray | float = 0.5) -> FloatArray:
        """What a surface of this colour looks like: shade everywhere, and `sunlight` (0..1) of the sun on it."""
        if isinstance(sunlight, np.ndarray):
            sunlight = sunlight[:, None]
        return albedo * mix(self.light.shade, self.light.sun, sunlight)

    def hazed(self, colour: FloatArray, distance: FloatArray | float) -> FloatArray:
        """Atmospheric perspective: the colour as it looks from far away (distance 0..1)."""
        veil = self.light.haze * distance
        return mix(colour, self.light.horizon, veil[:, None])

    def from_the_sun(self) -> FloatArray:
        """(B, 1, SIDE), −1..1: how far the light comes from the left (−) or the right (+)."""
        return np.clip((self.light.sun_x - X) * 2.0, -1, 1)

    # What every class shares.

    def sky(self, horizon: FloatArray | float) -> None:
        """A gradient down to the horizon, the sun or the moon with its glow, clouds, and stars by night."""
        light = self.light
        height = np.clip(1 - Y / horizon, 0, 1)
        tone = np.broadcast_to(height ** self.pick(0.6, 1.2), (self.count, SIDE, SIDE))
        self.picture[:] = mix(light.horizon, light.zenith, tone[:, None])

        stars = value_noise(self.rng, self.count, SIDE, SIDE)
        dark = 1 - smoothstep(0.15, 0.3, light.zenith.mean(axis=1))
        self.glow(np.float32(1) + light.sun * 0, smoothstep(0.982, 1.0, stars) * tone * dark * 0.9)

        sun_y = horizon * self.pick(0.1, 1.0)
        distance = np.sqrt((X - light.sun_x) ** 2 + (Y - sun_y) ** 2)
        shining = self.chance(0.6)
        self.glow(light.sun, np.exp(-distance * self.pick(4, 9)) * self.pick(0.2, 0.75))
        disc = coverage(self.pick(0.025, 0.06) - distance)
        self.lay(np.clip(light.sun * 1.1 + 0.25, 0, 1), disc * shining * 0.9)

        clouds = self.noise(6, 3) + 0.15 * (self.noise(12, 6, 2) - 0.5)
        cover = self.pick(0.25, 0.95)
        thick = smoothstep(cover, cover + self.pick(0.15, 0.45), clouds)
        bright = np.clip(mix(light.shade * 0.9 + 0.15, light.sun * 0.9 + 0.08, 0.75), 0, 1)
        under = mix(light.shade, light.horizon, 0.5)
        body = mix(bright, under, smoothstep(0.5, 1.0, clouds)[:, None])
        self.lay(body, thick * self.pick(0.3, 0.95) * smoothstep(0.0, 0.25, height + 0.06))

    def weather(self) -> None:
        """Fog, then snow or rain, then the camera: flip, exposure, contrast, saturation, vignette, grain."""
        light = self.light
        fog = self.pick(0, 1) ** 4 * 0.75
        low = smoothstep(self.pick(0.1, 0.6), self.pick(0.6, 1.2), Y + 0.3 * (self.noise(3, 2, 2) - 0.5))
        self.lay(light.horizon, np.clip(fog * (0.45 + 0.55 * low), 0, 1))

        flakes = value_noise(self.rng, self.count, SIDE, SIDE)
        fall = smoothstep(self.pick(0.94, 0.97), 1.0, flakes) * self.chance(0.1)
        self.lay(mix(light.horizon, light.horizon * 0 + 1, 0.5), fall * 0.9)
        streaks = value_noise(self.rng, self.count, 9, SIDE)
        self.lay(light.horizon, smoothstep(0.7, 1.0, streaks) * self.chance(0.08) * 0.35)

        picture = self.picture
        mirrored = self.rng.random(self.count) < 0.5
        picture[mirrored] = picture[mirrored, :, :, ::-1]
        grey = (picture * LUMINANCE).sum(axis=1, keepdims=True)
        picture = mix(grey, picture, self.pick(0.75, 1.2)[:, None])
        contrast = self.pick(0.85, 1.2)[:, None]
        exposure = np.exp(np.float32(0.14) * self.rng.standard_normal((self.count, 1, 1, 1), dtype=np.float32))
        picture = (0.5 + (picture - 0.5) * contrast) * exposure
        corner = (X - 0.5) ** 2 + (Y - 0.5) ** 2
        picture *= (1 - self.pick(0, 0.5) * corner)[:, None]
        grain = self.pick(0.004, 0.03)[:, None]
        picture += grain * self.rng.standard_normal(picture.shape, dtype=np.float32)
        self.picture = picture

    def developed(self) -> NDArray[np.uint8]:
        """(B, SIDE, SIDE, 3) uint8."""
        scaled = np.clip(self.picture * 255 + np.float32(0.5), 0, 255)
        return np.ascontiguousarray(scaled.astype(np.uint8).transpose(0, 2, 3, 1))


def disc(x: FloatArray, y: FloatArray, radius: FloatArray) -> FloatArray:
    """The mask of a disc, for a bush, a wheel or a lamp."""
    return coverage(radius - np.sqrt((X - x) ** 2 + (Y - y) ** 2), 2 * PIXEL)
