"""The words that a recogniser is measured on: a person's own, or its own test words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlhw.errors import CheckpointError, DataError
from dlhw.images.pool import Counted
from dlhw.learning.checkpoint import load_checkpoint
from dlhw.ocr.data import Words
from dlhw.ocr.lesson import Request, render_split
from dlhw.ocr.pictures import MAX_MEGAPIXELS
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.sources import LoadedWords, load_words


@dataclass(frozen=True, kw_only=True)
class MeasuredWords:
    """Words with what they are."""

    words: Words
    source: str
    """What they are, for a person."""

    split: str | None
    """``test``, or ``None`` for all there are."""

    fonts: dict[str, Any] | None = None
    """How many faces the words are set in, and their hash; ``None`` for a person's own words."""

    warnings: tuple[str, ...] = ()

    @property
    def rendered(self) -> bool:
        """Whether they are the words that dlhw renders, and not a person's own."""
        return self.fonts is not None

    def describe(self) -> dict[str, Any]:
        """``data`` of a document, with a hash by which two measurements know that their words are the same."""
        fingerprint = self.words.fingerprint()
        return {"source": self.source, "split": self.split, "fonts": self.fonts, "fingerprint": fingerprint}


def words_to_measure(
    checkpoint: Path,
    data: Path | None = None,
    *,
    max_megapixels: float = MAX_MEGAPIXELS,
    processes: int = 1,
    counted: Counted = lambda items, _: items,
    preparing: Callable[[str], None] = lambda _: None,
) -> MeasuredWords:
    """Read a person's words, or make a recogniser's own test words anew.

    Args:
        checkpoint: whose test words are taken where there is no ``data``.
        data: a folder or a label file. Of a folder with a test split, that split is taken, otherwise all.
        max_megapixels: the largest picture that is decoded.
        processes: how many render.
        counted: as for :func:`dlhw.ocr.sources.load_words`.
        preparing: is told what is about to take seconds.

    Raises:
        CheckpointError: the checkpoint does not say what its test words are.
        DataError: there are no words, or those that the recogniser learnt from are not there any more.
    """
    request = asked_words(checkpoint)
    if data is not None:
        preparing(f"reading {data}")
        loaded = load_words(data, max_megapixels=max_megapixels, counted=counted)
        return _given(loaded, learnt=request.data is not None and request.data == data.resolve())
    if request.data is None:
        preparing("rendering the test words")
        return _rendered(request, processes)
    if not request.data.exists():
        raise DataError(
            f"the recogniser's own test words were in {request.data}, and there is nothing any more",
            "give labelled pictures with --data",
        )
    preparing(f"reading {request.data}")
    loaded = load_words(request.data, max_megapixels=request.max_megapixels, counted=counted)
    return MeasuredWords(words=loaded.for_training().test, source=loaded.source, split="test")


def asked_words(checkpoint: Path) -> Request:
    """Which words a recogniser learnt from.

    Raises:
        CheckpointError: the checkpoint does not say.
    """
    _, header = load_checkpoint(checkpoint, kind="weights")
    try:
        return Request.from_config(header["architecture"]["words"])
    except (KeyError, TypeError) as error:
        raise CheckpointError(
            f"{checkpoint} does not say which words it learnt from", "give a checkpoint of dlhw ocr train"
        ) from error


def _given(loaded: LoadedWords, *, learnt: bool) -> MeasuredWords:
    split = "test" if "test" in loaded.splits else None
    words = loaded.splits["test"] if split == "test" else loaded.words
    warnings = (
        (
            f"the recogniser learnt from words of {loaded.source}; without --data it is measured on those that were "
            "split off for the test",
        )
        if learnt and split is None
        else ()
    )
    if not len(words) + len(words.unreadable):
        raise DataError(f"{loaded.source} has no word with a usable label", "dlhw ocr check lists what is wrong")
    return MeasuredWords(words=words, source=loaded.source, split=split, warnings=warnings)


def _rendered(request: Request, processes: int) -> MeasuredWords:
    source = request.word_source()
    fonts = evaluation_fonts(source.characters)
    with Renderer(processes) as renderer:
        words = render_split(source, "test", renderer)
    return MeasuredWords(
        words=words,
        source=f"rendered words, {source.name}",
        split="test",
        fonts={"test": len(fonts.faces), "hash": fonts.fonts_hash},
    )
