"""Words from the user's own images: labels found, every image read once, and what cannot be used named."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dlhw.errors import DataError, ImageError
from dlhw.images.names import readable
from dlhw.images.opening import pages
from dlhw.images.pool import Track, decode_all
from dlhw.images.splits import KNOWN, Split
from dlhw.learning.parallel import ALONE, Ranks
from dlhw.learning.shares import in_order
from dlhw.ocr.data import OnEnd, Splits, Unreadable, WideImage, Words, split_words
from dlhw.ocr.labels.checking import note, place
from dlhw.ocr.labels.finding import read_labels, unused_folders
from dlhw.ocr.labels.rows import LabelledWord, Labels, Rejected
from dlhw.ocr.margins import without_margins
from dlhw.ocr.orientation import set_right
from dlhw.ocr.preprocessing import MAX_MEGAPIXELS, load_image, prepare
from dlhw.ocr.sliding_window import cut_wide
from dlhw.plurals import counted, part_of, plural

ORDER: tuple[Split, ...] = ("train", "validation", "test")
EXCHANGED = 2048
"""Images of each rank that are exchanged at a time: some 10 MB."""


class Seen(NamedTuple):
    """An image as the network sees it."""

    pixels: NDArray[np.uint8]
    """(32, W)"""

    on_end: OnEnd | None
    """Made readable, where the word may stand on end."""

    wide: WideImage | None
    """At its natural width, where that is more than the network takes."""

    pages: int
    """How many the file has."""


class Shared(NamedTuple):
    """A row whose image another split has too."""

    split: Split | None
    word: LabelledWord
    first: Split | None
    earlier: LabelledWord
    """The row in the split ``first``."""

    def remark(self) -> Rejected:
        where = place(self.earlier.row, self.word.row)
        return note(self.word.row, "image in two splits", f"{self.split} here, {self.first} in {where}")


@dataclass(frozen=True, kw_only=True)
class LoadedWords:
    """All words of a folder or a label file, and all that is wrong with it."""

    source: str
    format: str
    """What kind of label files there are, for a person."""

    splits: dict[Split | None, Words]
    """The words of each split; under ``None`` where there are no splits."""

    rejected: tuple[Rejected, ...]
    """Rows that are faulty, in the order of the files and their lines."""

    skipped: tuple[Rejected, ...]
    """Rows without fault that are left out anyway."""

    remarks: tuple[Rejected, ...] = ()
    """Rows that are used, and that there is something to say about."""

    unused: tuple[str, ...] = ()
    """Folders with labels that are none of the splits, a sentence each; they are among the warnings."""

    warnings: tuple[str, ...] = ()
    """What there is to say about the words as a whole."""

    def counted_remarks(self) -> tuple[str, ...]:
        """How many rows there is something to say about, a sentence for each kind; repeated ones are harmless."""
        kinds = Counter(row.kind for row in (*self.skipped, *self.remarks) if row.kind != "row repeated")
        return tuple(f"{_rows(count)}: {kind}; dlhw ocr check lists them" for kind, count in kinds.items())

    @property
    def words(self) -> Words:
        """The words of all splits together, which is what evaluation reads."""
        return Words.join(list(self.splits.values()))

    def for_training(self) -> Splits:
        """Train, validation and test words: those that are there as such, the others split off by the words' letters.

        Raises:
            DataError: a split is empty, or there are splits without one to train on.
        """
        to_split: Split | None = "train" if None not in self.splits else None
        if to_split not in self.splits:
            names = " and ".join(str(split) for split in self.splits)
            none = f"{self.source} has a split for {names}, and none for training"
            raise DataError("; ".join([none, *self.unused]), "name one of them train")
        return split_words(
            self.splits[to_split], validation=self.splits.get("validation"), test=self.splits.get("test")
        )


def load_words(
    source: Path,
    *,
    images: Path | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
    threads: int | None = None,
    ranks: Ranks = ALONE,
    track: Track = lambda items, _: items,
    training: bool = False,
) -> LoadedWords:
    """Read labels and images, each once.

    Args:
        source: a folder or a label file, as :mod:`dlhw.ocr.labels.finding` describes them.
        images: the folder in which the images lie, where label files do not lie beside it.
        max_megapixels: the largest image that is decoded.
        threads: how many read images; by default as many as the command may use.
        ranks: who share the images. All read the same labels, and have all images in the end.
        track: wraps the images that are being read, to show how far they have come.
        training: whether the words are to be learnt from, for which no image may be in two splits; it is a remark
            otherwise.

    Raises:
        DataError: there are no labels, not even one row of them; or ``training``, and an image is in two splits.
        UsageError: ``max_megapixels`` is out of range.
        RankError: so it is on another rank, or ranks have different labels.
    """
    with ranks.agreed():
        labels = read_labels(source, images=images)
        if not any(part.words or part.rejected or part.skipped for part in labels.values()):
            raise DataError(f"{source} has no rows", "a row names an image and the word in it")
        shared = _shared_images(labels)
        unused = tuple(
            f"{readable(path.name)} is not used: its name is not that of a split ({KNOWN})"
            for path in unused_folders(source)
        )
        if training:
            _refuse_shared(shared)
    queue = [word for part in labels.values() for word in part.words]
    ranks.check_same("labels", {"rows": len(queue), "of hash": _labels_hash(queue)})

    def read(word: LabelledWord) -> Seen | str:
        try:
            image = load_image(word.path, max_megapixels=max_megapixels)
        except ImageError as error:
            return error.reason
        several = pages(image)
        image = image.crop(without_margins(image))
        pixels = prepare(image)
        if pixels.min() == pixels.max():
            return "it is blank, one shade throughout"
        return Seen(pixels, set_right(image), cut_wide(image), several)

    with ranks.agreed():
        own = decode_all([queue[index] for index in ranks.share(len(queue))], read, threads=threads, track=track)
    seen = in_order(ranks, own, len(queue), at_once=EXCHANGED)
    several = [
        note(word.row, "several pages", f"{one.pages:,}, of which the first is used")
        for word, one in zip(queue, seen, strict=True)
        if isinstance(one, Seen) and one.pages > 1
    ]
    results = iter(seen)
    splits = {split: _assemble(part, results) for split, part in labels.items()}
    return LoadedWords(
        source=readable(source),
        format=", ".join(dict.fromkeys(part.format for part in labels.values())),
        splits=splits,
        rejected=_in_order(row for part in labels.values() for row in part.rejected),
        skipped=_in_order(row for part in labels.values() for row in part.skipped),
        remarks=_in_order(
            (*(one.remark() for one in shared), *several, *(row for part in labels.values() for row in part.remarks))
        ),
        unused=unused,
        warnings=(*unused, *_shared_pixels(splits)),
    )


def _labels_hash(queue: Iterable[LabelledWord]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for word in queue:
        digest.update(f"{word.path}\0{word.text}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _assemble(labels: Labels, results: Iterable[Seen | str]) -> Words:
    """Take a split's images from the results, and add those that could not be read to its rejected rows."""
    seen: list[Seen] = []
    readable: list[LabelledWord] = []
    for word, result in zip(labels.words, results, strict=False):  # the results continue with the next split
        if isinstance(result, str):
            labels.rejected.append(note(word.row, "image unreadable", result, text=word.text))
        else:
            seen.append(result)
            readable.append(word)
    return Words.pack(
        [one.pixels for one in seen],
        [word.text for word in readable],
        [_name(word.row.file, word.row.image) for word in readable],
        unreadable=[
            Unreadable(name=_name(row.file, row.image), text=row.text, reason=row.reason)
            for row in labels.rejected
            if row.text is not None
        ],
        on_end=[one.on_end for one in seen],
        wide=[one.wide for one in seen],
    )


