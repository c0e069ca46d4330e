"""Both observers, told of the same events."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import pytest
from rich.console import Console

from dlhw.console import views
from dlhw.console.schedule import Schedule
from dlhw.console.training_display import TrainingDisplay
from dlhw.console.views import LiveView, PlainView, ProgressStyle, fits, watch
from dlhw.learning.events import Observer, Silence
from dlhw.learning.loop import EpochResult, StepResult


def epoch(number: int, *, best: int = 1) -> EpochResult:
    return EpochResult(
        epoch=number,
        train_loss=1.0 / number,
        metrics={"validation_loss": 0.9, "validation_accuracy": 0.5},
        learning_rate=0.01,
        seconds=61.0,
        images_per_second=1234.5,
        best_epoch=best,
        best_value=0.625,
    )


def play(observer: Observer, epochs: int) -> None:
    label = "learning rate [0.01]"
    observer.started(label, [])
    for number in range(1, epochs + 1):
        observer.advanced(label, StepResult(epoch=number, step=1, steps=2, train_loss=0.75, images_per_second=1200.0))
        observer.advanced(label, epoch(number, best=min(number, 2)))
    observer.ended(label, {"status": "finished"})
    observer.started("learning rate 10", [])
    observer.ended("learning rate 10", {"status": "diverged", "reason": "the loss is not finite any more"})


def test_plain_progress_is_a_line_an_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainView(TrainingDisplay("cnn train · gap", Schedule(trials=2, epochs=3))) as observer:
        play(observer, 3)
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert lines[0] == "cnn train · gap"
    assert lines[1].startswith("learning rate [0.01]  epoch  1/3  loss 1.0000  validation loss 0.9000")
    assert "validation accuracy 0.5000  best 0.6250 @ 1  1,234 images/s" in lines[1]
    assert lines[3].endswith("left")
    assert lines[4] == "learning rate 10: the loss is not finite any more"
    assert len(lines) == 5


def test_plain_progress_breaks_no_number_on_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    with PlainView(TrainingDisplay("cnn train · gap", Schedule(trials=2, epochs=3))) as observer:
        play(observer, 1)
    lines = capsys.readouterr().err.splitlines()
    assert max(map(len, lines)) <= 60
    words = [word for line in lines for word in line.split()]
    assert {"1.0000", "0.9000", "0.5000", "0.6250", "1,234", "images/s"} <= {*words}


Draw = Callable[[int, int], str]


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Play a live training on a terminal of the given height, and return its last frame before the end."""

    def run(epochs: int, height: int) -> str:
        def terminal() -> Console:
            return Console(file=io.StringIO(), force_terminal=True, width=90, height=height, markup=False)

        monkeypatch.setattr(views, "talk", terminal)
        display = TrainingDisplay("cnn train · gap", Schedule(trials=2, epochs=epochs))
        with LiveView(display) as observer:
            label = "learning rate [0.01]"
            observer.started(label, [])
            for number in range(1, epochs + 1):
                observer.advanced(label, epoch(number, best=2))
            step = StepResult(epoch=epochs, step=1, steps=2, train_loss=0.75, images_per_second=1200.0)
            observer.advanced(label, step)
            console = Console(file=io.StringIO(), width=90, height=height, markup=False)
            console.print(display.frame(height, last=False))
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    return run


def test_a_live_frame_shows_what_the_contract_asks_for(draw: Draw) -> None:
    frame = draw(3, 30)
    for wanted in ("learning rate [0.01]  (1 of 2)", "validation accuracy", "0.6250 @  2", "1:01", "1,234",
                   "epoch 3 of 3", "loss 0.7500", "1,200 images/s", "whole run", "left", "Ctrl-C"):  # fmt: skip
        assert wanted in frame


@pytest.mark.parametrize("height", [15, 24, 40])
def test_a_live_table_never_outgrows_the_terminal(draw: Draw, height: int) -> None:
    frame = draw(100, height)
    assert frame.count("\n") < height
    assert " 100 " in frame, "the newest epochs are the ones that stay"


