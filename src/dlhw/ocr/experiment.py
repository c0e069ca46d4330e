"""A run of Question 3: a network trained with attention or without, and what it came to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from dlhw import __version__
from dlhw.errors import RunError, UsageError
from dlhw.learning.device import Compute, change_threads, environment
from dlhw.learning.events import Observer, Silence
from dlhw.learning.loop import fit, resume_state
from dlhw.learning.member import BEST
from dlhw.learning.resuming import merge_settings, unfinished
from dlhw.learning.run import Run, check_start, resume_run, start_run
from dlhw.learning.state import TrainingState
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.evaluation import BEAM, evaluate
from dlhw.ocr.growing import grow
from dlhw.ocr.lesson import Lesson, Request, prepare_lesson
from dlhw.ocr.network import Architecture, WordNetwork
from dlhw.ocr.recognizer import Recognizer, load_recognizer
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.reported import REPORTED
from dlhw.ocr.settings import Settings
from dlhw.ocr.training import WordTask

COMMAND = "ocr-train"


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A run that this process holds, with its settings and its words."""

    settings: Settings
    lesson: Lesson
    request: Request
    start: Path | None
    """The checkpoint that the weights come from; ``None`` for random ones."""

    compute: Compute
    run: Run

    @property
    def is_homework(self) -> bool:
        """Whether rendered words are learnt from random weights: the homework's task, as far as that is known."""
        return self.request.data is None and self.start is None


@contextmanager
def start_experiment(
    settings: Settings,
    request: Request,
    compute: Compute,
    *,
    start: Path | None = None,
    out: Path | None = None,
    force: bool = False,
    root: Path = Path("runs"),
) -> Iterator[Experiment]:
    """Find the words, then make the run directory: bad data never costs an old run.

    Args:
        settings: what is trained, and how.
        request: which words.
        compute: where; as many processes render as there are threads.
        start: a checkpoint to take the first weights from.
        out: the run directory; without it a numbered one under ``root``.
        force: start anew where ``out`` already holds a run.
        root: where numbered runs lie.
    """
    check_start(out, force=force)
    if start is not None and has_attention(start) != settings.attention:
        raise UsageError(
            f"{start} is a network {'with' if not settings.attention else 'without'} attention, "
            "and the other kind was asked for",
            "leave --attention and --no-attention out",
        )
    with Renderer(compute.threads) as renderer:
        lesson = prepare_lesson(request, settings, renderer, ahead=_ahead(compute))
        with start_run(COMMAND, out=out, force=force, root=root) as run:
            of_words = {**request.as_config(), "source": lesson.source, "fingerprint": lesson.fingerprint}
            origin = None if start is None else str(start.resolve())
            run.write_config({**settings.as_config(), "words_from": of_words, "from": origin})
            yield Experiment(settings=settings, lesson=lesson, request=request, start=start, compute=compute, run=run)


@contextmanager
def resume_experiment(
    given: Mapping[str, Any],
    request: Request,
    compute: Compute,
    *,
    keep_threads: bool = True,
    out: Path | None = None,
    root: Path = Path("runs"),
) -> Iterator[Experiment]:
    """Go on with a run as it was started; more epochs extend it.

    Args:
        given: fields of :class:`Settings` that were asked for again; only ``epochs`` may differ, upwards.
        request: which words, if named again.
        compute: where.
        keep_threads: use as many threads as the run did before, which gives the same numbers.
        out: the run directory; without it the newest unfinished one under ``root``.
        root: where numbered runs lie.

    Raises:
        UsageError: an option differs from what the run was started with.
        RunError: there is no such run, it is held, or its words have changed since.
    """
    with resume_run(COMMAND, out=out, root=root, unfinished=unfinished(given.get("epochs"))) as run:
        settings = merge_settings(Settings.from_config(run.config), given, run.directory)
        of_words = run.config["words_from"]
        saved = Request.from_config(of_words)
        for name, value in request.as_config().items():
            if value != getattr(Request(), name) and value != of_words[name]:
                raise UsageError(
                    f"the run in {run.directory} was started with {name} {of_words[name]}, and {value} came",
                    "leave the option out, or start another run without --resume",
                )
        if keep_threads and (threads := run.threads_before()):
            compute = change_threads(compute, threads)
        with Renderer(compute.threads) as renderer:
            lesson = prepare_lesson(saved, settings, renderer, ahead=_ahead(compute))
            if lesson.fingerprint != of_words["fingerprint"]:
                raise RunError(
                    f"the words of {lesson.source} are not those that the run in {run.directory} was started with",
                    "put the old pictures or fonts back, or start another run",
                )
            start = run.config["from"]
            run.write_config({**settings.as_config(), "words_from": of_words, "from": start})
            yield Experiment(
                settings=settings,
                lesson=lesson,
                request=saved,
                start=Path(start) if start else None,
                compute=compute,
                run=run,
            )


def has_attention(checkpoint: Path) -> bool:
    """Whether the network of a checkpoint has attention."""
    network = load_recognizer(checkpoint, device=torch.device("cpu")).network
    return network.architecture.attention > 0


