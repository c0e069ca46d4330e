"""Networks that read words: loaded by name or path, and asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dlhw.api.arguments import as_path, as_text
from dlhw.api.rows import Rows
from dlhw.api.warning import of_allowed, warn
from dlhw.cnn.pretrained import NAMES as CLASSIFIERS
from dlhw.errors import CheckpointError, UsageError, check_flag
from dlhw.images.in_python import ImageLike, as_image_arguments
from dlhw.learning.device import DeviceName, find_device
from dlhw.learning.packaged import reference
from dlhw.ocr import recognizer as recognizers
from dlhw.ocr.checkpoints import reading_checkpoint
from dlhw.ocr.decoding.interface import Decoder
from dlhw.ocr.evaluation import choose_decoder
from dlhw.ocr.reading import read_images
from dlhw.ocr.second_look.reader import Rereader, reader_for
from dlhw.plurals import counted


@dataclass(frozen=True, kw_only=True)
class Recognizer:
    """A trained network, which reads images of words."""

    checkpoint: Path
    """The file of its weights."""

    network: recognizers.Recognizer
    """With :meth:`~dlhw.ocr.recognizer.Recognizer.read` of prepared words."""

    def __repr__(self) -> str:
        return f"Recognizer({reference(self.checkpoint)!r}, {counted(len(self.characters), 'character')})"

    @property
    def characters(self) -> tuple[str, ...]:
        """What it can write."""
        return self.network.alphabet.characters

    def read(
        self,
        images: ImageLike | Iterable[ImageLike],
        *,
        beam: int | None = None,
        letters: bool = False,
        second_look: bool | None = None,
        prior: str | None = None,
        lexicon: str | Path | None = None,
        allow: str | None = None,
    ) -> Rows:
        """Read images of words.

        Args:
            images: one or several: paths of files or folders, patterns, images of Pillow, or uint8 arrays (H, W) or
                (H, W, 3), RGB.
            beam: the width of the beam search; ``None`` is 3.
            letters: whether to add each letter's probability and box.
            second_look: whether to read words in doubt again; ``None`` is as the checkpoint says.
            prior: a language whose words are likelier, or ``none``; ``None`` is as the checkpoint says.
            lexicon: a list of texts, no other than which may be read.
            allow: characters, no other than which are written, as ``0123456789.``; ``None`` allows all.

        Returns:
            A dict an image: ``image``, ``text``, ``confidence``, ``candidates``; or ``image`` and ``error`` where it
            cannot be opened. ``image`` is the path, or ``image 0`` and so on, by place, of an image without one.

        Raises:
            UsageError: arguments are out of range or exclude each other, or something is no image and no path.
            DataError: the lexicon cannot be used.

        Example:
            >>> import numpy as np
            >>> array = np.full((32, 64, 3), 255, dtype=np.uint8)
            >>> rows = load_recognizer("attention", device="cpu").read([array, "gone.png"])
            >>> [row.get("error", "read") for row in rows]
            ['read', 'No such file or directory']
        """
        check_flag("letters", letters)
        decoder = choose_decoder(beam=beam, top_p=None, temperature=None, samples=None, seed=42)
        reader = chosen_reader(self, decoder, second_look=second_look, prior=prior, lexicon=lexicon, allow=allow)
        warn(of_allowed(self.network, allow))
        found = read_images(reader, as_image_arguments(images), decoder, letters=letters)
        return Rows([one.as_document() for one in found], ("image", "text", "confidence", "error"))


def load_recognizer(name_or_path: str | Path | None = None, *, device: DeviceName = "auto") -> Recognizer:
    """Load a network that reads words.

    Args:
        name_or_path: a recogniser of the package (``reader``, ``attention``, ``no-attention``), a file of weights or a
            run directory; ``None`` is the package's default.
        device: where to compute.

    Raises:
        CheckpointError: there is none, or it is damaged.

    Example:
        >>> from PIL import Image
        >>> Image.new("RGB", (64, 32), "white").save("word.png")
        >>> recognizer = load_recognizer("attention", device="cpu")
        >>> sorted(recognizer.read("word.png")[0])
        ['candidates', 'confidence', 'image', 'text']
    """
    given = None if name_or_path is None else as_path(name_or_path, "name_or_path")
    if given is not None and str(given) in CLASSIFIERS and not given.exists():
        raise CheckpointError(f"{given} tells landscapes apart, and a recogniser was expected", "use load_classifier")
    checkpoint = reading_checkpoint(given)
    network = recognizers.load_recognizer(checkpoint, device=find_device(device))
    return Recognizer(checkpoint=checkpoint, network=network)


def chosen_reader(
    recognizer: Recognizer,
    decoder: Decoder,
    *,
    second_look: bool | None = None,
    prior: str | None = None,
    lexicon: str | Path | None = None,
    allow: str | None = None,
) -> Rereader:
    """What reads, with the arguments of :meth:`Recognizer.read`, and its errors."""
    if second_look is not None:
        check_flag("second_look", second_look)
    if prior is not None:
        as_text("prior", prior)
    texts = None if lexicon is None else as_path(lexicon, "lexicon")
    network = recognizer.network
    if allow is not None:
        allow = as_text("allow", allow)
        if lexicon is not None:
            raise UsageError(
                "`allow` says which characters are written, and `lexicon` which texts", "give one of the two"
            )
        network = network.allowing(allow)
    return reader_for(network, decoder, second_look=second_look, prior=prior, lexicon=texts)
