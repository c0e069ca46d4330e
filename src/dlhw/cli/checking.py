"""``--check FILE`` of the commands of Question 1: a person's functions, executed and checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlhw.errors import DlhwError

if TYPE_CHECKING:
    from dlhw.hopfield.checking.check import Checked
    from dlhw.hopfield.checking.functions import Function
    from dlhw.hopfield.problem import Problem

Check = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Check the functions in a Python file. It is executed: check only files that you trust."
    ),
]


def check_functions(
    path: Path, functions: Sequence[Function], problem: Problem, *, beta: float | None, trials: int = 0
) -> Checked:
    """Check a file on the memory that is asked about, the fixed ones, and random ones.

    Raises:
        DataError: as ``check_file``.
    """
    from dlhw.console.streams import show_traceback
    from dlhw.hopfield.checking.check import check_file
    from dlhw.hopfield.checking.memories import gather_memories
    from dlhw.hopfield.instances import QUERIES_AT_MOST, gather_instances

    queries = problem.queries[:QUERIES_AT_MOST]
    instances = gather_instances(problem.energy, queries, trials=trials, seed=problem.seed)
    memories = gather_memories(instances, seed=problem.seed, source=problem.source)
    checked = check_file(path, functions, memories, beta=beta)
    for result in checked.results:
        if result.traceback:
            show_traceback(path.name, result.traceback)
    return checked


def fail_if_wrong(checked: Checked) -> None:
    """End a command whose file did not pass.

    Raises:
        DlhwError: a function is wrong.
    """
    wrong = [result for result in checked.results if not result.passed]
    if not wrong:
        return
    names = ", ".join(result.function.name for result in wrong)
    if any(result.mistake for result in wrong):
        hint = "the result says where, and which known mistake gives the same answers"
        if any(result.instance and not result.mistake for result in wrong):
            hint += "; of the others --json has q, X and β"
    elif any(result.instance for result in wrong):
        hint = "the result says where; --json has q, X and β of that state, for a test of your own"
    else:
        hint = "the result says why there was no answer to compare"
    raise DlhwError(f"{len(wrong)} of {len(checked.results)} functions in {checked.file} are not right: {names}", hint)
