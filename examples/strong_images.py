"""What the recipe `strong` makes of images before the network learns from them.

    uv run python examples/strong_images.py strong-images.png

Draws a procedural landscape of each class as it is, and below it as it is learnt from in three epochs: mirrored or not,
moved, in other light, and half of the time with a square of another image. Below each stands what it counts as.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from dlhw.cnn.augmentation import Changes, augment
from dlhw.cnn.contact_sheet import ContactSheet
from dlhw.cnn.landscapes import CLASS_NAMES, draw_landscapes
from dlhw.cnn.mixing import cut_mix
from dlhw.cnn.network import to_input
from dlhw.cnn.recipe import STRONG

EPOCHS = 3
SIDE, GAP, LINE = 1.4, 0.14, 0.17
"""Inches: of an image, between two, and from one line of words to the next."""


def draw(path: Path) -> None:
    images = torch.from_numpy(draw_landscapes(len(CLASS_NAMES), seed=3, split="test")[0])  # (6, 48, 48, 3)
    heading = "What the recipe shows the network"
    title = "Above, procedural landscapes. Below, the same as they are learnt from in three epochs."
    row_height = SIDE + 3 * LINE
    sheet = ContactSheet(len(images) * (SIDE + GAP), (1 + EPOCHS) * row_height, heading=heading, title=title)
    generator = torch.Generator().manual_seed(8)
    for epoch in range(EPOCHS + 1):
        seen, targets = to_input(images), torch.eye(len(images))
        if epoch:
            changes = Changes.draw(len(images), STRONG, generator)
            seen, targets = cut_mix(augment(images, changes), targets, changes)
        for column, (image, target) in enumerate(zip(seen.clamp(0, 1), targets, strict=True)):
            x, y = column * (SIDE + GAP), epoch * row_height
            sheet.place(x, y, SIDE, image.permute(1, 2, 0).numpy())
            for number, words in enumerate(described(target)):
                sheet.write(x, y + SIDE + (0.7 + number) * LINE, words, size=8)
    sheet.save(path)


def described(target: Tensor) -> list[str]:
    """As in ``["sea 0.72", "street 0.28"]``, the larger share first; a single label without its 1."""
    shares = [(float(share), name) for share, name in zip(target, CLASS_NAMES, strict=True) if share > 0]
    return [name if len(shares) == 1 else f"{name} {share:.2f}" for share, name in sorted(shares, reverse=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figure", type=Path, help="where to draw")
    draw(parser.parse_args().figure)


if __name__ == "__main__":
    main()
