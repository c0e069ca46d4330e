from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dlhw.cnn.figures import draw_training


def rows(count: int) -> list[dict[str, Any]]:
    return [{"epoch": e, "train_loss": 1 / e, "validation_accuracy": 1 - 1 / (e + 1)} for e in range(1, count + 1)]


def test_both_figures_are_drawn_and_show_each_member(tmp_path: Path) -> None:
    paths = draw_training({"0.1": rows(5), "0.01": rows(1), "diverged": []}, tmp_path, title="gap on nothing")
    assert [path.name for path in paths] == ["training-loss.png", "validation-accuracy.png"]
    for path in paths:
        pixels = np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3)
        for colour in ((0, 0x72, 0xB2), (0xD5, 0x5E, 0)):
            assert (pixels == colour).all(1).any(), f"a line in {colour} in {path.name}"
