"""Figures that are drawn while a run trains."""

from __future__ import annotations

import gc
import itertools
import weakref
from pathlib import Path

import pytest

from dlhw.errors import RunError
from dlhw.learning.events import Silence
from dlhw.learning.live_curves import LARGEST_SHARE, SECONDS_BETWEEN_DRAWINGS, LiveCurves
from dlhw.learning.loop import EpochResult, StepResult
from tests.conftest import Invoke


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def epoch(number: int) -> EpochResult:
    return EpochResult(
        epoch=number,
        train_loss=1.0,
        metrics={},
        learning_rate=0.1,
        seconds=1.0,
        images_per_second=1.0,
        best_epoch=1,
        best_value=1.0,
    )


def test_figures_are_drawn_after_an_epoch_and_cost_a_small_share() -> None:
    clock, drawn = Clock(), list[float]()

    def draw() -> None:
        drawn.append(clock.now)
        clock.now += 3.0

    curves = LiveCurves(Silence(), draw, clock=clock)
    for second in range(1, 1000):
        clock.now = max(clock.now, float(second))
        curves.advanced("gap", StepResult(epoch=1, step=1, steps=2, train_loss=1.0, images_per_second=1.0))
        curves.advanced("gap", epoch(second))
    assert drawn[0] == SECONDS_BETWEEN_DRAWINGS
    assert len(drawn) > 3
    assert all(later - earlier - 3.0 >= 3.0 / LARGEST_SHARE for earlier, later in itertools.pairwise(drawn))


def test_figures_that_refer_to_themselves_are_freed_at_once() -> None:
    clock, drawn = Clock(), list[weakref.ref[Clock]]()

    def draw() -> None:
        figure = Clock()
        figure.__dict__["canvas"] = figure
        drawn.append(weakref.ref(figure))

    gc.disable()
    try:
        curves = LiveCurves(Silence(), draw, clock=clock)
        clock.now = SECONDS_BETWEEN_DRAWINGS
        curves.advanced("gap", epoch(1))
    finally:
        gc.enable()
    assert [one() for one in drawn] == [None]


def test_a_figure_that_cannot_be_written_ends_no_training() -> None:
    clock, tried = Clock(), list[float]()

    def fail() -> None:
        tried.append(clock.now)
        raise RunError("could not write figures/training-loss.png")

    curves = LiveCurves(Silence(), fail, clock=clock)
    clock.now = SECONDS_BETWEEN_DRAWINGS
    curves.advanced("gap", epoch(1))
    assert tried == [SECONDS_BETWEEN_DRAWINGS]


@pytest.mark.parametrize("seeds", ["1", "2"])
def test_the_figures_of_a_run_grow_with_its_epochs(
    archive: Path, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch, seeds: str
) -> None:
    import dlhw.learning.bands as figures

    monkeypatch.setattr("dlhw.learning.live_curves.SECONDS_BETWEEN_DRAWINGS", 0.0)
    monkeypatch.setattr("dlhw.learning.live_curves.LARGEST_SHARE", 1e9)
    seen, draw = list[list[int]](), figures.draw_training

    def noting(repeats, *arguments, **options):  # type: ignore[no-untyped-def]
        seen.append([len(rows) for trainings in repeats.values() for rows in trainings])
        paths = draw(repeats, *arguments, **options)
        assert all(path.exists() for path in paths)
        return paths

    monkeypatch.setattr(figures, "draw_training", noting)
    arguments = ("--data", archive, "--epochs", "2", "--seeds", seeds, "--threads", "1", "--out", "run")
    assert invoke("cnn", "train", "--gap", *arguments).code == 0
    expected = {"1": [[1], [2], [2]], "2": [[1, 0], [2, 0], [2, 1], [2, 2], [2, 2]]}
    assert seen == expected[seeds]


def test_the_figures_of_words_are_drawn_too(
    own_words: Path, small_ocr: None, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dlhw.learning.bands as figures

    monkeypatch.setattr("dlhw.learning.live_curves.SECONDS_BETWEEN_DRAWINGS", 0.0)
    monkeypatch.setattr("dlhw.learning.live_curves.LARGEST_SHARE", 1e9)
    seen, draw = list[int](), figures.draw_training

    def noting(repeats, *arguments, **options):  # type: ignore[no-untyped-def]
        seen.extend(len(rows) for (rows,) in repeats.values())
        return draw(repeats, *arguments, **options)

    monkeypatch.setattr(figures, "draw_training", noting)
    assert invoke("ocr", "train", "--data", own_words, "--epochs", "2", "--threads", "1").code == 0
    assert seen == [1, 2, 2]
