"""Small recognisers, saved as a training saves them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from dlhw.learning.checkpoint import save_checkpoint
from dlhw.learning.files import write_json
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.batches import EpochBatches
from dlhw.ocr.data import Words
from dlhw.ocr.epochs import OwnWords
from dlhw.ocr.network import Architecture, WordNetwork
from dlhw.ocr.preprocessing import prepare
from dlhw.ocr.recognizer import Recognizer, describe
from tests.ocr.folders import noise, write

LETTERS = Alphabet("abcdeHlo 5€")
TEXTS = ("ab", "cab", "Hello", "5 €", "dole", "a", "ace", "bead")
RATE = 0.006
SIZES: dict[str, Any] = {"channels": (4, 4, 6, 6, 8, 8), "encoder": 8, "decoder": 12, "embedding": 6}


def words(texts: tuple[str, ...] = TEXTS) -> Words:
    """Images of noise, each of its own width, which a small network learns by heart."""
    images = [prepare(noise(40 + 12 * seed % 97, seed=seed)) for seed, _ in enumerate(texts)]
    return Words.pack(images, texts, [f"{index}.png" for index, _ in enumerate(texts)])


def save_images(folder: Path) -> Path:
    """The same images as files, with their labels."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, _ in enumerate(TEXTS):
        noise(40 + 12 * seed % 97, seed=seed).save(folder / f"{seed}.png")
    write(folder / "labels.tsv", "".join(f"{index}.png\t{text}\n" for index, text in enumerate(TEXTS)))
    return folder


@functools.cache
def recognizer(*, attention: bool = True) -> Recognizer:
    """A network that has learnt a little: its texts differ and end."""
    torch.manual_seed(0)
    network = WordNetwork(Architecture(alphabet_size=LETTERS.size, attention=8 if attention else 0, **SIZES))
    batches = EpochBatches(OwnWords(words(), seed=0), LETTERS, batch_size=4, seed=0)
    for epoch in range(1, 60):
        batches.begin(epoch)
        for step in range(len(batches.sizes)):
            batch = batches[step]
            logits = network(batch.images, batch.widths, batch.inputs)
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), ignore_index=0)
            # By hand: torch's optimizers import its compiler, which takes seconds.
            gradients = torch.autograd.grad(loss, list(network.parameters()))
            with torch.no_grad():
                for parameter, gradient in zip(network.parameters(), gradients, strict=True):
                    parameter.sub_(RATE * gradient.sign())
    return Recognizer(network=network.eval(), alphabet=LETTERS)


def save(path: Path, *, attention: bool = True, asked: Mapping[str, Any] | None = None) -> Path:
    """A checkpoint as a run leaves it; ``asked`` is ``words`` of its header."""
    made = recognizer(attention=attention)
    path.parent.mkdir(parents=True, exist_ok=True)
    of_words = {"kind": "language", "language": None, "fingerprint": "", "learnt": ""} if asked is None else asked
    header = {"kind": "weights", "architecture": describe(made.network.architecture, made.alphabet, of_words)}
    save_checkpoint(path, made.network.state_dict(), header)
    return path


def save_run(directory: Path, *, attention: bool = True, asked: Mapping[str, Any] | None = None) -> Path:
    """A finished run of ``dlhw ocr train``."""
    save(directory / "trial" / "best.safetensors", attention=attention, asked=asked)
    config = {"command": "ocr-train", "words": 512, "seed": 42, "batch_size": 64, "learning_rate": 0.002}
    environment = {
        "versions": {"dlhw": "0.1.0", "torch": "2.15.0"},
        "system": "Linux",
        "device": "cpu",
        "device_name": "AMD EPYC",
        "threads": 1,
        "deterministic": False,
    }
    result = {
        "command": "ocr train",
        "seed": 42,
        "attention": attention,
        "epochs": 2,
        "checkpoint": "trial/best.safetensors",
        "best_epoch": 1,
        "best_validation_cer": 0.9,
        "last_epoch": 2,
        "data": {
            "source": "rendered words, wordfreq en",
            "train": 512,
            "validation": 1000,
            "test": 2000,
            "fonts": {"train": 26},
        },
        "test": {"words": 2000, "cer": 0.9, "wer": 1.0, "wer_at_k": {"k": 3, "value": 1.0}},
    }
    for name, document in (("config", config), ("environment", environment), ("result", result)):
        write_json(directory / f"{name}.json", document)
    return directory