Frame = Callable[[int, int], list[str]]


@pytest.fixture
def side_by_side(monkeypatch: pytest.MonkeyPatch) -> Frame:
    """The lines of a frame in which two trials train and all before them have ended, the first by diverging."""

    def run(ended: int, height: int) -> list[str]:
        def terminal() -> Console:
            return Console(file=io.StringIO(), force_terminal=True, width=80, height=height, markup=False)

        monkeypatch.setattr(views, "talk", terminal)
        display = TrainingDisplay("cnn train · gap", Schedule(trials=ended + 2, epochs=40))
        with LiveView(display) as observer:
            last = StepResult(epoch=2, step=1, steps=2, train_loss=0.5, images_per_second=1200.0)
            labels = [f"learning rate 0.{number:03}, seed 42" for number in range(1, ended + 3)]
            for label in labels:
                observer.started(label, [])
                observer.advanced(
                    label, StepResult(epoch=1, step=1, steps=2, train_loss=0.75, images_per_second=1200.0)
                )
            for number, label in enumerate(labels):
                if number == 0 and ended:
                    observer.ended(label, {"status": "diverged", "reason": "the loss is not finite"})
                    continue
                observer.advanced(label, epoch(1))
                if number < ended:
                    observer.ended(label, {"status": "finished"})
            observer.advanced(labels[-1], last)
            console = Console(file=io.StringIO(), width=80, height=height, markup=False)
            console.print(display.frame(height, last=False))
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue().splitlines()

    return run


def test_trials_side_by_side_have_a_line_each(side_by_side: Frame) -> None:
    lines = side_by_side(2, 30)
    diverged, finished, busy, newest = [line for line in lines if "learning rate" in line]
    assert "diverged" in diverged
    assert "finished" in finished
    assert "1.0000" in busy, "the loss of the epoch that is over"
    for wanted in ("2/40", "0.5000", "0.6250 @  1"):
        assert wanted in newest
    assert any("2,434 images/s" in line for line in lines), "of both that train"
    assert any("whole run" in line and "left" in line for line in lines)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("height", [15, 24, 40])
def test_many_trials_never_outgrow_the_terminal(side_by_side: Frame, height: int) -> None:
    ended = height + 10
    lines = side_by_side(ended, height)
    assert len(lines) < height
    newest = f"0.{ended + 1:03}", f"0.{ended + 2:03}"
    assert sum(any(rate in line for rate in newest) for line in lines) == 2, "those that train stay"


@pytest.mark.parametrize(
    ("style", "kind"), [("none", Silence), ("plain", PlainView), ("auto", PlainView), ("live", LiveView)]
)
def test_the_style_chooses_the_view(style: ProgressStyle, kind: type) -> None:
    with watch(style, TrainingDisplay("title", Schedule(trials=1, epochs=1))) as observer:
        assert isinstance(observer, kind)


def test_a_frame_says_that_a_stop_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=80, height=24)
    monkeypatch.setattr(views, "talk", lambda: screen)
    asked = 0
    with watch("live", TrainingDisplay("title", Schedule(trials=1, epochs=1)), lambda: asked) as observer:
        observer.started("learning rate 0.1", [])
        assert isinstance(screen.file, io.StringIO)
        assert views.STOP_NOTED not in screen.file.getvalue()
        asked = 2
        observer.started("learning rate 0.2", [])
        assert views.STOP_NOTED in screen.file.getvalue()


def test_live_needs_room_and_somebody_who_looks() -> None:
    def console(**options: object) -> Console:
        return Console(**{"force_terminal": True, "width": 80, "height": 15} | options)  # type: ignore[arg-type]

    assert fits(console())
    assert not fits(console(width=79))
    assert not fits(console(height=14))
    assert not fits(console(force_terminal=False))
