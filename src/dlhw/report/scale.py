"""How much of the homework is computed: in minutes, or with full-length trainings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

QUESTIONS = ("1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "3a", "3b", "3c")
"""The ten parts of the homework, in their order."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The sizes of all trainings and measurements."""

    name: str
    """``quick`` or ``full``."""

    trials: int
    """Random memories on which the claims of Question 1 are checked, besides the four fixed ones."""

    epochs: int
    """Of the networks of Question 2."""

    short_study: bool
    """Whether Question 2.4 tries the main variants only, on part of the images."""

    reading_epochs: int
    """Of the networks of Question 3."""

    reading_words: int
    """Rendered words in each of them."""

    shipped: bool
    """Whether the recognisers of the package are measured in Question 3, in place of those trained here."""

    samplings: int
    """How often three words are sampled an image, each time with another seed."""

    seconds: Mapping[str, float]
    """What each part is expected to take, on two cores. Only the time left is guessed from it, until parts are done."""


QUICK = Scale(
    name="quick",
    trials=40,
    epochs=3,
    short_study=True,
    reading_epochs=4,
    reading_words=512,
    shipped=True,
    samplings=1,
    seconds={
        "1.1": 6,
        "1.2": 6,
        "1.3": 2,
        "2.1": 80,
        "2.2": 45,
        "2.3": 1,
        "2.4": 60,
        "3a": 30,
        "3b": 30,
        "3c": 15,
    },
)

FULL = Scale(
    name="full",
    trials=1000,
    epochs=40,
    short_study=False,
    reading_epochs=10,
    reading_words=30_000,
    shipped=False,
    samplings=5,
    seconds={
        "1.1": 60,
        "1.2": 6,
        "1.3": 2,
        "2.1": 2000,
        "2.2": 700,
        "2.3": 1,
        "2.4": 2400,
        "3a": 2400,
        "3b": 2400,
        "3c": 60,
    },
)

SCALES = {"quick": QUICK, "full": FULL}
