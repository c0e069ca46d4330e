"""What lies behind a word: plain surfaces, gradients, materials, scenery, panels, rules and frames."""

from __future__ import annotations

import numpy as np
from PIL import Image

from dlhw.ocr.rendering.drawing.colours import FloatArray, any_colour
from dlhw.ocr.rendering.drawing.textures import FINE, SCENES, texture

WEAR = np.float32(0.33)


def field(rng: np.random.Generator, height: int, width: int, rows: int, columns: int) -> FloatArray:
    """(height, width): random numbers in 0..1 on a coarse grid, with smooth ways between them."""
    grid = Image.fromarray(rng.random((rows, columns), dtype=np.float32))
    return np.asarray(grid.resize((width, height), Image.Resampling.BICUBIC))


def draw_ground(rng: np.random.Generator, colour: FloatArray, contrast: float, height: int, width: int) -> FloatArray:
    """(3, height, width): a ground of about this colour.

    Args:
        rng: what is drawn from.
        colour: (3, 1, 1).
        contrast: between ground and ink, in brightness; what happens on the ground stays within it.
        height: in pixels.
        width: in pixels.
    """
    ground = np.empty((3, height, width), dtype=np.float32)
    ground[:] = colour
    kind = rng.random()
    if kind < 0.42:
        pass
    elif kind < 0.6:
        _shade_to(ground, _near(rng, colour, 0.8 * contrast), field(rng, height, width, 1 + int(2 * rng.random()), 2))
    elif kind < 0.77:
        strength = np.float32(contrast * (0.03 + 0.16 * rng.random() ** 1.5))
        grain = texture(rng, height, width, FINE) * strength
        if rng.random() < 0.5:
            ground += grain
        else:  # stained in another colour
            ground += (_near(rng, colour, contrast) - colour) * np.clip(grain * 2 / contrast, 0, 1)
    elif kind < 0.92:
        _shade_to(ground, _near(rng, colour, 0.7 * contrast), _share(texture(rng, height, width, SCENES)))
        if rng.random() < 0.6:
            _shade_to(ground, _near(rng, colour, 0.7 * contrast), _share(texture(rng, height, width, SCENES)))
    else:
        _panels(rng, ground, colour, contrast)
    return ground


def draw_furniture(rng: np.random.Generator, ground: FloatArray, ink: FloatArray) -> None:
    """Rules above and below, frames, an edge of something else at the side: what crops have besides the word."""
    _, height, width = ground.shape
    kind = rng.random()
    if kind < 0.82:
        return
    colour = ink if rng.random() < 0.6 else any_colour(rng)
    thickness = max(1, round(height * (0.015 + 0.05 * rng.random())))
    inset = int(height * 0.1 * rng.random())
    if kind < 0.88:  # a rule
        y = inset if rng.random() < 0.4 else height - inset - thickness
        ground[:, y : y + thickness] = colour
    elif kind < 0.92:  # a frame
        outer, inner = slice(inset, -inset or None), slice(inset + thickness, -inset - thickness)
        hole = ground[:, inner, inner].copy()
        ground[:, outer, outer] = colour
        ground[:, inner, inner] = hole
    else:  # where the sign ends
        depth = 1 + int(height * 0.12 * rng.random())
        side = int(4 * rng.random())
        edge = (np.s_[:, :depth], np.s_[:, height - depth :], np.s_[:, :, :depth], np.s_[:, :, width - depth :])[side]
        ground[edge] = any_colour(rng)


def light_up(rng: np.random.Generator, image: FloatArray) -> None:
    """Uneven light: brighter here and darker there, in place."""
    if rng.random() < 0.45:
        return
    _, height, width = image.shape
    strength = np.float32(0.06 + 0.42 * rng.random() ** 2)
    image *= 1 - strength * field(rng, height, width, 1 + int(3 * rng.random()), 2 + int(3 * rng.random()))


def _near(rng: np.random.Generator, colour: FloatArray, distance: float) -> FloatArray:
    """Another colour, mostly towards a random one, not farther off in brightness than this."""
    step = any_colour(rng) - colour
    longest = float(np.abs(step).max())
    return colour + step * np.float32(min(1.0, distance * (0.3 + 0.9 * rng.random()) / max(longest, 1e-3)))


def _share(surface: FloatArray) -> FloatArray:
    share: FloatArray = np.clip(0.5 + WEAR * surface, 0, 1)
    return share


def _shade_to(ground: FloatArray, colour: FloatArray, share: FloatArray) -> None:
    ground += (colour - ground) * share


def _panels(rng: np.random.Generator, ground: FloatArray, colour: FloatArray, contrast: float) -> None:
    """Two or more flat areas with edges between them."""
    _, height, width = ground.shape
    for _ in range(1 + int(3 * rng.random())):
        other = _near(rng, colour, 0.6 * contrast)
        if rng.random() < 0.5:
            y = int(height * rng.random())
            ground[:, y : y + int(height * (0.1 + 0.6 * rng.random()))] = other
        else:
            x = int(width * rng.random())
            ground[:, :, x : x + int(height * (0.1 + 1.5 * rng.random()))] = other
