from __future__ import annotations

import io

import pytest
from rich.console import Console

from dlhw.console import reproduce as views
from dlhw.console.progress import ProgressStyle
from dlhw.console.reproduce import Forecast, LiveOverview, PlainOverview
from dlhw.report.watching import Watcher

TITLES = {"1.1": "The energy", "2.1": "Three learning rates", "3c": "Three proposals"}
EXPECTED = dict.fromkeys(TITLES, 10.0)


def through(watcher: Watcher) -> None:
    """A part that had been done, one that runs, one that fails."""
    watcher.ended("1.1", "kept", 5.0)
    watcher.ended("3a", "kept", 5.0)  # not asked for now
    watcher.started("2.1")
    watcher.progress("2.1", 0.5, "learning rate 0.1: epoch 2 of 3")
    watcher.ended("2.1", "done", 61.0)
    watcher.started("3c")
    watcher.ended("3c", "failed", 1.0, "the \x1b[31mdisk is full")


def test_the_forecast_learns_how_fast_the_machine_is() -> None:
    forecast = Forecast(EXPECTED)
    assert forecast.seconds_left() == pytest.approx(30)
    forecast.ended("1.1", 100.0, kept=False)
    assert forecast.fraction == pytest.approx(1 / 3)
    assert forecast.seconds_left() == pytest.approx(20 * 105 / 15)
    forecast.ended("2.1", 0.0, kept=True)
    assert forecast.seconds_left() == pytest.approx(10 * 105 / 15), "what was kept says nothing of the pace"
    forecast.ended("3c", 10.0, kept=False)
    assert forecast.fraction == 1
    assert forecast.seconds_left() == 0


def test_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainOverview("reproduce · quick", TITLES, Forecast(EXPECTED)) as watcher:
        through(watcher)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "reproduce · quick"
    assert lines[1] == "1.1  done before"
    assert lines[2].startswith("2.1  Three learning rates  about 0:")
    assert "2.1  done in 1:01" in lines
    assert lines[-1] == "3c  failed: the \\u001b[31mdisk is full"


def test_live_overview(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=90, height=30, color_system=None)
    monkeypatch.setattr(views, "talk", lambda: screen)
    with LiveOverview("reproduce · quick", TITLES, Forecast(EXPECTED)) as watcher:
        through(watcher)
    assert isinstance(screen.file, io.StringIO)
    shown = screen.file.getvalue()
    assert "▸  2.1  Three learning rates" in shown
    assert "✓  2.1  Three learning rates  1:01" in shown
    assert "✗  3c" in shown
    assert "\x1b[31mdisk" not in shown, "what a part says is never obeyed"
    assert "Ctrl-C saves the state" in shown


@pytest.mark.parametrize("style", ["none", "plain"])
def test_watching_without_a_terminal(style: ProgressStyle) -> None:
    with views.watch(style, "title", TITLES, EXPECTED) as watcher:
        watcher.started("1.1")
