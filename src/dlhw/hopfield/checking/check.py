"""A person's file, checked: from its path to a verdict on each function, and a diagnosis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dlhw.errors import DataError
from dlhw.foreign.process import run_file
from dlhw.hopfield.checking.diagnosis import Diagnosis, diagnose
from dlhw.hopfield.checking.functions import Function
from dlhw.hopfield.checking.judging import Result, judge
from dlhw.hopfield.checking.memories import Memory
from dlhw.hopfield.number_range import check_beta

HELPERS = {"log_sum_exp", "weights"}
"""Functions whose names helpers of another have, too."""

HINT = "give a Python file whose functions are called as energy(q, X, beta), with X a pattern a row"


@dataclass(frozen=True)
class Checked:
    """What was found in a file.

    Args:
        file: its path, as it was given.
        results: of each function that is there.
        missing: names of functions that are not.
        diagnosis: what explains those that failed.
    """

    file: str
    results: tuple[Result, ...]
    missing: tuple[str, ...]
    diagnosis: Diagnosis

    @property
    def passed(self) -> bool:
        """Whether every function that is there is right."""
        return all(result.passed for result in self.results)

    def as_document(self) -> dict[str, Any]:
        """The object ``checked`` of the JSON document."""
        sentences = self.diagnosis.sentences()
        return {
            "file": self.file,
            "functions": [result.as_document() for result in self.results],
            "diagnosis": "; ".join(sentences) or None,
            "missing": list(self.missing),
            "passed": self.passed,
        }


def check_file(
    path: Path, functions: Sequence[Function], memories: Sequence[Memory], *, beta: float | None = None
) -> Checked:
    """Execute a file, call its functions at every state of the memories, and judge what they return.

    Args:
        path: the file. It is executed: only files that are trusted may be checked.
        functions: what to look for.
        memories: what to call them on.
        beta: β of functions that take none, where the file does not name it; 1/√D by default.

    Raises:
        DataError: there is no such file, none of the functions is in it, or it hangs or ends its process.
        TheirFault: it cannot be loaded.
    """
    called = {function.name: _called_on(function, memories) for function in functions}
    request = {"functions": [_request(function, called[function.name]) for function in functions]}
    answers = run_file(path, "dlhw.hopfield.checking.task:evaluate", request, hint=HINT)
    loaded = next(answers)
    results, missing = [], []
    fixed = beta if loaded["beta"] is None else check_beta(loaded["beta"])
    for function, answer in zip(functions, answers, strict=True):
        if answer["kind"] == "missing":
            missing.append(function.name)
            continue
        on = called[function.name]
        without = answer.get("takes_beta") is False and not function.attention
        if without:
            on = [memory.with_beta(memory.attention_beta if fixed is None else fixed) for memory in on]
        result = judge(function, answer, on)
        turned = judge(function, answer["turned"], on) if answer.get("turned") else None
        if turned is not None and turned.passed:
            result = turned
            order = "(X, q, beta)" if answer["takes_beta"] else "(X, q)"
            result.remark = "; ".join(filter(None, [result.remark, f"takes {order}: checked in that order"]))
        if without:
            name = "1/√D" if fixed is None else f"{fixed:g}"
            result.remark = "; ".join(filter(None, [result.remark, f"takes no β: compared with β = {name}"]))
        results.append(result)
    if not results:
        there = ", ".join(loaded["functions"]) or "no function"
        raise DataError(
            f"{path} has none of {', '.join(function.name for function in functions)}; it has {there}",
            f"name one of them so, as in def {functions[0].name}(q, X, beta)",
        )
    return Checked(str(path), tuple(results), tuple(missing), diagnose(results))


def _called_on(function: Function, memories: Sequence[Memory]) -> list[Memory]:
    if not function.attention:
        return list(memories)
    return [replace(memory, beta=memory.attention_beta) for memory in memories]


def _request(function: Function, memories: Sequence[Memory]) -> dict[str, Any]:
    axes = {"number": (), "state": ("D",), "weights": ("N",), "matrix": ("D", "D")}
    return {
        "name": function.name,
        "names": [function.name, *function.aliases],
        "shape": axes[function.shape],
        "batch_only": function.attention,
        "helper": function.name in HELPERS,
        "memories": [memory.as_request() for memory in memories],
    }
