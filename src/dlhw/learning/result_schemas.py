"""Schemas of ``result.json``, the document of a finished run; see :mod:`dlhw.learning.schemas`."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired, TypedDict

from msgspec import Meta

from dlhw.learning.schemas import Count, Errors, Positive, Rate, Seconds, Seed, Weights


class Result(TypedDict):
    """``result.json`` of any command."""

    command: str
    epochs: Positive


class Chosen(TypedDict):
    """Of a result, what has to be right for its weights to be found."""

    checkpoint: NotRequired[Weights | None]


class ImagesUsed(TypedDict):
    """``data`` of a document over images."""

    source: str
    train: Count
    validation: Positive
    test: Positive


class SweepResult(Result):
    """Of ``dlhw cnn train``."""

    seed: Seed
    network: str
    batch_size: Positive
    data: ImagesUsed
    results: Annotated[list[dict[str, Any]], Meta(min_length=1)]
    """Each as its ``outcome.json``."""

    chosen: Annotated[int, Meta(ge=0)] | None
    checkpoint: Weights | None


class Value(TypedDict):
    """A number with its interval."""

    value: float | None
    low: float | None
    high: float | None


class Entry(TypedDict):
    """A network in a comparison of a study."""

    variant: str
    label: str
    against: str | None
    difference: Value | None


class Comparison(TypedDict):
    """A comparison of a study."""

    name: str
    question: str
    cost: str | None
    entries: list[Entry]


class Step(TypedDict):
    """What a step of a training takes."""

    milliseconds: Seconds


class Variant(TypedDict):
    """A network of a study."""

    name: str
    parameters: Count
    macs: Count
    receptive_field: Count
    step: Step
    accuracy: Value


class StudyResult(Result):
    """Of ``dlhw cnn study``."""

    seed: Seed
    seeds: Positive
    batch_size: Positive
    learning_rate: Rate
    device: str
    data: ImagesUsed
    variants: Annotated[list[Variant], Meta(min_length=1)]
    comparisons: list[Comparison]


class WordsUsed(TypedDict):
    """``data`` of ``dlhw ocr train``."""

    source: str
    train: Count
    validation: Count
    test: Count
    fonts: dict[str, Any] | None


class ReadingResult(Result):
    """Of ``dlhw ocr train``."""

    seed: Seed
    attention: bool
    data: WordsUsed
    best_epoch: Positive
    last_epoch: Positive
    best_validation_cer: Annotated[float, Meta(ge=0)]
    test: Errors
    checkpoint: Weights


RESULTS: dict[Any, Any] = {"cnn train": SweepResult, "cnn study": StudyResult, "ocr train": ReadingResult}
"""By the command that a result names."""
