"""Read words, and read those again that the first reading leaves in doubt."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dlhw.errors import UsageError
from dlhw.images.pool import Track
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import Decoder
from dlhw.ocr.prior.frequencies import word_frequencies
from dlhw.ocr.prior.lexicon import Lexicon
from dlhw.ocr.prior.words import Prior, WordPrior
from dlhw.ocr.recognizer import Reading, Recognizer
from dlhw.ocr.second_look.closed import LexiconReader
from dlhw.ocr.second_look.views import views
from dlhw.ocr.second_look.weighing import Calibration, pooled, posterior, scores
from dlhw.ocr.tall import TURNS, best_turn

SURE = 0.9
"""A first reading of at least this confidence stands."""

NEAR = 3
"""How many views are read first: the word cropped, wider, and padded."""

NO_PRIOR = "none"

CLOSED = Calibration(scale=1.0, nothing=-math.inf)
"""Of a list that holds what is right: there is no other outcome."""

DOUBTFUL = 0.3
"""Where the views' mean probability of the likeliest text is below, all other views are read as well."""


class Reads(Protocol):
    """What reads words: a recogniser, or one that looks again."""

    @property
    def alphabet(self) -> Alphabet:
        """What it can write."""

    @property
    def attends(self) -> bool:
        """Whether it looks at the image at every letter."""

    @property
    def temperature(self) -> float:
        """What the logits of every letter are divided by before anything else."""

    def read(
        self,
        words: Words,
        decoder: Decoder,
        *,
        attention: bool = False,
        track: Track = lambda items, _: items,
    ) -> list[list[Reading]]:
        """For each image its candidates, the best first; see :meth:`dlhw.ocr.recognizer.Recognizer.read`."""

    def with_attention(self, words: Words, readings: Sequence[Sequence[Reading]]) -> list[list[Reading]]:
        """The same readings with where the network looks while it writes just these texts."""


@dataclass(frozen=True, kw_only=True)
class Method:
    """How the text of a word in doubt is chosen."""

    second_look: bool = False
    prior: Prior | None = None

    @property
    def weighs(self) -> bool:
        """Whether there is anything to weigh beside the first reading."""
        return self.second_look or self.prior is not None


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What was read in one image, and in views of it; no view where the image alone was sure enough."""

    first: tuple[Reading, ...]
    others: tuple[tuple[Reading, ...], ...] = ()

    @property
    def in_doubt(self) -> bool:
        """Whether the first reading does not stand."""
        return bool(self.first) and self.first[0].log_probability < math.log(SURE)

    def pool(self) -> dict[str, float]:
        """log P̄ of each text that was read."""
        first, *others = (
            {reading.text: reading.log_probability for reading in readings} for readings in (self.first, *self.others)
        )
        return pooled(first, others)


@dataclass(frozen=True, kw_only=True)
class Rereader:
    """Reads like its recogniser where that is sure; where not, weighs what views of the image and a prior say.

    What is read in an image depends on nothing but the image.
    """

    recognizer: Recognizer
    method: Method
    language: str | None = None
    """Of the prior's words."""

    within: LexiconReader | None = None
    """Reads in the recogniser's place where only the texts of a list may stand in the images."""

    @property
    def alphabet(self) -> Alphabet:
        """What it can write."""
        return self.recognizer.alphabet

    @property
    def attends(self) -> bool:
        """Whether it looks at the image at every letter."""
        return self.recognizer.attends

    @property
    def temperature(self) -> float:
        """What the logits of every letter are divided by before anything else."""
        return self.recognizer.temperature

    def read(
        self,
        words: Words,
        decoder: Decoder,
        *,
        attention: bool = False,
        track: Track = lambda items, _: items,
    ) -> list[list[Reading]]:
        """For each image its candidates, the likeliest first, as many as the search is wide."""
        if not self.method.weighs:
            return self._reads.read(words, decoder, attention=attention, track=track)
        looks = self.look(words, decoder, track=track)
        readings = [self.choose(one) for one in looks]
        if isinstance(decoder, BeamSearch):
            readings = [found[: decoder.width] for found in readings]
        return self.with_attention(words, readings) if attention else readings

    def describe(self) -> dict[str, Any]:
        """How texts are chosen, for a document."""
        lexicon = None if self.within is None else self.within.lexicon.source
        return {"second_look": self.method.second_look, "prior": self.language, "lexicon": lexicon}

    def look(self, words: Words, decoder: Decoder, *, track: Track = lambda items, _: items) -> list[Looks]:
        """Read every image, and views of those that are in doubt."""
        looks = [Looks(first=tuple(found)) for found in self._reads.read(words, decoder, track=track)]
        if not self.method.second_look:
            return looks
        images = self._turn(words, looks, decoder, track)
        doubted = [index for index, one in enumerate(looks) if one.in_doubt]
        self._look_again(looks, {index: views(images(index), slice(NEAR)) for index in doubted}, decoder, track)
        still = [index for index in doubted if max(looks[index].pool().values()) < math.log(DOUBTFUL)]
        self._look_again(looks, {index: views(images(index), slice(NEAR, None)) for index in still}, decoder, track)
        return looks

    def choose(self, looks: Looks, method: Method | None = None) -> list[Reading]:
        """All candidates of one image, the likeliest first.

        Args:
            looks: what was read in it.
            method: how to choose, if not as this reader does.
        """
        method = method or self.method
        if not (looks.in_doubt and method.weighs):
            return list(looks.first)
        seen = looks if method.second_look else Looks(first=looks.first)
        found = {reading.text: reading for readings in (*reversed(seen.others), seen.first) for reading in readings}
        own = {reading.text for reading in looks.first}
        ranked = posterior(scores(seen.pool(), method.prior), self._calibration(method))
        return [
            replace(
                found[text],
                log_probability=log_probability,
                attention=found[text].attention if text in own else None,
            )
            for text, log_probability in ranked.items()
        ]

    @property
    def _reads(self) -> Reads:
        if self.within is not None:
            return self.within
        return self.recognizer

    def _calibration(self, method: Method) -> Calibration:
        if self.within:
            return CLOSED
        calibrations = self.recognizer.settings.calibrations
        return calibrations.of(second_look=method.second_look, prior=method.prior is not None)

    def _turn(
        self, words: Words, looks: list[Looks], decoder: Decoder, track: Track
    ) -> Callable[[int], NDArray[np.uint8]]:
        """Read tall images in doubt turned both ways, and go on with those ways that are much likelier.

        Returns:
            From an image's number to the image that is looked at from now on.
        """
        tall = [index for index, one in enumerate(looks) if one.in_doubt and index in words.turned]
        if tall:
            names = [""] * len(TURNS) * len(tall)
            both = Words.pack([image for index in tall for image in words.turned[index]], names, names)
            found = iter(self._reads.read(both, decoder, track=track))
            for index in tall:
                ways = [next(found) for _ in TURNS]
                best = best_turn(looks[index].first[0], [way[0] for way in ways])
                if best is not None:
                    looks[index] = Looks(first=tuple(replace(one, turned=TURNS[best]) for one in ways[best]))
        return lambda index: _image(words, index, looks[index].first)

    def _look_again(
        self,
        looks: list[Looks],
        images: Mapping[int, Sequence[NDArray[np.uint8]]],
        decoder: Decoder,
        track: Track,
    ) -> None:
        """Read views and put what was found beside what is there."""
        owners = [index for index, own in images.items() for _ in own]
        if not owners:
            return
        names = [""] * len(owners)
        views_of_all = Words.pack([image for own in images.values() for image in own], names, names)
        for index, found in zip(owners, self._reads.read(views_of_all, decoder, track=track), strict=True):
            seen = tuple(replace(one, turned=looks[index].first[0].turned) for one in found)
            looks[index] = replace(looks[index], others=(*looks[index].others, seen))

    def with_attention(self, words: Words, readings: Sequence[Sequence[Reading]]) -> list[list[Reading]]:
        """The same readings with where the network looks in the image itself, whichever view they come from."""
        images = [_image(words, index, found) for index, found in enumerate(readings)]
        return self.recognizer.with_attention(Words.pack(images, words.texts, words.names), readings)