def _name(file: Path, image: str) -> str:
    return readable(file.parent / image)


def _shared_images(labels: Mapping[Split | None, Labels]) -> list[Shared]:
    """Each row whose image another split has too; the row of the training split comes before the others."""
    seen: dict[Path, tuple[Split | None, LabelledWord]] = {}
    shared = []
    for split in sorted(labels, key=lambda name: ORDER.index(name) if name else len(ORDER)):
        for word in labels[split].words:
            first, earlier = seen.setdefault(word.path, (split, word))
            if earlier is not word:
                shared.append(Shared(split, word, first, earlier))
    return shared


def _refuse_shared(shared: Sequence[Shared]) -> None:
    if not shared:
        return
    _, word, _, earlier = shared[0]
    more = f"; {counted(len(shared) - 1, 'more row')} too" if len(shared) > 1 else ""
    raise DataError(
        f"{word.path} is in two splits: {earlier.row.file}, line {earlier.row.line}, and {word.row.file}, "
        f"line {word.row.line}{more}",
        "a result on images that were learnt from has no value: leave each in one split; dlhw ocr check lists them",
    )


def _shared_pixels(splits: Mapping[Split | None, Words]) -> tuple[str, ...]:
    if "train" not in splits:
        return ()
    return shared_pixels(splits["train"], {str(name): words for name, words in splits.items() if name != "train"})


def shared_pixels(train: Words, measured: Mapping[str, Words]) -> tuple[str, ...]:
    """A warning for each split that has images of the training split, pixel for pixel as the network sees them."""
    learnt = set(train.image_hashes())
    warnings = []
    for split, words in measured.items():
        shared = [name for name, each in zip(words.names, words.image_hashes(), strict=True) if each in learnt]
        if count := len(shared):
            warnings.append(
                f"{part_of(count, len(words), f'{split} image')} {plural(count, 'is')} in the training split too, "
                f"pixel for pixel ({shared[0]}{', …' if count > 1 else ''}): a result on them has no value"
            )
    return tuple(warnings)


def _rows(count: int) -> str:
    return counted(count, "row")


def _in_order(rows: Iterable[Rejected]) -> tuple[Rejected, ...]:
    return tuple(sorted(rows, key=lambda row: (row.file, row.line)))
