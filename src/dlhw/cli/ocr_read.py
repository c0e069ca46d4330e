"""``dlhw ocr read``: what is written in images."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from dlhw import __version__
from dlhw.cli import options
from dlhw.cli.inputs import allowing, image_stream, refuse_unread
from dlhw.cli.ocr_eval import Allow, Lexicon, Prior, SecondLook
from dlhw.cli.ocr_read_lines import check_alone, write_lines
from dlhw.cli.writing import Writing
from dlhw.errors import DataError


def read(
    images: Annotated[
        list[str],
        typer.Argument(metavar="IMAGE...", help="Files, folders or patterns; - for standard input."),
    ],
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Weights, a run, reader, no-attention or attention.  [default: reader]"),
    ] = None,
    beam: Annotated[
        int | None,
        typer.Option("--beam", metavar="K", help="Show the K likeliest texts.  [default: 1 of a search for 3]"),
    ] = None,
    attention_images: Annotated[
        Path | None,
        typer.Option("--attention-images", metavar="DIR", help="Draw where the network looked for each letter."),
    ] = None,
    second_look: SecondLook = None,
    prior: Prior = None,
    allow: Allow = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write every image with its candidates to this file.")
    ] = None,
    jsonl: Annotated[
        Path | None,
        typer.Option(
            "--jsonl", metavar="FILE", help="Append a line of JSON for each image that FILE does not have yet."
        ),
    ] = None,
    lexicon: Lexicon = None,
    precision: options.Precision = "auto",
    max_megapixels: options.MaxMegapixels = 50.0,
    device: options.Device = "auto",
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Read images of words. One that cannot be read is reported, and the others are read.

    \b
    Examples:
      dlhw ocr read word.png                         its text and its probability
      dlhw ocr read scans --beam 3                   every image in a folder, with three proposals each
      dlhw ocr read 'scans/*.jpg' --json             for a program
      dlhw ocr read - < word.png                     from standard input; or paths, one a line
      dlhw ocr read signs --lexicon streets.txt      only what a list has, one text a line
      dlhw ocr read meters --allow 0123456789.       numbers alone
      dlhw ocr read scans --csv texts.csv            a table of all
      find . -name '*.png' | dlhw ocr read - --jsonl texts.jsonl  any number; repeat the command to continue
      dlhw ocr read word.png --attention-images eyes  where the network looked for each letter
    """
    started = time.perf_counter()
    from dlhw.console import ocr_read as views
    from dlhw.console.counting_display import track
    from dlhw.console.pages import tell_pages
    from dlhw.console.streams import finish
    from dlhw.learning.device import choose_precision, configure
    from dlhw.learning.outputs import check_outputs, make_folder
    from dlhw.learning.packaged import reference, shown_as
    from dlhw.ocr.checkpoints import reading_checkpoint
    from dlhw.ocr.decoding.beam import BeamSearch
    from dlhw.ocr.decoding.interface import LONGEST
    from dlhw.ocr.evaluation import BEAM
    from dlhw.ocr.figures.attention import write_attention
    from dlhw.ocr.reading import read_chunk, read_images
    from dlhw.ocr.recognizer import load_recognizer
    from dlhw.ocr.second_look.reader import reader_for

    decoder = BeamSearch(width=BEAM if beam is None else beam, max_length=LONGEST)
    if jsonl is not None:
        check_alone(jsonl, csv=csv, attention_images=attention_images, json=json)
    compute = configure(device, threads)
    ranks = compute.ranks
    ranks.on_first(partial(check_outputs, csv))
    stream = image_stream(images) if ranks.leads else iter(())
    asked = [] if jsonl else ranks.on_first(lambda: list(stream))
    with ranks.agreed():
        path = reading_checkpoint(checkpoint)
        recognizer = load_recognizer(path, device=compute.device, precision=choose_precision(precision, compute.device))
        recognizer = allowing(recognizer, allow, lexicon=lexicon)
        reader = reader_for(recognizer, decoder, second_look=second_look, prior=prior, lexicon=lexicon)
        if attention_images is not None and not recognizer.attends:
            raise DataError(f"{reference(path)} is a network without attention", "leave --attention-images out")
    views.tell_reader(shown_as(path), reader.describe())
    if jsonl is not None:
        one_chunk = partial(read_chunk, reader, decoder=decoder, max_megapixels=max_megapixels)
        described = {"version": __version__, "checkpoint": reference(path), "beam": decoder.width, **reader.describe()}
        described |= {"allow": allow, "device": compute.name}
        write_lines(jsonl, one_chunk, stream, described, started, json=json, ranks=ranks)
        return
    drawing = attention_images is not None
    found = read_images(
        reader, asked, decoder, max_megapixels=max_megapixels, attention=drawing, letters=json, ranks=ranks
    )
    if attention_images is not None and ranks.leads:
        make_folder(attention_images)
        found = write_attention(found, attention_images)
    rows = [image.as_document() for image in track(found, "images read", len(asked))]

    def conclude() -> None:
        tell_pages(rows, "read")
        views.tell_wide(rows)
        document: dict[str, Any] = {
            "command": "ocr read",
            "version": __version__,
            "checkpoint": reference(path),
            "beam": decoder.width,
            **reader.describe(),
            "images": rows,
            "allow": allow,
            "csv": None if csv is None else str(csv),
            "attention_images": None if attention_images is None else str(attention_images),
            "device": compute.name,
            "seconds": round(time.perf_counter() - started, 3),
        }
        writing = Writing(document)
        if csv is not None:
            from dlhw.ocr.word_table import write_readings

            with writing.attempt("csv"):
                write_readings(csv, rows, k=decoder.width)
        finish(document, views.reading_result(document, candidates=beam is not None), json=json)
        writing.end()
        refuse_unread(rows, "read")

    ranks.on_first(conclude)
