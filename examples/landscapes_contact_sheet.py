"""Write a contact sheet of the procedural landscapes.

uv run python examples/landscapes_contact_sheet.py sheet.png
"""

import argparse

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

from dlhw.cnn.landscapes import CLASS_NAMES, draw_landscapes


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a contact sheet of the procedural landscapes.")
    parser.add_argument("path", help="the image to write, for instance sheet.png")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", default="train")
    parser.add_argument("--columns", type=int, default=12, help="images of each class")
    arguments = parser.parse_args()

    rows = len(CLASS_NAMES)
    images, labels = draw_landscapes(rows * arguments.columns, seed=arguments.seed, split=arguments.split)
    figure, axes = plt.subplots(
        rows, arguments.columns, figsize=(1.12 * arguments.columns + 0.9, 1.12 * rows), squeeze=False
    )
    for row, name in enumerate(CLASS_NAMES):
        for axis, image in zip(axes[row], images[labels == row], strict=True):
            axis.imshow(np.asarray(image), interpolation="lanczos")
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
        axes[row, 0].set_ylabel(name, rotation=0, ha="right", va="center", labelpad=8, fontsize=11)
    figure.subplots_adjust(0.9 / (1.12 * arguments.columns + 0.9), 0.01, 0.99, 0.99, wspace=0.04, hspace=0.04)
    figure.savefig(arguments.path, dpi=110)


if __name__ == "__main__":
    main()
