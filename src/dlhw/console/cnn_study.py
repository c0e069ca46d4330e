"""What ``dlhw cnn study`` shows, from its JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from dlhw.console.streams import note
from dlhw.console.tables import figure, plain_table

HEADINGS = ("", "parameters", "multiply-adds", "sees", "ms a step", "test accuracy", "", "difference in points")


def study_title(describe: Mapping[str, Any], members: int, run: str) -> str:
    """The line above the progress of a study."""
    return f"cnn study · {members} trainings · {describe['train']:,} pictures · {run}"


def tell_timing() -> None:
    """Say what is still to be done when the training's display has ended."""
    note("timing a step of each network, in turns")


def study_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """A table of all comparisons, a section each."""
    variants = {variant["name"]: variant for variant in document["variants"]}
    epochs = "1 epoch" if document["epochs"] == 1 else f"{document['epochs']} epochs"
    title = f"{len(variants)} networks, {epochs} each on {document['data']['train']:,} of {document['data']['source']}"
    table = plain_table(title, HEADINGS)
    for comparison in document["comparisons"]:
        table.add_row(Text(comparison["question"], style="bold"))
        labels = {entry["variant"]: entry["label"] for entry in comparison["entries"]}
        for entry in comparison["entries"]:
            variant = variants[entry["variant"]]
            against = "" if entry["against"] is None else f", against {labels[entry['against']]}"
            table.add_row(
                Text.assemble("  ", entry["label"], (against, "dim")),
                f"{variant['parameters']:,}",
                f"{variant['macs'] / 1e6:.1f} M",
                f"{variant['receptive_field']}×{variant['receptive_field']}",
                f"{variant['step']['milliseconds']:.0f}",
                figure(variant["accuracy"]["value"]) if variant["accuracy"]["n"] else "diverged",
                Text(_spread(variant["accuracy"]), style="dim"),
                _points(entry["difference"]),
            )
        table.add_section()
    yield table
    yield Text(_reading(document), style="dim")
    yield Text(f"run {document['run']}, figure {document['figures'][0]}", style="dim")


def _spread(accuracy: Mapping[str, Any]) -> str:
    if accuracy["deviation"] is not None:
        return f"± {accuracy['deviation']:.4f}"
    return "" if accuracy["low"] is None else f"{accuracy['low']:.3f} to {accuracy['high']:.3f}"


def _points(difference: Mapping[str, Any] | None) -> Text:
    if difference is None or difference["value"] is None:
        return Text("")
    value, low, high = (100 * difference[key] for key in ("value", "low", "high"))
    certain = low > 0 or high < 0
    return Text(f"{value:+.1f} ({low:+.1f} to {high:+.1f})".replace("-", "−"), style="bold" if certain else "dim")


def _reading(document: Mapping[str, Any]) -> str:
    spread = (
        "Accuracies with 95 % intervals, which know of the test pictures and not of other seeds."
        if document["seeds"] == 1
        else f"Accuracies are means of {document['seeds']} seeds, ± a sample standard deviation."
    )
    return (
        f"{spread} Differences are taken picture by picture, with 95 % intervals; those that leave out zero are bold. "
        "Sees: the side of the square of pixels that a number in the last maps depends on. "
        f"A step: {document['batch_size']} pictures, forward and backward, on one thread of a CPU or on a GPU."
    )
