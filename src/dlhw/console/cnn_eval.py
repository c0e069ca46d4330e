"""What ``dlhw cnn eval`` shows, from its JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dlhw.console.cnn import tell_remarks, tell_skipped
from dlhw.console.streams import note, printable, warn
from dlhw.console.tables import NOTHING, Items, figure, plain_table
from dlhw.learning.packaged import shown_as

CONFUSED_AT_MOST = 3
MATRIX_AT_MOST = 12
"""Classes whose matrix fits a terminal."""

HEAT = ("#fff5eb", "#fee3c8", "#fdc692", "#fda057", "#f67824", "#e05206")
"""Backgrounds of mistakes, from few to many: a sixth of the class and more is the last."""

RIGHT = ("#e5f1f8", "#c2dff0", "#93c6e3", "#5da9d3", "#3288bd", "#16649e")
"""Backgrounds of what is right, from few to all. On the last white letters read better, on all others black ones."""


def tell_classifier(path: Path, network: str, parameters: int) -> None:
    """Say on stderr which network looks."""
    note(f"network: {shown_as(path)} ({network}, {parameters:,} parameters)")


def tell_labelled(describe: Mapping[str, Any], *, skipped: Sequence[str], remarks: Sequence[str]) -> None:
    """Say on stderr which images are used, which were left out, and what would distort the results."""
    of = "images" if describe["split"] == "all" else describe["split"]
    note(f"data: {describe['source']} ({describe['images']:,} {of})")
    if describe["changed"]:
        warn("these images have changed since the network was trained: some may be among those it learnt from")
    tell_remarks(remarks)
    tell_skipped(skipped, hint="correct or remove them")


def named_split(name: str) -> str:
    """A split's name before ``images``; nothing where all of them are meant."""
    return "" if name == "all" else f"{name} "


def title(document: Mapping[str, Any]) -> str:
    """Which network labelled which images."""
    data = document["data"]
    return f"{document['network']} on {data['images']:,} {named_split(data['split'])}images of {data['source']}"


def evaluation_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Accuracy, the scores of each class, and the confusion matrix."""
    accuracy = document["accuracy"]
    yield Text(printable(title(document)), style="bold")
    yield Text.assemble(
        "accuracy ",
        (figure(accuracy["value"]), "bold"),
        f"   95 % interval {figure(accuracy['low'])} to {figure(accuracy['high'])}"
        f"   {document['correct']:,} of {document['images']:,} right",
    )
    yield _scores(document)
    if fits_terminal(len(document["classes"])):
        yield Text("Confusion matrix: a row for each true class, a column for each predicted one", style="bold")
        yield confusion_matrix([scores["name"] for scores in document["classes"]], document["confusion"])
    else:
        yield Text("The confusion matrix is too wide for a terminal: --csv and --figures have it.", style="dim")
    confused = _confused(document)
    if confused:
        yield Items(confused).after("Most often  ")
    yield Text(
        "Precision: of the images called so, the share that is. Recall: of those that are, the share called so.",
        style="dim",
    )
    written = [file for file in (document["csv"], document["predictions"], *document["figures"]) if file]
    if written:
        yield Text(f"wrote {', '.join(map(printable, written))}", style="dim")


def _scores(document: Mapping[str, Any]) -> Table:
    table = plain_table("", ("class", "precision", "recall", "F1", "images"))
    for scores in document["classes"]:
        cells = (figure(scores[key]) for key in ("precision", "recall", "f1"))
        table.add_row(printable(scores["name"]), *cells, f"{scores['support']:,}")
    table.add_section()
    cells = (figure(document["mean"][key]) for key in ("precision", "recall", "f1"))
    table.add_row("mean", *cells, f"{document['images']:,}", style="bold")
    return table


def fits_terminal(classes: int) -> bool:
    """Whether the confusion matrix of so many classes fits a terminal of 80 columns."""
    return classes <= MATRIX_AT_MOST


def confusion_matrix(class_names: Sequence[str], confusion: Sequence[Sequence[int]]) -> Table:
    """Counts on their heat: a row for each true class, a column for each predicted one."""
    names = [printable(name) for name in class_names]
    table = plain_table("", ("", *names))
    for row, (name, counts) in enumerate(zip(names, confusion, strict=True)):
        table.add_row(name, *(_cell(count, sum(counts), right=row == column) for column, count in enumerate(counts)))
    return table


def _cell(count: int, support: int, *, right: bool) -> Text:
    """A count on its heat: the share of the row, so that classes of different size compare."""
    if not count:
        return Text(NOTHING, style="dim")
    share = count / support
    scale = RIGHT if right else HEAT
    step = min(int(share * len(scale) if right else share * 6 * len(scale)), len(scale) - 1)
    background = scale[step]
    letters = "#ffffff" if background == RIGHT[-1] else "#1a1a1a"
    return Text(f" {count:,} ", style=f"{letters} on {background}")


def _confused(document: Mapping[str, Any]) -> list[str]:
    names = [printable(scores["name"]) for scores in document["classes"]]
    pairs = [
        (count, f"{names[row]} called {names[column]} {count:,}")
        for row, counts in enumerate(document["confusion"])
        for column, count in enumerate(counts)
        if count and row != column
    ]
    return [text for _, text in sorted(pairs, key=lambda pair: -pair[0])[:CONFUSED_AT_MOST]]
