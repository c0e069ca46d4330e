"""A network that was trained, with all that is needed to read with it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dlhw.errors import CheckpointError, UsageError
from dlhw.images.pool import Track
from dlhw.learning.checkpoint import filled, load_checkpoint
from dlhw.learning.headers import works
from dlhw.learning.parallel import ALONE, Ranks
from dlhw.learning.schemas import RecognizerHeader
from dlhw.learning.shares import in_order
from dlhw.learning.validation import check
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.batches import pad_images
from dlhw.ocr.data import Stance, Words
from dlhw.ocr.decoding.interface import Candidate, Decoder, StepNetwork
from dlhw.ocr.decoding.logits_processors import CharacterConstrained, TemperatureScaled
from dlhw.ocr.decoding.teacher_forcing import TeacherForced
from dlhw.ocr.network import Architecture, WordNetwork
from dlhw.ocr.parallel_reading import side_by_side
from dlhw.ocr.preprocessing import PREPROCESSING
from dlhw.ocr.second_look.settings import ReadingSettings

READING_BATCH = 64
"""Images read at once, at most."""

PADDING = 1500
"""Columns of pixels of padding in a batch, at most: about as many cost as much time as one more batch."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A text that an image may show."""

    text: str
    log_probability: float
    """log P(text | image), the end mark counted."""

    truncated: bool
    """Whether the greatest length ended it."""

    attention: NDArray[np.float32] | None
    """(letters, T) where the network looked for each letter; ``None`` where it was not asked for."""

    stance: Stance = "upright"
    """How the word was found to stand in its image."""

    parts: int = 1
    """In how many overlapping parts an image wider than the network takes was read; 1 is squeezed to its width."""

    letters: tuple[float, ...] | None = field(default=None, compare=False)
    """log P of each letter, the image and the letters before it given; :meth:`Recognizer.with_attention` has it."""


@dataclass(frozen=True, kw_only=True)
class Recognizer:
    """Reads images of words."""

    network: WordNetwork
    alphabet: Alphabet
    precision: torch.dtype = torch.float32
    temperature: float = 1.0
    """What the logits of every letter are divided by; see :mod:`dlhw.ocr.temperature`."""

    allowed: tuple[str, ...] | None = None
    """The characters that may be written; ``None`` is the whole alphabet."""

    settings: ReadingSettings = field(default_factory=ReadingSettings)
    """How to read where nothing else is asked for; :mod:`dlhw.ocr.second_look.reader` does so."""

    ranks: Ranks = ALONE
    """Who share the batches of a reading. All of them have to be asked for the same."""

    @property
    def attends(self) -> bool:
        """Whether the network looks at the image at every letter."""
        return self.network.architecture.attention > 0

    def allowing(self, characters: str) -> Recognizer:
        """The same recogniser, which writes none but these characters, of which it need not have learnt all.

        Raises:
            UsageError: it has learnt none of them.
        """
        asked = set(unicodedata.normalize("NFC", characters))
        known = tuple(character for character in self.alphabet.characters if character in asked)
        if not known:
            raise UsageError(
                f"`allow` {characters!r} has no character that the recogniser can write",
                f"it can write {''.join(self.alphabet.characters)}",
            )
        return replace(self, allowed=known)

    def read(
        self,
        words: Words,
        decoder: Decoder,
        *,
        attention: bool = False,
        track: Track = lambda items, _: items,
    ) -> list[list[Reading]]:
        """For each image its candidates, the best first.

        Args:
            words: the images; their texts are not looked at.
            decoder: how to search.
            attention: whether to keep where the network looked.
            track: wraps the batches that are being read, to show how far they have come.
        """
        self.network.eval()
        device = next(self.network.parameters()).device
        network: StepNetwork[Any, Any] = self.network
        if self.temperature != 1:
            network = TemperatureScaled(network, self.temperature)
        if self.allowed is not None:
            network = CharacterConstrained(
                network, [number for one in self.allowed for number in self.alphabet.encode(one)]
            )
        batches = reading_batches(words)

        @torch.inference_mode()
        def read_batch(indices: NDArray[np.intp]) -> list[list[Candidate]]:
            images, widths = pad_images(words, indices)
            with autocast(device, self.precision):
                memory = self.network.encode(images.to(device), widths.to(device))
                return decoder.decode(network, memory, indices=indices.tolist(), attention=attention)

        own = [batches[place] for place in self.ranks.share(len(batches))]
        with side_by_side(read_batch, own, device=device) as results:
            found_by_batch = in_order(self.ranks, list(track(results, len(own))), len(batches))
        readings: list[list[Reading]] = [[] for _ in words.texts]
        for indices, found in zip(batches, found_by_batch, strict=True):
            for index, candidates in zip(indices, found, strict=True):
                readings[index] = [self._reading(candidate) for candidate in candidates]
        return readings

    def with_attention(self, words: Words, readings: Sequence[Sequence[Reading]]) -> list[list[Reading]]:
        """The same readings with where the network looks while it writes just these texts, and how sure it is of each
        letter.

        Args:
            words: the images.
            readings: of each image; nothing else of them changes.
        """
        encoded = [[self.alphabet.encode(reading.text) for reading in found] for found in readings]
        along = self.read(words, TeacherForced(encoded), attention=True)
        return [
            [
                replace(one, attention=with_it.attention, letters=with_it.letters)
                for one, with_it in zip(found, forced, strict=True)
            ]
            for found, forced in zip(readings, along, strict=True)
        ]

    def _reading(self, candidate: Candidate) -> Reading:
        return Reading(
            text=self.alphabet.decode(candidate.tokens),
            log_probability=candidate.log_probability,
            truncated=candidate.truncated,
            attention=candidate.attention,
            letters=candidate.letters,
        )


