"""What the commands of Question 2 show, from their JSON documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dlhw.cnn.recipe import RECIPES
from dlhw.console.patience import ended_early, patience_line
from dlhw.console.streams import note, warn
from dlhw.console.tables import figure, plain_table, spread
from dlhw.plurals import counted, plural

if TYPE_CHECKING:
    from dlhw.cnn.data import Landscapes

NAMED_AT_MOST = 5


def tell_loading(source: Path | None) -> None:
    """Say at once what is about to take seconds."""
    note("drawing landscapes" if source is None else f"reading {source}")


def tell_data(images: Landscapes, *, procedural: bool) -> None:
    """Say on stderr what is learnt from, what was left out of it, and how to get real images."""
    describe = images.describe()
    sizes = ", ".join(f"{describe[name]:,} {name}" for name in ("train", "validation", "test"))
    note(f"data: {describe['source']} ({sizes})")
    if procedural:
        note("for real images: dlhw cnn fetch, and then --data intel")
    tell_remarks(images.remarks)
    tell_skipped(images.skipped, hint="--strict fails instead")


def tell_remarks(remarks: Sequence[str]) -> None:
    """Say what is remarkable about the images that are used."""
    for remark in remarks[:NAMED_AT_MOST]:
        warn(remark)
    if len(remarks) > NAMED_AT_MOST:
        warn(f"and {counted(len(remarks) - NAMED_AT_MOST, 'remark')} more")


def tell_skipped(skipped: Sequence[str], *, hint: str) -> None:
    """Name the first images that could not be read, and count all of them."""
    for reason in skipped[:NAMED_AT_MOST]:
        warn(reason)
    if skipped:
        warn(f"{counted(len(skipped), 'unreadable image')} {plural(len(skipped), 'was')} skipped; {hint}")


def training_title(network: str, describe: Mapping[str, Any], run: str) -> str:
    """The line above the progress of a training."""
    return f"cnn train · {network} · {counted(describe['train'], 'image')} · {run}"


def training_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """The table of a finished ``dlhw cnn train``, and the report's where they are of the same recipe."""
    data = document["data"]
    ended = ended_early(document["results"])
    trained = max((result.get("last_epoch") or 0 for result in document["results"]), default=0) if ended else 0
    epochs = counted(trained or document["epochs"], "epoch")
    recipe = "" if document["recipe"] == "homework" else f", recipe {document['recipe']}"
    recipe += ", balanced class weights" if document.get("class_weights") else ""
    title = f"{document['network']}, {document['parameters']:,} parameters, {epochs} on {data['source']}{recipe}"
    yield _seeds_table(title, document) if document["seeds"] > 1 else _trials_table(title, document)
    means = ""
    if document["seeds"] > 1:
        diverged = any(entry["diverged"] for entry in document["summary"])
        without = ", without those that diverged" if diverged else ""
        means = f"Means ± sample deviations over {document['seeds']} seeds{without}. "
    beside = " The report's own data is not named: its results cannot be compared with these."
    yield Text(
        f"{means}Accuracies after the last epoch, and at the epoch with the best validation accuracy."
        + (beside if _has_reported(document) else ""),
        style="dim",
    )
    whole, classes = RECIPES[document["recipe"]].epochs, len(document["data"]["classes"])
    if document["epochs"] < whole:
        yield Text(
            f"{epochs} of the {whole} of the recipe {document['recipe']}: these accuracies show how learning begins. "
            f"Guessing one of {classes:,} classes gives {figure(1 / classes)}.",
            style="dim",
        )
    yield from patience_line(ended)
    yield Text(f"run {document['run']}, figures in {document['run']}/figures", style="dim")


def _trials_table(title: str, document: Mapping[str, Any]) -> Table:
    headings = ["learning rate", "validation", "test", "best validation", "test at best", "images/s"]
    table = plain_table(title, [*headings, "report: test"] if _has_reported(document) else headings)
    for index, result in enumerate(document["results"]):
        chosen = index == document["chosen"]
        best = figure(result["best_validation_accuracy"])
        table.add_row(
            f"{result['learning_rate']:g}" + (" ◀ chosen" if chosen and len(document["results"]) > 1 else ""),
            "diverged" if result["status"] == "diverged" else figure(result["validation_accuracy"]),
            figure(result["test_accuracy"]),
            f"{best} @ {result['best_epoch']}" if result["best_epoch"] else best,
            figure(result["best_test_accuracy"]),
            "–" if result["images_per_second"] is None else f"{result['images_per_second']:,.0f}",
            *_reported(document, result),
            style="bold" if chosen else None,
        )
    return table


def _seeds_table(title: str, document: Mapping[str, Any]) -> Table:
    """A line a learning rate, with the spread over its seeds."""
    headings = ["learning rate", "n", "validation", "test", "best validation", "test at best"]
    table = plain_table(title, [*headings, "report: test"] if _has_reported(document) else headings)
    results = document["results"]
    chosen = None if document["chosen"] is None else results[document["chosen"]]
    for entry in document["summary"]:
        rate = entry["learning_rate"]
        best = chosen is not None and rate == chosen["learning_rate"]
        table.add_row(
            f"{rate:g}" + (" ◀ chosen" if best and len(document["summary"]) > 1 else ""),
            f"{entry['n']} of {entry['n'] + entry['diverged']}" if entry["diverged"] else f"{entry['n']}",
            spread(entry["validation_accuracy"]) if entry["n"] else "diverged",
            *(spread(entry[name]) for name in ("test_accuracy", "best_validation_accuracy", "best_test_accuracy")),
            *_reported(document, next(result for result in results if result["learning_rate"] == rate)),
            style="bold" if best else None,
        )
    return table


def _has_reported(document: Mapping[str, Any]) -> bool:
    """Whether the homework's report says something of any of these trainings."""
    return any(result["reported"] for result in document["results"])


def _reported(document: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
    """The last cell of a row, where the table has that column."""
    if not _has_reported(document):
        return []
    return [figure(result["reported"]["test_accuracy"] if result["reported"] else None)]
