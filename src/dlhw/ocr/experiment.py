"""The experiment of ``dlhw ocr train``: a word network, trained from one seed or from several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import torch

from dlhw.errors import DivergedError, RunError, UsageError
from dlhw.learning.device import Compute, PrecisionName
from dlhw.learning.packaged import reference, sha256
from dlhw.learning.rate_schedules import fall_epochs
from dlhw.learning.run import Run
from dlhw.learning.summary_statistics import mean_and_deviation
from dlhw.learning.training import Training
from dlhw.learning.trial_folder import BEST
from dlhw.ocr.data import Words
from dlhw.ocr.pretrained import FOLDER, NAMES
from dlhw.ocr.recognizer import load_recognizer
from dlhw.ocr.reference_results import REFERENCE_RESULTS
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.settings import Settings
from dlhw.ocr.training_dataset import PATHS, Request, TrainingDataset, prepare_training_dataset
from dlhw.ocr.training_provenance import warn_of_training_words
from dlhw.ocr.trial import WordTrial, attention_label
from dlhw.plurals import part_of, plural

SHOWN_AT_MOST = 20
"""Characters in a message."""

SCORES = ("cer", "wer")


@dataclass(frozen=True, kw_only=True)
class WordExperiment(Training[Settings, Request, TrainingDataset]):
    """A word network, trained from each seed on the same words."""

    command: ClassVar[str] = "ocr train"
    settings_type: ClassVar[type[Settings]] = Settings

    @property
    def is_homework(self) -> bool:
        """Whether rendered words are learnt from random weights: the homework's task, as far as that is known."""
        return self.request.data is None and self.request.start is None

    def warnings(self) -> tuple[str, ...]:
        """What a person should know of the words before they are learnt."""
        known, start = set(self.data.characters), self.request.start
        if start is not None and start.exists():
            known.update(load_recognizer(start, device=torch.device("cpu")).alphabet.characters)
        measured = {"validation": self.data.validation, "test": self.data.tests["test"]}
        return (*self.data.warnings, *(warn_of_unknown_characters(known, measured) if self.request.data else ()))

    @classmethod
    @contextmanager
    def load_data(
        cls, settings: Settings, request: Request, compute: Compute
    ) -> Iterator[tuple[Request, TrainingDataset]]:
        """Find the words, and render or read those to be measured on. As many processes render as there are threads."""
        start = request.start
        if start is not None and has_attention(start) != settings.attention:
            raise UsageError(
                f"{start} is a network {'with' if not settings.attention else 'without'} attention, "
                "and the other kind was asked for",
                "leave `attention` out",
            )
        if settings.seeds == 1:  # several trainings are shared out whole
            compute.ranks.check_batch(settings.batch_size, chosen=False)
        with Renderer(compute.threads, ranks=compute.ranks) as renderer:
            data = prepare_training_dataset(request, settings, renderer, ahead=_ahead(compute))
            if start is not None:
                seen = warn_of_training_words(
                    data.tests["test"], {f"the recogniser in {start}, whose weights are the first,": start}
                )
                request = replace(request, start=start.absolute(), start_hash=sha256(start))
                data = replace(data, warnings=(*data.warnings, *seen))
            compute.ranks.check_same("words", data.fingerprint)
            yield request, data

    @classmethod
    @contextmanager
    def load_same_data(
        cls, settings: Settings, request: Request, compute: Compute, run: Run
    ) -> Iterator[tuple[Request, TrainingDataset]]:
        """Find the words that a run was started with."""
        noted = run.config["words_from"]
        saved = Request.from_config(noted)
        _check_asked(run, saved, request)
        missing = saved.missing()
        if missing is not None and getattr(request, missing) is None:
            raise RunError(
                f"the run in {run.directory} learns from {noted[missing]}, which no longer exists",
                f"name the place where it is now with `{missing}`",
            )
        asked = replace(saved.moved_to(request), start=_origin(run, settings), start_hash=run.config.get("from_hash"))
        with Renderer(compute.threads, ranks=compute.ranks) as renderer:
            data = prepare_training_dataset(asked, settings, renderer, ahead=_ahead(compute))
            if data.fingerprint != noted["fingerprint"]:
                for name in PATHS:
                    value = getattr(request, name)
                    if value is not None and str(value.absolute()) != noted.get(name):
                        raise _other(run, name, value)
                raise RunError(
                    f"the words of {data.source} are not those that the run in {run.directory} was started with",
                    "put the old images or fonts back, or start another run",
                )
            yield asked, data

    @classmethod
    def data_config(cls, request: Request, data: TrainingDataset) -> dict[str, Any]:
        """Where the words are found again and what they are, and the same of the weights to start from."""
        words = {**request.as_config(), "source": data.source, "fingerprint": data.fingerprint}
        start = None if request.start is None else reference(request.start)
        return {"words_from": words, "from": start, "from_hash": request.start_hash}

    @classmethod
    def fewest_epochs(cls, settings: Settings, run: Run) -> int | None:
        """A run whose rate falls only at its end can be ended sooner, its rate still falling as long as it should."""
        if settings.schedule != "stable":
            return None
        done = max(len(run.trial_folder(each.trial_name).metrics()) for each in settings.of_seeds())
        return next(epochs for epochs in range(done + 1, 2 * done + 10) if epochs - fall_epochs(epochs) >= done)

    @property
    def precision_asked(self) -> PrecisionName:
        """That of the settings."""
        return self.settings.precision

    def threads_each(self, trials: int) -> int:
        """All of them: the words of a training are rendered by as many processes, so that trials follow each other."""
        return self.compute.threads

    @property
    def trials(self) -> Sequence[WordTrial]:
        """A training from each seed. The words to be measured on are the same for all of them."""
        precision, several = self.precision, self.settings.seeds > 1
        return [
            WordTrial(
                settings=replace(settings, precision=precision),
                data=replace(self.data, train=self.data.train.with_seed(settings.seed, alone=several)),
                start=self.request.start,
                several=several,
            )
            for settings in self.settings.of_seeds()
        ]

    def draw_curves(self) -> list[Path]:
        """Training loss and validation CER: a line, or a band over the seeds."""
        from dlhw.learning.bands import draw_training  # here, so that training begins half a second sooner

        rows = [self.run.trial_folder(each.trial_name).metrics() for each in self.settings.of_seeds()]
        label = attention_label(self.settings.attention)
        heading, title = "Validation character error rate", f"{label}, {self.data.source}"
        return draw_training({label: rows}, self.run.figures, "validation_cer", heading=heading, title=title, best=min)

    def document(self, outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """What the training that is best by validation reads, and the spread over the seeds.

        Raises:
            DivergedError: every training diverged.
        """
        settings, data, run = self.settings, self.data, self.run
        finished = [index for index, outcome in enumerate(outcomes) if outcome["status"] == "finished"]
        if not finished:
            last = max(len(run.trial_folder(each.trial_name).metrics()) for each in settings.of_seeds())
            raise DivergedError(epoch=last + 1, step=1, learning_rate=settings.learning_rate)
        chosen = min(finished, key=lambda index: float(outcomes[index]["best_validation_cer"]))
        figures = self.draw_curves()
        best = {name: value for name, value in outcomes[chosen].items() if name not in {"status", "epochs", "seed"}}
        return {
            "attention": settings.attention,
            "data": data.describe(),
            "batch_size": settings.batch_size,
            "learning_rate": settings.learning_rate,
            **best,
            "checkpoint": f"{settings.of_seeds()[chosen].trial_name}/{BEST}",
            "reported": vars(REFERENCE_RESULTS[settings.attention]) if self.is_homework else None,
            "figures": [str(path) for path in figures],
            "seeds": settings.seeds,
            "chosen": chosen,
            "results": [
                _result(outcome, each.seed) for outcome, each in zip(outcomes, settings.of_seeds(), strict=True)
            ],
            "summary": _summary([outcomes[index] for index in finished], len(outcomes)),
        }


def has_attention(checkpoint: Path) -> bool:
    """Whether the network of a checkpoint has attention."""
    network = load_recognizer(checkpoint, device=torch.device("cpu")).network
    return network.architecture.attention > 0


def _result(outcome: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """An entry in ``results`` of the document. The outcome of a run of an earlier dlhw does not name its seed."""
    return {"seed": seed, **{name: value for name, value in outcome.items() if name not in {"alphabet", "parameters"}}}


def _summary(finished: Sequence[Mapping[str, Any]], trainings: int) -> dict[str, Any]:
    """Means and sample deviations over the seeds whose training did not diverge."""
    of_tests = {
        test: {score: mean_and_deviation(outcome[test][score] for outcome in finished) for score in SCORES}
        | {"wer_at_k": mean_and_deviation(outcome[test]["wer_at_k"]["value"] for outcome in finished)}
        for test in ("test", "plain")
        if test in finished[0]
    }
    return {
        "n": len(finished),
        "diverged": trainings - len(finished),
        "best_validation_cer": mean_and_deviation(outcome["best_validation_cer"] for outcome in finished),
        **of_tests,
    }


def _check_asked(run: Run, saved: Request, request: Request) -> None:
    """See that words which are named again are not others, as far as a name tells."""
    noted = run.config["words_from"]
    for name in (*PATHS, "language", "max_megapixels"):
        value = getattr(request, name)
        # Files may have been moved; words that come from no file have not.
        may_differ = name in PATHS and noted.get(name) is not None
        if value != getattr(Request(), name) and value != getattr(saved, name) and not may_differ:
            raise _other(run, name, value)


def _other(run: Run, name: str, value: object) -> UsageError:
    before = run.config["words_from"].get(name)
    where = "" if before is None or name not in PATHS else ", which holds something else"
    return UsageError(
        f"the run in {run.directory} was started with `{name}` {before}; got {value}{where}",
        f"leave `{name}` out, or start another run without `resume`",
    )


def _origin(run: Run, settings: Settings) -> Path | None:
    """The checkpoint that a run's first weights come from: needed until every training has a state."""
    if run.config["from"] is None:
        return None
    path = Path(run.config["from"])
    if str(path) in NAMES:  # of the package; earlier versions noted its path, and all others are absolute
        path = FOLDER / f"{path}.safetensors"
    begun = all(run.trial_folder(each.trial_name).state_path.exists() for each in settings.of_seeds())
    if not begun and (not path.exists() or sha256(path) != run.config["from_hash"]):
        raise RunError(
            f"the run in {run.directory} began with the weights in {path}, which no longer exist",
            "put them back, or start another run",
        )
    return path


def _ahead(compute: Compute) -> int:
    """Chunks to render before they are asked for: none on a CPU, whose cores are then better spent on training."""
    return 0 if compute.device.type == "cpu" else 8


def warn_of_unknown_characters(known: Iterable[str], splits: Mapping[str, Words]) -> tuple[str, ...]:
    """A sentence for each split that has letters which no training word has.

    Args:
        known: the letters that can be written.
        splits: the words that will be measured, by the names of their splits.
    """
    written = frozenset(known)
    sentences = []
    for name, words in splits.items():
        letters = sorted(set("".join(words.texts)) - written)
        if letters:
            count = sum(not written.issuperset(text) for text in words.texts)
            more = f" … and {len(letters) - SHOWN_AT_MOST:,} more" if len(letters) > SHOWN_AT_MOST else ""
            sentences.append(
                f"{part_of(count, len(words), f'{name} word')} {plural(count, 'has')} characters that no training word "
                f"has, and cannot be read right: {' '.join(letters[:SHOWN_AT_MOST])}{more}"
            )
    return tuple(sentences)
