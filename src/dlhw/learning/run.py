"""Run directories: started, found again, and guarded by a lock that dies with its process.

::

    runs/cnn-train/1/          or the folder that --out names
        config.json            the resolved options
        environment.json       versions, processor or GPU, threads, command line
        result.json            the document that the command printed
        figures/
        lock
        lr0.01-seed42/         a trial: metrics.jsonl, best.safetensors, state.safetensors, outcome.json
"""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import filelock

from dlhw.errors import RunError, UsageError
from dlhw.learning.files import read_json, remove_temporaries, write_json
from dlhw.learning.launch import launch_name, restarted
from dlhw.learning.parallel import ALONE, Ranks
from dlhw.learning.schemas import Config, Environment
from dlhw.learning.trial_folder import BEST, TRIAL_FILES, TrialFolder
from dlhw.learning.validation import config_schema, result_schema

CONFIG, ENVIRONMENT, RESULT, FIGURES, LOCK = "config.json", "environment.json", "result.json", "figures", "lock"

RUNS = Path("runs")
"""Where numbered runs lie, below the folder that a command is started in."""

SECONDS_TO_APPEAR = 10.0
"""How long a network file system may take to show a new folder to another machine."""


class Run:
    """A run directory that this process holds. Use it as a context manager, so that the lock is let go.

    Made by :func:`start_run` and :func:`resume_run`. Of several ranks the first holds it for all; they all read and
    write here in the same order, and the first does so.
    """

    def __init__(self, directory: Path, command: str, ranks: Ranks = ALONE) -> None:
        self.directory, self.command, self.ranks = directory, command, ranks
        self.config: dict[str, Any] = {}
        self._lock: filelock.BaseFileLock | None = None
        if ranks.leads:
            self._hold(directory)

    def _hold(self, directory: Path) -> None:
        self._lock = filelock.FileLock(directory / LOCK)
        try:
            self._lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise RunError(
                f"another process is working in {directory}",
                "wait for it or stop it; `out` starts a run somewhere else",
            ) from error
        except (OSError, NotImplementedError) as error:  # read-only, or a file system without locks
            raise RunError(
                f"{directory} cannot be kept from other processes by a lock: {getattr(error, 'strerror', '') or error}",
                "give an `out` on a disk that can be written and has file locks",
            ) from error
        remove_temporaries(directory, CONFIG, ENVIRONMENT, RESULT)
        remove_temporaries(directory / FIGURES, "*.png")
        for folder in {path.parent for name in TRIAL_FILES for path in directory.glob(f"*/.{name}.*")}:
            remove_temporaries(folder, *TRIAL_FILES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        """Let go of the lock."""
        if self._lock is not None:
            self._lock.release()

    def check_config(self) -> None:
        """See that the options are whole that the run was started with. Raises as :func:`read_config` does."""
        self.ranks.on_first(lambda: read_config(self.directory, config_schema))

    @property
    def figures(self) -> Path:
        """The folder for figures, made on first use."""
        path = self.directory / FIGURES
        path.mkdir(exist_ok=True)
        return path

    def trial_folder(self, name: str) -> TrialFolder:
        """The trial of that name, made when it is missing."""
        return TrialFolder(self.directory / name)

    def has_ended(self, name: str, epochs: int) -> bool:
        """Whether the trial of that name was trained to so many epochs. It may not have begun."""
        return (self.directory / name).exists() and self.trial_folder(name).has_ended(epochs)

    def write_config(self, config: Mapping[str, Any]) -> None:
        self.config = {"command": self.command, **config}
        self.ranks.on_first(lambda: write_json(self.directory / CONFIG, self.config))

    def write_environment(self, environment: Mapping[str, Any]) -> None:
        """Note where the run is trained. That of an interrupted run moves to the list ``earlier``."""
        before, earlier = self.environment(), []
        if before is not None:
            earlier = [*before.pop("earlier", []), before]
        content = {**environment, "earlier": earlier}
        self.ranks.on_first(lambda: write_json(self.directory / ENVIRONMENT, content))

    def environment(self) -> dict[str, Any] | None:
        """Where the run was trained so far; ``None`` where it has not been."""
        there = (self.directory / ENVIRONMENT).exists
        return self.ranks.on_first(lambda: read_environment(self.directory) if there() else None)

    def threads_each_before(self, threads: int) -> int | None:
        """How many of ``threads`` each trial had, where that was the number of all of them.

        A run of an earlier dlhw does not say, or says null: its trials had all threads, one after the other.
        """
        before = self.environment() or {}
        return int(before.get("threads_each") or threads) if before.get("threads") == threads else None

    def write_result(self, result: Mapping[str, Any]) -> None:
        """Write the finished run's document: from here on the run counts as finished."""
        self.ranks.on_first(lambda: write_json(self.directory / RESULT, dict(result)))

    def _clear(self) -> None:
        """Remove what a run of dlhw leaves in its folder, and nothing else.

        The result goes first, so that the run does not count as finished. The configuration stays until another takes
        its place: without it the folder would be no run, and whoever kills this half-way could neither start nor
        resume nor force one there.
        """
        for name in (RESULT, ENVIRONMENT):
            (self.directory / name).unlink(missing_ok=True)
        shutil.rmtree(self.directory / FIGURES, ignore_errors=True)
        for folder in {path.parent for name in TRIAL_FILES for path in self.directory.glob(f"*/{name}")}:
            TrialFolder(folder).clear()


def start_run(
    command: str,
    *,
    out: Path | None = None,
    force: bool = False,
    root: Path = RUNS,
    ranks: Ranks = ALONE,
    may_hold: Collection[str] = (),
) -> Run:
    """Make a run directory and hold it.

    Args:
        command: as in ``cnn-train``.
        out: the run directory itself; without it the next free number under ``root/command``.
        force: start anew where ``out`` already holds a run.
        root: where numbered runs lie.
        ranks: the processes that work in it.
        may_hold: names of what may lie in ``out`` beforehand.

    Raises:
        RunError: ``out`` holds a run or other files, is held by another process, or cannot be made.
        UsageError: ``force`` without ``out``: a numbered run is always new.
    """
    return _shared(lambda: _start(command, out, force, root, may_hold), command, ranks)


def _start(command: str, out: Path | None, force: bool, root: Path, may_hold: Collection[str]) -> Run:
    check_start(out, force=force, may_hold=may_hold)
    if out is None:
        return Run(_next_numbered(root / command), command)
    _make(out)
    run = Run(out, command)
    if force:
        run._clear()
    return run


def check_start(out: Path | None, *, force: bool, may_hold: Collection[str] = ()) -> None:
    """Refuse a start that :func:`start_run` would refuse, before anything slow is done. Raises as it does."""
    if out is None:
        if force:
            raise UsageError("`force` starts the run in `out` anew, and no `out` was given", "give `out`, a folder")
        return
    if out.exists() and not out.is_dir():
        raise RunError(f"`out` {out} is a file, where a folder was expected", "give another `out`")
    if not (out / CONFIG).exists():
        if out.is_dir() and any(
            path.name not in {LOCK, *may_hold} and not path.name.startswith(f".{CONFIG}.") for path in out.iterdir()
        ):
            raise RunError(f"{out} holds files that are not of a run", "give `out` a new or an empty folder")
    elif not force:
        raise RunError(
            f"{out} already holds a run", "`resume` continues it, `force` starts it anew, `out` takes another"
        )


def no_run(out: Path) -> RunError:
    """What is said of a folder that holds no run."""
    return RunError(f"{out} holds no run to resume", "check `out`, or start the run without `resume`")


def no_unfinished_run(command: str, root: Path = RUNS) -> RunError:
    """What is said where no run of a command is unfinished."""
    return RunError(
        f"there is no unfinished run of {command} under {root}",
        "start one without `resume`, name one with `out`, or give a larger `epochs` to extend the newest",
    )


def resume_run(
    command: str,
    *,
    out: Path | None = None,
    root: Path = RUNS,
    unfinished: Callable[[Path], bool] | None = None,
    ranks: Ranks = ALONE,
) -> Run:
    """Hold the run in ``out``, or the newest unfinished one of the command, with its configuration read.

    Args:
        command: as in ``cnn-train``.
        out: the run directory; without it the newest under ``root/command`` that is ``unfinished``.
        root: where numbered runs lie.
        unfinished: whether a run directory is one to resume; by default, one that has no result.
        ranks: the processes that work in it.

    Raises:
        RunError: there is none, it is of another command, or another process holds it.
    """
    return _shared(lambda: _resume(command, out, root, unfinished or _has_no_result), command, ranks)


def _resume(command: str, out: Path | None, root: Path, unfinished: Callable[[Path], bool]) -> Run:
    directory = out or newest_run(command, root=root, wanted=unfinished)
    if directory is None:
        raise no_unfinished_run(command, root)
    if not (directory / CONFIG).exists():
        raise no_run(directory)
    run = Run(directory, command)
    try:
        config = read_config(directory)
        if config["command"] != command:
            raise RunError(f"{directory} is a run of {config['command']}, not of {command}", "check `out`")
    except RunError:
        run.release()
        raise
    run.config = config
    return run


def _shared(make: Callable[[], Run], command: str, ranks: Ranks) -> Run:
    """The run that ``make`` makes on the first rank, on all of them."""
    made: list[Run] = []

    def on_first() -> tuple[Path, dict[str, Any]]:
        made.append(make())
        return made[0].directory.absolute() if ranks.size > 1 else made[0].directory, made[0].config

    directory, config = ranks.on_first(on_first)
    if made:
        made[0].ranks = ranks
        run = made[0]
    else:
        run = Run(directory, command, ranks)
        run.config = config
    with ranks.agreed():
        _check_there(directory)
    return run


def _check_there(directory: Path) -> None:
    """See that a folder that another rank has made is seen here."""
    deadline = time.monotonic() + SECONDS_TO_APPEAR
    while not directory.is_dir():
        if time.monotonic() > deadline:
            raise RunError(
                f"the run directory {directory}, which rank 0 holds, does not exist on {socket.gethostname()}",
                "give an `out` on a file system that all machines share",
            )
        time.sleep(0.1)


def restarted_run(command: str, *, out: Path | None, ranks: Ranks) -> Path | None:
    """The run that torchrun started before it lost a rank, and starts anew now; ``None`` where it does not.

    Args:
        command: as in ``cnn-train``.
        out: the run directory, where it was named.
        ranks: the processes that work in it.
    """
    if not restarted():
        return None

    def find() -> Path | None:
        if out is not None:
            return out if (out / CONFIG).exists() else None
        return newest_run(command, wanted=lambda run: _launched_by(run) == launch_name())

    return ranks.on_first(find)


def _launched_by(directory: Path) -> str | None:
    return read_environment(directory).get("launch") if (directory / ENVIRONMENT).exists() else None


def read_config(directory: Path, schema: Any = Config) -> dict[str, Any]:
    """The resolved options of a run.

    Args:
        directory: of the run.
        schema: how much of them has to be right; by default, what the run is found by.

    Raises:
        RunError: there are none, or they are not those of any run.
    """
    works = f"the run cannot be resumed; its weights, {directory}/*/{BEST}, work as a `checkpoint`"
    return dict(read_json(directory / CONFIG, schema, works=works))


def read_environment(directory: Path) -> dict[str, Any]:
    """Where a run was trained, as far as is noted; raises as :func:`read_config` does."""
    works = f"delete it: `resume` with `out` {directory} continues without it, with as many threads as the command has"
    return dict(read_json(directory / ENVIRONMENT, Environment, works=works))


def read_result(directory: Path, schema: Any = result_schema) -> dict[str, Any]:
    """The document of a finished run; raises as :func:`read_config` does."""
    works = f"delete it: `resume` with `out` {directory} writes it again from what was trained"
    return dict(read_json(directory / RESULT, schema, works=works))


def newest_run(command: str, *, root: Path = RUNS, wanted: Callable[[Path], bool] = lambda _: True) -> Path | None:
    """The numbered run of the highest number that is ``wanted``, or ``None``."""
    folders = [path for path in (root / command).glob("*") if path.name.isdigit() and (path / CONFIG).exists()]
    return next(
        (path for path in sorted(folders, key=lambda path: int(path.name), reverse=True) if wanted(path)),
        None,
    )


def _has_no_result(directory: Path) -> bool:
    return not (directory / RESULT).exists()


def _next_numbered(parent: Path) -> Path:
    _make(parent)
    number = 1 + max((int(path.name) for path in parent.glob("*") if path.name.isdigit()), default=0)
    while True:
        try:
            # Another process may take the number in between: mkdir tells the two apart.
            (parent / str(number)).mkdir()
        except FileExistsError:
            number += 1
        except OSError as error:
            raise RunError(f"could not make a run directory in {parent}: {error.strerror}") from error
        else:
            return parent / str(number)


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"could not make the folder {directory}: {error.strerror}", "give an `out` that can be written"
        ) from error
