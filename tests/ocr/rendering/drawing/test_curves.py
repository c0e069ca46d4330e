from __future__ import annotations

import math

import numpy as np
import pytest

from dlhw.ocr.rendering.drawing.curves import (
    LEAST_RADIUS,
    NO_STRAY,
    Curve,
    Line,
    Stray,
    draw_arc,
    draw_s,
    on_curve,
)
from dlhw.ocr.rendering.drawing.lettering import PLAIN, Lettering, letter
from dlhw.ocr.rendering.font_records import BASIC
from dlhw.ocr.rendering.fonts import Face, evaluation_fonts
from dlhw.ocr.rendering.glyphs import EM, typecase


@pytest.fixture(scope="module")
def face() -> Face:
    return next(face for face in evaluation_fonts(BASIC).faces if face.path.endswith("DejaVuSans.ttf"))


def along(text: str, face: Face, *, line: Line = "up", span: float = 0.0, stray: Stray = NO_STRAY) -> Lettering:
    rng = np.random.default_rng(0)
    return on_curve(text, face, PLAIN, Curve(line=line, span=span), rng, stray=stray).lettering


def ink(lettering: Lettering) -> float:
    return float(lettering.mask.sum(dtype=np.int64)) / 255


def test_on_a_straight_line_the_word_is_set_as_ever(face: Face) -> None:
    curved, straight = along("Station", face, line="straight"), letter("Station", face, PLAIN, np.random.default_rng(0))
    assert curved.box[2] - curved.box[0] == pytest.approx(straight.box[2] - straight.box[0], abs=3)
    assert ink(curved) == pytest.approx(ink(straight), rel=0.01)


@pytest.mark.parametrize("text", ["IN", "TEA", "Station", "international"])
@pytest.mark.parametrize("degrees", [29, 86, 149, 185])
def test_no_letter_covers_another_whatever_the_arc(text: str, degrees: int, face: Face) -> None:
    """Covered ink is counted once: the word would have less of it than its letters have alone."""
    alone = sum(ink(letter(one, face, PLAIN, np.random.default_rng(0))) for one in text)
    assert ink(along(text, face, span=math.radians(degrees))) == pytest.approx(alone, rel=0.03)


@pytest.mark.parametrize("degrees", [60, 120, 180])
def test_the_letters_turn_through_the_span(degrees: int, face: Face) -> None:
    """I is a bar, and how its ink lies tells how it is turned: the first of II by half of the span, less half an I."""
    mask = along("II", face, span=math.radians(degrees)).mask
    y, x = np.nonzero(mask[:, : mask.shape[1] // 2] > 128)
    along_x, along_y = np.linalg.eigh(np.cov(x, y))[1][:, 1]
    advance = typecase(face.path, 0, (), EM).glyph("I").advance
    length = LEAST_RADIUS * EM * math.radians(degrees)
    turned = math.degrees(math.atan2(abs(along_x), abs(along_y)))
    assert turned == pytest.approx(degrees / 2 * (1 - advance / length), abs=4)


def test_up_is_an_arch_and_down_a_bowl(face: Face) -> None:
    def middle_below_ends(line: Line) -> float:
        mask = along("OOOOOOO", face, line=line, span=2.0).mask
        rows = np.arange(mask.shape[0])[:, None]
        columns = np.flatnonzero(mask.max(axis=0) > 128)
        mean = [(rows * mask[:, part]).sum() / mask[:, part].sum() for part in np.array_split(columns, 5)]
        return float(mean[2] - (mean[0] + mean[4]) / 2)

    assert middle_below_ends("up") < -20
    assert middle_below_ends("down") > 20


def test_the_box_is_that_of_the_ink(face: Face) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        curve = draw_arc(rng) if seed % 2 else draw_s(rng)
        mask, (left, top, right, bottom), _ = on_curve("Word", face, PLAIN, curve, rng).lettering
        assert mask[top:bottom, left:right].sum() == pytest.approx(mask.sum(), rel=0.005)
        assert mask[top, left:right].max() > 30
        assert mask[top:bottom, right - 1].max() > 30


def test_stray_letters_differ_and_all_are_there(face: Face) -> None:
    stray = Stray(turn=0.15, size=0.1, rise=0.08)
    lettering = along("HHHHHH", face, line="straight", stray=stray)
    columns = np.flatnonzero(lettering.mask.max(axis=0) > 128)
    parts = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
    heights = {int((lettering.mask[:, part].max(axis=1) > 128).sum()) for part in parts}
    assert len(heights) > 2


def test_spans_reach_from_slight_to_more_than_half_a_circle() -> None:
    rng = np.random.default_rng(0)
    spans = [math.degrees(draw_arc(rng).span) for _ in range(500)]
    assert min(spans) < 25
    assert 180 < max(spans) <= 185


@pytest.mark.parametrize("line", ["up", "down"])
def test_a_badges_band_goes_along_the_word_and_holds_its_letters(line: Line, face: Face) -> None:
    rng = np.random.default_rng(0)
    word = on_curve("COFFEE", face, PLAIN, Curve(line=line, span=2.0, tilt=0.3), rng)
    band = word.band(0.7, 0.7)
    assert band.box == word.lettering.box
    letters = word.lettering.mask > 128
    assert band.mask[letters].all()
    left, top, right, bottom = word.lettering.box
    share = (band.mask[top:bottom, left:right] > 0).mean()
    assert 0.3 < share < 0.95, "and within the arc there is something else"
