"""``--tensorboard``: the rows of ``metrics.jsonl`` as scalars in TensorBoard's event files.

Each trial has an event file in its own folder. It is derived from the rows: another one is made of all of them when the
trial is resumed, and the one before is emptied, so that no step is repeated or missing.
"""

from __future__ import annotations

import importlib.util
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dlhw.errors import RunError, UsageError

if TYPE_CHECKING:
    from dlhw.learning.events import Observer, Progress
    from dlhw.learning.run import Run
    from dlhw.learning.trial import Trial
    from dlhw.learning.trial_folder import TrialFolder

PREFIX = "events.out.tfevents."
"""By which TensorBoard finds event files. Of several it reads the last by name last."""

STEP = "epoch"
"""What a row is numbered by; all else in it is a scalar."""


def check_tensorboard() -> None:
    """Refuse before any work is done.

    Raises:
        UsageError: the package is missing.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise UsageError(
            "event files need a package that is not installed: tensorboard",
            "in the clone: uv sync --extra tensorboard (docs/install.md#extras); elsewhere: pip install tensorboard",
        )


class EventFile:
    """One trial's event file, as far as its rows have been written.

    Args:
        folder: of the trial. Older event files in it are emptied.

    Raises:
        RunError: it cannot be written.
    """

    def __init__(self, folder: TrialFolder) -> None:
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog

        self._folder = folder
        self.written = 0
        """Rows."""
        before, now = sorted(folder.directory.glob(f"{PREFIX}*")), time.time()
        self._path = folder.directory / f"{PREFIX}{time.time_ns()}.dlhw"
        # A TensorBoard that is open forgets the steps from 1 on that it has read in the file before.
        restart = Event(wall_time=now, step=1, session_log=SessionLog(status=SessionLog.START))
        self._append([Event(wall_time=now, file_version="brain.Event:2"), restart])
        for path in before:  # not removed: a TensorBoard that is open would wait for it, and not read the next one
            self._write(path, "wb", [])

    def follow(self) -> None:
        """Write the rows that have come since."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        rows = self._folder.metrics()[self.written :]
        events, now = [], time.time()
        for place, row in enumerate(rows):
            later = math.fsum(one["seconds"] for one in rows[place + 1 :])  # rows have durations, and no times
            values = [Summary.Value(tag=name, simple_value=value) for name, value in row.items() if name != STEP]
            events.append(Event(wall_time=now - later, step=int(row[STEP]), summary=Summary(value=values)))
        self._append(events)
        self.written += len(rows)

    def _append(self, events: Sequence[Any]) -> None:
        self._write(self._path, "ab", events)

    def _write(self, path: Path, mode: Literal["ab", "wb"], events: Sequence[Any]) -> None:
        from tensorboard.summary.writer.record_writer import RecordWriter

        try:
            with path.open(mode) as file:
                for event in events:
                    RecordWriter(file).write(event.SerializeToString())
        except OSError as error:
            raise RunError(
                f"could not write {path}: {error.strerror}",
                "the last checkpoint is whole; free space on the disk or correct the permissions, then use `resume`",
            ) from error


class EventFiles:
    """An observer that passes all events on to another one, and keeps the event files of a run up to date.

    Args:
        observer: the other one.
        run: whose folders the event files are in.
        trials: of the run.
    """

    def __init__(self, observer: Observer, run: Run, trials: Sequence[Trial]) -> None:
        self._observer, self._run = observer, run
        self._names = {trial.label: trial.name for trial in trials}
        self._files: dict[str, EventFile] = {}

    def started(self, label: str, rows: Sequence[Any] = ()) -> None:
        self._observer.started(label, rows)
        self._files[label] = EventFile(self._run.trial_folder(self._names[label]))
        self._files[label].follow()

    def advanced(self, label: str, progress: Progress) -> None:
        self._observer.advanced(label, progress)
        if progress.done >= self._files[label].written + 1:
            self._files[label].follow()

    def ended(self, label: str, outcome: Mapping[str, Any]) -> None:
        self._observer.ended(label, outcome)
        self._files[label].follow()
