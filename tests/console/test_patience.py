"""What is said of trainings that patience ended."""

from __future__ import annotations

from dlhw.console.patience import ended_early, patience_line


def test_only_trainings_that_ended_early_are_named() -> None:
    whole = {"status": "finished", "last_epoch": 4, "epochs": 4}
    older = {"status": "finished", "epochs": 4}  # runs of earlier versions do not say where they ended
    diverged = {"status": "diverged", "last_epoch": 1, "epochs": 4}
    assert ended_early([whole, older, diverged]) == []
    assert list(patience_line([])) == []
    ended = ended_early([whole, {"status": "finished", "last_epoch": 2, "epochs": 4}])
    (line,) = patience_line(ended)
    assert line.plain.startswith("--patience ended 1 training after epoch 2 of 4.")
