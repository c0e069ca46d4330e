"""The trials of a run, dealt out to torchrun's ranks: each takes the next one that nobody has taken.

Every rank writes the folders of its own trials, on a file system that all of them see. They exchange nothing else but
numbers and last words, by the store at which they met, so that a trial rounds as it does in one process. Rank 0 shows
all of them: it reads what the others write.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from dlhw.errors import DlhwError, InterruptedRun, RankError
from dlhw.learning.device import Compute, in_force
from dlhw.learning.events import Observer, Progress
from dlhw.learning.loop import EpochResult
from dlhw.learning.parallel import ALONE, Ranks
from dlhw.learning.run import Run
from dlhw.learning.trial import Trial

SECONDS_BETWEEN_LOOKS = 1.0
"""How often a rank asks whether another one wants all to stop, and rank 0 reads what the others have written."""


def train_shared_trials(
    trials: Sequence[Trial],
    run: Run,
    compute: Compute,
    train: Callable[[Trial, Compute, Observer, Callable[[], int]], None],
    observer: Observer,
    should_stop: Callable[[], int],
) -> None:
    """Train trials on all ranks, each on one, and wait for each other.

    Args:
        trials: those that have not ended, in the order in which they are taken.
        run: where their folders lie.
        compute: of this rank, with the threads of one trial.
        train: trains one of them and writes its outcome.
        observer: receives the events of all trials on rank 0, on the others of their own.
        should_stop: a signal's number, on any rank, stops all of them.

    Raises:
        InterruptedRun: a rank was asked to stop; the states are saved.
        RankError: a trial failed, or a rank no longer answers.
    """
    ranks, alone = compute.ranks, replace(compute, ranks=ALONE)
    watcher = _Watcher(run, trials, observer, leads=ranks.leads)
    line = _Line(ranks, should_stop, watcher)
    last_words: list[Any] = ["finished", "", "", 0]
    try:
        with in_force(alone):
            while not (number := line.should_stop()) and (index := ranks.next_number("trial")) < len(trials):
                watcher.mine.add(trials[index].name)
                train(trials[index], alone, watcher, line.should_stop)
        if number:
            last_words = ["stopped", "stopped between two trainings", "", 128 + number]
    except InterruptedRun as stop:
        last_words = ["stopped", stop.message, "", stop.exit_code]
    except DlhwError as failure:
        last_words = ["failed", failure.message, failure.hint, failure.exit_code]
    if last_words[0] != "finished":
        ranks.post("stop", last_words[3] - 128 if last_words[0] == "stopped" else int(signal.SIGTERM))
    _raise(line.wait(last_words))


def _raise(ended: Sequence[Sequence[Any]]) -> None:
    for rank, (how, message, hint, code) in enumerate(ended):
        if how == "failed":
            raise RankError(f"rank {rank}: {message}", hint, exit_code=code, shared=True)
    stopped = [words for words in ended if words[0] == "stopped"]
    if stopped:
        messages = "; ".join(dict.fromkeys(message for _, message, _, _ in stopped))
        raise InterruptedRun(messages, signal_number=stopped[0][3] - 128)


class _Line:
    """What a rank hears of the others while it trains, and afterwards, without a call that all have to make at once."""

    def __init__(self, ranks: Ranks, should_stop: Callable[[], int], watcher: _Watcher) -> None:
        self._ranks, self._should_stop, self._watcher = ranks, should_stop, watcher
        self._next, self._beats = 0.0, 0

    def should_stop(self) -> int:
        if number := self._should_stop():
            return number
        if time.monotonic() < self._next:
            return 0
        self._next = time.monotonic() + SECONDS_BETWEEN_LOOKS
        self._beats += 1
        self._ranks.post(f"beat/{self._ranks.rank}", self._beats)
        self._watcher.look()
        return int(self._ranks.posted("stop") or 0)

    def wait(self, last_words: Sequence[Any]) -> list[Sequence[Any]]:
        """The last words of all ranks, once all have ended."""
        ranks = self._ranks
        ranks.post(f"ended/{ranks.rank}", list(last_words))
        ended: dict[int, Sequence[Any]] = {}
        heard: dict[int, tuple[Any, float]] = {}  # what a rank's pulse was, and when it changed
        while True:
            for rank in set(range(ranks.size)) - ended.keys():
                if (words := ranks.posted(f"ended/{rank}")) is not None:
                    ended[rank] = words
                elif (beat := ranks.posted(f"beat/{rank}")) != heard.get(rank, ("", 0.0))[0]:
                    heard[rank] = beat, time.monotonic()
                else:
                    ranks.check_heard(rank, heard[rank][1])
            self._watcher.look()
            if len(ended) == ranks.size:
                return [ended[rank] for rank in range(ranks.size)]
            time.sleep(0.1)


class _Watcher:
    """An observer that tells another one of this rank's trials, and on rank 0 of all others, from their files."""

    def __init__(self, run: Run, trials: Sequence[Trial], observer: Observer, *, leads: bool) -> None:
        self._run, self._observer = run, observer
        self._others = list(trials) if leads else []
        self._rows: dict[str, int] = {}
        self.mine: set[str] = set()
        """Names of the trials that this rank has taken."""

    def look(self) -> None:
        """Tell of what the other ranks have written since."""
        self._others = [trial for trial in self._others if trial.name not in self.mine and self._goes_on(trial)]

    def _goes_on(self, trial: Trial) -> bool:
        folder = self._run.trial_folder(trial.name)
        outcome, rows = folder.outcome(), folder.metrics()
        if trial.name not in self._rows:
            if not folder.metrics_path.exists():
                return True
            self._observer.started(trial.label, rows)
            self._rows[trial.name] = len(rows)
        for row in rows[self._rows[trial.name] :]:
            self._observer.advanced(trial.label, _epoch(row))
        self._rows[trial.name] = max(self._rows[trial.name], len(rows))
        if outcome is None or (outcome["status"] == "finished" and outcome["epochs"] < trial.epochs):
            return True
        self._observer.ended(trial.label, outcome)
        return False

    def started(self, label: str, rows: Sequence[Any] = ()) -> None:
        self._observer.started(label, rows)

    def advanced(self, label: str, progress: Progress) -> None:
        self._observer.advanced(label, progress)

    def ended(self, label: str, outcome: Mapping[str, Any]) -> None:
        self._observer.ended(label, outcome)


def _epoch(row: Mapping[str, Any]) -> EpochResult:
    names = {field.name for field in fields(EpochResult)} - {"metrics"}
    metrics = {name: value for name, value in row.items() if name not in names}
    return EpochResult(metrics=metrics, **{name: row[name] for name in names})
