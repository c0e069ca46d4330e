"""``dlhw ocr compare``: two recognisers on the same words."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from dlhw.cli import options
from dlhw.cli.ocr_eval import Beam, Data, Protocol
from dlhw.errors import UsageError


def compare(
    a: Annotated[
        Path | None,
        typer.Argument(metavar="A", help="Weights, a run directory or a name.  [default: attention]"),
    ] = None,
    b: Annotated[
        Path | None,
        typer.Argument(metavar="B", help="The same.  [default: no-attention]"),
    ] = None,
    data: Data = None,
    beam: Beam = None,
    protocol: Protocol = "exact",
    precision: options.Precision = "auto",
    max_megapixels: options.MaxMegapixels = 50.0,
    seed: options.Seed = None,
    device: options.Device = "auto",
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Compare two recognisers on the same words: does one make fewer errors, or is it chance?

    \b
    Examples:
      dlhw ocr compare                                       does attention help? The two of the package
      dlhw ocr compare reader attention --data words         two of the package, on your own words
      dlhw ocr compare runs/ocr-train/1 runs/ocr-train/2     two runs, on the test words of the first
      dlhw ocr compare runs/ocr-train/1 runs/ocr-train/2 --data words
    """
    started = time.perf_counter()
    if (a is None) != (b is None):
        raise UsageError("two recognisers are compared, got one", "name two, or none for those of the package")
    from dlhw.console import ocr_compare as views
    from dlhw.console.counting_display import track
    from dlhw.console.streams import finish, note, warn
    from dlhw.learning.device import choose_precision, configure
    from dlhw.learning.packaged import shown_as
    from dlhw.learning.seeds import check_seed
    from dlhw.ocr import comparison, evaluation
    from dlhw.ocr.checkpoints import recognizer_checkpoint
    from dlhw.ocr.evaluation_dataset import load_evaluation_dataset
    from dlhw.ocr.pretrained import ATTENTION, NO_ATTENTION, pretrained
    from dlhw.ocr.recognizer import load_recognizer
    from dlhw.ocr.second_look.reader import reader_for

    drawn = check_seed(42 if seed is None else seed)
    decoder = evaluation.choose_decoder(beam=beam, top_p=None, temperature=None, samples=None, seed=drawn)
    compute = configure(device, threads)
    chosen = choose_precision(precision, compute.device)
    paths = (
        (pretrained(ATTENTION), pretrained(NO_ATTENTION))
        if a is None or b is None
        else (recognizer_checkpoint(a), recognizer_checkpoint(b))
    )
    systems = [reader_for(load_recognizer(path, device=compute.device, precision=chosen), decoder) for path in paths]
    for label, path in zip("AB", paths, strict=True):
        note(f"{label}: {shown_as(path)}")
    measured = load_evaluation_dataset(
        paths[0],
        data,
        compared=paths[1],
        max_megapixels=max_megapixels,
        processes=compute.threads,
        track=lambda items, total: track(items, "images opened", total),
        preparing=note,
    )
    evaluations = [
        evaluation.evaluate(
            system,
            measured.words,
            decoder,
            protocol=protocol,
            seed=drawn,
            track=lambda items, total: track(items, "batches of words read", total),
        )
        for system in systems
    ]
    document = comparison.comparison_document(
        seed=drawn,
        systems=list(zip(paths, systems, evaluations, strict=True)),
        measured=measured,
        protocol=protocol,
        compute=compute,
        seconds=time.perf_counter() - started,
    )
    for warning in document["warnings"]:
        warn(warning)
    finish(document, views.comparison_result(document), json=json)
