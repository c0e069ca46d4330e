"""The canvas: a block of images in the making, with its light and its own random stream.

Scenes paint from far to near with `lay`. The sky comes first and the weather last, and both are the same for
every class.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from dlhw.cnn.scenery import palette
from dlhw.cnn.scenery.brushes import (
    SIDE,
    WHITE,
    FloatArray,
    X,
    Y,
    clip,
    coverage,
    fractal_noise,
    mix,
    smoothstep,
    value_noise,
    wander,
)
from dlhw.cnn.scenery.light import Light, draw_light

LUMINANCE = np.array([0.30, 0.59, 0.11], dtype=np.float32)[:, None, None]


class Canvas:
    """`count` images, `(B, 3, SIDE, SIDE)` float32 in 0..1."""

    def __init__(self, rng: np.random.Generator, image: FloatArray, light: Light) -> None:
        self.rng = rng
        self.count = len(image)
        self.light = light
        self.image = image

    @staticmethod
    def blank(rng: np.random.Generator, count: int) -> "Canvas":
        return Canvas(rng, np.zeros((count, 3, SIDE, SIDE), dtype=np.float32), draw_light(rng, count))

    @contextmanager
    def some(self, share: float) -> Iterator["Few"]:
        """Paint on this share of the images only, chosen by lot: `with canvas.some(0.2) as few: ...`."""
        chosen = self.rng.permutation(self.count)[: max(1, round(share * self.count))]
        few = Few(self, chosen)
        yield few
        self.image[chosen] = few.image

    # Chance: a number, a yes or no, a colour, a texture for each image.

    def pick(self, low: float, high: float) -> FloatArray:
        """(B, 1, 1) numbers between low and high."""
        return low + (high - low) * self.rng.random((self.count, 1, 1), dtype=np.float32)

    def chance(self, probability: float) -> FloatArray:
        """(B, 1, 1) of 1 with this probability, else 0."""
        return (self.rng.random((self.count, 1, 1)) < probability).astype(np.float32)

    def colour(self, *codes: str, jitter: float = 0.04) -> FloatArray:
        """(B, 3, 1, 1): a blend of two neighbours on the palette (hexadecimal RGB), slightly off."""
        table = palette.rgb(codes)
        at = self.rng.random(self.count, dtype=np.float32) * (len(codes) - 1)
        low = np.minimum(at.astype(np.int64), max(len(codes) - 2, 0))
        high = np.minimum(low + 1, len(codes) - 1)
        colours = mix(table[low], table[high], (at - low)[:, None].astype(np.float32))
        colours = colours * (1 + jitter * self.rng.standard_normal((self.count, 3), dtype=np.float32))
        return clip(colours)[:, :, None, None]

    def noise(self, rows: int, columns: int, octaves: int = 3) -> FloatArray:
        return fractal_noise(self.rng, self.count, rows, columns, octaves)

    def wander(self, knots: int, octaves: int = 3) -> FloatArray:
        return wander(self.rng, self.count, knots, octaves)

    # Paint.

    def lay(self, colour: FloatArray, mask: FloatArray) -> None:
        """Cover the image with a colour wherever the (B, SIDE, SIDE) mask says."""
        self.image += (colour - self.image) * mask[:, None]

    def glow(self, colour: FloatArray, strength: FloatArray) -> None:
        """Add light: a screen blend, which brightens and never burns out."""
        self.image += (1 - clip(self.image)) * colour * strength[:, None]

    def lit(self, albedo: FloatArray, sunlight: FloatArray | float = 0.5) -> FloatArray:
        """How a surface of this colour looks: shade all over, and `sunlight` (0..1) of the sun on it."""
        if isinstance(sunlight, np.ndarray):
            sunlight = sunlight[:, None]
        return albedo * mix(self.light.shade, self.light.sun, sunlight)

    def hazed(self, colour: FloatArray, distance: FloatArray | float) -> FloatArray:
        """Atmospheric perspective: the colour as it looks from far away (distance 0..1)."""
        veil = self.light.haze * distance
        return mix(colour, self.light.horizon, veil[:, None])

    def foam(self) -> FloatArray:
        """(B, 3, 1, 1): white water in this light."""
        return clip(self.light.sun * 0.9 + 0.08)

    def from_the_sun(self) -> FloatArray:
        """(B, 1, SIDE), −1..1: how far the light comes from the left (−) or the right (+)."""
        return clip((self.light.sun_x - X) * 2.0, -1, 1)

    # What every class shares.

    def sky(self, horizon: FloatArray | float) -> None:
        """A gradient down to the horizon, the sun or the moon with its glow, clouds, and stars by night."""
        light = self.light
        height = clip(1 - Y / horizon)
        tone = np.broadcast_to(height ** self.pick(0.6, 1.2), (self.count, SIDE, SIDE))
        self.image[:] = mix(light.horizon, light.zenith, tone[:, None])

        stars = value_noise(self.rng, self.count, SIDE, SIDE)
        dark = 1 - smoothstep(0.15, 0.3, light.zenith.mean(axis=1))
        self.glow(WHITE, smoothstep(0.982, 1.0, stars) * tone * dark * 0.9)

        sun_y = horizon * self.pick(0.1, 1.0)
        distance = np.sqrt((X - light.sun_x) ** 2 + (Y - sun_y) ** 2)
        shining = self.chance(0.6)
        self.glow(light.sun, np.exp(-distance * self.pick(4, 9)) * self.pick(0.2, 0.75))
        disc = coverage(self.pick(0.025, 0.06) - distance)
        self.lay(clip(light.sun * 1.1 + 0.25), disc * shining * 0.9)

        clouds = self.noise(6, 3) + 0.15 * (self.noise(12, 6, 2) - 0.5)
        cover = self.pick(0.25, 0.95)
        thick = smoothstep(cover, cover + self.pick(0.15, 0.45), clouds)
        bright = clip(mix(light.shade * 0.9 + 0.15, light.sun * 0.9 + 0.08, 0.75))
        under = mix(light.shade, light.horizon, 0.5)
        # Noise that falls downwards is the underside of a cloud.
        underside = smoothstep(-0.1, 0.3, np.roll(clouds, 3, axis=1) - clouds)
        body = mix(bright, under, underside[:, None])
        self.lay(body, thick * self.pick(0.3, 0.95) * smoothstep(0.0, 0.25, height + 0.06))

    def weather(self) -> None:
        """Fog that thickens towards the ground, and now and then snow or rain."""
        fog = self.pick(0, 1) ** 4 * 0.65
        low = smoothstep(self.pick(0.1, 0.6), self.pick(0.6, 1.2), Y + 0.3 * (self.noise(3, 2, 2) - 0.5))
        self.lay(self.light.horizon, fog * (0.45 + 0.55 * low))
        with self.some(0.06) as few:
            flakes = value_noise(self.rng, few.count, SIDE, SIDE)
            few.lay(mix(few.light.horizon, WHITE, 0.5), 0.7 * smoothstep(few.pick(0.94, 0.97), 1.0, flakes))
        with self.some(0.06) as few:
            streaks = value_noise(self.rng, few.count, 9, SIDE)
            few.lay(few.light.horizon, 0.25 * smoothstep(0.7, 1.0, streaks))

    def photographed(self) -> NDArray[np.uint8]:
        """(B, SIDE, SIDE, 3) uint8, as a camera took it: mirrored or not, in the camera's own colours."""
        image, rng = self.image, self.rng
        mirrored = rng.random(self.count) < 0.5
        image[mirrored] = image[mirrored, :, :, ::-1]
        grey = (image * LUMINANCE).sum(axis=1, keepdims=True)
        image = mix(grey, image, self.pick(0.75, 1.2)[:, None])
        image = 0.5 + (image - 0.5) * self.pick(0.85, 1.2)[:, None]
        exposure = 0.08 * rng.standard_normal((self.count, 1, 1, 1), dtype=np.float32)
        white_balance = 0.022 * rng.standard_normal((self.count, 3, 1, 1), dtype=np.float32)
        from_centre = (X - 0.5) ** 2 + (Y - 0.5) ** 2
        image *= np.exp(exposure + white_balance) * (1 - self.pick(0, 0.5) * from_centre)[:, None]
        film = rng.random((self.count, 1, SIDE, SIDE), dtype=np.float32) - 0.5
        speckle = rng.random(image.shape, dtype=np.float32) - 0.5
        image += (0.045 * self.pick(0.2, 1.0) ** 2)[:, None] * (film + 0.6 * speckle)
        levels = clip(image * 255 + 0.5, 0, 255).astype(np.uint8)
        return levels.transpose(0, 2, 3, 1)


class Few(Canvas):
    """Some images of a canvas, on a canvas of their own; they go back when the `with` block ends."""

    def __init__(self, whole: Canvas, chosen: NDArray[np.int64]) -> None:
        super().__init__(whole.rng, whole.image[chosen], whole.light.of(chosen))
        self.chosen = chosen

    def own(self, values: FloatArray) -> FloatArray:
        """The values that belong to these images, out of the whole canvas's."""
        return values[self.chosen]
