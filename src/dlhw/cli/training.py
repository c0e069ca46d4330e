"""What ``cnn train``, ``cnn study`` and ``ocr train`` share: an experiment is opened, watched, concluded."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from dlhw.cli import options
from dlhw.cli.signals import continued_by, nothing_begun, stop_requests
from dlhw.errors import InterruptedRun

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dlhw.learning.training import Training

E = TypeVar("E", bound="Training[Any, Any, Any]")


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """The options that every command of training has."""

    device: options.Device = "auto"
    threads: options.Threads = None
    deterministic: options.Deterministic = False
    sync_batchnorm: options.SyncBatchnorm = False
    out: options.Out = None
    resume: options.Resume = False
    force: options.Force = False
    tensorboard: options.Tensorboard = False
    progress: options.Progress = "auto"
    json: options.Json = False
    started: float = field(init=False, default_factory=time.perf_counter)
    """When the command was."""


def open_experiment(
    kind: type[E], settings: Callable[[], Any], given: Mapping[str, Any], request: Any, asked: TrainingOptions
) -> AbstractContextManager[E]:
    """Start an experiment, or resume one.

    Args:
        kind: of experiment.
        settings: makes those of a new one.
        given: which of them were given, for one that is resumed.
        request: which data.
        asked: the options.
    """
    from dlhw.console.streams import note
    from dlhw.cores import crowding
    from dlhw.learning.device import configure
    from dlhw.learning.launch import first_rank
    from dlhw.learning.resuming import asked_to_change
    from dlhw.learning.run import restarted_run

    if sys.stderr.isatty() and first_rank() and (advice := crowding(asked.threads)):
        note(advice)
    compute = configure(
        asked.device, asked.threads, deterministic=asked.deterministic, sync_batchnorm=asked.sync_batchnorm
    )
    again = restarted_run(kind.run_command(), out=asked.out, ranks=compute.ranks)
    if asked.resume or again:
        changed = asked_to_change(asked.device, asked.threads)
        return kind.resume(given, request, compute, changed=changed, out=again or asked.out)
    return kind.start(settings(), request, compute, out=asked.out, force=asked.force)


def train(
    opening: AbstractContextManager[E],
    asked: TrainingOptions,
    *,
    tell: Callable[[E], str],
    result: Callable[[Mapping[str, Any]], Iterable[RenderableType]],
) -> dict[str, Any]:
    """Train an experiment with its progress on stderr, and print its result.

    Args:
        opening: from :func:`open_experiment`.
        asked: the options.
        tell: says what is learnt from, and returns the line above the progress.
        result: what is shown of the document.

    Returns:
        The document.

    Raises:
        InterruptedRun: a signal ended it; the hint is the command that resumes it.
    """
    from dlhw.console.schedule import Schedule
    from dlhw.console.streams import finish, note
    from dlhw.console.training_display import TrainingDisplay
    from dlhw.console.views import is_live, watch
    from dlhw.learning.event_files import EventFiles
    from dlhw.learning.live_curves import LiveCurves

    with ExitStack() as stack:
        with nothing_begun():
            experiment = stack.enter_context(opening)

        def hint() -> str:
            more = [*experiment.resume_options, *["--tensorboard"] * asked.tensorboard]
            directory = str(experiment.run.directory)
            return options.resume_hint(
                experiment.command, directory, asked.device, deterministic=asked.deterministic, more=more
            )

        stack.enter_context(continued_by(hint))
        epochs, count = experiment.settings.epochs, len(experiment.trials)
        schedule = Schedule(trials=count, epochs=epochs, costs=experiment.costs)
        display = TrainingDisplay(tell(experiment), schedule)
        writes_events = asked.tensorboard and experiment.compute.ranks.leads
        if writes_events:
            note(f"to watch: {shlex.join(['tensorboard', '--logdir', str(experiment.run.directory)])}")
        try:
            live = is_live(asked.progress)
            with stop_requests(live=live) as should_stop, watch(asked.progress, display, should_stop) as observer:
                if writes_events:
                    observer = EventFiles(observer, experiment.run, experiment.trials)
                if experiment.compute.ranks.leads:
                    observer = LiveCurves(observer, experiment.draw_curves)
                outcomes = experiment.train(observer=observer, should_stop=should_stop)
        except InterruptedRun as error:
            error.message += experiment.progress_of_trials()
            raise
        if experiment.concluding:
            note(experiment.concluding)
        document = experiment.conclude(outcomes, seconds=time.perf_counter() - asked.started)
    finish(document, result(document), json=asked.json)
    return document


def given_options(**asked: Any) -> dict[str, Any]:
    """The options that were given."""
    return {name: value for name, value in asked.items() if value is not None}
