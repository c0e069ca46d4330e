"""``dlhw ocr``: Question 3 from the command line."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from dlhw import __version__
from dlhw.cli import options
from dlhw.cli.commands import Command, Group
from dlhw.cli.export import export_recognizer
from dlhw.cli.ocr_compare import compare
from dlhw.cli.ocr_eval import evaluate
from dlhw.cli.ocr_read import read
from dlhw.cli.training import TrainingOptions, given_options, open_experiment
from dlhw.cli.training import train as run_training
from dlhw.errors import DataError, UsageError

HELP = """Question 3: networks that read words.

\b
Examples:
  dlhw ocr read word.png             what is written there?
  dlhw ocr eval --beam 3             error rates of the packaged recogniser, or of the one just trained
  dlhw ocr train                     train one, on words it renders itself
  dlhw ocr check words               find what is wrong with labelled images
"""

app = typer.Typer(cls=Group, help=HELP, no_args_is_help=True, rich_markup_mode=None)


SplitName = Literal["train", "validation", "test"]
DifficultyName = Literal["plain", "full", "reader"]
IN_A_FOLDER = 1000
ON_A_SHEET = 150

Language = Annotated[
    str | None,
    typer.Option("--language", metavar="CODE", help="Words of this language, such as de.  [default: en]"),
]
WordList = Annotated[
    Path | None,
    typer.Option("--word-list", metavar="FILE", help="Your own words, one a line; after a tab a weight, if any."),
]
LearntFonts = Annotated[
    Path | None, typer.Option("--fonts", metavar="DIR", help="Fonts to learn from, besides the system's.")
]
RenderedFonts = Annotated[
    Path | None,
    typer.Option(
        "--fonts", metavar="DIR", help="Fonts besides the system's; validation and test words use these alone."
    ),
]


@app.command(cls=Command)
@options.with_options(TrainingOptions)
def train(
    attention: Annotated[
        bool | None,
        typer.Option(
            "--attention/--no-attention",
            help="Look at the image at every letter, or only once, before the first.  [default: attention]",
            show_default=False,
        ),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="quick; shipped, which made attention; reader, for harder words; reader-gpu, the same in larger "
            "batches.  [default: quick]",
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(metavar="N", help="Rounds of training.  [default: 10]")] = None,
    words: Annotated[
        int | None,
        typer.Option(metavar="N", help="Rendered words an epoch, new ones each time.  [default: 16384]"),
    ] = None,
    lr: Annotated[
        float | None,
        typer.Option("--lr", metavar="RATE", help="Highest learning rate.  [default: 0.002; with --from 0.0005]"),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(metavar="N", help="Stop when N epochs in a row were no better.  [default: never]"),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option("--from", metavar="CHECKPOINT", help="Fine-tune these weights; new letters are added."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Labelled images, as dlhw ocr check reads them.  [default: rendered words]"),
    ] = None,
    images: options.Images = None,
    language: Language = None,
    word_list: WordList = None,
    fonts: LearntFonts = None,
    precision: options.Precision = "auto",
    max_megapixels: options.MaxMegapixels = 50.0,
    seed: options.Seed = None,
    seeds: options.Seeds = None,
    *,
    asked: TrainingOptions,
) -> None:
    """Train a network to read words, on words it renders itself or on your own.

    \b
    Examples:
      dlhw ocr train                                       with attention, on rendered English words
      dlhw ocr train --no-attention                        the homework's first network
      dlhw ocr train --epochs 2 --words 8192               a first look, in a few minutes
      dlhw ocr train --data words --from runs/ocr-train/1  fine-tune a recogniser on your own images
      dlhw ocr train --recipe shipped                      as the package's recogniser was made, in some hours
      dlhw ocr train --seeds 3                             how far seeds differ: mean and deviation
      dlhw ocr train --resume                              continue the newest unfinished run
    """
    if images is not None and data is None and not asked.resume:
        raise UsageError("--images says where the images of --data lie, and no --data was given", "give --data too")
    from dlhw.console import ocr_train as views
    from dlhw.ocr.checkpoints import recognizer_checkpoint
    from dlhw.ocr.experiment import WordExperiment, has_attention
    from dlhw.ocr.recipe import TUNING_RATE, find_recipe
    from dlhw.ocr.settings import Settings
    from dlhw.ocr.training_dataset import Request

    given = given_options(
        attention=attention,
        epochs=epochs,
        words=words,
        learning_rate=TUNING_RATE if lr is None and start and recipe in {None, "quick"} else lr,
        patience=patience,
        precision=None if precision == "auto" else precision,
        seed=seed,
        seeds=seeds,
    )
    if asked.resume and recipe is not None:  # all of it has to agree, but for the epochs, by which a run is extended
        given = {name: value for name, value in asdict(find_recipe(recipe)).items() if name != "epochs"} | given
    if start is not None:
        start = recognizer_checkpoint(start)
        given.setdefault("attention", has_attention(start))
    request = Request(
        data=data,
        images=images,
        language=language,
        word_list=word_list,
        fonts=fonts,
        max_megapixels=max_megapixels,
        start=start,
    )
    opening = open_experiment(
        WordExperiment, lambda: Settings.of_recipe(recipe or "quick", **given), given, request, asked
    )
    views.tell_preparing(str(data) if data else None, resumes=asked.resume)

    def tell(experiment: WordExperiment) -> str:
        described, rejected = experiment.data.describe(), experiment.data.rejected
        views.show_training_dataset(described, rejected=rejected, warnings=experiment.warnings())
        return views.training_title(experiment.settings.attention, described, str(experiment.run.directory))

    run_training(opening, asked, tell=tell, result=views.training_result)


@app.command(cls=Command)
def check(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A folder of labelled images, or a label file.")],
    images: options.Images = None,
    max_megapixels: options.MaxMegapixels = 50.0,
    json: options.Json = False,
) -> None:
    """Read every labelled image once, and list what is wrong, by file and line.

    \b
    Examples:
      dlhw ocr check words                        labels.tsv, labels.json, gt.txt, NAME.gt.txt or others within
      dlhw ocr check words/labels.csv             one label file
      dlhw ocr check gt.txt --images scans        one whose images lie somewhere else
      dlhw ocr check words --json                 for a program
    """
    started = time.perf_counter()
    from dlhw.console import words_check as views
    from dlhw.console.counting_display import track
    from dlhw.console.streams import finish
    from dlhw.ocr.check import describe_words
    from dlhw.ocr.sources import load_words

    loaded = load_words(
        data,
        images=images,
        max_megapixels=max_megapixels,
        track=lambda items, total: track(items, "images read", total),
    )
    document = {"command": "ocr check", "version": __version__, **describe_words(loaded)}
    document["seconds"] = round(time.perf_counter() - started, 3)
    finish(document, views.check_result(document), json=json)
    if loaded.rejected:
        raise DataError(
            views.verdict(document),
            "training leaves these rows out; evaluation counts those with a usable label as missed",
        )


@app.command(cls=Command)
def render(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="A new folder for the images and labels.tsv."),
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
        typer.Option(
            "--difficulty",
            metavar="NAME",
            help="plain (black on white), full, or reader: harder, and a sheet has a row a kind.",
            show_default=True,
        ),
    ] = "full",
    language: Language = None,
    word_list: WordList = None,
    fonts: RenderedFonts = None,
    seed: options.Seed = None,
    json: options.Json = False,
) -> None:
    """Render words as the recogniser learns them: a folder of labelled images, or a sheet to look at.

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
        raise UsageError(f"--count must be 1 or more, got {count}")

    from dlhw.console import ocr_render as views
    from dlhw.console.streams import finish, note
    from dlhw.ocr.data import DATA_SEED
    from dlhw.ocr.rendering import export
    from dlhw.ocr.rendering.rendered import rendered_words
    from dlhw.ocr.words.source import WordSource
    from dlhw.plurals import counted

    seed = DATA_SEED if seed is None else seed
    if sheet:
        export.check_sheet(sheet, count)
    if out:
        export.refuse_used(out)
    source = WordSource.checked(language, word_list)
    words = rendered_words(source, split, seed=seed, fonts_folder=fonts, difficulty=difficulty)
    words.text(0)  # a list too short for its split shall not leave an empty folder behind
    views.tell_fonts(words.fonts.broken)
    if out:
        export.make_folder(out)
        note(f"rendering {counted(count, 'word')} of {source.name}")
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
    finish(document, views.render_result(document), json=json)


app.command("eval", cls=Command)(evaluate)
app.command(cls=Command)(read)
app.command(cls=Command)(compare)
app.command("export", cls=Command)(export_recognizer)
