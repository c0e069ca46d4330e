from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from dlhw.ocr.preprocessing import prepare
from dlhw.ocr.rendering.font_records import BASIC
from dlhw.ocr.rendering.fonts import FontSet, evaluation_fonts
from dlhw.ocr.rendering.mix import Difficulty
from dlhw.ocr.rendering.rendered import render_word

WORDS = ("I", "the", "Station", "MISSISSIPPI", "-50%", "W" * 24, "i.", "'", "g", "2024-12-31")


@pytest.fixture(scope="module")
def fonts() -> FontSet:
    return evaluation_fonts(BASIC + "-%.'")


def draw(text: str, fonts: FontSet, seed: int, difficulty: Difficulty = "full") -> Image.Image:
    return render_word(text, fonts, np.random.default_rng(seed), difficulty)


@pytest.mark.parametrize("difficulty", ["plain", "full", "reader"])
@pytest.mark.parametrize("text", WORDS)
def test_every_word_becomes_an_image_of_natural_size(text: str, difficulty: Difficulty, fonts: FontSet) -> None:
    for seed in range(25):
        image = draw(text, fonts, seed, difficulty)
        assert image.mode == "RGB"
        assert 20 <= image.height <= 96
        assert 8 <= image.width <= 1600
        assert prepare(image).std() > 1, "something is to be seen"


def test_longer_words_are_wider(fonts: FontSet) -> None:
    short, long = (
        np.mean([prepare(draw(text, fonts, seed)).shape[1] for seed in range(40)]) for text in ("on", "ononono")
    )
    assert long > 2 * short


def test_the_same_seed_draws_the_same_image(fonts: FontSet) -> None:
    for seed in range(20):
        assert draw("Word", fonts, seed) == draw("Word", fonts, seed)
    assert len({draw("Word", fonts, seed).tobytes() for seed in range(20)}) == 20


def test_plain_words_are_dark_on_white_and_untouched(fonts: FontSet) -> None:
    for seed in range(30):
        pixels = np.asarray(draw("plain", fonts, seed, "plain"))
        assert (pixels == pixels[..., :1]).all(), "grey"
        border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        assert border.min() == border.max() >= 237, "the ground is even, and nothing touches the edge"
        assert pixels.min() <= 45


def test_full_words_come_in_all_colours_and_a_seventh_is_plain(fonts: FontSet) -> None:
    images = [np.asarray(draw("world", fonts, seed)).astype(int) for seed in range(300)]
    coloured = [np.ptp(image, axis=2).max() > 40 for image in images]
    assert np.mean(coloured) > 0.5
    dark_grounds = [np.median(image[0]) < 100 for image in images]
    assert 0.25 < np.mean(dark_grounds) < 0.6
    grey_and_even = [not np.ptp(p, axis=2).any() and np.unique(p[0]).size == 1 and p[0, 0, 0] >= 237 for p in images]
    assert 0.09 < np.mean(grey_and_even) < 0.25


def test_full_words_can_mostly_be_told_from_their_ground(fonts: FontSet) -> None:
    spreads = []
    for seed in range(200):
        low, high = np.percentile(prepare(draw("Legible", fonts, seed)), (3, 97))
        spreads.append(high - low)
    assert np.percentile(spreads, 5) > 30
    assert np.median(spreads) > 100


def test_rendering_needs_no_torch_and_no_matplotlib() -> None:
    code = (
        "import sys; from dlhw.ocr.rendering.rendered import rendered_words;"
        "from dlhw.ocr.words.source import WordSource;"
        "rendered_words(WordSource(), 'test', seed=1).pack(0, 2);"
        "assert not {'torch', 'matplotlib', 'rich', 'typer'} & sys.modules.keys()"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
