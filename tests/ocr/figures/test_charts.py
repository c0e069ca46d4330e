from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from PIL import Image

from dlhw.ocr.data import Unreadable
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.evaluation import evaluate
from dlhw.ocr.figures.charts import draw_evaluation
from dlhw.ocr.figures.typesetting import visible
from tests.ocr.recognisers import recognizer, words

NAMES = ["confusions.png", "by-length.png", "reliability.png", "worst-words.png"]


@pytest.mark.parametrize("attention", [True, False])
def test_every_figure_is_drawn(attention: bool, tmp_path: Path) -> None:
    made = words().select(range(8), unreadable=[Unreadable(name="gone", text="$a_b$", reason="gone")])
    result = evaluate(recognizer(attention=attention), made, BeamSearch(width=2))
    paths = draw_evaluation(recognizer(attention=attention), result, tmp_path / "new", title="$a_b$ of [bold]words")
    assert [path.name for path in paths] == [*NAMES, *(["attention.png"] if attention else [])]
    for path in paths:
        with Image.open(path) as image:
            low, high = image.convert("L").getextrema()
            assert low < 100, "there is ink"  # type: ignore[operator]
            assert high == 255


def test_words_without_errors_and_no_words_at_all_are_drawn(tmp_path: Path) -> None:
    right = tuple(found[0].text for found in recognizer().read(words(), BeamSearch(width=1)))
    for made in (words(right), words(())):
        result = evaluate(recognizer(), made, BeamSearch(width=1))
        assert not result.scores.worst
        with warnings.catch_warnings(action="error"):
            draw_evaluation(recognizer(), result, tmp_path, title="nothing")


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("a", "a"),
        (" ", "␣"),
        ("ß", "ß"),
        ("\u0301", "U+0301"),
        ("中", "U+4E2D"),
        ("\x1b", "U+001B"),
        ("\u202e", "U+202E"),
    ],
)
def test_every_character_can_be_seen(character: str, shown: str) -> None:
    assert visible(character) == shown
