"""What ``dlhw cnn study`` shows, from its JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from dlhw.console.tables import plain_table
from dlhw.plurals import counted

HEADINGS = ("", "parameters", "multiply-adds", "sees", "step", "test", "difference")
NAMES = 25
"""Columns for what a row is, and is compared with."""


def study_title(describe: Mapping[str, Any], trials: int, run: str) -> str:
    """The line above the progress of a study."""
    return f"cnn study · {counted(trials, 'training')} · {counted(describe['train'], 'image')} · {run}"


def study_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """A table a comparison."""
    variants = {variant["name"]: variant for variant in document["variants"]}
    epochs = counted(document["epochs"], "epoch")
    data = document["data"]
    title = (
        f"{counted(len(variants), 'network')}, {epochs} each on {counted(data['train'], 'image')} of {data['source']}"
    )
    yield Text(title, style="bold")
    for comparison in document["comparisons"]:
        yield Text(f"\n{comparison['question']}")
        table = plain_table("", HEADINGS)
        table.columns[0].min_width = NAMES  # the columns of all tables stand below each other
        table.padding = (0, 1, 0, 0)
        labels = {entry["variant"]: entry["label"] for entry in comparison["entries"]}
        for entry in comparison["entries"]:
            variant = variants[entry["variant"]]
            against = "" if entry["against"] is None else f" vs {labels[entry['against']]}"
            table.add_row(
                Text.assemble(entry["label"], (against, "dim")),
                f"{variant['parameters']:,}",
                f"{variant['macs'] / 1e6:.1f} M",
                f"{variant['receptive_field']}×{variant['receptive_field']}",
                f"{variant['step']['milliseconds']:.0f}",
                _accuracy(variant["accuracy"]),
                _points(entry["difference"]),
            )
        yield table
    yield Text(_reading(document), style="dim")
    yield Text(f"run {document['run']}, figure {document['figures'][0]}", style="dim")


def _accuracy(accuracy: Mapping[str, Any]) -> str:
    if accuracy["value"] is None:
        return "diverged"
    half = accuracy["deviation"] if accuracy["n"] > 1 else (accuracy["high"] - accuracy["low"]) / 2
    return f"{accuracy['value']:.4f} ± {half:.3f}"


def _points(difference: Mapping[str, Any] | None) -> Text:
    if difference is None or difference["value"] is None:
        return Text("")
    value, low, high = (100 * difference[key] for key in ("value", "low", "high"))
    certain = low > 0 or high < 0
    return Text(f"{value:+.1f} ({low:+.1f} to {high:+.1f})".replace("-", "−"), style="bold" if certain else "dim")


def _reading(document: Mapping[str, Any]) -> str:
    spread = (
        "half of a 95 % interval, which knows of the test images and not of other seeds"
        if document["seeds"] == 1
        else f"the sample standard deviation over {document['seeds']} seeds"
    )
    return (
        f"Test: accuracy ± {spread}. Difference: in points, image by image, with its 95 % interval; bold where "
        "that leaves out zero. Sees: the square of pixels that a number in the last maps depends on. Step: "
        f"milliseconds for {document['batch_size']} images, forward and back, on a thread of the CPU or on the GPU."
    )
