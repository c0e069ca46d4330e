"""What a recogniser learnt from, known by its content: no path is compared, and none is in a checkpoint's header.

A header holds, under ``words``:

    kind          ``language``, ``list`` or ``own``
    language      whose words were rendered; ``null`` for a list and for the user's own images
    fingerprint   of all words of the run, its :attr:`dlhw.ocr.training_dataset.TrainingDataset.fingerprint`
    mix           how the words were rendered, see :mod:`dlhw.ocr.rendering.mix`; only where words were rendered
    faces         how many faces the words were set in, ``count``, and the ``hash`` of their files; likewise
    learnt        a hash of each of the user's own images that were learnt from, eight characters of base64 each

Rendered images have no hash there: they are never those that are measured, since no word of the test is ever learnt.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dlhw.errors import CheckpointError
from dlhw.learning.headers import load_header
from dlhw.ocr.data import HASH_BYTES, Words


def pack_hashes(hashes: Iterable[bytes]) -> str:
    """Hashes as one string for a header, sorted, each once."""
    return base64.b64encode(b"".join(sorted(set(hashes)))).decode()


def unpack_hashes(packed: str) -> frozenset[bytes]:
    """What :func:`pack_hashes` packed."""
    whole = base64.b64decode(packed, validate=True)
    return frozenset(whole[at : at + HASH_BYTES] for at in range(0, len(whole), HASH_BYTES))


def described_words(checkpoint: Path) -> Mapping[str, Any]:
    """``words`` of a checkpoint's header.

    Raises:
        CheckpointError: the checkpoint does not say which words it learnt from.
    """
    words = load_header(checkpoint, kind="weights").get("architecture", {}).get("words")
    if not isinstance(words, Mapping) or not ({"kind", "data"} & words.keys()):
        raise CheckpointError(
            f"{checkpoint} does not say which words it learnt from", "give a checkpoint of dlhw ocr train"
        )
    return words


def learnt_hashes(checkpoint: Path) -> frozenset[bytes]:
    """The hashes of the user's own images that a recogniser learnt from.

    Raises:
        CheckpointError: the checkpoint does not say, or its header is damaged.
    """
    try:
        return unpack_hashes(described_words(checkpoint).get("learnt", ""))
    except (binascii.Error, TypeError, ValueError) as error:
        raise CheckpointError(f"the header of {checkpoint} is damaged: the images that it learnt from") from error


def warn_of_training_words(words: Words, checkpoints: Mapping[str, Path]) -> Sequence[str]:
    """A sentence for each recogniser that learnt from some of the images it is measured on.

    Args:
        words: what is measured on.
        checkpoints: of the recognisers, by what a sentence calls them.
    """
    known = {who: learnt_hashes(path) for who, path in checkpoints.items()}
    if not any(known.values()):
        return ()
    measured = words.image_hashes()
    found = {who: sum(one in hashes for one in measured) for who, hashes in known.items()}
    return tuple(
        f"{who} learnt from {_of_these(count, len(measured))}, and reads what it learnt from better than other images"
        for who, count in found.items()
        if count
    )


def _of_these(count: int, total: int) -> str:
    if total == 1:
        return "the only image here"
    return f"{'all' if count == total else f'{count:,}'} of these {total:,} images"
