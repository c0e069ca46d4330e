"""``dlhw energy``: the energy of Question 1, and its derivation tested on numbers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from dlhw import __version__
from dlhw.cli import options
from dlhw.cli.checking import Check, check_functions, fail_if_wrong
from dlhw.cli.writing import Writing
from dlhw.errors import DlhwError, UsageError, check_at_least

Mutation = Literal["beta", "sign", "axis", "log-n", "norm", "transpose", "gradient", "hessian"]

Patterns = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A .npy, .npz, .csv or .tsv, a pattern a row.  [default: random patterns of ±1]"),
]
Query = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The same for queries, one a row.  [default: the first pattern with noise]"),
]
Count = Annotated[int | None, typer.Option(metavar="N", help="Patterns to draw.  [default: 8]")]
Dimension = Annotated[int | None, typer.Option(metavar="D", help="Numbers in each of them.  [default: 64]")]
Beta = Annotated[float | None, typer.Option(metavar="NUMBER", help="The inverse temperature β.  [default: 1/√D]")]
Figures = Annotated[Path | None, typer.Option(metavar="DIR", help="Draw images into this folder.")]


def energy(
    patterns: Patterns = None,
    query: Query = None,
    count: Count = None,
    dimension: Dimension = None,
    beta: Beta = None,
    trials: Annotated[int, typer.Option(metavar="N", help="Check the claims on N random memories too.")] = 0,
    mutate: Annotated[
        Mutation | None,
        typer.Option(
            metavar="NAME",
            help="Make a classic mistake and see it caught: beta, sign, axis, log-n, norm, transpose, gradient, "
            "hessian.",
        ),
    ] = None,
    check: Check = None,
    figures: Figures = None,
    seed: options.Seed = None,
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Compute a Hopfield energy, and test every step of its derivation on numbers.

    \b
    Examples:
      dlhw energy                                   8 patterns of ±1, all claims
      dlhw energy --trials 1000                     and on a thousand random memories
      dlhw energy --mutate beta                     drop β from the Hessian: claims 5c and 5d fail
      dlhw energy --patterns memory.csv --beta 4    your own patterns, one a row
      dlhw energy --check mine.py                   your own energy, gradient, Hessian, update
      dlhw energy --dimension 2 --figures figures   the energy as a landscape
    """
    started = time.perf_counter()
    check_at_least(0, trials=trials)
    if check and mutate:
        raise UsageError("--check looks for mistakes in your file, and --mutate makes one in ours", "leave one out")
    from dlhw.console import hopfield as views
    from dlhw.console.checking import checked_result
    from dlhw.console.counting_display import track
    from dlhw.console.streams import finish
    from dlhw.hopfield.checking.functions import OF_ENERGY
    from dlhw.hopfield.claims import check_claims
    from dlhw.hopfield.energy import Energy
    from dlhw.hopfield.instances import QUERIES_AT_MOST, gather_instances
    from dlhw.hopfield.mutations import MUTATIONS
    from dlhw.hopfield.problem import pose
    from dlhw.hopfield.state_summary import describe_queries, describe_state
    from dlhw.learning.device import configure
    from dlhw.learning.outputs import make_folder

    configure("cpu", threads)
    if figures:
        make_folder(figures)
    problem = pose(patterns, query, count=count, dimension=dimension, beta=beta, seed=seed)
    checked = check_functions(check, OF_ENERGY, problem, beta=beta, trials=trials) if check else None
    tested = MUTATIONS[mutate] if mutate else Energy
    queries = problem.queries[:QUERIES_AT_MOST]
    instances = gather_instances(problem.energy, queries, trials=trials, seed=problem.seed)
    outcomes = check_claims(track(instances, "memories checked", 4 + trials), seed=problem.seed, energy=tested)
    of = tested(problem.energy.patterns, problem.energy.beta)
    document: dict[str, Any] = {
        "command": "energy",
        "version": __version__,
        "seed": problem.seed,
        "source": problem.source,
        **describe_state(of, problem.queries[0]),
        "queries": len(problem.queries),
        "query_results": describe_queries(of, problem.queries),
        "checked_queries": len(queries),
        "mutation": mutate,
        "trials": trials,
        "checks": [outcome.as_document() for outcome in outcomes],
        "passed": all(outcome.passed for outcome in outcomes) and (checked is None or checked.passed),
    }
    if checked:
        document["checked"] = checked.as_document()
    writing = Writing(document)
    if figures:
        from dlhw.hopfield.figures import draw_bifurcation, draw_plane

        with writing.attempt("figures"):
            drawn = [*draw_plane(problem.energy, [], figures), *draw_bifurcation(figures)]
            document["figures"] = [str(path) for path in drawn]
    document["seconds"] = round(time.perf_counter() - started, 3)
    finish(document, (checked_result(document["checked"]) if checked else views.energy_result(document)), json=json)
    writing.end()
    failed = [outcome.claim.id for outcome in outcomes if not outcome.passed]
    if failed:
        raise DlhwError(
            f"claim{'s' if len(failed) > 1 else ''} {', '.join(failed)} did not hold",
            f"that is the mistake of --mutate {mutate}, caught" if mutate else "please report the memory it failed on",
        )
    if checked:
        fail_if_wrong(checked)
