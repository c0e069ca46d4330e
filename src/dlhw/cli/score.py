"""``dlhw score``: words or sentences that were read anywhere, against what is right."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlhw import __version__
from dlhw.cli import options
from dlhw.cli.ocr_eval import Protocol
from dlhw.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlhw.tables.sources import Source

Truth = Annotated[Path, typer.Argument(metavar="TRUTH", help="What is right: .csv, .tsv, .jsonl, .txt or a folder.")]
Predictions = Annotated[
    list[Path], typer.Argument(metavar="PREDICTIONS...", help="What was predicted: a file or folder a system.")
]
TruthColumn = Annotated[
    str | None,
    typer.Option("--truth-column", metavar="NAME", help="By name, or place from 1.  [default: by usual names]"),
]
Column = Annotated[
    list[str] | None,
    typer.Option(
        "--column", metavar="NAME", help="The same of predictions; A,B,C for n-best; several times, one a file."
    ),
]
Id = Annotated[str | None, typer.Option("--id", metavar="NAME", help="The column of ids.  [default: by usual names]")]
Group = Annotated[
    str | None,
    typer.Option("--group", metavar="NAME", help="Resample groups: a column of TRUTH, as writer, page, speaker."),
]
K = Annotated[
    int | None, typer.Option("--k", metavar="N", help="Look at N candidates.  [default: those there are, else 3]")
]
Resamples = Annotated[int, typer.Option("--resamples", metavar="N", help="Samples of the bootstrap.")]


def score(
    truth: Truth,
    predictions: Predictions,
    truth_column: TruthColumn = None,
    column: Column = None,
    identity: Id = None,
    group: Group = None,
    k: K = None,
    protocol: Protocol = "exact",
    resamples: Resamples = 1000,
    seed: options.Seed = None,
    json: options.Json = False,
) -> None:
    """Score words or sentences that were read anywhere: CER, WER and WER@k with intervals; several files in pairs.

    \b
    Examples:
      dlhw score truth.csv mine.csv                 error rates with intervals, confusions, worst rows
      dlhw score truth.csv mine.csv theirs.csv      is the difference more than chance?
      dlhw score truth.txt mine.txt                 a sentence a line: its word error rate besides
      dlhw score pages/ pages/ --protocol nocase    NAME.gt.txt beside NAME.pred.txt
      dlhw score truth.csv mine.csv --group writer  intervals over writers
    """
    started = time.perf_counter()
    from dlhw.console import score as views
    from dlhw.console.join_summary import tell_findings, watch_rows
    from dlhw.console.streams import finish
    from dlhw.ocr.scoring.systems import WordScorer
    from dlhw.tables.joining import join

    drawn = checked_seed(seed)
    source, systems, names = open_tables(truth, predictions, truth_column, column, identity, group)
    scorer = WordScorer(names, protocol=protocol, k=candidates_asked(k, systems), grouped=group is not None)
    with watch_rows() as watch:
        joined, parts = join(source, systems, watch=watch)
        for part in parts:
            scorer.add(part.references, part.candidates, groups=part.groups, lines=part.lines, ids=part.ids)
        report = scorer.report(seed=drawn, resamples=resamples)
    document: dict[str, Any] = {
        "command": "score",
        "version": __version__,
        "seed": drawn,
        "resamples": resamples,
        "truth": str(truth),
        "matched_by": "id" if joined.by_id else "place",
        "repeated_truth": joined.repeated_truth.as_document(),
        "groups": None if group is None else {"column": group, "count": report.groups},
        **report.as_document(),
        "warnings": report.warnings(),
    }
    for system, findings in zip(document["systems"], joined.findings, strict=True):
        system |= findings.as_document()
    document["seconds"] = round(time.perf_counter() - started, 3)
    tell_findings(document)
    finish(document, views.score_result(document), json=json)


def checked_seed(seed: int | None) -> int:
    """The seed, 42 where none was given.

    Raises:
        UsageError: it is out of range.
    """
    from dlhw.learning.seeds import check_seed

    return check_seed(42 if seed is None else seed)


def open_tables(
    truth: Path,
    predictions: Sequence[Path],
    truth_column: str | None,
    columns: Sequence[str] | None,
    identity: str | None,
    group: str | None,
) -> tuple[Source, list[Source], list[str]]:
    """Truth and predictions, opened, and the systems' names; what was taken is said on stderr.

    Raises:
        UsageError: there are several columns and another number of files.
        DataError: as ``open_source`` does.
    """
    from dlhw.console.join_summary import tell_sources
    from dlhw.errors import UsageError
    from dlhw.tables.columns import ColumnArguments
    from dlhw.tables.sources import open_source

    chosen = list(columns or [])
    if len(chosen) > 1 and len(chosen) != len(predictions):
        raise UsageError(
            f"--column was given {counted(len(chosen), 'time')} for {counted(len(predictions), 'file')} of predictions",
            "give it once for all of them, or once for each, in their order",
        )
    wanted: list[str | None] = [*chosen] if len(chosen) > 1 else [chosen[0] if chosen else None] * len(predictions)
    named = tuple(name for name in (truth_column, group, *chosen) if name)
    source = open_source(truth, "truth", ColumnArguments(text=truth_column, id=identity, group=group, others=named))
    systems = [
        open_source(path, "predictions", ColumnArguments(text=text, id=identity, others=named))
        for path, text in zip(predictions, wanted, strict=True)
    ]
    paths = [str(path) for path in predictions]
    names = [  # columns of one table need more than its name
        f"{path}:{wanted[place] or place + 1}" if paths.count(path) > 1 else path for place, path in enumerate(paths)
    ]
    described = [(name, system.described) for name, system in zip(names, systems, strict=True)]
    tell_sources(f"{truth} ({source.described})", described)
    return source, systems, names


def candidates_asked(k: int | None, systems: Sequence[Source]) -> int:
    """How many candidates to look at: as asked, else all columns there are, else the homework's three."""
    most = max(system.texts for system in systems)
    return k if k is not None else most if most > 1 else 3
