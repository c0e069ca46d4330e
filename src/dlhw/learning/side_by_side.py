"""The members of a run, trained side by side: each in a process of its own, as many at once as there are threads.

One small training cannot keep several cores busy, since its threads wait for each other after every operation; two
trainings with a thread each can. How many threads a member has depends on the run alone and not on what is left of
it, so that a resumed member rounds as before.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import pickle
import signal
import traceback
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from dlhw.errors import DlhwError, InterruptedRun, RunError
from dlhw.learning.device import Compute, configure, in_force
from dlhw.learning.events import Observer, Silence
from dlhw.learning.member import Member
from dlhw.learning.processes import follow_parent, signals_held
from dlhw.learning.run import Run

SECONDS_BETWEEN_QUESTIONS = 0.1
"""How long a request to stop may wait until it is passed on."""


class Job(Protocol):
    """One training of a run. It is pickled when it is trained in a process of its own."""

    @property
    def name(self) -> str:
        """Of the member's folder, as in ``lr0.01-seed42``."""

    @property
    def label(self) -> str:
        """What tells it from the others, for a person, as in ``learning rate 0.01``."""

    @property
    def epochs(self) -> int:
        """After how many it has ended."""

    def train(
        self, member: Member, compute: Compute, observer: Observer, should_stop: Callable[[], int]
    ) -> dict[str, Any]:
        """Train to the end, from wherever ``member`` stands.

        Tells ``observer`` that the member has started, of its steps and of its epochs.

        Returns:
            The member's outcome: ``status`` (``finished`` or ``diverged``), ``epochs``, and what else is of interest.

        Raises:
            InterruptedRun: ``should_stop`` said so, and the state is saved.
        """


