"""The study as one figure: a row a variant, with its accuracy beside what it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from dlhw.learning.curves import COLOURS, GRID, INK, PALE, save_figure
from dlhw.plurals import counted

WIDTH, ROW, AROUND = 12.5, 0.34, 1.9
"""Inches: of the figure, of a row, and of what lies above and below the rows."""

PANELS = (4.2, 1.5, 1.5, 1.5)
LABELS = 1.6
"""The width that the labels take, in the measure of the panels."""

COSTS: tuple[tuple[str, Callable[[Mapping[str, Any]], float]], ...] = (
    ("multiply-adds\nin millions", lambda variant: variant["macs"] / 1e6),
    ("parameters\nin thousands", lambda variant: variant["parameters"] / 1e3),
    ("a training step\nin milliseconds", lambda variant: variant["step"]["milliseconds"]),
)
DIFFERENCES = 0.66
"""Of the width of the first panel, from where the differences stand, is left free of marks."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A variant's place in a comparison."""

    y: float
    label: str
    colour: str
    base: bool
    """Whether the others are compared with it."""

    variant: Mapping[str, Any]
    against: Mapping[str, Any] | None
    difference: Mapping[str, Any] | None


def draw_study(document: Mapping[str, Any], path: Path) -> Path:
    """Draw the document of ``dlhw cnn study``.

    Bars of the accuracy are Wilson's 95 % interval where each variant was trained once, and a standard deviation to
    either side where it was trained more often. The ring in a row is the variant that it is compared with.

    Returns:
        ``path``.
    """
    figure = plot_study(document)
    accuracy = figure.axes[0]
    heading = "What small kernels, pooling and normalisation bring"
    accuracy.set_title(heading, loc="left", fontsize=14, color=INK, pad=42)
    words = accuracy.annotate(_small_print(document), (0, 1), (0, 12), "axes fraction", "offset points", fontsize=9)
    words.set(color=PALE, linespacing=1.4)
    words.set_in_layout(False)
    return save_figure(figure, path)


def plot_study(document: Mapping[str, Any], *, costs: bool = True) -> Figure:
    """The study without a heading, as :func:`draw_study` writes it.

    Args:
        document: of ``dlhw cnn study``.
        costs: whether what the variants cost stands beside their accuracies.
    """
    rows, headings, height = _lay_out(document)
    widths = PANELS if costs else PANELS[:1]
    size = WIDTH * (sum(widths) + LABELS) / (sum(PANELS) + LABELS), AROUND + ROW * height
    figure = Figure(figsize=size, dpi=160, layout="constrained")
    accuracy, *beside = figure.subplots(1, len(widths), sharey=True, width_ratios=widths, squeeze=False)[0]
    accuracy.set_ylim(height - 0.4, -0.6)
    _draw_accuracies(accuracy, rows)
    for axes, (heading, cost) in zip(beside, COSTS, strict=True) if costs else ():
        _draw_costs(axes, rows, heading, cost)
    for y, question, colour in headings:
        text = accuracy.text(0, y, question, transform=accuracy.get_yaxis_transform(), color=colour, weight="bold")
        text.set(va="center", bbox={"facecolor": "white", "edgecolor": "none", "pad": 2})  # no grid line crosses it
    return figure


def _lay_out(document: Mapping[str, Any]) -> tuple[list[Row], list[tuple[float, str, str]], float]:
    """The rows of all comparisons, their headings, and how many rows high both are."""
    variants = {variant["name"]: variant for variant in document["variants"]}
    rows: list[Row] = []
    headings, y = [], 0.0
    for comparison, colour in zip(document["comparisons"], COLOURS, strict=False):
        headings.append((y, comparison["question"], colour))
        for entry in comparison["entries"]:
            y += 1
            against = variants.get(entry["against"])
            row = Row(
                y=y,
                label=entry["label"],
                colour=colour,
                base=against is None,
                variant=variants[entry["variant"]],
                against=against,
                difference=entry["difference"],
            )
            rows.append(row)
        y += 1.6
    return rows, headings, max(y - 0.6, 1)