def reading_batches(words: Words) -> list[NDArray[np.intp]]:
    """The indices of the images in each batch that is read, the widest first.

    Images of like width share one: the less padding, the less work.
    """
    batches: list[list[int]] = []
    padding = widest = 0
    for index in np.argsort(-words.widths, kind="stable").tolist():
        width = int(words.widths[index])
        padding += widest - width
        if not batches or len(batches[-1]) == READING_BATCH or padding > PADDING:
            batches.append([])
            padding, widest = 0, width
        batches[-1].append(index)
    return [np.array(batch, dtype=np.intp) for batch in batches]


def autocast(device: torch.device, precision: torch.dtype) -> torch.autocast | nullcontext[None]:
    """Compute convolutions and products in ``precision``."""
    return nullcontext() if precision == torch.float32 else torch.autocast(device.type, precision)


def describe(architecture: Architecture, alphabet: Alphabet, words: Mapping[str, Any]) -> dict[str, Any]:
    """What a checkpoint says of a recogniser: all that reading needs, and what its own test words are.

    A finished training adds ``temperature``.
    """
    return {
        "network": architecture.as_header(),
        "alphabet": alphabet.as_header(),
        "preprocessing": PREPROCESSING,
        "words": dict(words),
    }


def described_network(described: Mapping[str, Any]) -> tuple[WordNetwork, Alphabet]:
    """The network, with random weights, and the alphabet that :func:`describe` described."""
    return WordNetwork(Architecture.from_header(described["network"])), Alphabet.from_header(described["alphabet"])


def load_recognizer(path: Path, *, device: torch.device, precision: torch.dtype = torch.float32) -> Recognizer:
    """Read the weights of a run, or of the package.

    Args:
        path: a ``best.safetensors``.
        device: where to compute.
        precision: of convolutions and products.

    Raises:
        CheckpointError: the file is missing, damaged, or not of a recogniser of this version.
    """
    weights, header = load_checkpoint(path, kind="weights")
    described = header.get("architecture")
    named = isinstance(described, dict) and {"network", "alphabet", "preprocessing"} <= described.keys()
    if not isinstance(described, dict) or not named or not isinstance(described["network"], dict):
        if isinstance(described, dict) and "classes" in described:
            raise CheckpointError(
                f"{path} tells landscapes apart, and a recogniser was expected",
                "load_classifier loads it; give a checkpoint or a run of dlhw ocr train here",
            )
        raise CheckpointError(f"{path} is not a recogniser of words", "give a checkpoint of dlhw ocr train")
    if described["preprocessing"] != PREPROCESSING:
        raise CheckpointError(
            f"{path} was trained on images prepared in another way: {described['preprocessing']}; "
            f"this version has: {PREPROCESSING}",
            "use the version of dlhw that trained it, or train it again",
        )
    try:
        check(described, RecognizerHeader)
        alphabet = Alphabet.from_header(described["alphabet"])
    except ValueError as error:
        raise CheckpointError(f"the header of {path} is damaged: {error}", works(path)) from error
    try:
        network = filled(lambda: WordNetwork(Architecture.from_header(described["network"])), weights)
    except (ValueError, TypeError) as error:
        raise CheckpointError(f"the weights in {path} do not fit the network that its header describes") from error
    if alphabet.size != network.architecture.alphabet_size:
        raise CheckpointError(f"the alphabet in {path} does not fit its network")
    temperature = described.get("temperature", 1.0)  # checkpoints of before have none
    network.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    return Recognizer(
        network=network,
        alphabet=alphabet,
        precision=precision,
        temperature=float(temperature),
        settings=ReadingSettings.from_header(described.get("reading")),
    )


def texts(readings: Sequence[Sequence[Reading]]) -> list[list[str]]:
    """The candidates' texts alone, as :mod:`dlhw.ocr.scoring.scores` takes them."""
    return [[reading.text for reading in found] for found in readings]
