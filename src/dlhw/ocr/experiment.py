"""A run of Question 3: a network trained with attention or without, and what it came to."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch

from dlhw import __version__
from dlhw.errors import RunError, UsageError
from dlhw.learning.checkpoint import load_header
from dlhw.learning.device import Compute, environment, in_force
from dlhw.learning.events import Observer, Silence
from dlhw.learning.loop import fit, patience_ended, resume_state
from dlhw.learning.packaged import sha256
from dlhw.learning.resuming import Changeable, compute_as_before, merge_settings, precision_as_before, unfinished
from dlhw.learning.run import Run, check_start, resume_run, start_run
from dlhw.learning.stable import fall_epochs
from dlhw.learning.trial_folder import BEST, TrialFolder
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.alphabet_extension import grow
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.evaluation import BEAM, evaluate
from dlhw.ocr.network import Architecture, WordNetwork
from dlhw.ocr.recognizer import Recognizer, described_network, load_recognizer
from dlhw.ocr.reference_results import REFERENCE_RESULTS
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.settings import Settings
from dlhw.ocr.training import WordTask
from dlhw.ocr.training_dataset import PATHS, Request, TrainingDataset, prepare_training_dataset
from dlhw.ocr.training_provenance import learnt_hashes, pack_hashes, unpack_hashes, warn_of_training_words
from dlhw.ocr.unknown_characters import warn_of_unknown_characters

COMMAND = "ocr-train"


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A run that this process holds, with its settings and its words."""

    settings: Settings
    lesson: TrainingDataset
    request: Request
    start: Path | None
    """The checkpoint that the weights come from; ``None`` for random ones."""

    compute: Compute
    run: Run

    @property
    def is_homework(self) -> bool:
        """Whether rendered words are learnt from random weights: the homework's task, as far as that is known."""
        return self.request.data is None and self.start is None

    def warnings(self) -> tuple[str, ...]:
        """What a person should know of the words before they are learnt."""
        known = set(self.lesson.characters)
        if self.start is not None and self.start.exists():
            known.update(load_recognizer(self.start, device=torch.device("cpu")).alphabet.characters)
        measured = {"validation": self.lesson.validation, "test": self.lesson.tests["test"]}
        return (*self.lesson.warnings, *(warn_of_unknown_characters(known, measured) if self.request.data else ()))


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
    compute.ranks.on_first(lambda: check_start(out, force=force))
    if start is not None and has_attention(start) != settings.attention:
        raise UsageError(
            f"{start} is a network {'with' if not settings.attention else 'without'} attention, "
            "and the other kind was asked for",
            "leave --attention and --no-attention out",
        )
    with Renderer(compute.threads, ranks=compute.ranks) as renderer:
        lesson = prepare_training_dataset(request, settings, renderer, ahead=_ahead(compute))
        if start is not None:
            seen = warn_of_training_words(
                lesson.tests["test"], {f"the recogniser in {start}, whose weights are the first,": start}
            )
            lesson = replace(lesson, warnings=(*lesson.warnings, *seen))
        compute.ranks.check_same("words", lesson.fingerprint)
        with start_run(COMMAND, out=out, force=force, root=root, ranks=compute.ranks) as run:
            origin = {"from": None if start is None else str(start.absolute()), "from_hash": start and sha256(start)}
            run.write_config({**settings.as_config(), "words_from": _noted(request, lesson), **origin})
            yield Experiment(settings=settings, lesson=lesson, request=request, start=start, compute=compute, run=run)


