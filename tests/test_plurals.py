from __future__ import annotations

import pytest

from dlhw.plurals import all_of, counted, part_of, plural, rate


@pytest.mark.parametrize(
    ("count", "noun", "expected"),
    [(0, "edit", "0 edits"), (1, "edit", "1 edit"), (2, "query", "2 queries"), (12345, "word", "12,345 words")],
)
def test_a_number_has_the_right_form_of_its_noun(count: int, noun: str, expected: str) -> None:
    assert counted(count, noun) == expected


def test_one_of_one_is_the_only_one() -> None:
    assert (all_of(1, "step"), all_of(3, "step")) == ("the only step", "all 3 steps")
    assert (plural(1, "was"), plural(2, "was")) == ("was", "were")
    assert [part_of(*some, "image") for some in ((1, 1), (0, 1), (1, 2))] == [
        *("the only image", "0 of 1 image", "1 of 2 images"),
    ]


@pytest.mark.parametrize(
    ("per_second", "expected"), [(0.04, "0.0 words"), (1.0, "1.0 words"), (9.94, "9.9 words"), (9.96, "10 words")]
)
def test_a_rate_is_never_one_of_several(per_second: float, expected: str) -> None:
    assert rate(per_second, "word") == expected
