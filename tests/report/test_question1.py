"""Question 1 on the page: that its sentences follow from its numbers."""

from dataclasses import replace
from pathlib import Path

import pytest

from dlhw.cnn.landscapes import draw_landscapes
from dlhw.hopfield.attention import compare_attention
from dlhw.hopfield.image_retrieval import retrieve_images
from dlhw.learning.device import Compute
from dlhw.learning.events import Silence
from dlhw.report import question1
from dlhw.report.scale import QUICK
from dlhw.report.workplace import Workplace


@pytest.fixture
def workplace(compute: Compute, tmp_path: Path) -> Workplace:
    return Workplace(
        question="1.3",
        scale=replace(QUICK, trials=1),
        data=None,
        seed=42,
        compute=compute,
        changed=(),
        runs=tmp_path,
        observer=Silence(),
        should_stop=lambda: 0,
    )


def test_an_error_is_said_to_be_below_its_tolerance_only_where_it_is(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = question1.attention(workplace).rows[1]
    assert error.data == "below 1.0·10⁻¹², which rounding may do"
    for worst, said in ((1e-3, "above 1.0·10⁻¹²"), (None, "no number, and not below 1.0·10⁻¹²")):

        def wrong(*given: object, worst: float | None = worst) -> object:
            found = compare_attention(*given)  # type: ignore[arg-type]
            first = replace(found.implementations[0], worst=worst, passed=False)
            return replace(found, implementations=(first, *found.implementations[1:]))

        monkeypatch.setattr(question1, "compare_attention", wrong)
        section = question1.attention(workplace)
        assert not section.holds
        assert section.rows[1].data.startswith(said)


def test_images_that_do_not_come_back_are_not_said_to(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    def warm(*given: object, **options: object) -> object:
        return retrieve_images(*given, **options | {"beta": 0.5})  # type: ignore[arg-type]

    images, _ = draw_landscapes(24, seed=42, split="test")
    section = question1.update(workplace, images)
    assert section.rows[2].ours == "12 of 12"
    assert "gives all back" in section.figures[0].caption
    monkeypatch.setattr(question1, "retrieve_images", warm)
    section = question1.update(workplace, images)
    assert section.rows[2].ours == "0 of 12"
    assert "gives 0 of 12 back" in section.figures[0].caption
