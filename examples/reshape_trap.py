"""What it costs to read rows of height × width × channels as channels × height × width.

    uv run python examples/reshape_trap.py --figure reshape-trap.png      # how it looks
    uv run python examples/reshape_trap.py --data intel48                 # what it costs

Trains `gap` twice by the recipe of `dlhw cnn study`: on the images as they are, and on the same images laid in
rows and read back with reshape(N, 3, 48, 48), which raises no error.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from dlhw.cnn.contact_sheet import ContactSheet
from dlhw.cnn.data import Landscapes, Split
from dlhw.cnn.landscapes import CLASS_NAMES, draw_landscapes
from dlhw.cnn.recipe import STUDY
from dlhw.cnn.sources import load_landscapes
from dlhw.cnn.study.results import accuracy, difference
from dlhw.cnn.study.trial import StudyTrial
from dlhw.learning.device import configure
from dlhw.learning.events import Silence
from dlhw.learning.trial_folder import TrialFolder

SIDE, GAP = 1.5, 0.12
"""Inches: of an image, and between two."""


def scrambled(images: Tensor) -> Tensor:
    """Images as the wrong reshape takes them.

    Args:
        images: (N, 48, 48, 3).

    Returns:
        The same shape; what it calls red is the upper third of the image, with the colours side by side.
    """
    rows = images.reshape(len(images), -1)  # (N, 6912), as in the course's file
    return rows.reshape(-1, 3, 48, 48).permute(0, 2, 3, 1).contiguous()


def draw(path: Path) -> None:
    """An image of each class above its scrambled self."""
    images = torch.from_numpy(draw_landscapes(6, seed=3, split="test")[0])
    width, height = 6 * (SIDE + GAP) - GAP, 2 * (SIDE + GAP) + 0.2
    title = "Above, procedural landscapes. Below, the same numbers after reshape(N, 3, 48, 48)."
    sheet = ContactSheet(width, height, heading="The reshape trap", title=title)
    for column, (image, wrong) in enumerate(zip(images, scrambled(images), strict=True)):
        x = column * (SIDE + GAP)
        sheet.place(x, 0, SIDE, image.numpy())
        sheet.place(x, SIDE + GAP, SIDE, wrong.numpy())
        sheet.write(x, 2 * (SIDE + GAP) + 0.1, CLASS_NAMES[column], size=10)
    sheet.save(path)


def measure(source: Path, *, epochs: int) -> None:
    """Train on both, and compare them image by image."""
    right = load_landscapes(source)
    train, validation, test = (
        Split(images=scrambled(split.images), labels=split.labels)
        for split in (right.train, right.validation, right.test)
    )
    wrong = replace(right, train=train, validation=validation, test=test)
    data: dict[str, Landscapes] = {"read rightly": right, "scrambled": wrong}
    outcomes = {}
    for name, landscapes in data.items():
        trial = StudyTrial.of("gap", replace(STUDY, epochs=epochs), 42, landscapes)
        with tempfile.TemporaryDirectory() as folder:
            outcomes[name] = trial.train(TrialFolder(Path(folder) / "gap"), configure("cpu", 1), Silence(), lambda: 0)
        found = accuracy([outcomes[name]], len(right.test))
        print(f"{name:14} {found.value:.4f}  ({found.low:.4f} to {found.high:.4f})", flush=True)
    cost = difference([outcomes["read rightly"]], [outcomes["scrambled"]], len(right.test))
    print(f"{'difference':14} {cost.value:.4f}  ({cost.low:.4f} to {cost.high:.4f}), n = {len(right.test)} images")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figure", type=Path, help="draw procedural landscapes, right and scrambled")
    parser.add_argument("--data", type=Path, help="an archive or a folder to measure on")
    parser.add_argument("--epochs", type=int, default=8)
    arguments = parser.parse_args()
    if arguments.figure:
        draw(arguments.figure)
    if arguments.data:
        measure(arguments.data, epochs=arguments.epochs)


if __name__ == "__main__":
    main()
