"""Trainings that ``--patience`` ended before their last epoch: said where their results are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from dlhw.plurals import counted


def ended_early(results: Iterable[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """The last epoch of each training that ended early, and how many were asked for."""
    return [
        (result["last_epoch"], result["epochs"])
        for result in results
        if result["status"] == "finished" and "last_epoch" in result and result["last_epoch"] < result["epochs"]
    ]


def patience_line(ended: Sequence[tuple[int, int]]) -> Iterator[Text]:
    """When they ended, and that they stay so; nothing where none did."""
    if ended:
        where = ", ".join(f"epoch {last} of {epochs}" for last, epochs in sorted(set(ended)))
        yield Text(
            f"--patience ended {counted(len(ended), 'training')} after {where}. --resume with more epochs trains no "
            "further what it has ended: for that start another run, without --patience or with more."
        )
