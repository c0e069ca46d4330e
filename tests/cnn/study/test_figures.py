from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dlhw.cnn.study.figures import draw_study

NO_INTERVAL = {"low": None, "high": None}


def document(*, seeds: int = 1, diverged: bool = False, source: str = "procedural landscapes") -> dict[str, Any]:
    spread = {"n": 1, "deviation": None, "low": 0.75, "high": 0.85} if seeds == 1 else {"n": seeds, "deviation": 0.01}
    accuracy = {"value": 0.8, **NO_INTERVAL, **spread}
    none = {"value": None, "n": 0, "deviation": None, **NO_INTERVAL}
    difference = {"value": -0.02, "low": -0.05, "high": 0.01, "p": 0.2}
    costs = {"parameters": 756_742, "macs": 23_882_752, "step": {"milliseconds": 80.0}}
    return {
        "variants": [
            {"name": "gap", "accuracy": accuracy, **costs},
            {"name": "stride", "accuracy": none if diverged else accuracy, **costs},
        ],
        "comparisons": [
            {
                "name": "pooling",
                "question": "Pooling?",
                "entries": [
                    {"variant": "gap", "label": "maximum", "against": None, "difference": None},
                    {
                        "variant": "stride",
                        "label": "stride 2",
                        "against": "gap",
                        "difference": dict.fromkeys(difference) if diverged else difference,
                    },
                ],
            }
        ],
        "data": {"train": 30, "source": source},
        "seeds": seeds,
        "epochs": 1,
    }


@pytest.mark.parametrize(
    "changes",
    [{}, {"seeds": 3}, {"diverged": True}, {"source": "/home/$me/with$/a very long way to/photos.npz"}],
)
def test_the_figure_is_drawn_whatever_the_study_found(changes: dict[str, Any], tmp_path: Path) -> None:
    path = draw_study(document(**changes), tmp_path / "study.png")
    image = Image.open(path)
    assert image.width > image.height > 200
    assert len(image.convert("RGB").getcolors(1 << 24) or []) > 50, "more than a blank page"


def test_a_study_without_comparisons_is_drawn_too(tmp_path: Path) -> None:
    assert draw_study({**document(), "comparisons": []}, tmp_path / "study.png").exists()
