"""What runs there are: their state, their best values, how they differ, and the space that they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Literal

import filelock

from dlhw.errors import RunError
from dlhw.learning.run import CONFIG, LOCK, RESULT, Run, read_config
from dlhw.learning.trial_folder import METRICS, OUTCOME, STATE, TrialFolder

SEVERAL = {"cnn-train": ("learning_rates",), "cnn-study": ("variants",), "ocr-train": ()}
"""Which options of a command are lists, of which each value is a trial for every seed."""

Status = Literal["finished", "unfinished", "running", "damaged"]


@dataclass(frozen=True, kw_only=True)
class ListedTrial:
    """One training of a run, as far as it is."""

    name: str
    epochs: int
    ended: bool
    quantity: str | None
    """What its best epoch is chosen by, as in ``validation_accuracy``; ``None`` before the first epoch."""

    best_value: float | None
    best_epoch: int | None


@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """A run directory, read without changing it."""

    directory: Path
    command: str | None
    status: Status
    settings: Mapping[str, Any]
    trials: tuple[ListedTrial, ...]
    """Those that have begun."""

    asked: int | None
    """How many were asked for; ``None`` where the configuration does not say, or another command's it is."""

    total_bytes: int
    state_bytes: int
    """Of the states of trials that have ended: what only an extension with more epochs needs."""

    problem: str | None = None
    """What is damaged."""

    def as_document(self) -> dict[str, Any]:
        """An entry of ``runs`` in the document of ``dlhw runs``."""
        return {
            "run": str(self.directory),
            "command": self.command,
            "status": self.status,
            "settings": dict(self.settings),
            "trials": [vars(trial) for trial in self.trials],
            "trials_asked": self.asked,
            "bytes": self.total_bytes,
            "state_bytes": self.state_bytes,
            "problem": self.problem,
        }


def find_runs(root: Path) -> list[Path]:
    """The run directories under ``root``, by command and number; ``root`` itself where it is one."""
    if (root / CONFIG).is_file():
        return [root]
    found = [path.parent for path in root.glob(f"*/*/{CONFIG}")]
    return sorted(found, key=lambda path: (path.parent.name, not path.name.isdigit(), path.name.zfill(9)))


def list_run(directory: Path) -> ListedRun:
    """Read what a run directory says of itself. One that is damaged is listed, with the reason.

    Raises:
        RunError: it is not a run directory.
    """
    if not (directory / CONFIG).is_file():
        raise RunError(f"{directory} is not a run directory: it has no {CONFIG}", "dlhw runs lists those under runs/")
    problem, config, trials, ended = None, {}, [], []
    try:
        config = read_config(directory)
        epochs = int(config.get("epochs", 0))
        trials = [_read_trial(path.parent, epochs) for path in sorted(directory.glob(f"*/{METRICS}"))]
        ended = _ended_states(directory)
    except RunError as error:
        problem = error.message
    return ListedRun(
        directory=directory,
        command=config.get("command"),
        status="damaged" if problem else _status(directory),
        settings={name: value for name, value in config.items() if name != "command"},
        trials=tuple(trials),
        asked=_asked(config),
        total_bytes=sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()),
        state_bytes=sum(path.stat().st_size for path in ended),
        problem=problem,
    )


def prune(directory: Path) -> int:
    """Remove the states of trials that have ended; returns the bytes that became free.

    Weights, metrics and results stay. A run that is extended with more epochs afterwards trains from its beginning.

    Raises:
        RunError: another process holds the run.
    """
    with Run(directory, str(read_config(directory)["command"])):
        freed = 0
        for path in _ended_states(directory):
            freed += path.stat().st_size
            path.unlink()
    return freed


def differences(runs: Sequence[ListedRun]) -> dict[str, list[Any]]:
    """Settings in which runs differ, each with its value in every run; ``None`` where a run has no such setting."""
    flat = [_flattened(run.settings) | {"command": run.command} for run in runs]
    names = dict.fromkeys(name for settings in flat for name in settings)
    values = {name: [settings.get(name) for settings in flat] for name in names}
    return {name: row for name, row in values.items() if any(value != row[0] for value in row)}


def _flattened(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        flat |= _flattened(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat


def _asked(config: Mapping[str, Any]) -> int | None:
    """How many trials the options of a run make. One of an earlier version, without ``seeds``, has one of each."""
    if config.get("command") not in SEVERAL:
        return None
    several = SEVERAL[config["command"]]
    counts = [len(config[name]) for name in several if isinstance(config.get(name), list)]
    seeds = config.get("seeds", 1)
    return prod(counts) * seeds if len(counts) == len(several) and isinstance(seeds, int) else None


def _read_trial(folder: Path, epochs: int) -> ListedTrial:
    rows = TrialFolder(folder).metrics()
    last = rows[-1] if rows else {}
    # The quantity's name is not in the rows: it is the one whose value in the best epoch is the best value.
    best = next((row for row in rows if row["epoch"] == last.get("best_epoch")), {})
    chosen_by = (name for name, value in best.items() if name.startswith("validation_") and value == last["best_value"])
    return ListedTrial(
        name=folder.name,
        epochs=len(rows),
        ended=TrialFolder(folder).has_ended(epochs),
        quantity=next(chosen_by, None),
        best_value=last.get("best_value"),
        best_epoch=last.get("best_epoch"),
    )


def _ended_states(directory: Path) -> list[Path]:
    """The states of trials that have ended, also those of the runs within a reproduction."""
    states = [path for path in sorted(directory.rglob(STATE)) if (path.parent / OUTCOME).exists()]
    return [path for path in states if TrialFolder(path.parent).has_ended(_epochs(path.parent.parent))]


def _epochs(directory: Path) -> int:
    return int(read_config(directory).get("epochs", 0)) if (directory / CONFIG).exists() else 0


def _status(directory: Path) -> Status:
    lock = filelock.FileLock(directory / LOCK)
    if (directory / LOCK).exists():
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            return "running"
        except (OSError, NotImplementedError):
            pass  # read-only, or a file system without locks: nobody can be found out to hold it
        else:
            lock.release()
    return "finished" if (directory / RESULT).exists() else "unfinished"
