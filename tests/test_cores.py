"""Advice on threads, where the cores are not this process's alone."""

from __future__ import annotations

import pytest

from dlhw.cores import crowding


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four cores that are idle."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("dlhw.cores._asked", None)
    monkeypatch.setattr("dlhw.cores.usable_cores", lambda: 4)
    monkeypatch.setattr("dlhw.cores.os.cpu_count", lambda: 4)
    monkeypatch.setattr("dlhw.cores.os.getloadavg", lambda: (0.5, 9.0, 9.0), raising=False)


def test_nothing_is_said_of_idle_cores() -> None:
    assert [crowding(threads) for threads in (None, 1, 4)] == ["", "", ""]


def test_more_threads_than_cores_are_told() -> None:
    assert crowding(8) == "8 threads share 4 cores and wait for each other: `threads` 4"


def test_busy_cores_are_told_unless_threads_were_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlhw.cores.os.getloadavg", lambda: (6.25, 0.0, 0.0), raising=False)
    assert "load 6.2 on 4): `threads` 1" in crowding(None)
    assert crowding(2) == ""


def test_a_variable_that_half_of_the_work_follows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert "`threads` 1 sets both" in crowding(None)
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    assert crowding(None) == ""
