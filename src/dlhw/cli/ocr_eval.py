"""``dlhw ocr eval``: how well words are read."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from dlhw import __version__
from dlhw.cli import options
from dlhw.cli.inputs import allowing
from dlhw.cli.writing import Writing
from dlhw.errors import UsageError

Checkpoint = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint",
        metavar="PATH",
        help="Weights, a run, reader, no-attention or attention.  [default: the newest finished run, else reader]",
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="PATH", help="Labelled images, as dlhw ocr check reads them.  [default: its test words]"
    ),
]
Beam = Annotated[
    int | None,
    typer.Option("--beam", metavar="K", help="Search for the K likeliest texts; 1 is greedy.  [default: 3]"),
]
Protocol = Annotated[
    Literal["exact", "nocase", "alnum36"],
    typer.Option(
        "--protocol",
        metavar="NAME",
        help="exact, nocase, or alnum36: a–z and 0–9 alone, as papers compare.",
    ),
]


SecondLook = Annotated[
    bool | None,
    typer.Option(
        "--second-look/--no-second-look",
        help="Read words in doubt again from other views.  [default: with reader]",
        show_default=False,
    ),
]
Prior = Annotated[
    str | None,
    typer.Option(
        "--prior", metavar="CODE", help="A language whose words are likelier, or none.  [default: en with reader]"
    ),
]

Lexicon = Annotated[
    Path | None,
    typer.Option("--lexicon", metavar="FILE", help="Read only the texts in this file, one a line."),
]

Allow = Annotated[
    str | None,
    typer.Option("--allow", metavar="CHARACTERS", help="Write only these characters, as in --allow 0123456789."),
]


def evaluate(
    checkpoint: Checkpoint = None,
    data: Data = None,
    images: options.Images = None,
    beam: Beam = None,
    top_p: Annotated[
        float | None,
        typer.Option("--top-p", metavar="P", help="Draw texts from the likeliest letters that have P together."),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(metavar="T", help="With --top-p: below 1 likely letters get likelier.  [default: 1]"),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(metavar="N", help="With --top-p: texts drawn for a word.  [default: 3]")
    ] = None,
    kinds: Annotated[
        bool,
        typer.Option("--kinds", help="Read rendered words of every kind, and show an error rate for each."),
    ] = False,
    protocol: Protocol = "exact",
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every word with its candidates to this file.")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw confusions, worst words and calibration into this folder.")
    ] = None,
    second_look: SecondLook = None,
    prior: Prior = None,
    allow: Allow = None,
    lexicon: Lexicon = None,
    methods: Annotated[
        bool, typer.Option("--methods", help="Also measure the second look and the prior, alone and together.")
    ] = False,
    precision: options.Precision = "auto",
    max_megapixels: options.MaxMegapixels = 50.0,
    seed: options.Seed = None,
    device: options.Device = "auto",
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Measure how well words are read: error rates with intervals, confusions, worst words, calibration.

    \b
    Examples:
      dlhw ocr eval --beam 3                         the newest run, or the package's recogniser, on its test words
      dlhw ocr eval --top-p 0.9 --samples 3          the homework's three proposals, drawn at random
      dlhw ocr eval --data words --protocol alnum36  your own images, compared as papers do
      dlhw ocr eval --data words --methods           what a second look and a prior over words bring
      dlhw ocr eval --kinds                          arcs, neon, low resolution and more, a row each
      dlhw ocr eval --csv words.csv --figures report  every word, and images
    """
    started = time.perf_counter()
    if methods and lexicon:
        raise UsageError("--methods compares a second look and a prior; --lexicon is another prior", "leave one out")
    if images is not None and data is None:
        raise UsageError("--images says where the images of --data lie, and no --data was given", "give --data too")
    if kinds and data is not None:
        raise UsageError("--kinds renders words, and --data reads your own", "give one of the two")
    from dlhw.console import ocr_eval as views
    from dlhw.console.counting_display import track
    from dlhw.console.streams import finish, note, warn
    from dlhw.learning.device import choose_precision, configure
    from dlhw.learning.outputs import check_outputs
    from dlhw.learning.packaged import reference, shown_as
    from dlhw.learning.seeds import check_seed
    from dlhw.ocr import evaluation as evaluations
    from dlhw.ocr.checkpoints import measured_checkpoint
    from dlhw.ocr.decoding.nucleus import NucleusSampling
    from dlhw.ocr.evaluation_dataset import load_evaluation_dataset
    from dlhw.ocr.recognizer import load_recognizer
    from dlhw.ocr.reference_results import REPORTED_PROPOSALS
    from dlhw.ocr.second_look.methods import check_comparable, compare_methods
    from dlhw.ocr.second_look.reader import reader_for
    from dlhw.ocr.subgroup_evaluation import kind_rows, words_of_kinds

    drawn = check_seed(42 if seed is None else seed)
    decoder = evaluations.choose_decoder(beam=beam, top_p=top_p, temperature=temperature, samples=samples, seed=drawn)
    if methods:
        check_comparable(decoder)
    compute = configure(device, threads)
    ranks = compute.ranks
    ranks.on_first(partial(check_outputs, csv, folder=figures))
    names: tuple[str, ...] = ()
    with ranks.agreed():
        path = measured_checkpoint(checkpoint)
        recognizer = load_recognizer(path, device=compute.device, precision=choose_precision(precision, compute.device))
        recognizer = allowing(recognizer, allow, lexicon=lexicon)
        reader = reader_for(recognizer, decoder, second_look=second_look, prior=prior, lexicon=lexicon)
    note(f"recogniser: {shown_as(path)}")
    if kinds:
        note("rendering words of every kind")
        measured, names = words_of_kinds(path, processes=compute.threads, ranks=ranks)
    else:
        measured = load_evaluation_dataset(
            path,
            data,
            images=images,
            max_megapixels=max_megapixels,
            processes=compute.threads,
            ranks=ranks,
            track=lambda items, total: track(items, "images opened", total),
            preparing=note,
        )
    result = evaluations.evaluate(
        reader.shared(ranks),
        measured.words,
        decoder,
        protocol=protocol,
        seed=drawn,
        track=lambda items, total: track(items, "batches of words read", total),
    )

    def conclude() -> None:
        attention = recognizer.attends
        # Part c: three words drawn by the network with attention, for words like those that it learnt.
        as_in_homework = (
            attention
            and measured.rendered
            and not kinds
            and isinstance(decoder, NucleusSampling)
            and decoder.samples == 3
        )
        document = {
            "command": "ocr eval",
            "version": __version__,
            "seed": drawn,
            "checkpoint": reference(path),
            "attention": attention,
            "data": measured.describe(),
            **evaluations.as_document(result),
            **reader.describe(),
            "allow": allow,
            "methods": compare_methods(reader, result, seed=drawn) if methods else None,
            "reported": REPORTED_PROPOSALS if as_in_homework else None,
            "kinds": kind_rows(result, names, seed=drawn) if kinds else None,
            "device": compute.name,
            "threads": compute.threads,
            "csv": None if csv is None else str(csv),
            "figures": [],
        }
        document["warnings"] = [*measured.warnings, *document["warnings"]]
        writing = Writing(document)
        if csv is not None:
            from dlhw.ocr.word_table import write_words

            with writing.attempt("csv"):
                write_words(csv, result)
        if figures is not None:
            from dlhw.ocr.figures.charts import draw_evaluation

            title = views.title(document)
            with writing.attempt("figures"):
                drawings = draw_evaluation(reader, result, figures, title=title)
                document["figures"] = [str(drawing) for drawing in drawings]
        document["seconds"] = round(time.perf_counter() - started, 3)
        for warning in views.warnings(document):
            warn(warning)
        finish(document, views.evaluation_result(document), json=json)
        writing.end()

    ranks.on_first(conclude)
