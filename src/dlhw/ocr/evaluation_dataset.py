"""The words that a recogniser is measured on: the user's own, or its own test words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dlhw.errors import CheckpointError, DataError
from dlhw.images.pool import Track
from dlhw.learning.parallel import ALONE, Ranks
from dlhw.learning.run import CONFIG, read_config
from dlhw.learning.schemas import LearntFrom
from dlhw.ocr.data import Words
from dlhw.ocr.preprocessing import MAX_MEGAPIXELS
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.sources import LoadedWords, load_words
from dlhw.ocr.training_dataset import Request, fingerprint_of, render_split
from dlhw.ocr.training_provenance import described_words, warn_of_training_words


@dataclass(frozen=True, kw_only=True)
class EvaluationDataset:
    """Words with what they are."""

    words: Words
    source: str
    """What they are, for a person."""

    split: str | None
    """``test``, or ``None`` for all there are."""

    fonts: dict[str, Any] | None = None
    """How many faces the words are set in, and their hash; ``None`` for the user's own words."""

    warnings: tuple[str, ...] = ()

    @property
    def rendered(self) -> bool:
        """Whether they are the words that dlhw renders, and not the user's own."""
        return self.fonts is not None

    def describe(self) -> dict[str, Any]:
        """``data`` of a document, with a hash by which two measurements know that their words are the same."""
        return {
            "source": self.source,
            "split": self.split,
            "distinct_texts": self.distinct_texts,
            "fonts": self.fonts,
            "fingerprint": self.words.fingerprint(),
        }

    @property
    def distinct_texts(self) -> int:
        """How many different texts there are among the words: frequent ones are measured in several images."""
        return len({*self.words.texts, *(word.text for word in self.words.unreadable)})


def load_evaluation_dataset(
    checkpoint: Path,
    data: Path | None = None,
    *,
    images: Path | None = None,
    compared: Path | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
    processes: int = 1,
    ranks: Ranks = ALONE,
    track: Track = lambda items, _: items,
    preparing: Callable[[str], None] = lambda _: None,
) -> EvaluationDataset:
    """Read a person's words, or make a recogniser's own test words anew.

    Args:
        checkpoint: whose test words are taken where there is no ``data``.
        data: a folder or a label file. Of a folder with a test split, that split is taken, otherwise all.
        images: the folder in which the images of ``data`` lie, where they do not lie beside its label files.
        compared: another recogniser that is measured on the same words, which shall not have learnt from them either.
        max_megapixels: the largest image that is decoded.
        processes: how many render.
        ranks: who share the reading or the rendering; all of them have all words in the end.
        track: as for :func:`dlhw.ocr.sources.load_words`.
        preparing: called with what is about to take seconds.

    Raises:
        CheckpointError: the checkpoint does not say what its test words are.
        DataError: there are no words, or those that the recogniser learnt from no longer exist.
        RankError: so it is on another rank.
    """
    systems = {"the recogniser": checkpoint} if compared is None else {"A": checkpoint, "B": compared}
    if data is not None:
        preparing(f"reading {data}")
        measured = _given(load_words(data, images=images, max_megapixels=max_megapixels, ranks=ranks, track=track))
    else:
        measured = _own(checkpoint, processes, ranks, track, preparing)
    with ranks.agreed():
        return replace(measured, warnings=(*measured.warnings, *warn_of_training_words(measured.words, systems)))


def _own(
    checkpoint: Path, processes: int, ranks: Ranks, track: Track, preparing: Callable[[str], None]
) -> EvaluationDataset:
    """A recogniser's own test words."""
    with ranks.agreed():
        request = asked_words(checkpoint)
        if request.data is not None and not request.data.exists():
            raise DataError(
                f"the recogniser's own test words were in {request.data}, which no longer exists",
                "give labelled images with `data`",
            )
    if request.data is None:
        preparing("rendering the test words")
        return _rendered(request, processes, ranks)
    preparing(f"reading {request.data}")
    loaded = load_words(
        request.data, images=request.images, max_megapixels=request.max_megapixels, ranks=ranks, track=track
    )
    splits, noted = loaded.for_training(), described_words(checkpoint).get("fingerprint")
    same = noted is None or fingerprint_of(splits) == noted
    warnings = () if same else (f"the words of {loaded.source} have changed since the recogniser learnt from them",)
    return EvaluationDataset(words=splits.test, source=loaded.source, split="test", warnings=warnings)


def asked_words(checkpoint: Path) -> Request:
    """Which words a recogniser learnt from, and where they are found again, which its run alone knows.

    Raises:
        CheckpointError: the checkpoint does not say.
        DataError: the words are the user's own, and the checkpoint does not lie in its run.
    """
    words = described_words(checkpoint)
    try:
        if "kind" not in words:  # an earlier dlhw had the paths in the header
            return Request.from_config(words)
        if words["kind"] == "language":
            return Request(language=words["language"])
        noted = _noted_in_run(checkpoint, words["fingerprint"])
    except (KeyError, TypeError) as error:
        raise CheckpointError(
            f"{checkpoint} does not say which words it learnt from", "give a checkpoint of dlhw ocr train"
        ) from error
    if noted is None:
        raise DataError(
            f"{checkpoint} does not lie in the run that trained it, which alone knows where its test words are",
            "give labelled images with `data`, or name the run",
        )
    return Request.from_config(noted)


def _noted_in_run(checkpoint: Path, fingerprint: str) -> dict[str, Any] | None:
    """What the run that a checkpoint lies in notes of its words; ``None`` where it lies in none, or in another's."""
    directory = checkpoint.resolve().parent.parent
    if not (directory / CONFIG).exists():
        return None
    noted = read_config(directory, LearntFrom).get("words_from")
    return noted if noted is not None and noted["fingerprint"] == fingerprint else None


def _given(loaded: LoadedWords) -> EvaluationDataset:
    split = "test" if "test" in loaded.splits else None
    words = loaded.splits["test"] if split == "test" else loaded.words
    if not len(words) + len(words.unreadable):
        raise DataError(f"{loaded.source} has no word with a usable label", "dlhw ocr check lists what is wrong")
    return EvaluationDataset(words=words, source=loaded.source, split=split, warnings=loaded.counted_remarks())


def _rendered(request: Request, processes: int, ranks: Ranks) -> EvaluationDataset:
    with ranks.agreed():
        source = request.word_source()
        fonts = evaluation_fonts(source.characters)
    with Renderer(processes, ranks=ranks) as renderer:
        words = render_split(source, "test", renderer)
    return EvaluationDataset(
        words=words,
        source=f"rendered words, {source.name}",
        split="test",
        fonts={"test": len(fonts.faces), "hash": fonts.fonts_hash},
    )
