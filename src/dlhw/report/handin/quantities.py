"""The numbers of the homework that another group may report, each with its place in the file and on the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dlhw.cnn.landscapes import CLASS_NAMES
from dlhw.cnn.reference_results import reference_result
from dlhw.ocr.reference_results import REFERENCE_RESULTS, REPORTED_PROPOSALS

Kind = Literal["accuracy", "share of words", "characters", "count"]
Items = Literal["validation_images", "test_images", "test_words", ""]


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A number of the homework."""

    path: tuple[str, ...]
    """Its tables and its key in the file: ``("2.1", "0.01", "test_accuracy")``."""

    title: str
    """Its row on the page."""

    kind: Kind
    items: Items = ""
    """What it is a share of; empty for counts."""

    example: str
    """What the homework's own report gives, as the template shows it."""

    @property
    def question(self) -> str:
        """As the homework numbers it."""
        return self.path[0]

    @property
    def key(self) -> str:
        """As a message names it: ``2.1, 0.01: test_accuracy``."""
        return f"{', '.join(self.path[:-1])}: {self.path[-1]}"

    def is_row(self, question: str, title: str) -> bool:
        """Whether a row of the page is this number's."""
        return (question, title) == (self.question, self.title)


def _accuracies() -> tuple[Quantity, ...]:
    return tuple(
        Quantity(
            path=(question, rate, f"{split}_accuracy"),
            title=f"{split.capitalize()} accuracy, learning rate {rate}",
            kind="accuracy",
            items="validation_images" if split == "validation" else "test_images",
            example=f"{vars(reference_result(network, float(rate), CLASS_NAMES))[f'{split}_accuracy']:.4f}",
        )
        for question, network, rates in (("2.1", "flatten", ("0.1", "0.01", "0.001")), ("2.2", "gap", ("0.01",)))
        for rate in rates
        for split in ("validation", "test")
    )


def _errors(question: str, prefix: str, ending: str, examples: Mapping[str, float]) -> tuple[Quantity, ...]:
    return tuple(
        Quantity(
            path=(question, f"{prefix}{name}"),
            title=f"{prefix.replace('_', ' ').capitalize()}{LABELS[name]}{ending}",
            kind="characters" if name == "cer" else "share of words",
            items="test_words",
            example=f"{value:.4f}",
        )
        for name, value in examples.items()
        if name in LABELS
    )


LABELS = {"cer": "CER", "wer": "WER", "wer_at_3": "WER@3"}

QUANTITIES = (
    *_accuracies(),
    Quantity(path=("2.3", "flatten"), title="Trainable parameters, flattening", kind="count", example="5340742"),
    Quantity(path=("2.3", "gap"), title="Trainable parameters, global average pooling", kind="count", example="756742"),
    *_errors("3a", "test_", "", vars(REFERENCE_RESULTS[False])),
    *_errors("3b", "test_", "", vars(REFERENCE_RESULTS[True])),
    *_errors("3c", "", ", three samples", REPORTED_PROPOSALS),
)
"""In the order of the homework."""
