"""``dlhw cnn predict``: what images show."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from dlhw import __version__
from dlhw.cli import options
from dlhw.cli.cnn_eval import Checkpoint, Module
from dlhw.cli.inputs import image_arguments, refuse_unread
from dlhw.cli.writing import Writing


def predict(
    images: Annotated[
        list[str],
        typer.Argument(metavar="IMAGE", help="Files, folders or patterns; - for standard input."),
    ],
    checkpoint: Checkpoint = None,
    module: Module = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write every image with its labels to this file.")
    ] = None,
    device: options.Device = "auto",
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Label images. One that cannot be read is reported, and the others are labelled.

    \b
    Examples:
      dlhw cnn predict holiday.jpg                    its label with its probability, and the next two
      dlhw cnn predict photos 'more/*.png' --json     folders and patterns, for a program
      find . -name '*.jpg' | dlhw cnn predict -       paths on standard input, one a line
      dlhw cnn predict photos --csv labels.csv        a table of all
      curl -s https://example.org/a.png | dlhw cnn predict -
    """
    started = time.perf_counter()
    from dlhw.cnn.checkpoints import measured_checkpoint
    from dlhw.cnn.classifier import load_classifier
    from dlhw.cnn.own.network import own_network
    from dlhw.cnn.prediction import predict as predict_images
    from dlhw.cnn.prediction import write_table
    from dlhw.console import cnn_eval, cnn_predict
    from dlhw.console.counting_display import track
    from dlhw.console.pages import tell_pages
    from dlhw.console.streams import finish
    from dlhw.learning.device import configure
    from dlhw.learning.outputs import check_outputs
    from dlhw.learning.packaged import reference

    compute = configure(device, threads)
    ranks = compute.ranks
    ranks.on_first(partial(check_outputs, csv))
    asked = ranks.on_first(lambda: image_arguments(images))
    with ranks.agreed():
        path = measured_checkpoint(checkpoint)
        classifier = load_classifier(path, device=compute.device, module=own_network(module))
    cnn_eval.tell_classifier(path, classifier.name, classifier.parameters)
    found = track(predict_images(classifier, asked, ranks=ranks), "images labelled", len(asked))
    rows = [prediction.as_document() for prediction in found]

    def conclude() -> None:
        tell_pages(rows, "labelled")
        document: dict[str, Any] = {
            "command": "cnn predict",
            "version": __version__,
            "checkpoint": reference(path),
            "network": classifier.name,
            "classes": list(classifier.class_names),
            "images": rows,
            "csv": None if csv is None else str(csv),
            "device": compute.name,
            "seconds": round(time.perf_counter() - started, 3),
        }
        writing = Writing(document)
        if csv is not None:
            with writing.attempt("csv"):
                write_table(csv, rows)
        finish(document, cnn_predict.prediction_result(document), json=json)
        writing.end()
        refuse_unread(rows, "labelled")

    ranks.on_first(conclude)
