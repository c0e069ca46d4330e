from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from dlhw.console import views
from dlhw.console.reproduce import PartsDisplay, reproduction_result
from dlhw.console.views import LiveView, PlainView, ProgressStyle, watch
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


@pytest.mark.parametrize("width", [60, 80])
def test_the_overview_cuts_no_name_and_no_number(width: int) -> None:
    titles = {"1.1": "A convex and a concave function", "2.1": "Three learning rates"}
    parts = PartsDisplay("reproduce", titles, dict.fromkeys(titles, 10.0))
    parts.started("1.1", ())
    parts.ended("1.1", {"status": "done", "seconds": 167})
    parts.started("2.1", ())
    parts.advanced("2.1", Doing(0.5, "learning rate 0.001: epoch 2 of 3, loss 1.792, 148 images a second"))
    screen = Console(file=io.StringIO(), width=width)
    screen.print(parts.frame(20, last=False))
    assert isinstance(screen.file, io.StringIO)
    shown = screen.file.getvalue()
    assert "✓  1.1  A convex and a concave function  2:47" in shown
    assert "▸  2.1  Three learning rates" in shown
    assert {"0.001:", "1.792,", "148", "second"} <= {*shown.split()}


@pytest.mark.parametrize("style", ["none", "plain"])
def test_watching_without_a_terminal(style: ProgressStyle) -> None:
    with watch(style, display()) as observer:
        observer.started("1.1")


def document(*numbers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A quick reproduction of one part that trains."""
    row = {"question": "2.1", "quantity": "Test accuracy", "reported": 0.686, "ours": 0.5, "low": 0.4, "high": 0.6}
    part = {"question": "2.1", "status": "done", "reason": None, "trained": [{"threads": 1}]}
    hand_in = {"name": "Group 1", "numbers": numbers, "consistent": 1, "inconsistent": 1, "not_judged": 0}
    hand_in["data_not_named"] = []
    return {
        "scale": "quick",
        "rows": [row],
        "parts": [part],
        "hand_in": hand_in if numbers else None,
        "page": "index.html",
        **changes,
    }


def lines_of(document: dict[str, Any], *, width: int) -> list[str]:
    screen = Console(file=io.StringIO(), width=width)
    screen.print(*reproduction_result(document), sep="\n")
    assert isinstance(screen.file, io.StringIO)
    return [line.rstrip() for line in screen.file.getvalue().splitlines()]


def test_a_quick_table_says_which_trainings_are_cut_where_there_are_any() -> None:
    said = "Trainings of Question 2, and those called short, take a few epochs; the page has whole ones beside them."
    assert said in lines_of(document(), width=120)
    assert said not in lines_of(document(scale="full"), width=120)
    counted: dict[str, Any] = {"question": "2.3", "status": "done", "reason": None, "trained": []}
    assert said not in lines_of(document(parts=[counted]), width=120)


def test_a_hand_in_is_a_table_of_80_columns() -> None:
    number = {"question": "2.1", "quantity": "Validation accuracy, learning rate 0.01", "reported": 0.6945}
    measured = {**number, "mean": 0.7918, "low": 0.741, "high": 0.843, "consistent": False, "reason": "0.0973 below"}
    count = {**number, "reported": 5_340_742, "mean": 5_340_742, "low": None, "high": None, "consistent": True}
    shown = lines_of(document(measured, count), width=80)
    heading = next(line for line in shown if "consistent" in line)
    assert heading.split() == ["reported", "full", "runs", "95", "%", "consistent"], "no heading is broken"
    assert [line.split()[-4:] for line in shown if "accuracy," in line and "0.741" in line] == [
        ["0.6945", "0.7918", "0.741–0.843", "NO"]
    ]
    assert all(len(line) <= 80 for line in shown)
    judged = "\n".join(lines_of(document(count), width=80)).split("The numbers of Group 1")[1]
    assert "95 %" not in judged, "counts have no interval"


def test_a_hand_in_without_data_says_once_which_line_is_missing() -> None:
    number = {"question": "2.1", "quantity": "Test accuracy", "reported": 0.7, "mean": 0.8, "low": None, "high": None}
    number |= {"consistent": None, "reason": "0.1 below ours"}
    asked = document(number, number)
    asked["hand_in"]["data_not_named"] = [{"table": "landscapes", "line": 'data = "intel48"', "numbers": 2}]
    shown = lines_of(asked, width=80)
    said = " ".join(" ".join(shown).split())
    assert "does not say what 2 numbers of landscapes were measured on, so they are not judged" in said
    assert shown.count('    data = "intel48"') == 1, "on a line of its own, to be copied"
