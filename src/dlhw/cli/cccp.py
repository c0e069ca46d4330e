"""``dlhw cccp``: the concave–convex procedure of Question 1, its certificate, and attention."""

from __future__ import annotations

import math
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlhw import __version__
from dlhw.cli import options
from dlhw.cli.checking import Check, check_functions, fail_if_wrong
from dlhw.cli.energy import Beta, Count, Dimension, Figures, Patterns, Query
from dlhw.cli.writing import Writing
from dlhw.errors import DlhwError, UsageError
from dlhw.plurals import counted

if TYPE_CHECKING:
    from dlhw.hopfield.follow import Follower


def cccp(
    patterns: Patterns = None,
    query: Query = None,
    count: Count = None,
    dimension: Dimension = None,
    beta: Beta = None,
    steps: Annotated[int, typer.Option(metavar="N", help="Updates at most.", show_default=True)] = 1000,
    tol: Annotated[
        float | None,
        typer.Option(
            metavar="NUMBER", help="A query has converged when ‖Δq‖ is below this.  [default: √eps/64 of max ‖x‖]"
        ),
    ] = None,
    check_attention: Annotated[
        bool,
        typer.Option("--check-attention", help="Also compare one update with PyTorch's implementations of attention."),
    ] = False,
    check: Check = None,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FILE.npy", help="Write the states where the queries end to this file."),
    ] = None,
    figures: Figures = None,
    seed: options.Seed = None,
    threads: options.Threads = None,
    progress: options.Progress = "auto",
    json: options.Json = False,
) -> None:
    """Iterate q ← Xᵀ softmax(βXq), account for every fall of the energy, and certify where it ends.

    \b
    Examples:
      dlhw cccp                                      retrieve a pattern of ±1 from noise
      dlhw cccp --check-attention                    and find PyTorch's attention in the update
      dlhw cccp --beta 0.01                          a small β: all patterns merge into one
      dlhw cccp --patterns memory.npy --query q.npy  your own, a query a row
      dlhw cccp --check mine.py                      your own update and attention
      dlhw cccp --save end.npy                       where the queries end, a state a row
      dlhw cccp --figures figures                    figures of the descent
    """
    started = time.perf_counter()
    from dlhw.console import cccp as views
    from dlhw.console.checking import checked_result
    from dlhw.console.streams import finish
    from dlhw.console.views import watch
    from dlhw.hopfield.attention import compare_attention, first_patterns
    from dlhw.hopfield.cccp import retrieve
    from dlhw.hopfield.certificate import certify
    from dlhw.hopfield.checking.functions import OF_PROCEDURE
    from dlhw.hopfield.follow import Follower
    from dlhw.hopfield.problem import pose, write_states
    from dlhw.hopfield.separation import separate
    from dlhw.hopfield.state_summary import describe_state, describe_trajectory
    from dlhw.learning import launch
    from dlhw.learning.device import configure
    from dlhw.learning.outputs import check_outputs

    if launch.launched() and (check or patterns is None):  # there is nothing to share
        if not launch.first_rank():
            return
        launch.work_alone()
    ranks = configure("cpu", threads).ranks
    ranks.on_first(partial(check_outputs, save, folder=figures))
    problem = pose(patterns, query, count=count, dimension=dimension, beta=beta, seed=seed, ranks=ranks)
    energy = problem.energy
    if check_attention and not math.isclose(energy.beta, 1 / math.sqrt(energy.dimension), rel_tol=1e-12):
        raise UsageError(
            f"attention has β = 1/√D = {1 / math.sqrt(energy.dimension):.6g}, got --beta {energy.beta:g}",
            "leave --beta out with --check-attention",
        )
    checked = check_functions(check, OF_PROCEDURE, problem, beta=beta) if check else None
    title = f"cccp · {problem.source} · {energy.count:,} × {energy.dimension:,} · β = {energy.beta:.6g}"
    title += f" · shared by {ranks.size} ranks" if energy.share.parted else ""
    display = views.IterationDisplay(title, queries=len(problem.queries), steps=steps)
    with watch(progress if ranks.leads and not check else "none", display) as observer:
        observer.started("query 0")
        on_row = partial(observer.advanced, "query 0")
        follower = Follower(energy, on_row=on_row, keep_steps=figures is not None)
        trajectory = retrieve(
            energy, problem.queries, steps=steps, tolerance=tol, history=False, on_step=follower.on_step
        )
    iterated = time.perf_counter()
    certificate = certify(energy, trajectory.states[0])
    certified = time.perf_counter()
    outcome = describe_trajectory(energy, trajectory)
    nearest = [row["pattern"] for row in outcome["query_results"][:1]]
    separations = separate(energy, nearest=nearest)
    compared = first_patterns(energy) if check_attention else None
    document: dict[str, Any] = {
        "command": "cccp",
        "version": __version__,
        "seed": problem.seed,
        "source": problem.source,
        **describe_state(energy, trajectory.states[0]),
        **outcome,
        **follower.as_document(),
        "certificate": certificate.as_document(),
        "certificate_seconds": round(certified - iterated, 3),
        "separation": separations.as_document(),
    }

    def conclude() -> None:
        if compared is not None:
            document["attention"] = compare_attention(compared, problem.queries).as_document()
        attention_holds = document["attention"]["passed"] if check_attention else True
        holds = all(claim["passed"] for claim in document["checks"]) and attention_holds
        document["passed"] = holds and (checked is None or checked.passed)
        if checked:
            document["checked"] = checked.as_document()
        writing = Writing(document)
        if figures:
            with writing.attempt("figures"):
                document.update(_draw(follower, len(problem.queries), figures, problem.seed))
        if save:
            with writing.attempt("saved"):
                write_states(save, trajectory.states)
                document["saved"] = str(save)
        document["seconds"] = round(time.perf_counter() - started, 3)
        finish(
            document,
            (checked_result(document["checked"]) if checked else views.cccp_result(document, follower.rows)),
            json=json,
        )
        writing.end()
        if not holds:
            raise DlhwError(
                "the fall of the energy did not add up" if attention_holds else "an attention is not the update",
                "please report the memory this happened on",
            )
        if checked:
            fail_if_wrong(checked)

    ranks.on_first(conclude)


def _draw(follower: Follower, queries: int, folder: Path, seed: int) -> dict[str, Any]:
    """What was drawn, and how many of the corrupted landscapes on the last figure came back."""
    from dlhw.cnn.landscapes import draw_landscapes
    from dlhw.hopfield.figures import draw_plane, draw_retrieval, draw_steps
    from dlhw.hopfield.image_retrieval import STORED, count_retrieved, retrieve_images

    shown = range(min(queries, 24))
    energies = {f"query {index}": follower.energies(index) for index in list(shown)[:8]}
    energy = follower.energy
    title = f"{counted(energy.count, 'pattern')} × {energy.dimension:,}, β = {energy.beta:.4g}"
    images, _ = draw_landscapes(STORED, seed=seed, split="test")
    retrieved = retrieve_images(images, seed=seed)
    drawn = [
        *draw_plane(energy, [follower.path(index) for index in shown], folder),
        *draw_steps(energies, folder, title=title),
        *draw_retrieval(retrieved, folder),
    ]
    return {"figures": [str(path) for path in drawn], "landscapes": count_retrieved(retrieved)}
