"""What a recogniser learns from and is measured on: rendered words, or the user's own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from dlhw.learning.parallel import Ranks
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.batches import TrainingWords
from dlhw.ocr.data import DATA_SEED, Splits, Words
from dlhw.ocr.epochs import FreshWords, OwnWords
from dlhw.ocr.preprocessing import MAX_MEGAPIXELS
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.mix import Difficulty
from dlhw.ocr.rendering.rendered import rendered_words
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.scoring.scores import few_texts
from dlhw.ocr.settings import Settings
from dlhw.ocr.sources import load_words, shared_pixels
from dlhw.ocr.training_provenance import pack_hashes
from dlhw.ocr.words.source import Split, WordSource

RENDERED_SIZES = {"validation": 1000, "test": 2000}
"""Rendered words to choose the best epoch by, and to be measured on."""

PATHS = ("data", "images", "word_list", "fonts")
"""Fields of a request that name a file or a folder."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Which words a person asked for; a run's configuration holds it."""

    data: Path | None = None
    """A folder or a label file of the person's own; ``None`` renders words."""

    images: Path | None = None
    """The folder in which the images of ``data`` lie, where they do not lie beside its label files."""

    language: str | None = None
    word_list: Path | None = None
    fonts: Path | None = None
    max_megapixels: float = MAX_MEGAPIXELS

    start: Path | None = None
    """The checkpoint that the weights come from; ``None`` for random ones. No part of :meth:`as_config`."""

    start_hash: str | None = None
    """Of that file, once it is known."""

    def as_config(self) -> dict[str, Any]:
        """The same as plain values, with paths that hold from every folder. They say where words are found again, never
        which words they are."""
        # No link is followed: a label file's images lie beside the link that was named, and not beside its target.
        paths = {name: getattr(self, name) for name in PATHS}
        absolute = {name: None if path is None else str(path.absolute()) for name, path in paths.items()}
        return {**absolute, "language": self.language, "max_megapixels": self.max_megapixels}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The request that a run was started with."""
        # A run of an earlier dlhw did not have every one of them.
        paths: dict[str, Any] = {name: None if config.get(name) is None else Path(config[name]) for name in PATHS}
        return cls(**paths, language=config["language"], max_megapixels=config["max_megapixels"])

    def missing(self) -> str | None:
        """A field whose file or folder does not exist, if there is one."""
        return next((name for name in PATHS if (path := getattr(self, name)) is not None and not path.exists()), None)

    def moved_to(self, other: Request) -> Request:
        """The same with the paths that ``other`` has."""
        paths: dict[str, Any] = {name: path for name in PATHS if (path := getattr(other, name)) is not None}
        return replace(self, **paths)

    def word_source(self) -> WordSource:
        """What is rendered, checked to be there."""
        return WordSource.checked(self.language, self.word_list)


@dataclass(frozen=True, kw_only=True)
class TrainingDataset:
    """Words to learn from, to choose the best epoch by, and to be measured on."""

    train: TrainingWords
    validation: Words
    tests: dict[str, Words]
    """``test``, and ``plain`` beside it where words are rendered: undistorted print, black on white."""

    characters: tuple[str, ...]
    """What is written in the words to learn from, a code point each and sorted. Not one string: side by side, a letter
    and the accent of another one would be composed."""

    source: str
    """What the words are, for a person."""

    fonts: dict[str, Any] | None
    """How many faces the words are set in, and the hash of those of the test; ``None`` for the user's own words."""

    fingerprint: str
    """A hash by which a resumed run knows that the words are the same: of their content, wherever they lie."""

    header: dict[str, Any]
    """``words`` of a checkpoint's header: see :mod:`dlhw.ocr.training_provenance`."""

    warnings: tuple[str, ...] = ()
    """What a person should know before believing a measurement, a sentence each."""

    rejected: tuple[str, ...] = ()
    """Rows that cannot be learnt from, each with the reason."""

    def describe(self) -> dict[str, Any]:
        """``data`` of the document of ``dlhw ocr train``."""
        return {
            "source": self.source,
            "train": len(self.train),
            "validation": len(self.validation),
            "test": len(self.tests["test"]),
            "fonts": self.fonts,
            "rejected": len(self.rejected),
        }


