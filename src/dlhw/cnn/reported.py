"""What the homework's report gives for Question 2, to stand beside what is measured here.

Accuracies after the last epoch, from "Deep Learning, Homework 2", Instituto Superior Técnico, January 2025.
The report does not name its data, so these are another column, not a mark to beat.
"""

from __future__ import annotations

from dataclasses import dataclass

from dlhw.cnn.network import NetworkName


@dataclass(frozen=True)
class Reported:
    """Accuracies of the last epoch."""

    validation_accuracy: float
    test_accuracy: float


REPORTED: dict[tuple[NetworkName, float], Reported] = {
    ("flatten", 0.1): Reported(0.5783, 0.5763),
    ("flatten", 0.01): Reported(0.6937, 0.6860),
    ("flatten", 0.001): Reported(0.5848, 0.5790),
    ("gap", 0.01): Reported(0.7557, 0.7443),
}
