"""Every word of an evaluation as a line of a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path

from dlhw.errors import DataError
from dlhw.ocr.evaluation import Evaluation

COLUMNS = ("image", "reference", "text", "correct", "distance")


def write_words(path: Path, evaluation: Evaluation) -> None:
    """Write image, reference, text, correct, distance, and each candidate with its log-probability.

    ``correct`` is 1 or 0. Reference, text and distance are as the protocol compares them; candidates are as they were
    read. UTF-8, quoted where needed.

    Raises:
        DataError: the file cannot be written.
    """
    k = evaluation.scores.k
    heading = [*COLUMNS, *(f"{name}_{place}" for place in range(1, k + 1) for name in ("candidate", "log_probability"))]
    errors = evaluation.errors
    wrong = errors.wrong_at(1)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(heading)
            for index, found in enumerate(evaluation.readings):
                fixed = [
                    evaluation.names[index],
                    errors.references[index],
                    errors.texts[index],
                    int(not wrong[index]),
                    int(errors.distances[index]),
                ]
                candidates = [value for one in found for value in (one.text, f"{one.log_probability:.6g}")]
                writer.writerow([*fixed, *candidates, *[""] * (2 * k - len(candidates))])
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}", "give another file") from error
