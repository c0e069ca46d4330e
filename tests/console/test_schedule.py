from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.console.schedule import Schedule, clock


class Clock:
    """Time that passes when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr("dlhw.console.schedule.time.perf_counter", lambda: self.now)


def test_time_left_is_of_the_whole_run(monkeypatch: pytest.MonkeyPatch) -> None:
    passing = Clock(monkeypatch)
    schedule = Schedule(trials=3, epochs=10)
    schedule.begin_trial("a", 0)
    assert schedule.seconds_left() is None
    for epoch in range(6):
        passing.now = 10.0 * epoch
        schedule.advance("a", epoch)
    assert schedule.seconds_left() == pytest.approx(10 * (30 - 5))
    assert schedule.fraction == pytest.approx(5 / 30)


def test_epochs_before_a_resume_say_nothing_of_the_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    passing = Clock(monkeypatch)
    schedule = Schedule(trials=2, epochs=10)
    schedule.begin_trial("a", 10)
    schedule.end_trial("a")  # before this process began
    schedule.begin_trial("b", 6)
    schedule.advance("b", 6.0)
    passing.now = 20.0
    schedule.advance("b", 8.0)
    assert schedule.seconds_left() == pytest.approx(20.0)


def test_a_diverged_trial_is_no_work_done(monkeypatch: pytest.MonkeyPatch) -> None:
    passing = Clock(monkeypatch)
    schedule = Schedule(trials=2, epochs=10)
    schedule.begin_trial("a", 0)
    schedule.advance("a", 0.0)
    passing.now = 10.0
    schedule.advance("a", 1.0)
    schedule.end_trial("a")
    schedule.begin_trial("b", 0)
    schedule.advance("b", 0.0)
    assert schedule.seconds_left() == pytest.approx(100.0)
    assert schedule.fraction == pytest.approx(10 / 20)


def test_trials_side_by_side_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once, ten seconds an epoch each; the third follows where a place is free first."""
    passing = Clock(monkeypatch)
    schedule = Schedule(trials=3, epochs=10)
    for label in "ab":
        schedule.begin_trial(label, 0)
        schedule.advance(label, 0.0)
    passing.now = 40.0
    schedule.advance("a", 4.0)
    schedule.advance("b", 4.0)
    assert schedule.running == ["a", "b"]
    assert schedule.seconds_left() == pytest.approx(10 * (6 + 10))
    assert schedule.fraction == pytest.approx(8 / 30)
    schedule.end_trial("a")
    schedule.begin_trial("c", 0)
    assert schedule.seconds_left() == pytest.approx(10 * 10)


@given(st.integers(0, 10**6))
def test_the_clock_is_read_back(seconds: int) -> None:
    parts = [int(part) for part in clock(seconds).split(":")]
    assert sum(part * 60**place for place, part in enumerate(reversed(parts))) == seconds


def test_the_clock_without_a_time() -> None:
    assert clock(None) == "–:––"


def test_trials_of_different_cost_are_weighed_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    passing = Clock(monkeypatch)
    schedule = Schedule(trials=2, epochs=2, costs={"dear": 3.0, "cheap": 1.0})
    schedule.begin_trial("dear", 0)
    schedule.advance("dear", 0.0)
    passing.now = 30.0
    schedule.advance("dear", 1.0)
    assert schedule.fraction == 3 / 8
    assert schedule.seconds_left() == pytest.approx(30 + 20), "an epoch of the dear one, and two of the cheap one"


def test_what_was_expected_is_mended_by_how_fast_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    passing = Clock(monkeypatch)
    schedule = Schedule(trials=3, epochs=1, costs=dict.fromkeys("abc", 10.0), expected=True)
    assert schedule.seconds_left() == pytest.approx(30), "before anything is known"
    schedule.begin_trial("a", 0)
    schedule.advance("a", 0.0)
    passing.now = 100.0
    schedule.advance("a", 1.0)
    schedule.end_trial("a")
    assert schedule.fraction == pytest.approx(1 / 3)
    assert schedule.seconds_left() == pytest.approx(20 * 105 / 15)
    schedule.begin_trial("b", 1)
    schedule.end_trial("b")
    assert schedule.seconds_left() == pytest.approx(10 * 105 / 15), "what was kept says nothing of the pace"
    schedule.begin_trial("c", 0)
    schedule.end_trial("c")
    assert (schedule.fraction, schedule.seconds_left()) == (1, 0)
