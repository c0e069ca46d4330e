"""Whatever a file of dlhw's own holds, reading it gives what its schema says, or an error that names the place.

A run directory may come from another machine, another version, a full disk or a text editor. msgspec checks a document
in microseconds, and is imported in a quarter of the time that pydantic takes.
"""

from __future__ import annotations

from typing import Any

import msgspec

from dlhw.learning.result_schemas import RESULTS, Result, StudyResult, SweepResult
from dlhw.learning.schemas import (
    CONFIGS,
    Config,
    DivergedLandscapeOutcome,
    DivergedReadingOutcome,
    DivergedStudyOutcome,
    FinishedLandscapeOutcome,
    FinishedStudyOutcome,
    Outcome,
    ReadingOutcome,
    StateHeader,
)


def outcome_schema(document: Any) -> Any:
    """Which of the outcomes a document is."""
    keys = set(document) if isinstance(document, dict) else set()
    finished = not keys or document.get("status") == "finished"
    kinds: tuple[Any, ...] = (
        ReadingOutcome if finished else DivergedReadingOutcome,
        FinishedLandscapeOutcome if finished else DivergedLandscapeOutcome,
        FinishedStudyOutcome if finished else DivergedStudyOutcome,
    )
    # That of which it has most: where a key is missing, that is what is reported. A trial of another kind has none.
    shared = [len(keys & kind.__annotations__.keys()) for kind in kinds]
    return kinds[shared.index(max(shared))] if max(shared) > len(Outcome.__annotations__) + 1 else Outcome


def config_schema(document: Any) -> Any:
    """Which of the configurations a document is."""
    return CONFIGS.get(str(document.get("command")), Config) if isinstance(document, dict) else Config


def result_schema(document: Any) -> Any:
    """Which of the results a document is."""
    return RESULTS.get(str(document.get("command")), Result) if isinstance(document, dict) else Result


def check(document: Any, schema: Any) -> None:
    """See that plain values are as a schema says.

    Raises:
        ValueError: they are not; the message names the place, as in ``Expected `int`, got `str` - at `$.epochs```.
    """
    msgspec.convert(document, schema)
    if schema is SweepResult:
        for result in document["results"]:
            msgspec.convert(result, outcome_schema(result))
        chosen = document["chosen"]
        if chosen is not None and (
            chosen >= len(document["results"]) or document["results"][chosen]["status"] != "finished"
        ):
            raise ValueError("what was chosen is not among what was trained")
    elif schema is StudyResult:
        names = {variant["name"] for variant in document["variants"]}
        entries = [entry for comparison in document["comparisons"] for entry in comparison["entries"]]
        if strange := {one for entry in entries for one in (entry["variant"], entry["against"])} - names - {None}:
            raise ValueError(f"{min(strange)} is compared, and was not trained")
    elif schema is StateHeader:
        msgspec.convert(document["rows"], list[dict[str, float]])
        epochs = [row["epoch"] for row in document["rows"]]
        if document["epoch"] != len(epochs) or epochs != list(range(1, len(epochs) + 1)):  # a range as long as the file
            raise ValueError("its rows are not those of its epochs")


def parse(content: bytes | str) -> Any:
    """The value of a JSON document. NaN and infinities are no JSON.

    Raises:
        ValueError: it is none, or is nested deeper than anything that dlhw writes.
    """
    try:
        return msgspec.json.decode(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
