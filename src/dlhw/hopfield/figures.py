"""The images of Question 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from dlhw.hopfield.cccp import retrieve
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.image_retrieval import Images, Retrieval
from dlhw.hopfield.plane import Plane, find_basins, find_fixed_points, lay_plane
from dlhw.hopfield.rounding import EPS
from dlhw.plurals import counted, part_of

INK, FAINT, GRID = "#333333", "#777777", "#dddddd"
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")
"""Okabe and Ito's colours, which people with any colour vision tell apart."""

KINDS = {"minimum": ("o", "white"), "saddle": ("D", "#f0e442"), "maximum": ("^", "#d55e00")}
SIDE = 241


def draw_plane(energy: Energy, paths: Sequence[Tensor], folder: Path) -> list[Path]:
    """Write what :func:`plot_plane` draws.

    Returns:
        The path of ``energy-plane.png``, or nothing where there is no plane.
    """
    figure = plot_plane(energy, paths)
    return [] if figure is None else [_save(figure, folder, "energy-plane.png")]


def plot_plane(energy: Energy, paths: Sequence[Tensor], *, titled: bool = True) -> Figure | None:
    """The energy over a plane: level lines, basins, fixed points by kind, and the ways down.

    Args:
        energy: E.
        paths: the states of each query, (T, D); none for a fan of starts of our own.
        titled: whether the figure says what it shows, or leaves that to a caption.

    Returns:
        ``None`` where there is no plane.
    """
    plane = lay_plane(energy)
    if plane is None:
        return None
    small = Energy(energy.patterns.double(), energy.beta)
    marks, indices = plane.marks
    flat = [plane.coordinates(path.double()) for path in paths]
    extent = torch.cat([marks, *flat])
    centre = (extent.amax(dim=0) + extent.amin(dim=0)) / 2
    reach = 1.25 * float((extent - centre).abs().max()) or 1.0
    ticks = torch.linspace(-reach, reach, SIDE, dtype=torch.float64)
    u, v = torch.meshgrid(ticks + centre[0], ticks + centre[1], indexing="xy")
    grid = plane.states(torch.stack([u, v], dim=-1))
    values = torch.stack([small.value(row) for row in grid])
    coarse = grid if energy.dimension == 2 else grid[::2, ::2]
    labels, minima = find_basins(small, coarse.reshape(-1, energy.dimension))

    figure = Figure(figsize=(7.2, 6.4), dpi=150, layout="constrained")
    axes = figure.subplots()
    _paint_basins(axes, labels.view(coarse.shape[:2]), ticks + centre[0], ticks + centre[1])
    # Level lines are closer together near the bottom, where the basins part.
    low, high = float(values.min()), float(values.max())
    levels = low + (high - low) * np.linspace(0, 1, 26)[1:] ** 2
    axes.contour(u.numpy(), v.numpy(), values.numpy(), levels=levels, colors="white", linewidths=0.8, alpha=0.9)
    if not paths:
        angles = torch.linspace(0, 2 * torch.pi, 25, dtype=torch.float64)[:-1]
        ring = plane.states(centre + 0.92 * reach * torch.stack([angles.cos(), angles.sin()], dim=1))
        flat = [plane.coordinates(path) for path in _ways(small, ring)]
    for way in flat:
        axes.plot(*way.T.numpy(), color=INK, lw=1.1, marker="o", ms=2.2, alpha=0.85, zorder=3)
        axes.plot(*way[0].tolist(), "o", color=INK, ms=4.5, mfc=GRID, zorder=4)
    _mark_fixed_points(axes, small, plane, minima, coarse)
    for index, mark in zip(indices, marks, strict=True):
        axes.plot(*mark.tolist(), "+", color=INK, ms=9, mew=1.6, zorder=6)
        axes.annotate(f"{index}", tuple(mark.tolist()), (5, 5), textcoords="offset points", fontsize=9, color=INK)
    where = "the plane" if energy.dimension == 2 else "the plane through three points"
    title = f"{where} of {counted(energy.count, 'pattern')}, β = {energy.beta:.4g}"
    _dress(axes, "The energy, its basins, and the ways down" if titled else "", title if titled else "")
    axes.set(xlim=(float(u.min()), float(u.max())), ylim=(float(v.min()), float(v.max())), aspect="equal")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.05), ncols=4, frameon=False, labelcolor=INK, fontsize=9)
    return figure


