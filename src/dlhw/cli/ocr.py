"""``dlhw ocr``: Question 3 from the command line."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from dlhw import __version__
from dlhw.cli import options
from dlhw.errors import DataError

app = typer.Typer(help="Question 3: networks that read words.", no_args_is_help=True, rich_markup_mode=None)

MaxMegapixels = Annotated[
    float,
    typer.Option("--max-megapixels", metavar="N", help="Do not decode larger pictures.  [default: 50]"),
]


@app.command()
def check(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A folder of labelled pictures, or a label file.")],
    max_megapixels: MaxMegapixels = 50.0,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Read every labelled picture once, and list what is wrong, by file and line.

    \b
    Examples:
      dlhw ocr check words                 labels.tsv, labels.csv, NAME.gt.txt, gt.txt or words.txt within
      dlhw ocr check words/labels.csv      one label file
      dlhw ocr check words --json          for a program
    """
    started = time.perf_counter()
    from dlhw.console import words_check as views
    from dlhw.console.counted import counted
    from dlhw.console.streams import show, show_json
    from dlhw.ocr.check import describe_words
    from dlhw.ocr.sources import load_words

    loaded = load_words(
        data,
        max_megapixels=max_megapixels,
        counted=lambda items, total: counted(items, "pictures read", total),
    )
    document = {"command": "ocr check", "version": __version__, **describe_words(loaded)}
    document["seconds"] = round(time.perf_counter() - started, 3)
    if json:
        show_json(document)
    else:
        show(*views.check_result(document))
    if loaded.rejected:
        raise DataError(
            views.verdict(document),
            "training leaves these rows out; evaluation counts those with a usable label as missed",
        )
