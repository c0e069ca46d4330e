"""``dlhw ocr``: Question 3 from the command line."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from dlhw import __version__
from dlhw.cli import options
from dlhw.errors import UsageError

app = typer.Typer(help="Question 3: networks that read words.", no_args_is_help=True, rich_markup_mode=None)

SplitName = Literal["train", "validation", "test"]
DifficultyName = Literal["plain", "full"]
IN_A_FOLDER = 1000
ON_A_SHEET = 150
SEED = 42

Language = Annotated[
    str | None,
    typer.Option("--language", metavar="CODE", help="Words of this language, such as de.  [default: en]"),
]
WordList = Annotated[
    Path | None,
    typer.Option("--word-list", metavar="FILE", help="Words of one's own: one a line, perhaps a tab and a weight."),
]
Fonts = Annotated[
    Path | None,
    typer.Option("--fonts", metavar="DIR", help="More fonts for training words, besides the system's."),
]


@app.command()
def render(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="A new folder for the pictures and labels.tsv."),
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", metavar="FILE.png", help="A contact sheet to look at.")
    ] = None,
    count: Annotated[
        int | None,
        typer.Option("--count", metavar="N", help="How many words.  [default: 1000, or 150 for a sheet alone]"),
    ] = None,
    split: Annotated[
        SplitName, typer.Option("--split", metavar="NAME", help="train, validation or test.", show_default=True)
    ] = "train",
    difficulty: Annotated[
        DifficultyName,
        typer.Option("--difficulty", metavar="NAME", help="plain (black on white) or full.", show_default=True),
    ] = "full",
    language: Language = None,
    word_list: WordList = None,
    fonts: Fonts = None,
    seed: options.Seed = None,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Render words as the recogniser learns them: a folder of labelled pictures, or a sheet to look at.

    \b
    Examples:
      dlhw ocr render --sheet words.png                        150 words on one sheet
      dlhw ocr render --sheet plain.png --difficulty plain     the same words, as printed
      dlhw ocr render --out words --count 5000 --language de   German, with labels.tsv
    """
    started = time.perf_counter()
    if out is None and sheet is None:
        raise UsageError("there is nothing to write", "give --out DIR for a folder, --sheet FILE.png to look at words")
    count = count if count is not None else IN_A_FOLDER if out else ON_A_SHEET
    if count < 1:
        raise UsageError(f"--count must be 1 or more; {count} came")
    seed = SEED if seed is None else seed

    from dlhw.console import ocr as views
    from dlhw.console.streams import show, show_json
    from dlhw.ocr import export
    from dlhw.ocr.chunks import rendered_words
    from dlhw.ocr.words import WordSource

    if sheet:
        export.check_sheet(sheet, count)
    source = WordSource.checked(language, word_list)
    words = rendered_words(source, split, seed=seed, fonts_folder=fonts, difficulty=difficulty)
    words.text(0)  # a list too short for its split shall not leave an empty folder behind
    views.tell_fonts(words.fonts.broken)
    if out:
        export.check_folder(out)
        views.tell_rendering(count, source.name)
        export.write_folder(words, count, out)
    if sheet:
        export.write_sheet(words, count, sheet)
    document = {
        "command": "ocr render",
        "version": __version__,
        "seed": seed,
        "words": count,
        "source": source.name,
        "words_hash": source.words_hash,
        "split": split,
        "difficulty": difficulty,
        "characters": source.characters,
        "fonts": {
            "faces": len(words.fonts.faces),
            "hash": words.fonts.fonts_hash,
            "skipped": list(words.fonts.broken),
        },
        "out": str(out) if out else None,
        "sheet": str(sheet) if sheet else None,
        "seconds": round(time.perf_counter() - started, 3),
    }
    if json:
        show_json(document)
    else:
        show(*views.render_result(document))
