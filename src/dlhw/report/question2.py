"""Question 2 on the page: three learning rates, batch normalisation with pooling, the parameter counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlhw.cnn.architecture import NETWORK_NAMES, NetworkName
from dlhw.cnn.checkpoints import load_labelled_images
from dlhw.cnn.classifier import load_classifier
from dlhw.cnn.counting import NetworkCount, count_network
from dlhw.cnn.evaluation import Evaluation, evaluate
from dlhw.cnn.reference_results import reference_result
from dlhw.cnn.settings import Settings, trial_name
from dlhw.learning.checkpoints import chosen_checkpoint
from dlhw.learning.curves import plot_curves
from dlhw.learning.intervals import wilson
from dlhw.learning.trial_folder import TrialFolder
from dlhw.plurals import counted, plural
from dlhw.report.section import Figure, Row, Section, Table, named
from dlhw.report.svg import as_svg
from dlhw.report.trainings import environments, to_repeat, train_landscapes, training_seconds
from dlhw.report.workplace import Workplace

RATES = (0.1, 0.01, 0.001)
BEST_RATE = 0.01
"""As the report found, and what it trains the second network with."""

REPORTED_PARAMETERS: dict[NetworkName, int] = {"flatten": 5_340_742, "gap": 756_742}
CURVES = (
    ("train_loss", "Training loss (cross-entropy)", None),
    ("validation_accuracy", "Validation accuracy", max),
)
SMALL = (3.6, 2.5)
"""Inches of a figure that stands beside another."""


def learning_rates(at: Workplace) -> Section:
    """2.1: the network that flattens, with three learning rates."""
    document = train_landscapes(at, _settings(at, "flatten", RATES))
    rows = [row for result in document["results"] for row in _rows(result, document)]
    best = _chosen_rate(document)
    remarks = [*_differences(at, document)]
    if best is not None and document["epochs"] >= Settings().epochs:
        agrees = "as in the report" if best == BEST_RATE else f"where the report found {BEST_RATE:g}"
        remarks.append(
            f"By validation accuracy {best:g} is the best learning rate, {agrees}. The report chose by test accuracy; "
            "a choice made by the test images is fitted to them, so the choice here is made by the validation "
            "images."
        )
    diverged = [result for result in document["results"] if result["status"] == "diverged"]
    remarks += [f"One training ended early: {result['reason']}." for result in diverged]
    rates = " ".join(f"--lr {rate:g}" for rate in RATES)
    return Section(
        rows=tuple(rows),
        command=f"dlhw cnn train {rates}{_options(at)}{to_repeat(at, document)}",
        data=_data(document),
        remarks=tuple(remarks),
        figures=_curve_figures(document, first_number=1),
        extra={**_confusion(at, document), "classes": len(document["data"]["classes"])},
        training_seconds=training_seconds(document),
        environments=environments(document),
    )


def pooling(at: Workplace) -> Section:
    """2.2: batch normalisation and global average pooling."""
    document = train_landscapes(at, _settings(at, "gap", (BEST_RATE,)))
    rows = [row for result in document["results"] for row in _rows(result, document)]
    return Section(
        rows=tuple(rows),
        command=f"dlhw cnn train --gap --lr {BEST_RATE:g}{_options(at)}{to_repeat(at, document)}",
        data=_data(document),
        remarks=(
            "Images and recipe are those of 2.1. The validation accuracy of this network jumps from epoch to epoch, "
            "since the running averages of batch normalisation are taken over batches of eight images: the last "
            "epoch, which the report gives, is partly luck. The best epoch by validation is the steadier number, and "
            "is given too.",
        ),
        figures=_curve_figures(document, first_number=7),
        extra=_confusion(at, document),
        training_seconds=training_seconds(document),
        environments=environments(document),
    )


def parameters(at: Workplace) -> Section:
    """2.3: how many parameters both networks have, and why."""
    at.tell("counting")
    counts = {name: count_network(name) for name in NETWORK_NAMES}
    exact = all(counts[name].parameters == reported for name, reported in REPORTED_PARAMETERS.items())
    titles = {"flatten": "Trainable parameters, flattening", "gap": "Trainable parameters, global average pooling"}
    return Section(
        rows=tuple(
            Row(quantity=titles[name], reported=reported, ours=counts[name].parameters, data="counted, layer by layer")
            for name, reported in REPORTED_PARAMETERS.items()
        ),
        command="dlhw cnn params",
        data="Counted in one forward pass of an image of 48×48.",
        remarks=() if exact else ("The counts are not those of the report: the networks are not the same.",),
        holds=exact,
        tables=(_counts_table(counts),),
    )


def _settings(at: Workplace, network: NetworkName, rates: tuple[float, ...]) -> Settings:
    return Settings(network=network, learning_rates=rates, epochs=at.scale.epochs, seed=at.seed)


def _options(at: Workplace) -> str:
    epochs = "" if at.scale.epochs == Settings().epochs else f" --epochs {at.scale.epochs}"
    return epochs + ("" if at.data is None else f" --data {at.data.name}")


def _rows(result: Mapping[str, Any], document: Mapping[str, Any]) -> list[Row]:
    rate = result["learning_rate"]
    # The recipe is the homework's, but for the number of epochs, of which the remarks tell.
    reported = reference_result(document["network"], rate, document["data"].get("classes", ()))
    images = {"validation": document["data"]["validation"], "test": document["data"]["test"]}
    diverged = result["status"] == "diverged"
    trained = len(_metrics(document, result))
    last = f"diverged in epoch {trained + 1}" if diverged else f"after epoch {trained}"
    rows = []
    for split in ("validation", "test"):
        accuracy = result[f"{split}_accuracy"]
        interval = None if accuracy is None else wilson(round(accuracy * images[split]), images[split])
        rows.append(
            Row(
                quantity=f"{split.capitalize()} accuracy, learning rate {rate:g}",
                reported=getattr(reported, f"{split}_accuracy", None),
                ours="diverged" if diverged else accuracy,
                low=interval.low if interval else None,
                high=interval.high if interval else None,
                data=f"{images[split]:,} images, {last}",
                summary=split == "test",
            )
        )
    best = result["best_test_accuracy"]
    if best is not None:
        interval = wilson(round(best * images["test"]), images["test"])
        rows.append(
            Row(
                quantity=f"Test at best validation, learning rate {rate:g}",
                reported=None,
                ours=best,
                low=interval.low,
                high=interval.high,
                data=f"{images['test']:,} images, after epoch {result['best_epoch']}",
                summary=False,
            )
        )
    return rows


def _chosen_rate(document: Mapping[str, Any]) -> float | None:
    return None if document["chosen"] is None else float(document["results"][document["chosen"]]["learning_rate"])


def _data(document: Mapping[str, Any]) -> str:
    data = document["data"]
    return (
        f"{named(data['source'])}: {data['train']:,} images to learn from, {data['validation']:,} to validate, "
        f"{data['test']:,} to test; batches of {document['batch_size']}, plain SGD, "
        f"{counted(document['epochs'], 'epoch')}, seed {document['seed']}, one training each."
    )


def _differences(at: Workplace, document: Mapping[str, Any]) -> list[str]:
    if at.data is None:
        said = (
            "The report does not name its data; these are landscapes that the program draws itself, so the results "
            "stand beside the report’s but cannot be compared with them."
        )
    else:
        said = (
            "The report does not name its data. Its results are consistent with scrambled pixels: images "
            "kept as rows of height × width × channels and read as channels first. Here every pixel is in its place."
        )
    full = Settings().epochs
    short = (
        f" Only {counted(document['epochs'], 'epoch')} in place of {full} {plural(document['epochs'], 'was')} trained."
        if document["epochs"] < full
        else ""
    )
    return [said + short]


def _curve_figures(document: Mapping[str, Any], *, first_number: int) -> tuple[Figure, ...]:
    """As in the report: for each learning rate the training loss, and the validation accuracy."""
    figures, network = [], document["network"]
    kind = "" if network == "flatten" else " with batch normalisation and global average pooling"
    for place, result in enumerate(document["results"]):
        rate, rows = result["learning_rate"], _metrics(document, result)
        for beside, (quantity, heading, best) in enumerate(CURVES):
            number = first_number + 2 * place + beside
            ended = f"; it diverged in epoch {len(rows) + 1}" if result["status"] == "diverged" else ""
            ring = ", the best one ringed" if best else ""
            figures.append(
                Figure(
                    name=f"Figure {number}",
                    caption=f"{heading} for a learning rate of {rate:g}{kind}{ring}{ended}.",
                    svg=as_svg(
                        plot_curves({"": rows}, quantity, best=best, size=SMALL),
                        name=f"figure-{number}",
                        alternative=f"{heading} over {counted(len(rows), 'epoch')}, learning rate {rate:g}.",
                    ),
                )
            )
    return tuple(figures)


def _metrics(document: Mapping[str, Any], result: Mapping[str, Any]) -> list[dict[str, Any]]:
    return TrialFolder(Path(document["run"]) / trial_name(result["learning_rate"], result["seed"])).metrics()


def _confusion(at: Workplace, document: Mapping[str, Any]) -> dict[str, Any]:
    """What the chosen network takes for what, or nothing where all diverged."""
    if document["chosen"] is None:
        return {}
    at.tell("evaluating on the test images", 0.97)
    checkpoint = chosen_checkpoint(Path(document["run"]))
    classifier = load_classifier(checkpoint, device=at.compute.device)
    result: Evaluation = evaluate(classifier, load_labelled_images(checkpoint, classifier.class_names).split)
    chosen = document["results"][document["chosen"]]
    accuracy = result.accuracy
    return {
        "confusion": {
            "classes": list(result.class_names),
            "counts": result.confusion.tolist(),
            "caption": f"Confusion matrix: learning rate {chosen['learning_rate']:g}, weights of epoch "
            f"{chosen['best_epoch']}, the best by validation, on {len(result.labels):,} test images; accuracy "
            f"{accuracy.value:.4f}, 95 % interval {accuracy.low:.4f} to {accuracy.high:.4f}.",
        }
    }


PARTS = {
    "convolutions": ("blocks.", "convolution"),
    "batch normalisation after convolutions": ("blocks.", "normalization"),
    "first hidden layer": ("hidden.0", "linear"),
    "second hidden layer": ("hidden.1", "linear"),
    "classifier": ("classifier", ""),
    "batch normalisation after hidden layers": ("hidden.", "normalization"),
}
"""How the names of a part's layers begin and end."""


def _counts_table(counts: Mapping[NetworkName, NetworkCount]) -> Table:
    rows: list[tuple[str, ...]] = []
    for part, (beginning, ending) in PARTS.items():
        sums = (
            sum(one.parameters for one in count.layers if one.name.startswith(beginning) and one.name.endswith(ending))
            for count in counts.values()
        )
        rows.append((part, *(f"{total:,}" if total else "–" for total in sums)))
    return Table(
        caption="Parameters by part. Nearly all of the difference lies in the first hidden layer.",
        columns=("part", *counts),
        rows=(*rows, ("total", *(f"{count.parameters:,}" for count in counts.values()))),
    )
