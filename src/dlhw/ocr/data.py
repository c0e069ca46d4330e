"""Images of words with their texts, as plain arrays: what every source of words becomes before it is learnt from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from typing import Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from dlhw.errors import DataError
from dlhw.ocr.preprocessing import HEIGHT
from dlhw.ocr.words.letters import letters_of

T = TypeVar("T")

DATA_SEED = 42
"""Seeds the splits. It is not ``--seed``: every seed of a network learns from the same images."""

HASH_BYTES = 6
"""Of an image's hash: of ten thousand images and ten thousand others, two are alike by chance once in three million."""

Stance = Literal["upright", "left", "right", "stacked"]
"""How a word stands in its image: as it is read, on end and to be turned to the left or to the right by a right angle,
or with its letters one below the other."""

OnEnd = Mapping[Stance, NDArray[np.uint8]]
"""An image made readable for each other stance that its word may have: (32, Wᵢ) uint8 each."""

PART = 160
"""Columns of a part of a wide image: five times the height."""


@dataclass(frozen=True, kw_only=True)
class WideImage:
    """An image at the network's height and its natural width, cut into parts by :mod:`dlhw.ocr.sliding_window`."""

    pixels: NDArray[np.uint8]
    """(32, W) uint8, W above 256 and a multiple of 4."""

    starts: tuple[int, ...]
    """Where each part begins, multiples of 4."""

    cuts: tuple[int, ...]
    """Which columns each part's letters may have their middle in: from one cut to the next, one more than parts."""

    def part(self, index: int) -> NDArray[np.uint8]:
        """Part ``index``, (32, 160) uint8."""
        return self.pixels[:, self.starts[index] : self.starts[index] + PART]