@contextmanager
def resume_experiment(
    given: Mapping[str, Any],
    request: Request,
    compute: Compute,
    *,
    changed: Collection[Changeable] = (),
    out: Path | None = None,
    root: Path = Path("runs"),
) -> Iterator[Experiment]:
    """Go on with a run as it was started; more epochs extend it.

    Args:
        given: fields of :class:`Settings` that were asked for again; only ``epochs`` may differ, upwards.
        request: which words, if named again. They may lie somewhere else by now: their content is compared, no path.
        compute: what this process would use; the run's own device and threads win.
        changed: what is to be as in ``compute``, and not as in the run.
        out: the run directory; without it the newest unfinished one under ``root``.
        root: where numbered runs lie.

    Raises:
        UsageError: an option differs from what the run was started with.
        RunError: there is no such run, it is held, its device is not there, or its words, or the weights it began
            with, have changed since.
    """
    wanted = unfinished(given.get("epochs"))
    with resume_run(COMMAND, out=out, root=root, unfinished=wanted, ranks=compute.ranks) as run:
        run.check_config()
        before = Settings.from_config(run.config)
        done = len(run.trial_folder(before.trial_name).metrics())
        settings = merge_settings(before, given, run.directory, least=_soonest_end(before, done))
        of_words = run.config["words_from"]
        saved = Request.from_config(of_words)
        for name, value in vars(request).items():
            # What lies somewhere may have been moved; what came from nowhere has not.
            may_differ = name in PATHS and of_words.get(name) is not None
            if value != getattr(Request(), name) and value != getattr(saved, name) and not may_differ:
                raise _other(run, name, of_words, value)
        asked = saved.moved_to(request)
        missing = saved.missing()
        if missing is not None and getattr(request, missing) is None:
            raise RunError(
                f"the run in {run.directory} learns from {of_words[missing]}, and there is nothing any more",
                f"name the place where it is now with --{missing.replace('_', '-')}",
            )
        compute = compute_as_before(run, compute, changed=changed)
        with Renderer(compute.threads, ranks=compute.ranks) as renderer:
            lesson = prepare_training_dataset(asked, settings, renderer, ahead=_ahead(compute))
            if lesson.fingerprint != of_words["fingerprint"]:
                for name, value in vars(request).items():
                    if name in PATHS and value is not None and str(value.absolute()) != of_words.get(name):
                        raise _other(run, name, of_words, value)
                raise RunError(
                    f"the words of {lesson.source} are not those that the run in {run.directory} was started with",
                    "put the old pictures or fonts back, or start another run",
                )
            start = _origin(run, settings)
            origin = {name: run.config.get(name) for name in ("from", "from_hash")}
            run.write_config({**settings.as_config(), "words_from": _noted(asked, lesson), **origin})
            yield Experiment(
                settings=settings,
                lesson=lesson,
                request=asked,
                start=start,
                compute=compute,
                run=run,
            )


def _noted(request: Request, lesson: TrainingDataset) -> dict[str, Any]:
    """What a run's configuration keeps of its words: where they are found again, and what they are."""
    return {**request.as_config(), "source": lesson.source, "fingerprint": lesson.fingerprint}


def _other(run: Run, name: str, of_words: Mapping[str, Any], value: object) -> UsageError:
    where = "" if of_words.get(name) is None or name not in PATHS else ", which holds something else"
    return UsageError(
        f"the run in {run.directory} was started with {name} {of_words.get(name)}, and {value} came{where}",
        "leave the option out, or start another run without --resume",
    )


def _origin(run: Run, settings: Settings) -> Path | None:
    """The checkpoint that a run's first weights come from. It is needed until there is a state, and not afterwards."""
    if run.config["from"] is None:
        return None
    path = Path(run.config["from"])
    if not run.trial_folder(settings.trial_name).state_path.exists() and (
        not path.exists() or sha256(path) != run.config["from_hash"]
    ):
        raise RunError(
            f"the run in {run.directory} began with the weights in {path}, which are not there any more",
            "put them back, or start another run",
        )
    return path


