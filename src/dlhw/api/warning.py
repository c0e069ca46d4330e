"""What a person should know of the data, as Python's warnings: where commands print a line, a caller may filter one."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator

from dlhw.ocr.evaluation import Evaluation
from dlhw.ocr.recognizer import Recognizer
from dlhw.plurals import counted, plural

ABOVE_HERE = 3
"""The frame that a warning names: that of who called the function of :mod:`dlhw` which calls :func:`warn`."""


def warn(texts: Iterable[str]) -> None:
    """Warn of each, as a ``UserWarning``."""
    for text in texts:
        warnings.warn(text, UserWarning, stacklevel=ABOVE_HERE)


def of_words(evaluation: Evaluation) -> Iterator[str]:
    """What to know of words that were measured: which could not be read, and which letters cannot be written."""
    yield from evaluation.scores.warnings
    if missed := evaluation.words.unreadable:
        more = ", …" if len(missed) > 1 else ""
        yield (
            f"{counted(len(missed), 'image')} could not be read and {plural(len(missed), 'counts')} as missed: "
            f"{missed[0].name}: {missed[0].reason}{more}"
        )
    if unknown := evaluation.scores.unknown:
        yield f"these words have characters that the recogniser cannot write: {' '.join(unknown)}"


def of_allowed(recognizer: Recognizer, allow: str | None) -> Iterator[str]:
    """What to know of the characters that alone may be written: which of them were never learnt."""
    if allow is not None and (unknown := recognizer.alphabet.unknown([allow])):
        yield f"the recogniser has not learnt {' '.join(unknown)}, which `allow` names"