PARTS = 10
"""A tenth each for validation and test."""


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A word whose image the network cannot be given. Training leaves it out, evaluation counts it as missed."""

    name: str
    text: str
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Words:
    """Images of words, one after the other in one array: 5 kB each, and no padding."""

    pixels: NDArray[np.uint8]
    """(Σ 32·Wᵢ,) uint8: each image row by row."""

    widths: NDArray[np.int32]
    """(N,) int32: Wᵢ, 8 to 256."""

    texts: tuple[str, ...]
    """NFC, without outer white space, none empty."""

    names: tuple[str, ...]
    """What each image is called, for a person: a path, or what it was rendered from."""

    unreadable: tuple[Unreadable, ...] = ()
    """Labelled images that have no pixels here: evaluation counts them as missed."""

    on_end: Mapping[int, OnEnd] = field(default_factory=dict)
    """Of images that may stand on end, by their index: the same made readable; :mod:`dlhw.ocr.orientation`."""

    wide: Mapping[int, WideImage] = field(default_factory=dict)
    """Of images that are squeezed to the greatest width, by their index: the same unsqueezed."""

    @classmethod
    def pack(
        cls,
        images: Sequence[NDArray[np.uint8]],
        texts: Sequence[str],
        names: Sequence[str],
        *,
        unreadable: Iterable[Unreadable] = (),
        on_end: Sequence[OnEnd | None] = (),
        wide: Sequence[WideImage | None] = (),
    ) -> Self:
        """Lay images one after the other.

        Args:
            images: (32, Wᵢ) uint8 each, as :func:`dlhw.ocr.preprocessing.prepare` makes them.
            texts: of each.
            names: of each.
            unreadable: words without an image.
            on_end: those that may stand on end made readable, ``None`` for others.
            wide: those that are squeezed at their natural width, ``None`` for others.
        """
        if not len(images) == len(texts) == len(names):
            raise ValueError(f"{len(images)} images, {len(texts)} texts and {len(names)} names do not fit")
        if any(image.shape[0] != HEIGHT or image.ndim != 2 for image in images):
            raise ValueError(f"an image is not {HEIGHT} high and grey")
        return cls(
            pixels=np.concatenate([image.ravel() for image in images] or [np.empty(0, dtype=np.uint8)]),
            widths=np.array([image.shape[1] for image in images], dtype=np.int32),
            texts=tuple(texts),
            names=tuple(names),
            unreadable=tuple(unreadable),
            on_end=_given(on_end),
            wide=_given(wide),
        )

    @classmethod
    def join(cls, parts: Sequence[Words]) -> Self:
        """The words of all parts, one part after the other."""
        firsts = list(accumulate(map(len, parts), initial=0))
        return cls(
            pixels=np.concatenate([part.pixels for part in parts]),
            widths=np.concatenate([part.widths for part in parts]),
            texts=tuple(text for part in parts for text in part.texts),
            names=tuple(name for part in parts for name in part.names),
            unreadable=tuple(word for part in parts for word in part.unreadable),
            on_end=_moved(firsts, [part.on_end for part in parts]),
            wide=_moved(firsts, [part.wide for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """(N + 1,) int64: where in ``pixels`` each image begins, and where the last one ends."""
        return np.concatenate([[0], np.cumsum(HEIGHT * self.widths, dtype=np.int64)])

    def image(self, index: int) -> NDArray[np.uint8]:
        """Image ``index`` as (32, W) uint8, a view."""
        first, end = self.offsets[index], self.offsets[index + 1]
        return self.pixels[first:end].reshape(HEIGHT, -1)

    def select(self, indices: Sequence[int], *, unreadable: Iterable[Unreadable] = ()) -> Words:
        """Some of the words, in the order of ``indices``, with these unreadable ones."""
        return Words.pack(
            [self.image(index) for index in indices],
            [self.texts[index] for index in indices],
            [self.names[index] for index in indices],
            unreadable=unreadable,
            on_end=[self.on_end.get(index) for index in indices],
            wide=[self.wide.get(index) for index in indices],
        )

    def fingerprint(self) -> str:
        """A hash of all images and texts, those that cannot be read among them: the same where the same is measured.

        Names are not in it, so that words are the same wherever they lie.
        """
        digest = hashlib.blake2b(digest_size=16)
        digest.update(self.widths.astype("<i4").tobytes())
        digest.update(self.pixels.tobytes())
        # No text holds a control character, so this runs no two of them together.
        digest.update("\n".join(self.texts).encode())
        for word in self.unreadable:
            digest.update(f"\0{word.text}".encode())
        return digest.hexdigest()

    def image_hashes(self) -> list[bytes]:
        """A hash of each image alone, (N,): the same for the same image under another name or text."""
        return [
            hashlib.blake2b(self.image(index).tobytes(), digest_size=HASH_BYTES).digest() for index in range(len(self))
        ]

    @property
    def readable(self) -> Words:
        """The same without those that cannot be read."""
        return replace(self, unreadable=())


@dataclass(frozen=True, kw_only=True)
class Splits:
    """Words to learn from, to choose the best epoch by, and to be measured on."""

    train: Words
    validation: Words
    test: Words


def split_words(
    words: Words, *, validation: Words | None = None, test: Words | None = None, seed: int = DATA_SEED
) -> Splits:
    """Split off what there is no split for: a tenth for validation, a tenth for the test.

    Which split a word is in depends on its letters and digits alone, without case, accents and punctuation, and on the
    seed: no word is in two of the splits that are made here, and a word stays where it is when others are added.

    Args:
        words: the words to split.
        validation: validation words that were given as such; then none are split off.
        test: the same for the test.

    Raises:
        DataError: a split is empty.
    """
    parts = [_part(text, seed) for text in words.texts]
    unreadable = [(_part(word.text, seed), word) for word in words.unreadable]
    homes = {1: "validation" if validation is None else "train", 0: "test" if test is None else "train"}

    def gather(split: str) -> Words:
        return words.select(
            [index for index, part in enumerate(parts) if homes.get(part, "train") == split],
            unreadable=[word for part, word in unreadable if homes.get(part, "train") == split],
        )

    splits = Splits(
        train=gather("train"),
        validation=gather("validation") if validation is None else validation,
        test=gather("test") if test is None else test,
    )
    for name, split in (("train", splits.train), ("validation", splits.validation), ("test", splits.test)):
        if not len(split):
            different = len({letters_of(text) for text in words.texts})
            raise DataError(
                f"the {name} split is empty: {len(words):,} usable images are split by their words, of which "
                f"{different:,} {'is' if different == 1 else 'are'} different, so that no word is in two splits",
                "put the images into folders named train, val and test with labels in each, which are not split, or "
                "give images of 100 different words or more, which leave no split empty",
            )
    return splits


def _given(values: Sequence[T | None]) -> dict[int, T]:
    return {index: value for index, value in enumerate(values) if value is not None}


def _moved(firsts: Sequence[int], parts: Sequence[Mapping[int, T]]) -> dict[int, T]:
    return {first + index: one for first, part in zip(firsts, parts, strict=False) for index, one in part.items()}


def _part(text: str, seed: int) -> int:
    """Which of ten equal parts a word falls into."""
    digest = hashlib.blake2b(f"{seed} {letters_of(text)}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % PARTS
