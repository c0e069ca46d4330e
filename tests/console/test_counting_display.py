"""Bars for what is counted: on a terminal, and nowhere else."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from dlhw.console import counting_display, views
from dlhw.console.counting_display import CountingDisplay, track, watch_count
from dlhw.learning.events import Doing


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal of eighty columns is shown."""
    shown = io.StringIO()
    terminal = Console(file=shown, force_terminal=True, width=80, height=24, color_system=None)
    monkeypatch.setattr(views, "talk", lambda: terminal)
    monkeypatch.setattr(counting_display, "talk", lambda: terminal)
    monkeypatch.setattr(CountingDisplay, "seconds_between_frames", 0.0)
    return shown


def test_items_are_counted_and_pass_unchanged(screen: io.StringIO) -> None:
    assert list(track(range(30), "images read", 30)) == list(range(30))
    shown = screen.getvalue()
    assert "images read" in shown
    assert "12/30" in shown
    assert "30/30" in shown
    assert "left" in shown


def test_what_is_over_at_once_has_no_bar(screen: io.StringIO) -> None:
    assert list(track(range(19), "images read", 19)) == list(range(19))
    assert screen.getvalue() == ""


def test_a_count_without_an_end_says_what_is_done(screen: io.StringIO) -> None:
    with watch_count("reading", unit="rows") as observer:
        observer.advanced("reading", Doing(1200, "read \x1b[2Jtruth.csv"))
    shown = screen.getvalue()
    assert "read \\u001b[2Jtruth.csv: 1,200 rows" in shown
    assert "/s" in shown


def test_a_pipe_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track(range(30), "images read", 30)) == list(range(30))
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
