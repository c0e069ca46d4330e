"""Whether a function's answers are right: compared with `Energy` at every state, within what rounding may do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dlhw.hopfield.checking.functions import Function, tolerance
from dlhw.hopfield.checking.memories import Memory
from dlhw.hopfield.rounding import EPS

EPS_SINGLE = torch.finfo(torch.float32).eps

LARGEST_EXPONENT = 80.0
"""exp() of a larger score overflows in float32, and of a smaller one than minus this underflows."""

SHOWN_AT_MOST = 1024
"""Numbers of a failing instance that are shown."""


@dataclass(frozen=True)
class Answer:
    """What a function returned, beside what is right.

    Args:
        memory: on which memory.
        states: at which states, (K, D): one, or those of a batch.
        index: of the first of them.
        batched: whether they were given at once.
        values: what was returned, (K, ...).
        truth: what is right, (K, ...).
        large: the state's scores are too large for a plain exp(), (K,).
    """

    memory: Memory
    states: Tensor
    index: int
    batched: bool
    values: Tensor
    truth: Tensor
    large: Tensor

    def errors(self, against: Tensor | None = None) -> Tensor:
        """The largest error of an entry at each state, (K,), against the truth or something else."""
        missed = self.values - (self.truth if against is None else against)
        return missed.abs().reshape(len(missed), -1).amax(dim=1)

    @property
    def overflowed(self) -> Tensor:
        """States at which a plain exp() overflows, and did, (K,)."""
        return ~self.values.reshape(len(self.values), -1).isfinite().all(dim=1) & self.large


@dataclass
class Result:
    """What is known of a person's function.

    Args:
        function: which one.
        passed: all answers are right.
        worst: the error that comes closest to its tolerance, or passes it farthest; ``None`` without a number.
        tolerance: what rounding may do there.
        precision: ``float64``, or ``float32`` where it is right to single precision only.
        instance: where that was; with its numbers where it failed.
        error: why it could not be judged, in a line.
        traceback: theirs.
        remark: what is not wrong, and worth knowing.
        answers: all that was compared.
        layout: how the patterns lie in X for it to run at all.
        mistake: the known one that gives its answers.
        at_once: what is known of several queries at once, where that is wrong and one query is right.
    """

    function: Function
    passed: bool = False
    worst: float | None = None
    tolerance: float | None = None
    precision: str | None = None
    instance: dict[str, Any] | None = None
    error: str | None = None
    traceback: str | None = None
    remark: str = ""
    answers: list[Answer] = field(default_factory=list)
    layout: str = "rows"
    mistake: str | None = None
    at_once: Result | None = None

    def as_document(self) -> dict[str, Any]:
        """An entry of ``checked.functions`` in the JSON document."""
        return {
            "name": self.function.name,
            "passed": self.passed,
            "worst": self.worst,
            "tolerance": self.tolerance,
            "instance": self.instance,
            "precision": self.precision,
            "claims": list(self.function.claims),
            "mistake": self.mistake,
            "error": self.error,
            "traceback": self.traceback,
            "remark": self.remark or None,
        }


def judge(function: Function, given: dict[str, Any], memories: Sequence[Memory]) -> Result:
    """Compare what a function returned with what is right.

    Args:
        function: which one.
        given: the runner's answer: ``answers`` and ``layout``, or ``error``.
        memories: those it was called on, with the β that it used.

    Returns:
        Whether every answer lies within its tolerance, in double precision or at least in single, with the answer that
        comes closest to its tolerance or passes it farthest. An error of theirs is a result, and nothing is raised.
    """
    if "error" in given:
        return Result(function, error=given["error"]["message"], traceback=given["error"]["traceback"])
    answers = [answer for memory, rows in zip(memories, given["answers"], strict=True)
               for answer in _compare(function, memory, rows)]  # fmt: skip
    result = Result(function, answers=answers, layout=given["layout"])
    if given["layout"] == "columns":
        result.error = "it runs only with the patterns as the columns of X"
        return result
    single = [answer for answer in answers if not answer.batched]
    batched = [answer for answer in answers if answer.batched]
    decisive = single or batched
    _settle(result, decisive)
    if single and batched and result.passed:
        whole = Result(function)
        _settle(whole, batched)
        if whole.passed:
            if "float32" in (result.precision, whole.precision):
                result.precision = "float32"
            if (whole.worst or 0) * (result.tolerance or 1) > (result.worst or 0) * (whole.tolerance or 1):
                result.worst, result.tolerance, result.instance = whole.worst, whole.tolerance, whole.instance
        else:
            result.at_once = whole
            result.remark = "takes one query at a time: of several at once its answers differ"
    note = ""
    if any(bool(answer.overflowed.any()) for answer in answers):
        note = "exp() overflows at large scores: subtract the largest score first"
    elif result.passed and result.precision == "float32":
        note = "right to single precision only: is something float32, or do digits cancel?"
    result.remark = "; ".join(filter(None, [result.remark, note]))
    return result


def _settle(result: Result, answers: Sequence[Answer]) -> None:
    """Decide by some of the answers, in double precision, else in single."""
    for name, eps in (("float64", EPS), ("float32", EPS_SINGLE)):
        worst: tuple[float, float, float, Answer, int] | None = None
        for answer in answers:
            energy = answer.memory.energy()
            allowed = tolerance(result.function, energy, answer.states, eps)
            errors = answer.errors().masked_fill(answer.overflowed, 0.0)
            severity = (errors / allowed).nan_to_num(nan=math.inf)
            row = int(severity.argmax())
            if worst is None or float(severity[row]) > worst[0]:
                worst = float(severity[row]), float(errors[row]), float(allowed[row]), answer, row
        assert worst is not None
        result.passed, result.precision = worst[0] <= 1, name
        if name == "float64" or result.passed:
            result.worst = worst[1] if math.isfinite(worst[1]) else None
            result.tolerance = worst[2]
            result.instance = _described(worst[3], worst[4], failed=not result.passed)
        if result.passed:
            return
    result.precision = None


def _compare(function: Function, memory: Memory, rows: Sequence[dict[str, Any]]) -> list[Answer]:
    energy = memory.energy()
    truth = function.truth(energy, memory.q)
    large = energy.scores(memory.q).abs().amax(dim=-1) > LARGEST_EXPONENT
    answers = []
    for row in rows:
        at = slice(0, memory.batch) if row["batched"] else slice(row["state"], row["state"] + 1)
        values = torch.from_numpy(np.asarray(row["values"], dtype=np.float64))
        values = values if row["batched"] else values[None]
        values = values.reshape(truth[at].shape)
        answers.append(Answer(memory, memory.q[at], at.start, row["batched"], values, truth[at], large[at]))
    return answers


def _described(answer: Answer, row: int, *, failed: bool) -> dict[str, Any]:
    memory, state = answer.memory, answer.index + row
    numbers: dict[str, Any] = {"q": None, "X": None, "expected": None, "returned": None}
    if failed:
        values = [None if not math.isfinite(value) else value for value in answer.values[row].flatten().tolist()]
        small = memory.patterns.numel() <= SHOWN_AT_MOST
        numbers = {
            "q": memory.q[state].tolist() if small else None,
            "X": memory.patterns.tolist() if small else None,
            "expected": answer.truth[row].flatten().tolist()[:SHOWN_AT_MOST],
            "returned": values[:SHOWN_AT_MOST],
        }
    return {
        "memory": memory.name,
        "patterns": len(memory.patterns),
        "dimension": memory.patterns.shape[1],
        "beta": memory.beta,
        "state": memory.places[state],
        "queries_at_once": len(answer.states) if answer.batched else 1,
        **numbers,
    }
