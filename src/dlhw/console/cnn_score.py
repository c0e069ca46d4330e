"""What ``dlhw cnn score`` shows, from its JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.columns import Columns
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dlhw.console.cnn_eval import confusion_matrix, fits_terminal
from dlhw.console.score import Rates, several_systems
from dlhw.console.streams import printable, warn
from dlhw.console.tables import figure, plain_table
from dlhw.console.word_errors import interval
from dlhw.plurals import counted

CONFUSIONS, CLASSES, UNKNOWN = 8, 30, 5


def tell_unknown_labels(document: Mapping[str, Any]) -> None:
    """Name the labels that were predicted and that the truth does not have."""
    for system in document["systems"]:
        labels = system["unknown_labels"]
        if labels:
            named = ", ".join(f"“{label}”" for label in labels[:UNKNOWN]) + (", …" if len(labels) > UNKNOWN else "")
            warn(f"{system['predictions']} predicts labels that {document['truth']} never has: {named}")
            alike = _alike(labels, [one["name"] for one in system["classes"] if one["support"]])
            if alike:
                listed = ", ".join(f"“{label}” and “{true}”" for label, true in alike[:UNKNOWN])
                more = ", …" if len(alike) > UNKNOWN else ""
                warn(
                    f"these differ in case alone, and labels are compared to the letter: {listed}{more}; "
                    "write them alike in both files"
                )


def _alike(labels: Sequence[str], true: Sequence[str]) -> list[tuple[str, str]]:
    """Predicted labels that are labels of the truth but for upper and lower case."""
    folded = {name.casefold(): name for name in true}
    return [(label, folded[label.casefold()]) for label in labels if label.casefold() in folded]


def score_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Accuracies; of one system also the scores of each class, of several the differences of every two."""
    systems, k, groups = document["systems"], document["k"], document["groups"]
    rates = [("accuracy", "accuracy"), *([(f"top-{k}", "top_k_accuracy")] if k > 1 else [])]
    yield Text(f"{counted(document['images'], 'image')} of {printable(document['truth'])}", style="bold")
    if len(systems) == 1:
        yield from _one(document, systems[0], rates)
    else:
        yield from several_systems(document, rates)
    remarks = []
    if k > 1:
        remarks.append(f"Top-{k}: right among {k} candidates.")
    if groups:
        remarks.append(f"Intervals from resampling {groups['count']:,} groups ({printable(groups['column'])}).")
    if len(systems) > 1:
        remarks.append("Differences: paired bootstrap; above 0, the first is right more often.")
    else:
        remarks.append("Precision: of those called so, the share that is.")
        remarks.append("Recall: of those that are, the share called so.")
    yield Text(" ".join(remarks), style="dim")


def _one(document: Mapping[str, Any], system: Mapping[str, Any], rates: Rates) -> Iterator[RenderableType]:
    table = plain_table("", ("", "value", "95 %"))
    for label, key in rates:
        style = "bold" if key == "accuracy" else None
        table.add_row(label, figure(system[key]["value"]), interval(system[key]), style=style)
    yield table
    yield _classes(system)
    if system["confusion"] is not None and fits_terminal(len(document["class_names"])):
        yield Text("Confusion matrix: a row for each true class, a column for each predicted one", style="bold")
        yield confusion_matrix(document["class_names"], system["confusion"])
    if system["confusions"]:
        often = Table.grid(padding=(0, 2))
        named = [Text(_confused(one)) for one in system["confusions"][:CONFUSIONS]]
        often.add_row(Text("most often", style="dim"), Columns(named, padding=(0, 3)))
        yield often


def _classes(system: Mapping[str, Any]) -> Table:
    table = plain_table("", ("class", "precision", "recall", "F1", "images"))
    shown = system["classes"][:CLASSES]
    for scores in shown:
        cells = (figure(scores[key]) for key in ("precision", "recall", "f1"))
        table.add_row(printable(scores["name"]), *cells, f"{scores['support']:,}")
    if len(shown) < len(system["classes"]):
        table.add_row(Text(f"… and {len(system['classes']) - len(shown):,} more in --json", style="dim"))
    table.add_section()
    means = (figure(system["mean"][key]) for key in ("precision", "recall", "f1"))
    table.add_row("mean", *means, f"{sum(scores['support'] for scores in system['classes']):,}", style="bold")
    return table


def _confused(one: Mapping[str, Any]) -> str:
    called = f"called {printable(one['predicted'])}" if one["predicted"] else "without a prediction"
    return f"{printable(one['label'])} {called} {one['count']:,}"
