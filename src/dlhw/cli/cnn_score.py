"""``dlhw cnn score``: labels that were predicted anywhere, against what is right."""

from __future__ import annotations

import time
from typing import Any

from dlhw import __version__
from dlhw.cli import options
from dlhw.cli.score import (
    Column,
    Group,
    Id,
    K,
    Predictions,
    Resamples,
    Truth,
    TruthColumn,
    candidates_asked,
    checked_seed,
    open_tables,
)


def score(
    truth: Truth,
    predictions: Predictions,
    truth_column: TruthColumn = None,
    column: Column = None,
    identity: Id = None,
    group: Group = None,
    k: K = None,
    resamples: Resamples = 1000,
    seed: options.Seed = None,
    json: options.Json = False,
) -> None:
    """Score labels that were predicted anywhere: accuracy with its interval, each class; several files in pairs.

    \b
    Examples:
      dlhw cnn score truth.csv mine.csv               accuracy, precision and recall a class, confusions
      dlhw cnn score truth.csv mine.csv theirs.csv    is the difference more than chance?
      dlhw cnn score eval.csv eval.csv                what dlhw cnn eval --predictions eval.csv wrote
      dlhw cnn score truth.csv mine.csv --group place intervals over places
    """
    started = time.perf_counter()
    from dlhw.cnn.scoring import LabelScorer
    from dlhw.console import cnn_score as views
    from dlhw.console.join_summary import tell_findings, watch_rows
    from dlhw.console.streams import finish
    from dlhw.tables.joining import join

    drawn = checked_seed(seed)
    source, systems, names = open_tables(truth, predictions, truth_column, column, identity, group)
    scorer = LabelScorer(names, k=candidates_asked(k, systems), grouped=group is not None)
    with watch_rows() as watch:
        joined, parts = join(source, systems, watch=watch)
        for part in parts:
            scorer.add(part.references, part.candidates, groups=part.groups)
        report = scorer.report(seed=drawn, resamples=resamples)
    document: dict[str, Any] = {
        "command": "cnn score",
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
    views.tell_unknown_labels(document)
    finish(document, views.score_result(document), json=json)