def draw_steps(histories: Mapping[str, Sequence[float]], folder: Path, *, title: str) -> list[Path]:
    """Write what :func:`plot_steps` draws, under a heading and what was iterated on."""
    figure = plot_steps(histories)
    _dress(figure.axes[0], "The energy above where it ends", title)
    return [_save(figure, folder, "energy-steps.png")]


def plot_steps(histories: Mapping[str, Sequence[float]], *, size: tuple[float, float] = (7.2, 4.2)) -> Figure:
    """How far the energy is above its lowest value, over the steps, on a logarithmic axis.

    Zero has no place on such an axis: points that are no more than rounding above are hollow, on a line at its size.

    Args:
        histories: the energies of each query, by its label.
        size: width and height, in inches.
    """
    figure = Figure(figsize=size, dpi=150, layout="constrained")
    axes = figure.subplots()
    floor = 16 * EPS * max((abs(value) for energies in histories.values() for value in energies), default=0.0) or 1.0
    for (label, energies), colour in zip(histories.items(), COLOURS * len(histories), strict=False):
        above = np.asarray(energies) - min(energies)
        drawn = np.maximum(above, floor)
        axes.semilogy(drawn, color=colour, lw=1.8, marker="o", ms=4 if len(drawn) < 60 else 0, label=label)
        (level,) = np.nonzero(above <= floor)
        axes.semilogy(level, drawn[level], "o", ms=5 if len(drawn) < 60 else 3, mfc="white", mec=colour, zorder=3)
    axes.axhline(floor, color=FAINT, lw=0.9, ls=":", zorder=1)
    place: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    axes.annotate("0, within rounding", (0, floor), (4, 4), **place, color=FAINT, fontsize=8)
    _dress(axes, "", "")
    axes.set_xlabel("step", color=INK)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=GRID, lw=0.8)
    if len(histories) > 1:
        axes.legend(frameon=False, labelcolor=INK, ncols=2, fontsize=9)
    return figure


def draw_bifurcation(folder: Path) -> list[Path]:
    """The fixed points q = a·tanh(βaq) of two patterns ±a over β: one minimum splits into two at β = 1/a²."""
    figure = Figure(figsize=(7.2, 4.4), dpi=150, layout="constrained")
    axes = figure.subplots()
    ratio = np.linspace(1 + 1e-6, 4, 800)
    # With x = q/a and b = βa² the equation is x = tanh(bx): atanh(x)/x = b, so draw b over x instead.
    x = np.tanh(np.linspace(1e-3, 4, 800))
    b = np.arctanh(x) / x
    axes.plot([0, 1], [0, 0], color=COLOURS[0], lw=2.4, label="minimum")
    axes.plot(ratio[[0, -1]], [0, 0], color=COLOURS[5], lw=2.0, ls=(0, (4, 2)), label="maximum")
    for sign in (1, -1):
        axes.plot(b, sign * x, color=COLOURS[0], lw=2.4)
    pair = torch.tensor([[1.0], [-1.0]], dtype=torch.float64)
    betas = np.concatenate([np.linspace(0.2, 0.9, 5), np.linspace(1.1, 3.8, 10)])
    for beta in betas:
        ends = retrieve(Energy(pair, float(beta)), torch.tensor([[0.5], [-0.5]], dtype=torch.float64)).states
        axes.plot([beta] * 2, ends[:, 0].tolist(), "o", ms=5, mfc="white", mec=INK, mew=1.1, zorder=4)
    axes.plot([], [], "o", ms=5, mfc="white", mec=INK, mew=1.1, label="where the iteration ends, from ±a/2")
    axes.axvline(1, color=FAINT, lw=0.9, ls=":")
    axes.annotate("β = 1/a²", (1, -0.93), (6, 0), textcoords="offset points", color=FAINT, fontsize=9)
    _dress(axes, "Two patterns ±a: one minimum becomes two", "fixed points of q ← a·tanh(βaq)")
    axes.set(xlim=(0, 4), ylim=(-1.08, 1.08))
    axes.set_xlabel("βa²", color=INK)
    axes.set_ylabel("q / a", color=INK)
    axes.legend(frameon=False, labelcolor=INK, fontsize=9, loc="center right", bbox_to_anchor=(1, 0.62))
    return [_save(figure, folder, "bifurcation.png")]


