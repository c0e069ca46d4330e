"""Read words: tall images in every orientation, wide ones in parts, and those in doubt again from other views."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlhw.errors import UsageError
from dlhw.images.pool import Track
from dlhw.learning.parallel import Ranks
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import Decoder
from dlhw.ocr.orientation import likeliest_stance
from dlhw.ocr.prior.frequencies import word_frequencies
from dlhw.ocr.prior.lexicon import Lexicon
from dlhw.ocr.prior.words import Prior, WordPrior
from dlhw.ocr.reads import Reads, ReadsWith, seen_image
from dlhw.ocr.recognizer import Reading, Recognizer
from dlhw.ocr.second_look.closed import LexiconReader
from dlhw.ocr.second_look.views import views
from dlhw.ocr.second_look.weighing import Calibration, pooled, posterior, scores
from dlhw.ocr.sliding_window import read_in_parts

SURE = 0.9
"""A first reading of at least this confidence stands."""

NEAR = 3
"""How many views are read first: the word cropped, wider, and padded."""

NO_PRIOR = "none"

CLOSED = Calibration(scale=1.0, nothing=-math.inf)
"""Of a list that holds what is right: there is no other outcome."""

DOUBTFUL = 0.3
"""Where the views' mean probability of the likeliest text is below, all other views are read as well."""


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
class Rereader(ReadsWith):
    """Reads like its recogniser where that is sure; where not, weighs what views of the image and a prior say.

    What is read in an image depends on nothing but the image.
    """

    method: Method
    language: str | None = None
    """Of the prior's words."""

    within: LexiconReader | None = None
    """Reads in the recogniser's place where only the texts of a list may stand in the images."""

    def read(
        self,
        words: Words,
        decoder: Decoder,
        *,
        attention: bool = False,
        track: Track = lambda items, _: items,
    ) -> list[list[Reading]]:
        """For each image its candidates, the likeliest first, as many as the search is wide."""
        if not isinstance(decoder, BeamSearch):
            return self._reads.read(words, decoder, attention=attention, track=track)
        if not (self.method.weighs or words.on_end or words.wide):
            return self._reads.read(words, decoder, attention=attention, track=track)
        looks = self.look(words, decoder, track=track)
        readings = self.in_parts(words, [self.choose(one)[: decoder.width] for one in looks], decoder)
        return self.with_attention(words, readings) if attention else readings

    def shared(self, ranks: Ranks) -> Rereader:
        """The same, whose batches are shared out among ranks; all of them have to read the same words."""
        if ranks.size == 1:
            return self
        recognizer = replace(self.recognizer, ranks=ranks)
        within = None if self.within is None else replace(self.within, recognizer=recognizer)
        return replace(self, recognizer=recognizer, within=within)

    def describe(self) -> dict[str, Any]:
        """How texts are chosen, for a document."""
        lexicon = None if self.within is None else self.within.lexicon.source
        return {"second_look": self.method.second_look, "prior": self.language, "lexicon": lexicon}

    def look(self, words: Words, decoder: Decoder, *, track: Track = lambda items, _: items) -> list[Looks]:
        """Read every image, and views of those that are in doubt."""
        looks = [Looks(first=tuple(found)) for found in self._reads.read(words, decoder, track=track)]
        self._set_right(words, looks, decoder, track)
        if not self.method.second_look:
            return looks
        images = [seen_image(words, index, one.first) for index, one in enumerate(looks)]
        doubted = [index for index, one in enumerate(looks) if one.in_doubt]
        self._look_again(looks, {index: views(images[index], slice(NEAR)) for index in doubted}, decoder, track)
        still = [index for index in doubted if max(looks[index].pool().values()) < math.log(DOUBTFUL)]
        self._look_again(looks, {index: views(images[index], slice(NEAR, None)) for index in still}, decoder, track)
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
        return self.within or self.recognizer

    def _calibration(self, method: Method) -> Calibration:
        if self.within:
            return CLOSED
        calibrations = self.recognizer.settings.calibrations
        return calibrations.of(second_look=method.second_look, prior=method.prior is not None)

    def _set_right(self, words: Words, looks: list[Looks], decoder: Decoder, track: Track) -> None:
        """Read tall images in each stance that their words may have, and continue with those that are much likelier.

        They are read so however sure the first reading is: of a word on end it may be a letter, and sure. Of a list
        one text is always right, so that there only those in doubt are.
        """
        tall = [index for index in words.on_end if self.within is None or looks[index].in_doubt]
        ways = [(index, stance) for index in tall for stance in words.on_end[index]]
        if not ways:
            return
        names = [""] * len(ways)
        images = Words.pack([words.on_end[index][stance] for index, stance in ways], names, names)
        found = dict(zip(ways, self._reads.read(images, decoder, track=track), strict=True))
        for index in tall:
            others = {stance: found[index, stance] for stance in words.on_end[index]}
            best = likeliest_stance(looks[index].first[0], {stance: way[0] for stance, way in others.items()})
            if best != "upright":
                looks[index] = Looks(first=tuple(replace(one, stance=best) for one in others[best]))

    def in_parts(self, words: Words, readings: list[list[Reading]], decoder: Decoder) -> list[list[Reading]]:
        """The same readings, but for images wider than the network takes that of their parts where it is likelier.

        Args:
            words: the images.
            readings: of each; those of wide images are of the image squeezed.
            decoder: how to search.
        """
        if not self.attends or self.within is not None or not words.wide:  # a list has whole texts, and no parts
            return readings
        parted = read_in_parts(self, list(words.wide.values()), decoder)
        likelier = {
            index: [one]
            for index, one in zip(words.wide, parted, strict=True)
            if not readings[index] or one.log_probability > readings[index][0].log_probability
        }
        return [likelier.get(index, found) for index, found in enumerate(readings)]

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
            seen = tuple(replace(one, stance=looks[index].first[0].stance) for one in found)
            looks[index] = replace(looks[index], others=(*looks[index].others, seen))

    def with_attention(self, words: Words, readings: Sequence[Sequence[Reading]]) -> list[list[Reading]]:
        """The same readings with where the network looks in the image itself, whichever view they come from.

        What was read in parts has it already, over the whole image.
        """
        whole = [[] if found and found[0].parts > 1 else found for found in readings]
        images = [seen_image(words, index, found) for index, found in enumerate(whole)]
        attended = self.recognizer.with_attention(Words.pack(images, words.texts, words.names), whole)
        return [new if kept else list(old) for old, kept, new in zip(readings, whole, attended, strict=True)]


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
                "a second look, a prior and a lexicon weigh the candidates of a beam", "search with `beam` 3"
            )
        return Rereader(recognizer=recognizer, method=Method())
    look_again = settings.second_look if second_look is None else second_look
    if lexicon is not None:
        if prior not in (None, NO_PRIOR):
            raise UsageError("`lexicon` is a prior of its own, and `prior` another", "give one of the two")
        within = LexiconReader(recognizer=recognizer, lexicon=Lexicon.read(lexicon))
        within.check()
        return Rereader(recognizer=recognizer, method=Method(second_look=look_again), within=within)
    language = settings.prior if prior is None else None if prior == NO_PRIOR else prior
    method = Method(
        second_look=look_again,
        prior=None if language is None else WordPrior(frequencies=word_frequencies(language)),
    )
    return Rereader(recognizer=recognizer, method=method, language=language)
