"""One trial of a run: the files of one training, say of one learning rate and seed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dlhw.errors import RunError
from dlhw.learning.files import read_json, write_atomically, write_json
from dlhw.learning.schemas import MetricsRow
from dlhw.learning.validation import check, outcome_schema, parse

BEST, STATE, METRICS, OUTCOME = "best.safetensors", "state.safetensors", "metrics.jsonl", "outcome.json"
TRIAL_FILES = (OUTCOME, STATE, BEST, METRICS)
"""All that a training leaves, in the order in which it is removed."""


class TrialFolder:
    """Where one training keeps its metrics, its best weights, its state and, at last, its outcome.

    Args:
        directory: the trial's folder; made when it is missing.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.metrics_path = directory / METRICS
        self.best_path = directory / BEST
        self.state_path = directory / STATE
        self._outcome_path = directory / OUTCOME
        try:
            directory.mkdir(exist_ok=True)
        except OSError as error:
            raise RunError(f"could not make the folder {directory}: {error.strerror}") from error

    @property
    def name(self) -> str:
        return self.directory.name

    def metrics(self) -> list[dict[str, Any]]:
        """A row for each finished epoch; none before the first. A line that was cut off is none.

        Raises:
            RunError: the file is damaged.
        """
        if not self.metrics_path.exists():
            return []
        rows, lines = [], self.metrics_path.read_bytes().split(b"\n")[:-1]  # behind the last line's end is nothing
        for number, line in enumerate(lines, start=1):
            try:
                rows.append(parse(line))
                check(rows[-1], dict[str, float])
                check(rows[-1], MetricsRow)
            except ValueError as error:
                raise RunError(
                    f"{self.metrics_path}, line {number}, is damaged: {error}",
                    f"delete it and {OUTCOME} beside it: `resume` with `out` {self.directory.parent} writes both again "
                    f"from {STATE}",
                ) from error
        return rows

    def write_metrics(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace all rows, which cuts those beyond the committed state."""
        write_atomically(self.metrics_path, "".join(_line(row) for row in rows).encode())

    def append_metrics(self, row: Mapping[str, Any]) -> None:
        """Add the row of a finished epoch."""
        try:
            with self.metrics_path.open("a") as file:
                file.write(_line(row))
        except OSError as error:
            raise RunError(
                f"could not write {self.metrics_path}: {error.strerror}",
                "the last checkpoint is whole; free space on the disk or correct the permissions, then use `resume`",
            ) from error

    def outcome(self) -> dict[str, Any] | None:
        """The result of the training; ``None`` while it has not ended."""
        run = self.directory.parent
        works = f"delete it: `resume` with `out` {run} writes it again from {STATE}; {self.best_path} still works"
        path = self._outcome_path
        return dict(read_json(path, outcome_schema, works=works)) if path.exists() else None

    def has_ended(self, epochs: int) -> bool:
        """Whether nothing is left to train of so many epochs. Raises as :meth:`outcome` does."""
        outcome = self.outcome()
        # An extended one has to go on, unless it had diverged.
        return outcome is not None and not (outcome["status"] == "finished" and outcome["epochs"] < epochs)

    def write_outcome(self, outcome: Mapping[str, Any]) -> None:
        write_json(self._outcome_path, dict(outcome))

    def clear(self) -> None:
        """Remove the trial's folder and all that is in it, in an order in which it can be interrupted.

        Without its outcome a trial is trained to its end, and without its state from its beginning.
        """
        for name in TRIAL_FILES:
            (self.directory / name).unlink(missing_ok=True)
        shutil.rmtree(self.directory)


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, allow_nan=False) + "\n"