def draw_retrieval(results: Sequence[Retrieval], folder: Path) -> list[Path]:
    """Write what :func:`plot_retrieval` draws, under a heading."""
    figure = plot_retrieval(results)
    back = [came for result in results for came in result.came_back]
    heading = "Images are retrieved from one half, and from noise"
    if not all(back):
        heading = f"{part_of(sum(back), len(back), 'image')} retrieved from one half, and from noise"
    figure.suptitle(heading, x=0.02, ha="left", fontsize=13, color=INK)
    return [_save(figure, folder, "retrieval.png")]


def plot_retrieval(results: Sequence[Retrieval]) -> Figure:
    """Stored, corrupted and retrieved images below each other."""
    columns = len(results[0].stored)
    figure = Figure(figsize=(1.12 * columns + 1.2, 1.2 * 5 + 0.9), dpi=150)
    rows: list[tuple[str, Images, Retrieval | None]] = [("stored", results[0].stored, None)]
    for result in results:
        rows += [(result.label, result.corrupted, None), ("retrieved", result.retrieved, result)]
    axes = figure.subplots(len(rows), columns, squeeze=False)
    for line, (label, images, outcome) in zip(axes, rows, strict=True):
        for column, (cell, image) in enumerate(zip(line, images, strict=True)):
            cell.imshow(image, interpolation="nearest")
            cell.set(xticks=[], yticks=[])
            cell.spines[:].set_visible(False)
            if outcome is not None:
                updates = outcome.updates[column]
                text = f"{outcome.weights[column]:.1%} in {updates} update{'s' if updates != 1 else ''}"
                cell.set_xlabel(text, fontsize=7, color=FAINT, labelpad=3)
        line[0].set_ylabel(_broken(label), rotation=0, ha="right", va="center", fontsize=9, color=INK, labelpad=8)
    figure.subplots_adjust(
        left=1.25 / (1.12 * columns + 1.2), right=0.99, bottom=0.04, top=0.92, wspace=0.06, hspace=0.2
    )
    return figure


def _ways(energy: Energy, starts: Tensor) -> list[Tensor]:
    """The states of the iteration from each start, (T, D) each."""
    states = [starts]
    for _ in range(60):
        states.append(energy.update(states[-1]))
    return list(torch.stack(states, dim=1))


def _paint_basins(axes: Axes, labels: Tensor, x: Tensor, y: Tensor) -> None:
    # Large basins first, so that the strongest colours go to them.
    order = labels.unique(return_counts=True)[1].argsort(descending=True)  # type: ignore[no-untyped-call]
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(order))
    colours = ListedColormap([COLOURS[i % len(COLOURS)] for i in range(len(order))])
    box = (float(x[0]), float(x[-1]), float(y[0]), float(y[-1]))
    axes.imshow(
        rank[labels].numpy(), extent=box, origin="lower", cmap=colours, vmin=-0.5, vmax=len(order) - 0.5, alpha=0.45,
        interpolation="nearest",
    )  # fmt: skip


def _mark_fixed_points(axes: Axes, energy: Energy, plane: Plane, minima: Tensor, starts: Tensor) -> None:
    if energy.dimension == 2:
        points = find_fixed_points(energy, starts[::12, ::12].reshape(-1, 2))
    else:
        points = [(minimum, "minimum") for minimum in minima]
    for kind, (shape, colour) in KINDS.items():
        chosen = [plane.coordinates(point) for point, its in points if its == kind]
        if chosen:
            x, y = torch.stack(chosen).T.numpy()
            label = kind if energy.dimension == 2 else f"{kind}, its foot on the plane"
            axes.plot(x, y, shape, ms=9, mfc=colour, mec=INK, mew=1.4, ls="", label=label, zorder=5)
    axes.plot([], [], "+", color=INK, ms=9, mew=1.6, label="pattern")


def _dress(axes: Axes, heading: str, title: str) -> None:
    if heading:
        axes.set_title(heading, loc="left", fontsize=13, color=INK, pad=22)
    axes.annotate(title, (0, 1), (0, 6), "axes fraction", "offset points", fontsize=9, color=FAINT)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(colors=INK, length=0)


def _broken(label: str) -> str:
    """Two or three words a line."""
    words, lines = label.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 13:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def _save(figure: Figure, folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    figure.savefig(path)
    return path
