from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.ocr.rendering.drawing.geometry import Point, Pose, _corners, _homography, draw_pose, place
from dlhw.ocr.rendering.drawing.lettering import Lettering

BOX = (10, 10, 90, 30)


def block() -> Lettering:
    mask = np.zeros((40, 100), dtype=np.uint8)
    left, top, right, bottom = BOX
    mask[top:bottom, left:right] = 255
    return Lettering(mask, BOX)


@given(
    slant=st.floats(-0.5, 0.5),
    rotation=st.floats(-0.24, 0.24),
    pinch=st.tuples(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4)),
    aspect=st.floats(0.3, 15),
)
def test_the_map_takes_the_corners_to_the_box(slant: float, rotation: float, pinch: Point, aspect: float) -> None:
    pose = Pose(height=32, margins=(0, 0, 0, 0), slant=slant, rotation=rotation, pinch=pinch)
    corners = _corners(aspect, pose)
    a, b, c, d, e, f, g, h = _homography(corners, BOX)
    left, top, right, bottom = BOX
    for (x, y), goal in zip(corners, ((left, top), (right, top), (right, bottom), (left, bottom)), strict=True):
        w = g * x + h * y + 1
        assert ((a * x + b * y + c) / w, (d * x + e * y + f) / w) == pytest.approx(goal, abs=1e-6)


def test_straight_on_a_word_fills_the_image_but_for_its_margins() -> None:
    mask = place(block(), Pose(height=40, margins=(0.5, 0.5, 0.5, 0.5)))
    assert mask.shape == (40, 100)  # ink 80×20, a margin of half its height around
    assert (mask[12:28, 12:88] == 255).all()
    assert not mask[:8].any()
    assert not mask[:, :8].any()


def test_a_negative_margin_cuts_into_the_ink() -> None:
    mask = place(block(), Pose(height=40, margins=(-0.1, -0.1, -0.1, -0.1)))
    assert (mask[1:-1, 1:-1] == 255).all()


def test_an_arch_lifts_the_middle_and_keeps_it_in_sight() -> None:
    mask = place(block(), Pose(height=40, margins=(0.1, 0.1, 0.1, 0.1), arch=0.6))
    centres = [np.flatnonzero(column > 127).mean() for column in mask.T if (column > 127).any()]
    assert centres[len(centres) // 2] < centres[2] - 5
    assert centres[0] == pytest.approx(centres[-1], abs=2)
    assert not mask[0].any()


def test_drawn_poses_stay_within_reason() -> None:
    rng = np.random.default_rng(0)
    poses = [draw_pose(8, rng) for _ in range(500)]
    assert all(20 <= pose.height <= 70 for pose in poses)
    assert all(-0.06 <= margin <= 0.6 for pose in poses for margin in pose.margins)
    assert np.mean([abs(pose.rotation) < 0.035 for pose in poses]) > 0.8
    assert max(abs(pose.rotation) for pose in poses) <= 0.24 < max(abs(draw_pose(3, rng).rotation) for _ in range(500))
