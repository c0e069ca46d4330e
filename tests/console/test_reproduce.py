from __future__ import annotations

import io

import pytest
from rich.console import Console

from dlhw.console import views
from dlhw.console.progress import ProgressStyle, watch
from dlhw.console.reproduce import PartsDisplay
from dlhw.console.views import LiveView, PlainView
from dlhw.learning.events import Doing, Observer

TITLES = {"1.1": "The energy", "2.1": "Three learning rates", "3c": "Three proposals"}
EXPECTED = dict.fromkeys(TITLES, 10.0)


def display() -> PartsDisplay:
    return PartsDisplay("reproduce · quick", TITLES, EXPECTED)


def through(observer: Observer) -> None:
    """A part that had been done, one that runs, one that fails."""
    observer.started("1.1", ["done before"])
    observer.ended("1.1", {"status": "kept", "seconds": 5.0})
    observer.started("2.1")
    observer.advanced("2.1", Doing(0.5, "learning rate 0.1: epoch 2 of 3"))
    observer.ended("2.1", {"status": "done", "seconds": 61.0})
    observer.started("3c")
    observer.ended("3c", {"status": "failed", "seconds": 1.0, "reason": "the \x1b[31mdisk is full"})


def test_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainView(display()) as observer:
        through(observer)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "reproduce · quick",
        "1.1  done before",
        "2.1  Three learning rates  about 0:20 left",
        "2.1  done in 1:01",
        "3c  Three proposals  about 0:10 left",
        "3c  failed: the \\u001b[31mdisk is full",
    ]


def test_live_overview(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=90, height=30, color_system=None)
    monkeypatch.setattr(views, "talk", lambda: screen)
    with LiveView(display()) as observer:
        through(observer)
    assert isinstance(screen.file, io.StringIO)
    shown = screen.file.getvalue()
    assert "▸  2.1  Three learning rates" in shown
    assert "✓  2.1  Three learning rates  1:01" in shown
    assert "✗  3c" in shown
    assert "\x1b[31mdisk" not in shown, "what a part says is never obeyed"
    assert "Ctrl-C saves the state" in shown


@pytest.mark.parametrize("style", ["none", "plain"])
def test_watching_without_a_terminal(style: ProgressStyle) -> None:
    with watch(style, display()) as observer:
        observer.started("1.1")