def _soonest_end(settings: Settings, done: int) -> int | None:
    """The fewest epochs that a run can be shortened to, its rate still falling as long as it should."""
    if settings.schedule != "stable":
        return None
    return next(epochs for epochs in range(done + 1, 2 * done + 10) if epochs - fall_epochs(epochs) >= done)


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
        What the training came to: the trial's ``outcome.json``.

    Raises:
        InterruptedRun: ``should_stop`` said so.
        DivergedError: a loss was not finite.
    """
    compute, run = experiment.compute, experiment.run
    precision = precision_as_before(run, experiment.settings.precision, compute)
    run.write_environment(environment(compute) | {"precision": precision})
    settings = replace(experiment.settings, precision=precision)
    with in_force(compute):
        return _train(experiment, settings, observer or Silence(), should_stop)


def _train(
    experiment: Experiment, settings: Settings, observer: Observer, should_stop: Callable[[], int] | None
) -> dict[str, Any]:
    lesson, run, compute = experiment.lesson, experiment.run, experiment.compute
    folder = run.trial_folder(settings.trial_name)
    label = "with attention" if settings.attention else "without attention"
    outcome = compute.ranks.on_first(folder.outcome)
    if outcome is not None and outcome["epochs"] >= settings.epochs:
        observer.trial_started(label, folder.metrics())
        observer.trial_finished(label, outcome)
        return outcome
    begun = compute.ranks.on_first(folder.state_path.exists)
    first = _state_network(folder) if begun else _first_network(experiment)
    network, alphabet = first.network, first.alphabet
    task = WordTask(settings, network, alphabet, lesson.train, lesson.validation, compute, words=first.words)
    state = resume_state(task, folder)
    observer.trial_started(label, state.rows)
    on_step = partial(observer.step, label)
    epochs = fit(task, folder, state, epochs=settings.epochs, on_step=on_step, should_stop=should_stop)
    # ImageArgument before every epoch, so that a run that was killed behind its last one does not train one more.
    while not patience_ended(state, settings.patience) and (result := next(epochs, None)) is not None:
        observer.epoch(label, result)
    assert state.best is not None
    task.evaluated.load_state_dict(state.best.weights)
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
        **compute.ranks.on_first(
            lambda: {name: measure_words(recognizer, words) for name, words in lesson.tests.items()}
        ),
        "words_seen": len(lesson.train) * state.epoch,
        "images_per_second": len(lesson.train) * state.epoch / seconds,
    }
    compute.ranks.on_first(lambda: folder.write_outcome(outcome))
    observer.trial_finished(label, outcome)
    return outcome


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
    rows = run.trial_folder(settings.trial_name).metrics()
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
        "precision": precision_as_before(run, settings.precision, compute),
        **{name: value for name, value in outcome.items() if name not in {"status", "epochs"}},
        "checkpoint": f"{settings.trial_name}/{BEST}",
        "reported": vars(REFERENCE_RESULTS[settings.attention]) if experiment.is_homework else None,
        "figures": [str(path) for path in figures],
        "seconds": round(seconds, 3),
    }
    run.write_result(document)
    return document


class _Begun(NamedTuple):
    """A network as a training begins with it, or goes on with it."""

    network: WordNetwork
    alphabet: Alphabet
    words: dict[str, Any]
    """What the header says of the words: see :mod:`dlhw.ocr.training_provenance`."""


def _state_network(folder: TrialFolder) -> _Begun:
    """The network whose weights the state holds. What it was started from need not be there any more."""
    described = load_header(folder.state_path, kind="state")["architecture"]
    return _Begun(*described_network(described), described["words"])


def _first_network(experiment: Experiment) -> _Begun:
    settings, characters, words = experiment.settings, experiment.lesson.characters, experiment.lesson.header
    torch.manual_seed(settings.seed)
    if experiment.start is None:
        alphabet = Alphabet.from_texts(characters)
        architecture = Architecture(alphabet_size=alphabet.size)
        network = WordNetwork(architecture if settings.attention else replace(architecture, attention=0))
        return _Begun(network, alphabet, words)
    trained = load_recognizer(experiment.start, device=torch.device("cpu"))
    alphabet = trained.alphabet.extended(characters)
    learnt = pack_hashes(unpack_hashes(words["learnt"]) | learnt_hashes(experiment.start))
    return _Begun(grow(trained.network, trained.alphabet, alphabet), alphabet, {**words, "learnt": learnt})


def _ahead(compute: Compute) -> int:
    """Chunks to render before they are asked for: none on a CPU, whose cores are then better spent on training."""
    return 0 if compute.device.type == "cpu" else 8