def prepare_training_dataset(
    request: Request, settings: Settings, renderer: Renderer, *, ahead: int = 0
) -> TrainingDataset:
    """Find the words, and render or read those to be measured on.

    Args:
        request: which words.
        settings: how many are learnt from, and in which order.
        renderer: who renders them. Its ranks share the rendering, or the reading of the user's own images.
        ahead: as for :class:`FreshWords`.

    Raises:
        UsageError: the language is unknown, or options exclude each other.
        DataError: there are no usable words or fonts.
    """
    return _own(request, settings, renderer.ranks) if request.data else _rendered(request, settings, renderer, ahead)


def _rendered(request: Request, settings: Settings, renderer: Renderer, ahead: int) -> TrainingDataset:
    source = request.word_source()
    train = rendered_words(source, "train", seed=settings.seed, fonts_folder=request.fonts, difficulty=settings.mix)
    learnt, measured = train.fonts, evaluation_fonts(source.characters)
    validation = render_split(source, "validation", renderer, difficulty=settings.mix)
    fonts = {
        "train": len(learnt.faces),
        "test": len(measured.faces),
        "hash": measured.fonts_hash,
        "learnt": learnt.fonts_hash,
    }
    fingerprint = hashlib.blake2b(digest_size=16)
    for part in (source.words_hash, learnt.fonts_hash, validation.fingerprint()):
        fingerprint.update(part.encode())
    test = render_split(source, "test", renderer)
    return TrainingDataset(
        train=FreshWords(train, settings.words, renderer, ahead=ahead),
        validation=validation,
        tests={"test": test, "plain": render_split(source, "test", renderer, difficulty="plain")},
        characters=tuple(source.characters),
        source=f"rendered words, {source.name}",
        fonts=fonts,
        fingerprint=fingerprint.hexdigest(),
        header={
            "kind": "language" if source.word_list is None else "list",
            "language": source.language if source.word_list is None else None,
            "fingerprint": fingerprint.hexdigest(),
            "learnt": "",
            "mix": settings.mix,
            "faces": {"count": len(learnt.faces), "hash": learnt.fonts_hash},
        },
        warnings=_repeating(validation=validation, test=test),
        rejected=learnt.broken,
    )


def render_split(source: WordSource, split: Split, renderer: Renderer, *, difficulty: Difficulty = "full") -> Words:
    """Rendered validation or test words, the same for every seed of a network and on every machine."""
    words = rendered_words(source, split, seed=DATA_SEED, difficulty=difficulty)
    return renderer.render(words, 0, RENDERED_SIZES[split])


def _own(request: Request, settings: Settings, ranks: Ranks) -> TrainingDataset:
    assert request.data is not None
    loaded = load_words(
        request.data, images=request.images, max_megapixels=request.max_megapixels, ranks=ranks, training=True
    )
    splits = loaded.for_training()
    fingerprint = fingerprint_of(splits)
    return TrainingDataset(
        train=OwnWords(splits.train, seed=settings.seed),
        validation=splits.validation,
        tests={"test": splits.test},
        characters=Alphabet.from_texts(splits.train.texts).characters,
        source=loaded.source,
        fonts=None,
        fingerprint=fingerprint,
        header={
            "kind": "own",
            "language": None,
            "fingerprint": fingerprint,
            "learnt": pack_hashes(splits.train.image_hashes()),
        },
        warnings=(
            *shared_pixels(splits.train, {"validation": splits.validation, "test": splits.test}),
            *loaded.counted_remarks(),
            *_repeating(validation=splits.validation, test=splits.test),
        ),
        rejected=tuple(str(row) for row in loaded.rejected),
    )


def _repeating(**splits: Words) -> tuple[str, ...]:
    """Warnings of splits whose words repeat few texts."""
    return tuple(
        warning for name, words in splits.items() for warning in few_texts(len(set(words.texts)), len(words), name)
    )


def fingerprint_of(splits: Splits) -> str:
    """The fingerprint of a lesson of the user's own words. What cannot be read changes the test alone."""
    fingerprint = hashlib.blake2b(digest_size=16)
    for words in (splits.train.readable, splits.validation.readable, splits.test):
        fingerprint.update(words.fingerprint().encode())
    return fingerprint.hexdigest()
