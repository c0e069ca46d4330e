"""``dlhw cnn score``: labels that were predicted anywhere, against what is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlhw.cli.options import with_options
from dlhw.cli.score import ScoringOptions, score_tables

if TYPE_CHECKING:
    from dlhw.tables.joining import Matched


@with_options(ScoringOptions)
def score(*, asked: ScoringOptions) -> None:
    """Score labels that were predicted anywhere: accuracy with its interval, each class; several files in pairs.

    \b
    Examples:
      dlhw cnn score truth.csv mine.csv               accuracy, precision and recall a class, confusions
      dlhw cnn score truth.csv mine.csv theirs.csv    is the difference more than chance?
      dlhw cnn score eval.csv eval.csv                what dlhw cnn eval --predictions eval.csv wrote
      dlhw cnn score truth.csv mine.csv --group place  intervals over places
    """
    from dlhw.cnn.scoring import LabelScorer
    from dlhw.console import cnn_score as views
    from dlhw.console.streams import finish

    def add(scorer: LabelScorer, part: Matched) -> None:
        scorer.add(part.references, part.candidates, groups=part.groups)

    document = score_tables("cnn score", asked, LabelScorer, add)
    views.tell_unknown_labels(document)
    finish(document, views.score_result(document), json=asked.json)
