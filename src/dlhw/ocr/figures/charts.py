"""Figures of an evaluation: what was confused, how lengths differ, and whether the confidence can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from dlhw.learning.curves import save_figure, subtitle
from dlhw.ocr.evaluation import Evaluation
from dlhw.ocr.figures.attention import draw_gallery
from dlhw.ocr.figures.typesetting import FAINT, INK, RULE, visible
from dlhw.ocr.figures.worst_words import draw_worst
from dlhw.ocr.reads import Reads
from dlhw.ocr.scoring.calibration import Calibration
from dlhw.ocr.scoring.edits import Confusion, EditCounts
from dlhw.ocr.scoring.scores import LengthRow

SUBSTITUTED, LEFT_OUT, ADDED = "#0072b2", "#e69f00", "#009e73"
"""Okabe and Ito's blue, orange and green."""

CONFUSIONS = 24
FEW = 5
"""Of fewer words a rate is too uncertain."""


def draw_evaluation(recognizer: Reads, evaluation: Evaluation, folder: Path, *, title: str) -> list[Path]:
    """Draw ``confusions.png``, ``by-length.png``, ``reliability.png``, ``worst-words.png`` and ``attention.png``.

    Args:
        recognizer: what read. Without attention there is no last image.
        evaluation: what was read, and how well.
        folder: where the images go.
        title: what was read by which network.

    Returns:
        Their paths.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scores = evaluation.scores
    paths = [
        draw_confusions(scores.edits, folder / "confusions.png", title=title),
        draw_by_length(scores.by_length, folder / "by-length.png", title=title),
    ]
    if scores.calibration is not None:
        paths.append(draw_reliability(scores.calibration, folder / "reliability.png", title=title))
    paths.append(draw_worst(evaluation.words, scores.worst, folder / "worst-words.png", title=title))
    if recognizer.attends and len(evaluation.words):
        path = folder / "attention.png"
        paths.append(draw_gallery(recognizer, evaluation, path, title=title))
    return paths


def draw_confusions(edits: EditCounts, path: Path, *, title: str) -> Path:
    """Write what :func:`plot_confusions` draws, under a heading and what was read."""
    figure = plot_confusions(edits)
    kinds = f"{edits.substitutions:,} substituted, {edits.deletions:,} left out, {edits.insertions:,} added"
    _dress(figure.axes[0], "Most frequent confusions", f"{title}\n{kinds}")
    return save_figure(figure, path)


def plot_confusions(edits: EditCounts, *, at_most: int = CONFUSIONS) -> Figure:
    """The most frequent confusions as bars: which letter, what was read instead, how often."""
    shown = edits.confusions[:at_most]
    figure = Figure(figsize=(7.2, 1.5 + 0.25 * max(len(shown), 8)), dpi=150, layout="constrained")
    axes = figure.subplots()
    colours = [ADDED if not one.reference else LEFT_OUT if not one.text else SUBSTITUTED for one in shown]
    axes.barh(range(len(shown)), [one.count for one in shown], color=colours, height=0.72)
    axes.set_yticks(range(len(shown)), [_named(one) for one in shown], fontsize=10)
    axes.set_ylim(max(len(shown), 1) - 0.4, -0.6)
    for row, one in enumerate(shown):
        total = edits.occurrences.get(one.reference)
        label = f"{one.count:,}" + (f" of {total:,}" if total else "")
        axes.annotate(label, (one.count, row), (4, 0), textcoords="offset points", va="center", fontsize=8, color=FAINT)
    _dress(axes, "", "")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="x", color=RULE, lw=0.8)
    axes.set_xlim(0, 1.18 * max((one.count for one in shown), default=1))
    axes.set_xlabel("letters", color=INK)
    return figure


def draw_by_length(rows: Sequence[LengthRow], path: Path, *, title: str) -> Path:
    """Error rates of the words of each length, and how many words there are."""
    figure = Figure(figsize=(7.2, 4.8), dpi=150, layout="constrained")
    rates, counts = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    drawn = [row for row in rows if row.words >= FEW]
    for values, label, colour in (
        ([row.wer for row in drawn], "words not exactly right (WER)", LEFT_OUT),
        ([float("nan") if row.cer is None else row.cer for row in drawn], "edits a letter (CER)", SUBSTITUTED),
    ):
        lengths = [row.length for row in drawn]
        rates.plot(lengths, values, color=colour, lw=1.8, marker="o", ms=5, label=label, clip_on=False)
    left_out = f"\nlengths with fewer than {FEW} words have no rate" if len(drawn) < len(rows) else ""
    _dress(rates, "Errors by the length of the word", f"{title}{left_out}")
    rates.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    rates.set_ylim(bottom=0)
    rates.grid(axis="y", color=RULE, lw=0.8)
    rates.legend(frameon=False, labelcolor=INK, fontsize=9)
    counts.bar([row.length for row in rows], [row.words for row in rows], color=RULE, width=0.72)
    _dress(counts, "", "")
    counts.set_ylabel("words", color=INK)
    counts.set_xlabel("letters in the word", color=INK)
    counts.xaxis.set_major_locator(MaxNLocator(integer=True))
    return save_figure(figure, path)


def draw_reliability(calibration: Calibration, path: Path, *, title: str) -> Path:
    """How often words are right, over the probability that the network gives them."""
    figure = Figure(figsize=(5.6, 6.4), dpi=150, layout="constrained")
    right, counts = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    bins = [one for one in calibration.bins if one.confidence is not None and one.accuracy is not None]
    width = calibration.bins[0].high - calibration.bins[0].low
    right.plot([0, 1], [0, 1], color=INK, lw=1.2, ls=(0, (4, 3)), zorder=3)
    middles = [(one.low + one.high) / 2 for one in bins]
    right.bar(middles, [one.accuracy or 0 for one in bins], width=0.9 * width, color=SUBSTITUTED, alpha=0.85)
    means = [one.confidence or 0 for one in bins]
    right.plot(means, [one.accuracy or 0 for one in bins], "o", color=INK, ms=4, zorder=4, clip_on=False)
    error = "" if calibration.error is None else f"\nexpected calibration error {calibration.error:.3f}"
    _dress(right, "Right as often as it says?", f"{title}{error}")
    right.set(xlim=(0, 1), ylim=(0, 1))
    right.set_ylabel("share of words exactly right", color=INK)
    right.grid(axis="y", color=RULE, lw=0.8)
    counts.bar(middles, [one.words for one in bins], width=0.9 * width, color=RULE)
    _dress(counts, "", "")
    counts.yaxis.set_major_locator(MaxNLocator(2, integer=True, prune="lower"))
    counts.set_ylabel("words", color=INK)
    counts.set_xlabel("probability of the string; the dot is a bar's mean", color=INK)
    return save_figure(figure, path)


def _named(confusion: Confusion) -> str:
    if not confusion.reference:
        return f"{_letter(confusion.text)}  added"
    if not confusion.text:
        return f"{_letter(confusion.reference)}  left out"
    return f"{_letter(confusion.reference)}  →  {_letter(confusion.text)}"


def _letter(character: str) -> str:
    return visible(character).replace("$", r"\$")  # a pair of them would begin a formula


def _dress(axes: Axes, heading: str, title: str) -> None:
    lines = title.count("\n")
    if heading:
        axes.set_title(heading, loc="left", fontsize=13, color=INK, pad=22 + 12 * lines)
    subtitle(axes, title)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(RULE)
    axes.tick_params(colors=INK, length=0)
