"""``dlhw score``: words or sentences that were read anywhere, against what is right."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlhw import __version__
from dlhw.cli import options
from dlhw.cli.ocr_eval import Protocol
from dlhw.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlhw.tables.columns import Side
    from dlhw.tables.joining import Matched
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
        "--column",
        metavar="NAME",
        help="The same of predictions; A,B,C for n-best; may be repeated, once for each file.",
    ),
]
Id = Annotated[
    list[str] | None,
    typer.Option(
        "--id",
        metavar="NAME",
        help="The column of ids, in the files that have it; twice: of TRUTH, then of predictions.",
    ),
]
Group = Annotated[
    str | None,
    typer.Option(
        "--group", metavar="NAME", help="Resample groups: a column of TRUTH, such as writer, page or speaker."
    ),
]
K = Annotated[
    int | None, typer.Option("--k", metavar="N", help="Look at N candidates.  [default: those there are, else 3]")
]
Resamples = Annotated[int, typer.Option("--resamples", metavar="N", help="Samples of the bootstrap.")]


@dataclass(frozen=True, kw_only=True)
class ScoringOptions:
    """The options of both commands that score tables."""

    truth: Truth
    predictions: Predictions
    truth_column: TruthColumn = None
    column: Column = None
    identity: Id = None
    group: Group = None
    k: K = None
    resamples: Resamples = 1000
    seed: options.Seed = None
    json: options.Json = False
    started: float = field(init=False, default_factory=time.perf_counter)
    """When the command was."""


@options.with_options(ScoringOptions)
def score(protocol: Protocol = "exact", *, asked: ScoringOptions) -> None:
    """Score words or sentences that were read anywhere: CER, WER and WER@k with intervals; several files in pairs.

    \b
    Examples:
      dlhw score truth.csv mine.csv                 error rates with intervals, confusions, worst rows
      dlhw score truth.csv mine.csv theirs.csv      is the difference more than chance?
      dlhw score truth.txt mine.txt                 a sentence a line: its word error rate besides
      dlhw score pages/ pages/ --protocol nocase    NAME.gt.txt beside NAME.pred.txt
      dlhw score truth.csv mine.csv --group writer  intervals over writers
    """
    from dlhw.console import score as views
    from dlhw.console.streams import finish
    from dlhw.ocr.scoring.systems import WordScorer

    def add(scorer: WordScorer, part: Matched) -> None:
        scorer.add(part.references, part.candidates, groups=part.groups, lines=part.lines, ids=part.ids)

    document = score_tables("score", asked, partial(WordScorer, protocol=protocol), add)
    finish(document, views.score_result(document), json=asked.json)


def score_tables(
    command: str, asked: ScoringOptions, scorer_of: Callable[..., Any], add: Callable[[Any, Matched], None]
) -> dict[str, Any]:
    """Join truth and predictions and score them; what did not match is said on stderr.

    Args:
        command: what the document calls it.
        asked: the options.
        scorer_of: makes a scorer from the systems' names, ``k`` and ``grouped``.
        add: gives a scorer some of the joined rows.

    Returns:
        The document.

    Raises:
        UsageError: an option is out of range.
        DataError: a table cannot be read or joined.
    """
    from dlhw.console.join_summary import tell_findings, watch_rows
    from dlhw.learning.seeds import check_seed
    from dlhw.tables.joining import join

    seed = check_seed(42 if asked.seed is None else asked.seed)
    source, systems, names = _open_tables(asked, "label" if command == "cnn score" else "text")
    scorer = scorer_of(names, k=_candidates_asked(asked.k, systems), grouped=asked.group is not None)
    with watch_rows() as watch:
        joined, parts = join(source, systems, watch=watch)
        for part in parts:
            add(scorer, part)
        report = scorer.report(seed=seed, resamples=asked.resamples)
    document: dict[str, Any] = {
        "command": command,
        "version": __version__,
        "seed": seed,
        "resamples": asked.resamples,
        "truth": str(asked.truth),
        "matched_by": "id" if joined.by_id else "place",
        "repeated_truth": joined.repeated_truth.as_document(),
        "groups": None if asked.group is None else {"column": asked.group, "count": report.groups},
        **report.as_document(),
        "warnings": [
            *(one.doubt for one in (source, *systems) if one.doubt),
            *_unused_ids(asked, source, systems),
            *report.warnings(),
        ],
    }
    for system, findings in zip(document["systems"], joined.findings, strict=True):
        system |= findings.as_document()
    document["seconds"] = round(time.perf_counter() - asked.started, 3)
    tell_findings(document)
    return document


def _unused_ids(asked: ScoringOptions, truth: Source, predictions: Sequence[Source]) -> Iterator[str]:
    """A warning where files have ids that the truth lacks: whether their rows stand in its order is not known."""
    with_ids = [str(source.path) for source in predictions if source.has_ids]
    if with_ids and not truth.has_ids:
        yield (
            f"{asked.truth} has no ids, so rows are matched by their place, and the ids of "
            f"{', '.join(with_ids)} say nothing of their order"
        )


def _open_tables(asked: ScoringOptions, holds: str) -> tuple[Source, list[Source], list[str]]:
    """Truth and predictions, opened, and the systems' names; what was taken is said on stderr.

    Args:
        asked: the options.
        holds: what is scored, for messages: ``text`` or ``label``.

    Raises:
        UsageError: there are several columns and another number of files.
        DataError: as ``open_source`` does.
    """
    from dlhw.console.join_summary import tell_sources
    from dlhw.errors import UsageError
    from dlhw.tables.columns import ColumnArguments
    from dlhw.tables.sources import open_source

    truth, predictions, chosen = asked.truth, asked.predictions, list(asked.column or [])
    if len(chosen) > 1 and len(chosen) != len(predictions):
        raise UsageError(
            f"--column was given {counted(len(chosen), 'time')} for {counted(len(predictions), 'file')} of predictions",
            "give it once for all of them, or once for each, in their order",
        )
    wanted: list[str | None] = [*chosen] if len(chosen) > 1 else [chosen[0] if chosen else None] * len(predictions)
    named = tuple(name for name in (asked.truth_column, asked.group, *chosen) if name)
    ids = _id_columns(list(asked.identity or []), len(predictions))
    once = len(asked.identity or []) == 1
    asked_of = [
        ColumnArguments(text=text, holds=holds, id=identity, id_if_there=once, group=group, others=named)
        for text, identity, group in zip(
            [asked.truth_column, *wanted], ids, [asked.group, *[None] * len(predictions)], strict=True
        )
    ]
    files: list[tuple[Path, Side]] = [(truth, "truth"), *((path, "predictions") for path in predictions)]
    opened = [open_source(path, side, one) for (path, side), one in zip(files, asked_of, strict=True)]
    if once and not any(one.has_asked_id for one in opened):
        for (path, side), one, found in zip(files, asked_of, opened, strict=True):
            if found.has_asked_id is False:
                open_source(path, side, replace(one, id_if_there=False))  # raises, and says which columns there are
    source, *systems = opened
    paths = [str(path) for path in predictions]
    names = [  # columns of one table need more than its name
        f"{path}:{wanted[place] or place + 1}" if paths.count(path) > 1 else path for place, path in enumerate(paths)
    ]
    described = [(name, system.described) for name, system in zip(names, systems, strict=True)]
    tell_sources(f"{truth} ({source.described})", described)
    return source, systems, names


def _id_columns(named: Sequence[str], systems: int) -> list[str | None]:
    """The column of ids of the truth and of each file of predictions, as far as they were named.

    Raises:
        UsageError: there is another number of names than files.
    """
    from dlhw.errors import UsageError

    if len(named) < 2:
        return [named[0] if named else None] * (1 + systems)
    if len(named) == 2:
        return [named[0], *[named[1]] * systems]
    if len(named) != 1 + systems:
        raise UsageError(
            f"--id was given {counted(len(named), 'time')} for the truth and {counted(systems, 'file')} of predictions",
            "give it once for all of them, twice for the truth and the predictions, or once for each file",
        )
    return [*named]


def _candidates_asked(k: int | None, systems: Sequence[Source]) -> int:
    """How many candidates to look at: as asked, else all columns there are, else the homework's three."""
    most = max(system.texts for system in systems)
    return k if k is not None else most if most > 1 else 3
