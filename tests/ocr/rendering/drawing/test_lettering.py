from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlhw.ocr.rendering.drawing.lettering import PLAIN, Hand, Lettering, draw_hand, letter, thicken, thin
from dlhw.ocr.rendering.font_records import BASIC
from dlhw.ocr.rendering.fonts import Face, evaluation_fonts

EM = 48


@pytest.fixture(scope="module")
def face() -> Face:
    return next(face for face in evaluation_fonts(BASIC).faces if face.path.endswith("DejaVuSans.ttf"))


def lettered(text: str, face: Face, hand: Hand = PLAIN) -> Lettering:
    return letter(text, face, hand, np.random.default_rng(0), EM)


@pytest.mark.parametrize("text", ["Word", "gypsum", "I", "WWW"])
def test_the_box_is_tight_around_the_ink(text: str, face: Face) -> None:
    mask, (left, top, right, bottom), _ = lettered(text, face)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1) == pytest.approx((left, top, right, bottom), abs=1)


def test_neighbours_stand_outside_the_words_box(face: Face) -> None:
    alone = lettered("Word", face)
    hand = Hand(above=True, below=True, before=True, after=True)
    mask, (left, top, right, bottom), _ = lettered("Word", face, hand)
    np.testing.assert_array_equal(mask[top:bottom, left:right], alone.mask[top:bottom, left:right])
    for side in (mask[:top], mask[bottom:], mask[top:bottom, :left], mask[top:bottom, right:]):
        assert side.any()


def test_a_word_of_narrow_letters_has_no_neighbour_beside(face: Face) -> None:
    mask, (left, _, right, _), _ = lettered("ill", face, Hand(before=True, after=True))
    assert not mask[:, : left - 1].any()
    assert not mask[:, right + 1 :].any()


def test_tracking_and_small_capitals_change_the_width(face: Face) -> None:
    def width(hand: Hand) -> int:
        _, (left, _, right, _), _ = lettered("HOUSE", face, hand)
        return right - left

    assert width(Hand(tracking=0.2)) == pytest.approx(width(PLAIN) + 4 * 0.2 * EM, abs=3)
    assert width(Hand(small_rest=True)) < 0.95 * width(PLAIN)


def test_boldness_adds_and_takes_ink(face: Face) -> None:
    ink = [int(lettered("house", face, Hand(boldness=b)).mask.sum(dtype=int)) for b in (-0.02, 0.0, 0.02, 0.05)]
    assert ink == sorted(ink)
    assert ink[0] > 0.4 * ink[1], "strokes become thin and do not vanish"


def test_growing_and_shrinking_a_square() -> None:
    square = np.zeros((30, 30), dtype=np.uint8)
    square[10:20, 10:20] = 255
    assert (thicken(square, 1) > 0).sum() == 100 + 4 * 10
    assert (thicken(square, 2, upright=True) > 0).sum() == 10 * 14
    assert thicken(square, 0.5)[9, 15] == 127
    assert (thin(square, 1) > 0).sum() == 8 * 8


def test_drawn_hands_are_mostly_moderate() -> None:
    rng = np.random.default_rng(0)
    hands = [draw_hand("Word", rng) for _ in range(500)]
    assert all(0.48 <= hand.width <= 1.4 for hand in hands)
    assert 0.02 < np.mean([hand.small_rest for hand in hands]) < 0.08  # a tall initial
    assert not any(draw_hand("word", rng).small_rest for _ in range(100))
    assert 0.1 < np.mean([hand.below for hand in hands]) < 0.3
    assert any(draw_hand("WORD", rng).small_rest for _ in range(100))
    assert replace(hands[0], above=False) != replace(hands[0], above=True)
