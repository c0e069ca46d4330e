"""One training of a word network: from one seed, by a recipe, measured on the test words."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from dlhw.learning.device import Compute
from dlhw.learning.events import Observer
from dlhw.learning.headers import load_header
from dlhw.learning.trial import train_observed
from dlhw.learning.trial_folder import TrialFolder
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.evaluation import BEAM, evaluate
from dlhw.ocr.network import Architecture, WordNetwork, grow
from dlhw.ocr.recognizer import Recognizer, described_network, load_recognizer
from dlhw.ocr.second_look.reader import reader_for
from dlhw.ocr.settings import Settings
from dlhw.ocr.training import WordTask
from dlhw.ocr.training_dataset import TrainingDataset
from dlhw.ocr.training_provenance import learnt_hashes, pack_hashes, unpack_hashes


@dataclass(frozen=True, kw_only=True)
class WordTrial:
    """A training of ``dlhw ocr train``."""

    settings: Settings
    """With the seed of this training, and the precision in force."""

    data: TrainingDataset
    """Its words to learn from follow from the same seed."""

    start: Path | None
    """The checkpoint that the weights come from; ``None`` for random ones."""

    several: bool = False
    """Whether the experiment has others: then a training that diverges is an outcome, and ends none of them."""

    @property
    def name(self) -> str:
        """Of its folder."""
        return self.settings.trial_name

    @property
    def label(self) -> str:
        """What is trained, for a person."""
        seed = f", seed {self.settings.seed}" if self.several else ""
        return f"{attention_label(self.settings.attention)}{seed}"

    @property
    def epochs(self) -> int:
        """At most."""
        return self.settings.epochs

    def train(
        self, folder: TrialFolder, compute: Compute, observer: Observer, should_stop: Callable[[], int]
    ) -> dict[str, Any]:
        """Train to the last epoch, or until patience ends, and measure the best epoch on the test words, once.

        Returns:
            The outcome, as it stands in ``outcome.json``.

        Raises:
            InterruptedRun: ``should_stop`` said so.
            DivergedError: a loss was not finite, and this is the only training.
        """
        settings, data = self.settings, self.data
        begun = compute.ranks.on_first(folder.state_path.exists)
        first = _state_network(folder) if begun else self.first_network()
        network, alphabet = first.network, first.alphabet
        task = WordTask(settings, network, alphabet, data.train, data.validation, compute, words=first.words)
        state, diverged = train_observed(
            task,
            folder,
            self.label,
            epochs=settings.epochs,
            patience=settings.patience,
            observer=observer,
            should_stop=should_stop,
        )
        if diverged is not None:
            if not self.several:
                raise diverged
            return {
                "status": "diverged",
                "reason": diverged.message,
                "attention": settings.attention,
                "seed": settings.seed,
                "epochs": settings.epochs,
            }
        assert state.best is not None
        task.evaluated.load_state_dict(state.best.weights)
        recognizer = replace(task.recognizer, temperature=state.best.notes["temperature"])
        seconds = math.fsum(row["seconds"] for row in state.rows)
        return {
            "status": "finished",
            "seed": settings.seed,
            "epochs": settings.epochs,
            "last_epoch": state.epoch,
            "parameters": sum(parameter.numel() for parameter in network.parameters()),
            "alphabet": alphabet.as_header(),
            "best_epoch": state.best.epoch,
            "best_validation_cer": state.best.value,
            "temperature": recognizer.temperature,
            **compute.ranks.on_first(
                lambda: {name: measure_words(recognizer, words) for name, words in data.tests.items()}
            ),
            "words_seen": len(data.train) * state.epoch,
            "images_per_second": len(data.train) * state.epoch / seconds,
        }

    def first_network(self) -> Begun:
        """The network before its first step: random, or the one to start from with the letters it lacks added."""
        settings, characters, words = self.settings, self.data.characters, self.data.header
        torch.manual_seed(settings.seed)
        if self.start is None:
            alphabet = Alphabet.from_texts(characters)
            architecture = Architecture(alphabet_size=alphabet.size)
            network = WordNetwork(architecture if settings.attention else replace(architecture, attention=0))
            return Begun(network, alphabet, words)
        trained = load_recognizer(self.start, device=torch.device("cpu"))
        alphabet = trained.alphabet.extended(characters)
        learnt = pack_hashes(unpack_hashes(words["learnt"]) | learnt_hashes(self.start))
        return Begun(grow(trained.network, trained.alphabet, alphabet), alphabet, {**words, "learnt": learnt})


class Begun(NamedTuple):
    """A network as a training begins with it, or resumes it."""

    network: WordNetwork
    alphabet: Alphabet
    words: dict[str, Any]
    """What the header says of the words: see :mod:`dlhw.ocr.training_provenance`."""


def attention_label(attention: bool) -> str:
    """Which of the two networks it is, for a person."""
    return "with attention" if attention else "without attention"


def _state_network(folder: TrialFolder) -> Begun:
    """The network whose weights the state holds. What it was started from may no longer exist."""
    described = load_header(folder.state_path, kind="state")["architecture"]
    return Begun(*described_network(described), described["words"])


def measure_words(recognizer: Recognizer, words: Words) -> dict[str, Any]:
    """CER, WER and WER@3 with 95 % intervals, as ``dlhw ocr eval --beam 3`` measures them."""
    decoder = BeamSearch(width=BEAM)
    scores = evaluate(reader_for(recognizer, decoder), words, decoder).scores
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
