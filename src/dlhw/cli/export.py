"""``dlhw cnn export`` and ``dlhw ocr export``: networks for other programs."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlhw import __version__
from dlhw.cli import options
from dlhw.cli.cnn_eval import Module

if TYPE_CHECKING:
    from dlhw.learning.export import Exported

Formats = Annotated[
    list[str] | None,
    typer.Option("--format", metavar="NAME", help="pt2 (torch.export) or onnx; twice for both.  [default: pt2]"),
]
Folder = Annotated[Path, typer.Option("--out", metavar="DIR", help="A folder for the files.", show_default=True)]


def export_classifier(
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Weights, a run, or landscapes, the package's.  [default: the newest finished run, else landscapes]",
        ),
    ] = None,
    module: Module = None,
    formats: Formats = None,
    out: Folder = Path("exported"),
    json: options.Json = False,
) -> None:
    """Write a network as a file that other programs run: images in, probabilities out.

    \b
    Examples:
      dlhw cnn export                             the newest network, for torch.export
      dlhw cnn export --format onnx --out site    for ONNX Runtime; needs the extra onnx
      dlhw cnn export --module mine.py:Network    a network of your own that dlhw cnn train --module trained
    """
    started = time.perf_counter()
    import torch

    from dlhw.cnn import export
    from dlhw.cnn.checkpoints import measured_checkpoint
    from dlhw.cnn.classifier import load_classifier
    from dlhw.cnn.own.network import own_network
    from dlhw.learning.export import check_formats
    from dlhw.learning.outputs import make_folder

    wanted = check_formats(formats or ["pt2"])
    make_folder(out)
    path = measured_checkpoint(checkpoint)
    own = own_network(module)
    classifier = load_classifier(path, device=torch.device("cpu"), module=own)
    with nullcontext() if own is None else own.in_charge("exporting"):
        files = export.export_classifier(classifier, out, wanted)
    _finish("cnn export", path, export.describe(classifier), files, started, json=json)


def export_recognizer(
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="Weights, a run, or a packaged recogniser by its name.  [default: the packaged one]"
        ),
    ] = None,
    formats: Formats = None,
    out: Folder = Path("exported"),
    json: options.Json = False,
) -> None:
    """Write a recogniser as files that other programs run: the encoder, and one step of the decoder.

    \b
    Examples:
      dlhw ocr export                                the packaged recogniser, for torch.export
      dlhw ocr export --format onnx --out onnx       for ONNX Runtime; needs the extra onnx
    """
    started = time.perf_counter()
    import torch

    from dlhw.learning.export import check_formats
    from dlhw.learning.outputs import make_folder
    from dlhw.ocr import export
    from dlhw.ocr.checkpoints import reading_checkpoint
    from dlhw.ocr.recognizer import load_recognizer

    wanted = check_formats(formats or ["pt2"])
    make_folder(out)
    path = reading_checkpoint(checkpoint)
    recognizer = load_recognizer(path, device=torch.device("cpu"))
    files = export.export_recognizer(recognizer, out, wanted)
    _finish("ocr export", path, export.describe(recognizer), files, started, json=json)


def _finish(
    command: str, checkpoint: Path, metadata: dict[str, Any], files: list[Exported], started: float, *, json: bool
) -> None:
    from dlhw.console.export import export_result
    from dlhw.console.streams import finish
    from dlhw.learning.packaged import reference

    document = {
        "command": command,
        "version": __version__,
        "checkpoint": reference(checkpoint),
        "files": [file.as_document() for file in files],
        "metadata": metadata,
        "seconds": round(time.perf_counter() - started, 3),
    }
    finish(document, export_result(document), json=json)
