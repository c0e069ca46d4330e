"""A sheet of small images and words, laid out in inches from the upper left."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dlhw.learning.curves import INK, PALE, save_figure

MARGIN = 0.35
HEADER = 1.05
"""Below which images begin."""

LETTER = 0.066
"""Width of a letter of the title, on average, in inches."""


class ContactSheet:
    """A page with a heading.

    Args:
        width: of what is laid out, in inches; margins come on top.
        height: likewise.
        heading: what is shown.
        title: of what, in one or two lines; one that is too long loses its beginning.
    """

    def __init__(self, width: float, height: float, *, heading: str, title: str) -> None:
        self._figure = Figure(figsize=(width + 2 * MARGIN, HEADER + height + MARGIN), dpi=160)
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set(xlim=(-MARGIN, width + MARGIN), ylim=(height + MARGIN, -HEADER), aspect="auto")
        self._axes.set_axis_off()
        lines = [shortened(line, int(width / LETTER)) for line in title.splitlines()]
        self.write(0, -0.3 - 0.2 * len(lines), heading, size=14)
        for number, line in enumerate(reversed(lines)):
            self.write(0, -0.22 - 0.2 * number, line, size=9, colour=PALE)

    def place(
        self,
        x: float,
        y: float,
        side: float,
        image: NDArray[Any],
        *,
        smooth: bool = False,
        **how: Any,
    ) -> None:
        """Put an image into a square.

        Args:
            x: of its left edge.
            y: of its upper edge.
            side: of the square.
            image: (H, W), (H, W, 3) or (H, W, 4).
            smooth: whether pixels run into each other, as in a photograph, or stay squares.
            how: as for matplotlib's ``imshow``.
        """
        drawn = self._axes.imshow(
            image, extent=(x, x + side, y + side, y), interpolation="lanczos" if smooth else "nearest", **how
        )
        drawn.set_interpolation_stage("rgba")
        self._axes.set_aspect("auto")  # imshow would make a pixel of the axes square
        self._axes.set_autoscale_on(False)

    def write(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 8,
        colour: str = INK,
        align: Literal["left", "center", "right"] = "left",
        bold: bool = False,
    ) -> None:
        """Write on the line that begins, or ends, at (x, y); a person's text is never read as a formula."""
        self._axes.text(
            x, y, text.replace("$", r"\$"), fontsize=size, color=colour, ha=align, va="baseline",
            fontweight="bold" if bold else "normal",
        )  # fmt: skip

    def save(self, path: Path) -> Path:
        """Write the sheet as an image, and return its path."""
        return save_figure(self._figure, path)


def shortened(text: str, longest: int) -> str:
    """The end of a text that is too long: of a path, its file's name."""
    return text if len(text) <= longest else "…" + text[len(text) - longest + 1 :]


def heated(image: NDArray[np.uint8], heat: NDArray[np.floating[Any]], colours: Any) -> NDArray[np.float64]:
    """An image in grey with heat over it, (H, W, 3) from 0 to 1.

    Args:
        image: (H, W, 3).
        heat: (H, W), from 0 to 1.
        colours: a colour map.
    """
    grey = (image / 255) @ np.array([0.299, 0.587, 0.114])  # Rec. 601
    base = np.repeat((0.12 + 0.76 * grey)[..., None], 3, axis=2)
    strength = (0.85 * heat**0.8)[..., None]
    return np.asarray((1 - strength) * base + strength * colours(heat)[..., :3])