def _image(words: Words, index: int, readings: Sequence[Reading]) -> NDArray[np.uint8]:
    """The image that was read, (32, W): as it stands, or turned."""
    if readings and readings[0].turned:
        return words.turned[index][TURNS.index(readings[0].turned)]
    return words.image(index)


def reader_for(
    recognizer: Recognizer,
    decoder: Decoder,
    *,
    second_look: bool | None = None,
    prior: str | None = None,
    lexicon: Path | None = None,
) -> Rereader:
    """A recogniser that reads as is asked for, or as its checkpoint says.

    Args:
        recognizer: what reads.
        decoder: how it searches. Only a beam's candidates can be weighed: greedy reading and sampling stay plain.
        second_look: whether to read words in doubt again; ``None`` is as the checkpoint says.
        prior: a language whose words are likelier, or ``none``; ``None`` is as the checkpoint says.
        lexicon: a list of texts, no other than which may be read; it takes the prior's place.

    Raises:
        UsageError: there are no words of such a language, texts are not searched for by a beam, or there are both a
            prior and a lexicon.
        DataError: the lexicon cannot be read, is empty, or has letters that the recogniser cannot write.
    """
    settings = recognizer.settings
    if not isinstance(decoder, BeamSearch) or decoder.width == 1:
        if second_look or lexicon or prior not in (None, NO_PRIOR):
            raise UsageError(
                "a second look, a prior and a lexicon weigh the candidates of a beam", "search with --beam 3"
            )
        return Rereader(recognizer=recognizer, method=Method())
    look_again = settings.second_look if second_look is None else second_look
    if lexicon is not None:
        if prior not in (None, NO_PRIOR):
            raise UsageError("--lexicon is a prior of its own, and --prior another", "give one of the two")
        within = LexiconReader(recognizer=recognizer, lexicon=Lexicon.read(lexicon))
        within.check()
        return Rereader(recognizer=recognizer, method=Method(second_look=look_again), within=within)
    language = settings.prior if prior is None else None if prior == NO_PRIOR else prior
    method = Method(
        second_look=look_again,
        prior=None if language is None else WordPrior(frequencies=word_frequencies(language)),
    )
    return Rereader(recognizer=recognizer, method=method, language=language)
