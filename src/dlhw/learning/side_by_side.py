"""The trials of a run, trained side by side: each in a process of its own, as many at once as there are threads.

One small training cannot keep several cores busy, since its threads wait for each other after every operation; two
trainings with a thread each can. How many threads a trial has depends on the run alone and not on what is left of
it, so that a resumed trial rounds as before.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import pickle
import signal
import traceback
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Any

from dlhw.errors import DlhwError, InterruptedRun, RunError
from dlhw.learning.device import Compute, configure, in_force
from dlhw.learning.events import Observer, Progress, Silence
from dlhw.learning.processes import follow_parent, main_script_hidden, signals_held
from dlhw.learning.run import Run
from dlhw.learning.shared_trials import train_shared_trials
from dlhw.learning.trial import Trial
from dlhw.learning.trial_folder import TrialFolder

SECONDS_BETWEEN_QUESTIONS = 0.1
"""How long a request to stop may wait until it is passed on."""


def threads_each(compute: Compute, trials: int) -> int:
    """How many of ``compute``'s threads each trial of a run has. A GPU is one trial's alone."""
    if compute.device.type != "cpu":
        return compute.threads
    # A machine's ranks share its cores: a trial has as many threads as in one process, if its rank has them.
    return min(compute.threads, max(1, compute.threads * compute.ranks.local_size // trials))


def train_trials(
    trials: Sequence[Trial],
    run: Run,
    compute: Compute,
    *,
    each: int | None = None,
    observer: Observer | None = None,
    should_stop: Callable[[], int] | None = None,
) -> list[dict[str, Any]]:
    """Train the trials of a run, or what is left of them. One that has ended is not trained again.

    Where all threads are one trial's, on a GPU, and where a single one is left, they are trained one after the
    other in this process; and so where it may start no other, as a worker of a ``multiprocessing.Pool`` may not.

    Several ranks take one trial each at a time; of a run that has a single one, all train it together.

    Args:
        trials: a trial each.
        run: where their folders lie.
        compute: the device, and the threads of all of them together.
        each: threads of a trial; by default :func:`threads_each`.
        observer: receives the events of all trials.
        should_stop: a signal's number ends the step of every trial that is under way, 0 lets them go on.

    Returns:
        The outcomes, in the order of ``trials``.

    Raises:
        InterruptedRun: ``should_stop`` said so; the states are saved.
        DlhwError: a trial failed, or its process was killed. The others end their step and save their states first.
    """
    observer, should_stop = observer or Silence(), should_stop or _never
    each = each or threads_each(compute, len(trials))
    alone_here = compute.device.type != "cpu" or multiprocessing.current_process().daemon
    at_once = 1 if alone_here else compute.threads // each
    ended = compute.ranks.on_first(
        lambda: {trial.name for trial in trials if run.trial_folder(trial.name).has_ended(trial.epochs)}
    )
    left = [trial for trial in trials if trial.name not in ended]
    if compute.ranks.size > 1 and len(trials) > 1:
        for trial in (trial for trial in trials if trial.name in ended):
            _tell_ended(trial, run.trial_folder(trial.name), observer)

        def train(trial: Trial, alone: Compute, observer: Observer, should_stop: Callable[[], int]) -> None:
            outcome = _train(trial, run.trial_folder(trial.name), alone, observer, should_stop)
            observer.ended(trial.label, outcome)

        train_shared_trials(left, run, replace(compute, threads=each), train, observer, should_stop)
    elif at_once == 1 or len(left) == 1:
        alone = replace(compute, threads=each)
        with in_force(alone):
            _train_in_turn(trials, ended, run, alone, observer, should_stop)
    else:
        for trial in (trial for trial in trials if trial.name in ended):
            _tell_ended(trial, run.trial_folder(trial.name), observer)
        _WorkerPool(run, replace(compute, threads=each), observer, should_stop).train(left, at_once)
    return [run.trial_folder(trial.name).outcome() or {} for trial in trials]


def _tell_ended(trial: Trial, folder: TrialFolder, observer: Observer) -> None:
    observer.started(trial.label, folder.metrics())
    observer.ended(trial.label, folder.outcome() or {})


def _train_in_turn(
    trials: Sequence[Trial],
    ended: Set[str],
    run: Run,
    compute: Compute,
    observer: Observer,
    should_stop: Callable[[], int],
) -> None:
    trained = 0
    for trial in trials:
        if trial.name in ended:
            _tell_ended(trial, run.trial_folder(trial.name), observer)
            continue
        # Before the first one nobody is asked: its first step asks, and then there is a state.
        if trained and (number := should_stop()):
            raise InterruptedRun("stopped between two trainings", signal_number=number)
        trained += 1
        observer.ended(trial.label, _train(trial, run.trial_folder(trial.name), compute, observer, should_stop))


def _train(
    trial: Trial, folder: TrialFolder, compute: Compute, observer: Observer, should_stop: Callable[[], int]
) -> dict[str, Any]:
    outcome = trial.train(folder, compute, observer, should_stop)
    compute.ranks.on_first(lambda: folder.write_outcome(outcome))
    return outcome


class _WorkerPool:
    """The processes of a run, seen from the one that holds it.

    Each child has a pipe of its own: one that is killed in the middle of a word leaves the others' pipes whole,
    where it would leave a common queue locked for ever.
    """

    def __init__(self, run: Run, compute: Compute, observer: Observer, should_stop: Callable[[], int]) -> None:
        self._run = run
        self._compute = compute
        self._observer = observer
        self._should_stop = should_stop
        self._children: dict[Connection, tuple[Trial, multiprocessing.process.BaseProcess]] = {}
        self._stopped: list[str] = []
        self._failure: DlhwError | None = None

    def train(self, trials: Sequence[Trial], at_once: int) -> None:
        waiting, stopping = list(trials), 0
        try:
            while self._children or (waiting and not stopping):
                while waiting and not stopping and len(self._children) < at_once:
                    self._start(waiting.pop(0))
                for connection in wait(list(self._children), timeout=SECONDS_BETWEEN_QUESTIONS):
                    assert isinstance(connection, Connection)
                    self._listen(connection)
                wanted = self._should_stop() or (signal.SIGTERM if self._failure else 0)
                if wanted and not stopping:
                    stopping = wanted
                    for connection in self._children:
                        _say(connection, stopping)
        finally:  # a second Ctrl-C gets here with children that still train
            for _, process in self._children.values():
                process.kill()
                process.join()
        if self._failure is not None:
            raise self._failure
        if stopping and (self._stopped or waiting):
            message = "; ".join(self._stopped) or "stopped between two trainings"
            raise InterruptedRun(message, signal_number=stopping)

    def _start(self, trial: Trial) -> None:
        ours, theirs = multiprocessing.Pipe()
        # Spawned, not forked: a fork of a process with threads may lock up.
        context, arguments = multiprocessing.get_context("spawn"), (self._compute, theirs)
        process = context.Process(target=_work, args=arguments, name=trial.label)
        with signals_held(), main_script_hidden():
            process.start()
        theirs.close()
        self._children[ours] = trial, process
        # Pickled here and not by multiprocessing, which would put tensors into shared memory: containers have
        # 64 MB of that, and more is a bus error. Nor is it an argument of the process: of one that ends before it
        # reads its arguments, multiprocessing waits for ever where they are longer than a pipe's buffer.
        with contextlib.suppress(OSError):  # it has ended, which is heard as of any other
            ours.send_bytes(pickle.dumps((trial, self._run.trial_folder(trial.name))))

    def _listen(self, connection: Connection) -> None:
        trial, process = self._children[connection]
        try:
            event, content = connection.recv()
        except (EOFError, ConnectionResetError):
            process.join()
            self._end(connection, failure=_killed(trial, process.exitcode))
            return
        if event == "finished":
            self._observer.ended(trial.label, content)
            self._end(connection)
        elif event == "stopped":
            self._stopped.append(f"{trial.label} {content}")
            self._end(connection)
        elif event == "failed":
            self._end(connection, failure=content)
        else:
            getattr(self._observer, event)(trial.label, content)

    def _end(self, connection: Connection, failure: DlhwError | None = None) -> None:
        _, process = self._children.pop(connection)
        process.join()
        connection.close()
        self._failure = self._failure or failure


class _ParentObserver:
    """The observer in a worker: passes events on to the parent process, and asks it whether to stop."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stop = 0

    def started(self, label: str, rows: Sequence[Any] = ()) -> None:
        self._connection.send(("started", rows))

    def advanced(self, label: str, progress: Progress) -> None:
        self._connection.send(("advanced", progress))

    def ended(self, label: str, outcome: Mapping[str, Any]) -> None:
        self._connection.send(("finished", outcome))

    def should_stop(self) -> int:
        if self._connection.poll():
            self._stop = self._connection.recv()
        return self._stop


