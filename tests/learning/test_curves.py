from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlhw.errors import RunError
from dlhw.learning.bands import draw_training
from dlhw.learning.curves import plot_curves


def rows(count: int) -> list[dict[str, Any]]:
    return [{"epoch": e, "train_loss": 1 / e, "validation_accuracy": 1 - 1 / (e + 1)} for e in range(1, count + 1)]


def draw(curves: dict[str, list[dict[str, Any]]], folder: Path, title: str = "gap on nothing") -> list[Path]:
    repeats, heading = {label: [rows] for label, rows in curves.items()}, "Validation accuracy"
    return draw_training(repeats, folder, "validation_accuracy", heading=heading, title=title, best=max)


def test_both_figures_are_drawn_and_show_each_trial(tmp_path: Path) -> None:
    paths = draw({"0.1": rows(5), "0.01": rows(1), "diverged": []}, tmp_path)
    assert [path.name for path in paths] == ["training-loss.png", "validation-accuracy.png"]
    for path in paths:
        pixels = np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3)
        for colour in ((0, 0x72, 0xB2), (0xD5, 0x5E, 0)):
            assert (pixels == colour).all(1).any(), f"a line in {colour} in {path.name}"


def test_an_epoch_is_a_whole_number_however_few_there_are() -> None:
    for count in (1, 2, 3):
        (axes,) = plot_curves({"": rows(count)}, "train_loss").axes
        ticks = [tick for tick in axes.get_xticks() if axes.get_xlim()[0] <= tick <= axes.get_xlim()[1]]
        assert ticks == list(range(1, count + 1))


def test_a_long_path_in_the_small_print_shrinks_nothing(tmp_path: Path) -> None:
    (tmp_path / "long").mkdir()
    (loss, _) = draw({"0.1": rows(5)}, tmp_path / "long", title="gap on /" + "folder/" * 60)
    with Image.open(loss) as long, Image.open(draw({"0.1": rows(5)}, tmp_path)[0]) as short:
        below = (0, 120, long.width, long.height)  # the axes
        assert long.crop(below).tobytes() == short.crop(below).tobytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_figure_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "training-loss.png").symlink_to("/dev/full")
    with pytest.raises(RunError, match=r"could not write .*training-loss\.png: No space left on device"):
        draw({"0.1": rows(5)}, tmp_path)