def threads_each(compute: Compute, members: int) -> int:
    """How many of ``compute``'s threads each member of a run has. A GPU is one member's alone."""
    return max(1, compute.threads // members) if compute.device.type == "cpu" else compute.threads


def train_members(
    jobs: Sequence[Job],
    run: Run,
    compute: Compute,
    *,
    each: int | None = None,
    observer: Observer | None = None,
    should_stop: Callable[[], int] | None = None,
) -> list[dict[str, Any]]:
    """Train the members of a run, or what is left of them. One that has ended is not trained again.

    Where all threads are one member's, on a GPU, and where a single one is left, they are trained one after the
    other in this process. A script that asks for more needs the usual ``if __name__ == "__main__":``.

    Args:
        jobs: a member each.
        run: where their folders lie.
        compute: the device, and the threads of all of them together.
        each: threads of a member; by default :func:`threads_each`.
        observer: told of the events of all members.
        should_stop: a signal's number ends the step of every member that is under way, 0 lets them go on.

    Returns:
        The outcomes, in the order of ``jobs``.

    Raises:
        InterruptedRun: ``should_stop`` said so; the states are saved.
        DlhwError: a member failed, or its process was killed. The others end their step and save their states first.
    """
    observer, should_stop = observer or Silence(), should_stop or _never
    each = each or threads_each(compute, len(jobs))
    at_once = compute.threads // each if compute.device.type == "cpu" else 1
    ended = {job.name for job in jobs if _has_ended(job, run.member(job.name))}
    if at_once == 1 or len(jobs) - len(ended) == 1:
        alone = replace(compute, threads=each)
        with in_force(alone):
            _train_in_turn(jobs, ended, run, alone, observer, should_stop)
    else:
        for job in (job for job in jobs if job.name in ended):
            _tell_ended(job, run.member(job.name), observer)
        left = [job for job in jobs if job.name not in ended]
        _WorkerPool(run, replace(compute, threads=each), observer, should_stop).train(left, at_once)
    return [run.member(job.name).outcome() or {} for job in jobs]


def _has_ended(job: Job, member: Member) -> bool:
    outcome = member.outcome()
    # An extended one has to go on, unless it had diverged.
    return outcome is not None and not (outcome["status"] == "finished" and outcome["epochs"] < job.epochs)


def _tell_ended(job: Job, member: Member, observer: Observer) -> None:
    observer.member_started(job.label, member.metrics())
    observer.member_finished(job.label, member.outcome() or {})


def _train_in_turn(
    jobs: Sequence[Job],
    ended: Set[str],
    run: Run,
    compute: Compute,
    observer: Observer,
    should_stop: Callable[[], int],
) -> None:
    for job in jobs:
        if job.name in ended:
            _tell_ended(job, run.member(job.name), observer)
            continue
        if number := should_stop():
            raise InterruptedRun("stopped between two trainings", signal_number=number)
        observer.member_finished(job.label, _train(job, run.member(job.name), compute, observer, should_stop))


def _train(
    job: Job, member: Member, compute: Compute, observer: Observer, should_stop: Callable[[], int]
) -> dict[str, Any]:
    outcome = job.train(member, compute, observer, should_stop)
    member.write_outcome(outcome)
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
        self._children: dict[Connection, tuple[Job, multiprocessing.process.BaseProcess]] = {}
        self._stopped: list[str] = []
        self._failure: DlhwError | None = None

    def train(self, jobs: Sequence[Job], at_once: int) -> None:
        waiting, stopping = list(jobs), 0
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

    def _start(self, job: Job) -> None:
        ours, theirs = multiprocessing.Pipe()
        # Pickled here and not by multiprocessing, which would put tensors into shared memory: containers have
        # 64 MB of that, and more is a bus error.
        arguments = (pickle.dumps((job, self._run.member(job.name))), self._compute, theirs)
        # Spawned, not forked: a fork of a process with threads may lock up.
        process = multiprocessing.get_context("spawn").Process(target=_work, args=arguments, name=job.label)
        with signals_held():
            process.start()
        theirs.close()
        self._children[ours] = job, process

    def _listen(self, connection: Connection) -> None:
        job, process = self._children[connection]
        try:
            event, content = connection.recv()
        except (EOFError, ConnectionResetError):
            process.join()
            self._end(connection, failure=_killed(job, process.exitcode))
            return
        if event == "finished":
            self._observer.member_finished(job.label, content)
            self._end(connection)
        elif event == "stopped":
            self._stopped.append(f"{job.label} {content}")
            self._end(connection)
        elif event == "failed":
            self._end(connection, failure=content)
        else:
            getattr(self._observer, event)(job.label, content)

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

    def member_started(self, label: str, rows: Any) -> None:
        self._connection.send(("member_started", rows))

    def step(self, label: str, result: Any) -> None:
        self._connection.send(("step", result))

    def epoch(self, label: str, result: Any) -> None:
        self._connection.send(("epoch", result))

    def member_finished(self, label: str, outcome: Any) -> None:
        self._connection.send(("finished", outcome))

    def should_stop(self) -> int:
        if self._connection.poll():
            self._stop = self._connection.recv()
        return self._stop


def _work(packed: bytes, compute: Compute, connection: Connection) -> None:
    """The whole life of a child."""
    follow_parent()
    observer = _ParentObserver(connection)
    try:
        configure("cpu", compute.threads, deterministic=compute.deterministic)
        # Packed by our own parent and handed over by multiprocessing, which pickles all that it carries: nothing that
        # lies in a file, or comes from elsewhere, is ever read here.
        job, member = pickle.loads(packed)
        observer.member_finished(job.label, _train(job, member, compute, observer, observer.should_stop))
    except InterruptedRun as stop:
        connection.send(("stopped", stop.message))
    except Exception as error:
        connection.send(("failed", _portable(error)))


def _portable(error: Exception) -> DlhwError:
    """An error that survives pickling, and its traceback with it."""
    if isinstance(error, DlhwError):
        portable, code = DlhwError(error.message, error.hint), error.exit_code
    else:
        hint = "this is a fault of dlhw: please report it with the traceback that --debug shows"
        portable, code = DlhwError(f"{type(error).__name__}: {error}", hint), 1
    portable.exit_code = code
    portable.add_note("".join(traceback.format_exception(error)))
    return portable


def _killed(job: Job, code: int | None) -> RunError:
    how = f"was ended by {signal.Signals(-code).name}" if code is not None and code < 0 else f"ended with code {code}"
    return RunError(
        f"the process that trained {job.label} {how}; perhaps the machine ran out of memory",
        "what it had saved is whole, and so are the others; --resume goes on, and --threads 1 needs less memory",
    )


def _say(connection: Connection, number: int) -> None:
    with contextlib.suppress(OSError):  # it has just ended, and its last words are still to be heard
        connection.send(number)


def _never() -> int:
    return 0