def _draw_accuracies(axes: Axes, rows: Sequence[Row]) -> None:
    for row in rows:
        value = row.variant["accuracy"]["value"]
        if value is None:
            continue
        other = None if row.against is None else row.against["accuracy"]["value"]
        if other is not None:
            axes.plot([other, value], [row.y, row.y], color=row.colour, lw=1, ls=":", zorder=2)
            axes.plot(other, row.y, "o", ms=6, mfc="white", mec=PALE, mew=1.2, zorder=3)
        low, high = _bar(row.variant["accuracy"])
        axes.plot([low, high], [row.y, row.y], color=row.colour, lw=4, alpha=0.25, solid_capstyle="butt", zorder=2)
        axes.plot(value, row.y, "o", ms=8, color=row.colour, zorder=4)
    bars = [_bar(row.variant["accuracy"]) for row in rows if row.variant["accuracy"]["value"] is not None]
    low = min((low for low, _ in bars), default=0.0)
    high = max((high for _, high in bars), default=1.0)
    room = 0.04 * max(high - low, 0.02)
    axes.set_xlim(low - room, low - room + (high - low + 2 * room) / DIFFERENCES)
    for row in rows:
        text, certain = _difference(row)
        axes.annotate(
            text,
            (1, row.y),
            (-6, 0),
            xycoords=axes.get_yaxis_transform(),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=9,
            color=INK if certain else PALE,
            weight="bold" if certain else "normal",
        )
    axes.set_yticks([row.y for row in rows], [row.label for row in rows])
    ticks = MaxNLocator(7, steps=[1, 2, 5, 10]).tick_values(low, high)
    axes.set_xticks([tick for tick in ticks if low - room <= tick <= high + room])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    axes.set_xlabel("accuracy on the test images, and the difference in points", color=INK)
    axes.grid(axis="x", color=GRID, lw=0.8)
    _dress(axes)


def _draw_costs(axes: Axes, rows: Sequence[Row], heading: str, cost: Callable[[Mapping[str, Any]], float]) -> None:
    values = [cost(row.variant) for row in rows]
    axes.barh([row.y for row in rows], values, height=0.55, color=[row.colour for row in rows], alpha=0.55)
    for row, value in zip(rows, values, strict=True):
        axes.annotate(
            f"{value:,.0f}", (value, row.y), (4, 0), textcoords="offset points", va="center", fontsize=9, color=INK
        )
    axes.set_xlim(0, 1.35 * max(values, default=1.0))
    axes.set_xticks([])
    axes.set_xlabel(heading, color=INK)
    _dress(axes)


def _dress(axes: Axes) -> None:
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.tick_params(colors=INK, length=0)


def _bar(accuracy: Mapping[str, Any]) -> tuple[float, float]:
    if accuracy["deviation"] is not None:
        return accuracy["value"] - accuracy["deviation"], accuracy["value"] + accuracy["deviation"]
    return accuracy["low"], accuracy["high"]


def _difference(row: Row) -> tuple[str, bool]:
    """What stands at the end of a row, and whether the interval leaves out zero."""
    if row.variant["accuracy"]["value"] is None:
        return "diverged", True
    if row.difference is None or row.difference["value"] is None:
        return "", False
    value, low, high = (100 * row.difference[key] for key in ("value", "low", "high"))
    return f"{value:+.1f} ({low:+.1f} to {high:+.1f})".replace("-", "−"), low > 0 or high < 0


def _small_print(document: Mapping[str, Any]) -> str:
    data, seeds = document["data"], document["seeds"]
    source = data["source"]
    name = Path(source).name if "/" in source else source  # without the folders that lead to it
    epochs = counted(document["epochs"], "epoch")
    bars = "95 % intervals from the test images" if seeds == 1 else f"one standard deviation over {seeds} seeds"
    lines = (
        f"{data['train']:,} images of {name}, {epochs} each. Bars: {bars}.",
        "Rings: what a row is compared with. Differences with 95 % intervals, bold where those leave out zero.",
    )
    return "\n".join(lines).replace("$", r"\$")  # a pair of them would begin a formula
