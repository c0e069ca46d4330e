"""``dlhw cnn explain``: what a trained network looks at."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from dlhw import __version__
from dlhw.cli import options
from dlhw.cli.cnn_eval import Checkpoint, Data, Module
from dlhw.cli.inputs import image_arguments
from dlhw.errors import DataError, UsageError
from dlhw.plurals import part_of

AT_MOST = 48
"""Images on one sheet."""


def explain(
    images: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMAGE",
            help="Files, folders or patterns; - for standard input.  [default: test images]",
            show_default=False,
        ),
    ] = None,
    checkpoint: Checkpoint = None,
    module: Module = None,
    data: Data = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="The folder for the drawings.  [default: figures/explain in its run; explain here for weights "
            "without one]",
        ),
    ] = None,
    device: options.Device = "auto",
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Draw what a trained network looks at: Grad-CAM, filters, feature maps, its most confident mistakes.

    \b
    Examples:
      dlhw cnn explain                               the newest run, on a few test images of each class
      dlhw cnn explain holiday.jpg --out images      what raises the score of its label, and of the next likeliest
      dlhw cnn explain --data intel48                on other images of the same classes
      dlhw cnn explain --module mine.py:Network      a network of your own: Grad-CAM on its last convolution
    """
    started = time.perf_counter()
    from dlhw.cnn import explanation
    from dlhw.cnn.checkpoints import figures_folder, load_labelled_images, measured_checkpoint
    from dlhw.cnn.classifier import load_classifier
    from dlhw.cnn.evaluation import evaluate
    from dlhw.cnn.own.network import own_network
    from dlhw.cnn.prediction import open_images
    from dlhw.console import cnn_eval, cnn_explain
    from dlhw.console.streams import finish
    from dlhw.learning.device import configure
    from dlhw.learning.outputs import make_folder
    from dlhw.learning.packaged import reference, shown_as

    asked = image_arguments(images or [])
    if len(asked) > AT_MOST:
        raise UsageError(
            f"explain draws at most {AT_MOST} images, got {len(asked):,}",
            "name fewer, or label all of them with dlhw cnn predict",
        )
    opened = [one for chunk in open_images(asked) for one in chunk]
    own = [explanation.Shown(name=one.name, image=one.image) for one in opened if one.image is not None]
    failed = [one for one in opened if one.error is not None]
    if images and not own:
        raise DataError(f"{failed[0].name} cannot be read: {failed[0].error}", "there is no image to explain")
    compute = configure(device, threads)
    path, theirs = measured_checkpoint(checkpoint), own_network(module)
    folder = out or figures_folder(path)
    make_folder(folder)
    classifier = load_classifier(path, device=compute.device, module=theirs)
    cnn_eval.tell_classifier(path, classifier.name, classifier.parameters)
    shown, labelled, result, maps = own, None, None, None
    if data is not None or not own:  # the user's own images need no others beside them
        labelled = load_labelled_images(path, classifier.class_names, data)
        cnn_eval.tell_labelled(labelled.describe(), skipped=labelled.skipped, remarks=labelled.remarks)
        shown = own or explanation.examples_of_each_class(labelled.split, classifier.class_names)
    with nullcontext() if theirs is None else theirs.in_charge("explaining"):
        explained = explanation.explain(classifier, shown)
        if labelled is not None:
            result = evaluate(classifier, labelled.split)
    if theirs is None:
        maps = explanation.feature_maps(classifier, shown[0])

    from dlhw.cnn import figures_explain as drawing  # here, so that what cannot be drawn is said sooner

    title = f"{classifier.name}, {shown_as(path)}"
    draw_evidence = drawing.draw_evidence if own else drawing.draw_class_evidence
    figures = [draw_evidence(explained, folder / "grad-cam.png", title=title)]
    if maps is not None:  # the layers of a person's network are not known
        filters = explanation.first_filters(classifier.landscape_network)
        figures.append(drawing.draw_filters(filters, folder / "filters.png", title=title))
        figures.append(drawing.draw_feature_maps(maps, folder / "feature-maps.png", title=title))
    if labelled is not None and result is not None:
        title += f", {cnn_eval.named_split(labelled.split_name)}images of {labelled.source}"
        figures.append(drawing.draw_mistakes(result, labelled.split, folder / "mistakes.png", title=title))
    rest = iter(explained)
    rows = [
        next(rest).as_document() if one.error is None else {"image": one.name, "error": one.error} for one in opened
    ]
    rows += [one.as_document() for one in rest]  # test images
    document = {
        "command": "cnn explain",
        "version": __version__,
        "checkpoint": reference(path),
        "network": classifier.name,
        "data": None if labelled is None else labelled.describe(),
        "images": rows,
        "feature_maps": None if maps is None else maps.as_document(),
        "mistakes": None if result is None else explanation.describe_mistakes(result),
        "out": str(folder),
        "figures": [str(figure) for figure in figures],
        "device": compute.name,
        "seconds": round(time.perf_counter() - started, 3),
    }
    finish(document, cnn_explain.explanation_result(document), json=json)
    if failed:
        others = "the others are drawn" if len(failed) < len(opened) else ""
        raise DataError(f"{part_of(len(failed), len(opened), 'image')} could not be read", others)
