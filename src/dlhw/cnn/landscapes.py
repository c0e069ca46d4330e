"""Procedural landscapes: six classes of small images, drawn by numpy from a seed.

They stand in for a folder of photographs, so that the network can be trained anywhere, at once, offline.
As with photographs the classes overlap: a glacier may show mostly mountain, a street mostly house fronts.
"""

import numpy as np
from numpy.typing import NDArray

from dlhw.cnn.scenery import nature, town
from dlhw.cnn.scenery.brushes import SIDE
from dlhw.cnn.scenery.canvas import Canvas

__all__ = ["CLASS_NAMES", "SIDE", "SPLITS", "draw_landscapes"]

CLASS_NAMES: tuple[str, ...] = ("buildings", "forest", "glacier", "mountain", "sea", "street")
SPLITS: tuple[str, ...] = ("train", "validation", "test")

# The compositions of each class, and how many images of a block follow each. The size of a block is part of
# what the seed means: another size draws other images.
_COMPOSITIONS = (
    ((town.house_row, 24), (town.corner, 16), (town.towers, 16), (town.houses_aslant, 8)),
    ((nature.forest_inside, 40), (nature.forest_edge, 24)),
    ((nature.glacier_tongue, 32), (nature.ice_front, 20), (nature.ice_field, 12)),
    ((nature.mountain, 64),),
    ((nature.sea, 64),),
    ((town.street, 48), (town.across_the_road, 16)),
)
_OF_A_CLASS = 64
_BLOCK = len(CLASS_NAMES) * _OF_A_CLASS


def draw_landscapes(count: int, *, seed: int, split: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """`count` images, (count, SIDE, SIDE, 3) RGB, and their classes, (count,), as indices of `CLASS_NAMES`.

    Image i depends on the seed, the split and i alone, so a shorter drawing is a prefix of a longer one.
    The classes take turns: image i is of class i % 6.
    """
    if count < 0:
        raise ValueError(f"expected a count of 0 or more, got {count}")
    if seed < 0:
        raise ValueError(f"expected a seed of 0 or more, got {seed}")
    if split not in SPLITS:
        raise ValueError(f"expected a split out of {', '.join(SPLITS)}; got {split!r}")
    _keep_freed_memory()
    images = np.empty((count, SIDE, SIDE, 3), dtype=np.uint8)
    for start in range(0, count, _BLOCK):
        part = images[start : start + _BLOCK]
        # A block is always drawn whole, so that no image can tell where the caller's count ends.
        part[:] = _draw_block(seed, split, start // _BLOCK)[: len(part)]
    labels = np.arange(count) % len(CLASS_NAMES)
    return images, labels.astype(np.uint8)


def _draw_block(seed: int, split: str, block: int) -> NDArray[np.uint8]:
    """(_BLOCK, SIDE, SIDE, 3): every class of a block has a random stream of its own."""
    images = np.empty((_OF_A_CLASS, len(CLASS_NAMES), SIDE, SIDE, 3), dtype=np.uint8)
    for label, compositions in enumerate(_COMPOSITIONS):
        stream = np.random.SeedSequence(seed, spawn_key=(SPLITS.index(split), block, label))
        rng = np.random.default_rng(stream)
        places = rng.permutation(_OF_A_CLASS)
        for scene, share in compositions:
            canvas = Canvas.blank(rng, share)
            scene(canvas)
            canvas.weather()
            images[places[:share], label] = canvas.photographed()
            places = places[share:]
    return images.reshape(_BLOCK, SIDE, SIDE, 3)


def _keep_freed_memory() -> None:
    """Free one large array, unused: glibc then keeps freed arrays up to this size for reuse.

    The scenes make and drop thousands of arrays of about a megabyte. Handed back to the system and paged in
    afresh each time, they almost double the time a drawing takes. Elsewhere than on glibc this does nothing.
    """
    np.empty(24 << 20, dtype=np.uint8)
