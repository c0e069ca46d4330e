"""Every style, surrounding and lens: the word stays to be seen, and nothing breaks at any size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlhw.ocr.preprocessing import prepare
from dlhw.ocr.rendering.composed import compose
from dlhw.ocr.rendering.drawing.camera import LENSES
from dlhw.ocr.rendering.drawing.materials import DRAWN_IN
from dlhw.ocr.rendering.drawing.styles import STYLES
from dlhw.ocr.rendering.drawing.surroundings import BEFORE, BEHIND
from dlhw.ocr.rendering.font_records import BASIC
from dlhw.ocr.rendering.fonts import FontSet, evaluation_fonts
from dlhw.ocr.rendering.mix import READER, USUAL

STAGES = {"style": STYLES, "behind": BEHIND, "before": BEFORE, "lens": LENSES}
KINDS = [(stage, name) for stage, names in STAGES.items() for name in names]


@pytest.fixture(scope="module")
def fonts() -> FontSet:
    return evaluation_fonts(BASIC)


@pytest.fixture(scope="module")
def word() -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """A bar within a ground: (40, 120)."""
    mask = np.zeros((40, 120), dtype=np.uint8)
    mask[8:32, 20:100] = 255
    return mask


@pytest.mark.parametrize(("stage", "name"), KINDS)
def test_the_same_seed_draws_the_same_word_of_any_length(stage: str, name: str, fonts: FontSet) -> None:
    for text in ("i", "Word", "W" * 20):
        plan = replace(USUAL, **{stage: name})
        face = fonts.faces[0]
        one, other = (compose(text, face, plan, np.random.default_rng(4)) for _ in range(2))
        assert one == other
        assert prepare(one).std() > 1


@pytest.mark.parametrize("name", STYLES)
def test_what_is_within_the_letters_differs_from_the_ground(
    name: str, word: np.ndarray[tuple[int, int], np.dtype[np.uint8]]
) -> None:
    """Or their edges do: brightness changes by more than noise where the letters end, in nine of ten words."""
    seen = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        image = np.full((3, *word.shape), 0.75, dtype=np.float32)
        STYLES[name](rng, image, word, np.full((3, 1, 1), 0.2, dtype=np.float32), 0.5)
        assert np.isfinite(image).all()
        inside, outside = image[:, 6:34, 18:102], image[:, :4]
        seen.append(max(abs(inside.mean() - outside.mean()), inside.std()))
    assert np.quantile(seen, 0.1) > 0.08


def test_lamps_keep_letters_apart() -> None:
    """Fat letters with gaps narrower than a lamp: in most words the gaps are darker than the letters."""
    mask = np.zeros((64, 192), dtype=np.uint8)
    lefts = range(16, 160, 24)
    for left in lefts:
        mask[12:52, left : left + 20] = 255
    apart = []
    for seed in range(60):
        image = np.full((3, *mask.shape), 0.2, dtype=np.float32)
        STYLES["lamps"](np.random.default_rng(seed), image, mask, np.full((3, 1, 1), 0.9, dtype=np.float32), 0.6)
        columns = image[:, 16:48].mean(axis=(0, 1))
        letters = np.mean([columns[left + 4 : left + 16].mean() for left in lefts])
        gaps = np.mean([columns[left + 20 : left + 24].mean() for left in lefts])
        apart.append(letters - gaps)
    assert np.quantile(apart, 0.1) > 0.1


@pytest.mark.parametrize("name", DRAWN_IN)
def test_materials_stay_around_the_colour_of_the_ink(
    name: str, word: np.ndarray[tuple[int, int], np.dtype[np.uint8]]
) -> None:
    ink = np.full((3, 1, 1), 0.3, dtype=np.float32)
    for seed in range(20):
        paint, cover = DRAWN_IN[name](np.random.default_rng(seed), word, ink, 0.5)
        assert np.broadcast_to(paint, (3, 40, 120))[:, 8:32, 20:100].mean() == pytest.approx(0.3, abs=0.3)
        assert not cover[word == 0].any()
        assert cover[word > 0].mean() > 0.4


def test_what_stands_before_a_word_hides_little_of_it(
    word: np.ndarray[tuple[int, int], np.dtype[np.uint8]],
) -> None:
    for name, function in BEFORE.items():
        shares = []
        for seed in range(60):
            image = np.full((3, *word.shape), 0.5, dtype=np.float32)
            function(np.random.default_rng(seed), image, word)
            shares.append((np.abs(image - 0.5).max(axis=0)[word > 0] > 0.3).mean())
        assert np.mean(shares) < 0.2, name


def test_the_mix_is_quick_to_plan() -> None:
    rng = np.random.default_rng(0)
    assert len({READER.plan(rng) for _ in range(500)}) > 100