def train(
    experiment: Experiment,
    *,
    observer: Observer | None = None,
    should_stop: Callable[[], int] | None = None,
) -> dict[str, Any]:
    """Train to the last epoch, or until patience ends, and measure the best epoch on the test words, once.

    Returns:
        What the training came to: the member's ``outcome.json``.

    Raises:
        InterruptedRun: ``should_stop`` said so.
        DivergedError: a loss was not finite.
    """
    observer = observer or Silence()
    settings, lesson, run, compute = experiment.settings, experiment.lesson, experiment.run, experiment.compute
    run.write_environment(environment(compute))
    member = run.member(settings.member_name)
    label = "with attention" if settings.attention else "without attention"
    outcome = member.outcome()
    if outcome is not None and outcome["epochs"] >= settings.epochs:
        observer.member_started(label, member.metrics())
        observer.member_finished(label, outcome)
        return outcome
    network, alphabet = _first_network(experiment)
    words = {**experiment.request.as_config(), "source": lesson.source}
    task = WordTask(settings, network, alphabet, lesson.train, lesson.validation, compute, words=words)
    state = resume_state(task, member)
    observer.member_started(label, state.rows)
    on_step = partial(observer.step, label)
    epochs = fit(task, member, state, epochs=settings.epochs, on_step=on_step, should_stop=should_stop)
    # Asked before every epoch, so that a run that was killed behind its last one does not train one more.
    while not _patience_ended(state, settings) and (result := next(epochs, None)) is not None:
        observer.epoch(label, result)
    assert state.best is not None
    network.load_state_dict(state.best.weights)
    recognizer = replace(task.recognizer, temperature=state.best.notes["temperature"])
    seconds = math.fsum(row["seconds"] for row in state.rows)
    outcome = {
        "status": "finished",
        "epochs": settings.epochs,
        "last_epoch": state.epoch,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "alphabet": alphabet.as_header(),
        "best_epoch": state.best.epoch,
        "best_validation_cer": state.best.value,
        "temperature": recognizer.temperature,
        **{name: measure_words(recognizer, words) for name, words in lesson.tests.items()},
        "words_seen": len(lesson.train) * state.epoch,
        "images_per_second": len(lesson.train) * state.epoch / seconds,
    }
    member.write_outcome(outcome)
    observer.member_finished(label, outcome)
    return outcome


def _patience_ended(state: TrainingState, settings: Settings) -> bool:
    """Whether so many epochs in a row were no better as a person has patience for."""
    return (
        settings.patience is not None and state.best is not None and state.epoch - state.best.epoch >= settings.patience
    )


def measure_words(recognizer: Recognizer, words: Words) -> dict[str, Any]:
    """CER, WER and WER@3 with 95 % intervals, as ``dlhw ocr eval --beam 3`` measures them."""
    scores = evaluate(recognizer, words, BeamSearch(width=BEAM)).scores
    return {
        "words": scores.words,
        "cer": scores.cer.value,
        "wer": scores.wer.value,
        "wer_at_k": {"k": BEAM, "value": scores.wer_at_k.value},
        "intervals": {
            name: [estimate.low, estimate.high]
            for name, estimate in (("cer", scores.cer), ("wer", scores.wer), ("wer_at_k", scores.wer_at_k))
        },
    }


def conclude(experiment: Experiment, outcome: dict[str, Any], *, seconds: float) -> dict[str, Any]:
    """Draw the figures, write ``result.json``, by which the run counts as finished, and return its document."""
    from dlhw.learning.curves import draw_training  # here, so that training begins half a second sooner

    settings, lesson, run, compute = experiment.settings, experiment.lesson, experiment.run, experiment.compute
    rows = run.member(settings.member_name).metrics()
    label = "with attention" if settings.attention else "without attention"
    title, heading = f"{label}, {lesson.source}", "Validation character error rate"
    figures = draw_training({label: rows}, run.figures, "validation_cer", heading=heading, title=title, best=min)
    document = {
        "command": "ocr train",
        "version": __version__,
        "seed": settings.seed,
        "run": str(run.directory),
        "attention": settings.attention,
        "data": lesson.describe(),
        "epochs": settings.epochs,
        "batch_size": settings.batch_size,
        "learning_rate": settings.learning_rate,
        "device": compute.name,
        "threads": compute.threads,
        **{name: value for name, value in outcome.items() if name not in {"status", "epochs"}},
        "checkpoint": f"{settings.member_name}/{BEST}",
        "reported": vars(REPORTED[settings.attention]) if experiment.is_homework else None,
        "figures": [str(path) for path in figures],
        "seconds": round(seconds, 3),
    }
    run.write_result(document)
    return document


def _first_network(experiment: Experiment) -> tuple[WordNetwork, Alphabet]:
    settings, characters = experiment.settings, experiment.lesson.characters
    torch.manual_seed(settings.seed)
    if experiment.start is None:
        alphabet = Alphabet.from_texts(characters)
        architecture = Architecture(alphabet_size=alphabet.size)
        return WordNetwork(architecture if settings.attention else replace(architecture, attention=0)), alphabet
    trained = load_recognizer(experiment.start, device=torch.device("cpu"))
    alphabet = trained.alphabet.extended(characters)
    return grow(trained.network, trained.alphabet, alphabet), alphabet


def _ahead(compute: Compute) -> int:
    """Chunks to render before they are asked for: none on a CPU, whose cores are then better spent on training."""
    return 0 if compute.device.type == "cpu" else 8
