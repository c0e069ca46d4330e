"""``dlhw cnn eval``: how well a trained network tells landscapes apart."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from dlhw import __version__
from dlhw.cli import options
from dlhw.cli.writing import Writing

Checkpoint = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint",
        metavar="PATH",
        help="Weights, a run, or landscapes, the package's.  [default: the newest finished run, else landscapes]",
    ),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="PATH", help="An archive or a folder.  [default: what its run learnt from]"),
]
Split = Annotated[
    Literal["train", "validation", "test"] | None,
    typer.Option(
        "--split", metavar="NAME", help="train, validation or test.  [default: test, or all of --data without splits]"
    ),
]


Module = Annotated[
    str | None,
    typer.Option(
        "--module",
        metavar="FILE.py:NAME",
        help="Your own network, whose weights these are. The file is executed: name only files that you trust.",
    ),
]


def evaluate(
    checkpoint: Checkpoint = None,
    module: Module = None,
    data: Data = None,
    split: Split = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the confusion matrix to this file.")] = None,
    predictions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every image's probabilities to this file, as CSV.")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw the confusion matrix into this folder.")
    ] = None,
    device: options.Device = "auto",
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Measure a trained network: accuracy with its interval, precision and recall, the confusion matrix.

    \b
    Examples:
      dlhw cnn eval                                       the newest run, on the test images it never saw
      dlhw cnn eval --checkpoint runs/cnn-train/1         another run, or a best.safetensors
      dlhw cnn eval --data intel48 --figures report       other images of the same classes, and a drawing
      dlhw cnn eval --csv confusion.csv --json            for a spreadsheet, and for a program
    """
    started = time.perf_counter()
    from dlhw.cnn import evaluation as evaluations
    from dlhw.cnn.checkpoints import load_labelled_images, measured_checkpoint
    from dlhw.cnn.classifier import load_classifier
    from dlhw.cnn.own.network import own_network
    from dlhw.console import cnn_eval as views
    from dlhw.console.streams import finish
    from dlhw.learning.device import configure
    from dlhw.learning.outputs import check_outputs
    from dlhw.learning.packaged import reference

    compute = configure(device, threads)
    ranks = compute.ranks

    ranks.on_first(partial(check_outputs, csv, predictions, folder=figures))
    with ranks.agreed():
        path = measured_checkpoint(checkpoint)
        classifier = load_classifier(path, device=compute.device, module=own_network(module))
        views.tell_classifier(path, classifier.name, classifier.parameters)
        labelled = load_labelled_images(path, classifier.class_names, data, split=split)
    views.tell_labelled(labelled.describe(), skipped=labelled.skipped, remarks=labelled.remarks)
    result = evaluations.evaluate(classifier, labelled.split, ranks=ranks)

    def conclude() -> None:
        document = {
            "command": "cnn eval",
            "version": __version__,
            "checkpoint": reference(path),
            "network": classifier.name,
            "parameters": classifier.parameters,
            "data": labelled.describe(),
            **result.as_document(),
            "csv": None if csv is None else str(csv),
            "predictions": None if predictions is None else str(predictions),
            "figures": [],
            "device": compute.name,
            "threads": compute.threads,
        }
        writing = Writing(document)
        if csv is not None:
            with writing.attempt("csv"):
                evaluations.write_confusion(csv, result)
        if predictions is not None:
            with writing.attempt("predictions"):
                evaluations.write_predictions(predictions, result)
        if figures is not None:
            from dlhw.cnn.figures_confusion import draw_confusion

            with writing.attempt("figures"):
                drawn = draw_confusion(result, figures / "confusion-matrix.png", title=views.title(document))
                document["figures"] = [str(drawn)]
        document["seconds"] = round(time.perf_counter() - started, 3)
        finish(document, views.evaluation_result(document), json=json)
        writing.end()

    ranks.on_first(conclude)
