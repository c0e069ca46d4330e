"""What the homework's report gives for Question 2, to be shown beside what is measured here.

Accuracies after the last epoch, from "Deep Learning, Homework 2", Instituto Superior Técnico, January 2025.
The report does not name its data, so these cannot be compared with ours; and they are shown beside its own
task and recipe alone, since anything else would be compared with a number of something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dlhw.cnn.landscapes import CLASS_NAMES


@dataclass(frozen=True)
class ReferenceResult:
    """Accuracies after the last epoch, as the homework's report gives them: shares from 0 to 1."""

    validation_accuracy: float
    test_accuracy: float


_REFERENCE_RESULTS: dict[tuple[str, float], ReferenceResult] = {
    ("flatten", 0.1): ReferenceResult(0.5783, 0.5763),
    ("flatten", 0.01): ReferenceResult(0.6937, 0.6860),
    ("flatten", 0.001): ReferenceResult(0.5848, 0.5790),
    ("gap", 0.01): ReferenceResult(0.7557, 0.7443),
}


def reference_result(network: str, learning_rate: float, class_names: Sequence[str]) -> ReferenceResult | None:
    """What the report gives for a network and a learning rate; ``None`` for another task than its six classes.

    Whoever asks makes sure that the recipe is the homework's.
    """
    return _REFERENCE_RESULTS.get((network, learning_rate)) if sorted(class_names) == sorted(CLASS_NAMES) else None
