"""Every word that was measured, or read, as a line of a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dlhw.errors import DataError
from dlhw.ocr.evaluation import Evaluation

COLUMNS = ("image", "reference", "text", "correct", "distance", "protocol")
READ_COLUMNS = ("image", "text", "confidence", "error")


def write_words(path: Path, evaluation: Evaluation) -> None:
    """Write image, reference, text, correct, distance, protocol, and each candidate with its log-probability.

    The label and all texts are as they are written, so that ``dlhw score`` compares them under any protocol.
    ``correct`` (1 or 0) and ``distance`` are as the protocol of this evaluation compares them. UTF-8, quoted where
    needed.

    Raises:
        DataError: the file cannot be written.
    """
    k = evaluation.scores.k
    errors = evaluation.errors
    wrong = errors.wrong_at(1)
    rows = []
    for index, found in enumerate(evaluation.readings):
        fixed = [
            evaluation.names[index],
            evaluation.references[index],
            found[0].text if found else "",
            int(not wrong[index]),
            int(errors.distances[index]),
            evaluation.scores.protocol,
        ]
        rows.append([*fixed, *_filled([(one.text, one.log_probability) for one in found], k)])
    _write(path, [*COLUMNS, *_candidates(k)], rows)


def write_readings(path: Path, rows: Iterable[Mapping[str, Any]], *, k: int) -> None:
    """Write image, text, confidence, why it could not be read, and each candidate with its log-probability.

    Args:
        path: of the file; UTF-8, quoted where needed.
        rows: ``images`` of the document of ``dlhw ocr read``.
        k: how many candidates an image has at most.

    Raises:
        DataError: the file cannot be written.
    """
    table = []
    for row in rows:
        found = [(one["text"], one["log_probability"]) for one in row.get("candidates", [])]
        confidence = f"{row['confidence']:.6g}" if "confidence" in row else ""
        table.append([row["image"], row.get("text", ""), confidence, row.get("error", ""), *_filled(found, k)])
    _write(path, [*READ_COLUMNS, *_candidates(k)], table)


def _candidates(k: int) -> list[str]:
    return [f"{name}_{place}" for place in range(1, k + 1) for name in ("candidate", "log_probability")]


def _filled(found: Sequence[tuple[str, float]], k: int) -> list[str]:
    cells = [cell for text, log_probability in found for cell in (text, f"{log_probability:.6g}")]
    return [*cells, *[""] * (2 * k - len(cells))]


def _write(path: Path, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(heading)
            writer.writerows(rows)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}", "give another file") from error