def _work(compute: Compute, connection: Connection) -> None:
    """The whole life of a child."""
    follow_parent()
    observer = _ParentObserver(connection)
    try:
        configure("cpu", compute.threads, deterministic=compute.deterministic)
        # Packed by our own parent, and sent through the pipe that the two share: nothing that lies in a file, or comes
        # from elsewhere, is ever read here.
        trial, folder = pickle.loads(connection.recv_bytes())
        observer.ended(trial.label, _train(trial, folder, compute, observer, observer.should_stop))
    except InterruptedRun as stop:
        connection.send(("stopped", stop.message))
    except Exception as error:
        connection.send(("failed", _portable(error)))


def _portable(error: Exception) -> DlhwError:
    """An error that survives pickling, and its traceback with it."""
    if isinstance(error, DlhwError):
        portable, code = DlhwError(error.message, error.hint), error.exit_code
    else:
        hint = "this is a fault of dlhw: please report it with the traceback that `debug` shows"
        portable, code = DlhwError(f"{type(error).__name__}: {error}", hint), 1
    portable.exit_code = code
    portable.add_note("".join(traceback.format_exception(error)))
    return portable


def _killed(trial: Trial, code: int | None) -> RunError:
    how = f"was ended by {signal.Signals(-code).name}" if code is not None and code < 0 else f"ended with code {code}"
    return RunError(
        f"the process that trained {trial.label} {how}; perhaps the machine ran out of memory",
        "what it had saved is whole, and so are the others; `resume` continues, and `threads` 1 needs less memory",
    )


def _say(connection: Connection, number: int) -> None:
    with contextlib.suppress(OSError):  # it has just ended, and its last words are still to be heard
        connection.send(number)


def _never() -> int:
    return 0
