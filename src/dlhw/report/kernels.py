"""Question 2.4 on the page: why small kernels, why pooling, measured by ``dlhw cnn study``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dlhw.cnn.study.figures import plot_study
from dlhw.cnn.study.settings import SHORT, Settings
from dlhw.plurals import counted
from dlhw.report.section import Figure, Row, Section, Table, named
from dlhw.report.svg import as_svg
from dlhw.report.trainings import environments, study_kernels, to_repeat, training_seconds
from dlhw.report.workplace import Workplace

EPOCHS = 8
"""Of the whole study: eleven networks, each of whose learning rates has fallen to nothing by then."""

QUANTITIES = {
    ("kernels", "two-3x3"): "Two 3×3 for one 5×5, accuracy",
    ("kernels", "three-3x3"): "Three 3×3 for one 7×7, accuracy",
    ("pooling", "average-pooling"): "Average for maximum, accuracy",
    ("pooling", "stride"): "Stride 2 for pooling, accuracy",
    ("pooling", "no-pooling"): "No pooling at all, accuracy",
    ("normalization", "flatten-normalized"): "Batch normalisation alone, accuracy",
    ("normalization", "gap-plain"): "Global average pooling alone, accuracy",
    ("normalization", "gap"): "Both, accuracy",
}
"""What each comparison measures, by its name and its variant."""

ARGUED = {"kernels", "pooling"}
"""Comparisons of what the report argues in 2.4; the others take apart what it changed at once in 2.2."""


def small_kernels(at: Workplace) -> Section:
    """2.4: small kernels and pooling."""
    settings = Settings(**(SHORT if at.scale.short_study else {"epochs": EPOCHS}), seed=at.seed)
    document = study_kernels(at, settings)
    remarks = [
        "The report argues; here each argument is a pair of networks that differ in nothing else: the second network "
        "of 2.2 with one thing changed, trained by one recipe that is fair to all, which is not the homework’s. "
        "Differences are taken image by image on the same test images; below zero, the change costs accuracy."
    ]
    if at.scale.short_study:
        remarks.append(
            f"So short a study, {counted(settings.epochs, 'epoch')} of {settings.images:,} images, shows only "
            "large differences; the most expensive variants are left out."
        )
    return Section(
        rows=tuple(_rows(document)),
        command=_command(at, document),
        data=_data(document),
        remarks=tuple(remarks),
        figures=(
            Figure(
                name="Figure D",
                caption="Accuracy on the test images after the last epoch, with 95 % intervals from these images; "
                "a ring marks what a network is compared with, and at the right stands the difference in points, bold "
                "where its interval leaves out zero.",
                svg=as_svg(
                    plot_study(document, costs=False),
                    name="study",
                    alternative="Test accuracies of networks with other kernels, poolings and heads, each beside the "
                    "one that it is compared with.",
                ),
                wide=True,
            ),
        ),
        tables=(_costs(document),),
        training_seconds=training_seconds(document),
        environments=environments(document),
    )


def _command(at: Workplace, document: Mapping[str, Any]) -> str:
    data = "" if at.data is None else f" --data {at.data.name}"
    # The short study has no command of its own.
    alone = f"dlhw reproduce --{at.scale.name} --only {at.question}"
    return (alone if at.scale.short_study else f"dlhw cnn study --epochs {EPOCHS}") + data + to_repeat(at, document)


def _rows(document: Mapping[str, Any]) -> Iterator[Row]:
    for comparison in document["comparisons"]:
        for entry in comparison["entries"]:
            difference = entry["difference"]
            quantity = QUANTITIES.get((comparison["name"], entry["variant"]))
            if difference is None or quantity is None:
                continue
            argued = comparison["name"] in ARGUED
            yield Row(
                quantity=quantity,
                reported="argued" if argued else None,
                ours="diverged" if difference["value"] is None else difference["value"],
                low=difference["low"],
                high=difference["high"],
                data=f"{document['data']['test']:,} test images",
                summary=argued,
                signed=True,
            )


def _data(document: Mapping[str, Any]) -> str:
    data = document["data"]
    return (
        f"{named(data['source'])}: {data['train']:,} images to learn from, {data['test']:,} to test; AdamW with a "
        f"one-cycle schedule up to {document['learning_rate']:g}, batches of {document['batch_size']}, "
        f"{counted(document['epochs'], 'epoch')}, seed {document['seed']}, one training each."
    )


def _costs(document: Mapping[str, Any]) -> Table:
    rows: list[tuple[str, ...]] = []
    for variant in document["variants"]:
        accuracy = variant["accuracy"]["value"]
        rows.append(
            (
                variant["name"],
                "diverged" if accuracy is None else f"{accuracy:.4f}",
                f"{variant['parameters']:,}",
                f"{variant['macs'] / 1e6:.1f} million",
                f"{variant['receptive_field']}×{variant['receptive_field']}",
                f"{variant['step']['milliseconds']:.1f} ms",
            )
        )
    return Table(
        caption="What the networks of the study cost: parameters, multiply-adds an image, the pixels that a number in "
        f"the last maps depends on, after any pooling, and the time of a step on {document['device']}.",
        columns=("network", "accuracy", "parameters", "multiply-adds", "sees", "a step"),
        rows=tuple(rows),
    )
