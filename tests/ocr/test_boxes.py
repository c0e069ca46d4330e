"""Where letters stand, on words whose letters' places are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dlhw.ocr.boxes import letter_boxes

COLUMN = 4


def word(letters: list[tuple[int, int]], width: int) -> NDArray[np.uint8]:
    """Bars of ink on white."""
    image = np.full((32, width), 255, dtype=np.uint8)
    for left, right in letters:
        image[6:26, left:right] = 0
    return image


def looked(places: list[float], width: int) -> NDArray[np.float32]:
    """Attention around each place."""
    columns = (np.arange(width // COLUMN) + 0.5) * COLUMN
    weights: NDArray[np.float64] = np.exp(-(((columns - np.array(places)[:, None]) / 4) ** 2))
    scaled: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return scaled


def test_letters_end_where_there_is_no_ink() -> None:
    letters = [(8, 22), (26, 34), (38, 60), (66, 76)]
    found = letter_boxes(word(letters, 84), looked([left + 4.0 for left, _ in letters], 84))
    for (one, other), (left, right) in zip(pairwise(letters), pairwise(found), strict=True):
        assert one[1] <= left[1] == right[0] <= other[0], "in the gap between the two"
    assert (found[0][0], found[-1][1]) == (8, 76), "the outermost end with their ink"


def test_one_letter_and_none() -> None:
    assert letter_boxes(word([(10, 20)], 32), looked([14.0], 32)) == [(10.0, 20.0)]
    assert letter_boxes(word([], 32), np.zeros((0, 8), dtype=np.float32)) == []


@given(
    st.lists(st.floats(0, 80), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 79), st.integers(0, 79)), max_size=5),
)
def test_boxes_are_in_the_image_and_in_their_order_whatever_was_looked_at(
    places: list[float], letters: list[tuple[int, int]]
) -> None:
    found = letter_boxes(word(letters, 80), looked(places, 80))
    assert len(found) == len(places)
    edges = [edge for box in found for edge in box]
    assert edges == sorted(edges)
    assert edges[0] >= 0
    assert edges[-1] <= 80
    assert all(one[1] == other[0] for one, other in pairwise(found))
