"""Which known mistake gives the same answers as a function that is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dlhw.hopfield.checking.functions import tolerance
from dlhw.hopfield.checking.judging import EPS_SINGLE, Answer, Result
from dlhw.hopfield.checking.mistakes import MISTAKES, Mistake, make_mistake

TRANSPOSE = next(mistake for mistake in MISTAKES if mistake.name == "transpose")
AXIS = next(mistake for mistake in MISTAKES if mistake.name == "axis")


@dataclass(frozen=True)
class Diagnosis:
    """What explains the functions that failed.

    Args:
        found: mistakes, and the functions whose answers each gives.
        unexplained: functions that are wrong in a way that is not known.
        stopped: functions that could not be judged.
    """

    found: tuple[tuple[Mistake, tuple[str, ...]], ...]
    unexplained: tuple[str, ...]
    stopped: tuple[str, ...]

    def sentences(self) -> list[str]:
        """For people, a sentence each."""
        lines = []
        for mistake, names in self.found:
            verb = "behaves" if len(names) == 1 else "behave"
            again = f" (dlhw energy --mutate {mistake.name} makes that mistake)" if mistake.mutation else ""
            lines.append(f"{_listed(names)} {verb} as if {mistake.behaves}{again}")
        if self.unexplained:
            lines.append(f"no known mistake gives the answers of {_listed(self.unexplained)}")
        if self.stopped:
            lines.append(f"{_listed(self.stopped)} gave no answers to compare")
        return lines


def diagnose(results: Sequence[Result]) -> Diagnosis:
    """Find the fewest mistakes that explain the functions that failed, and mark each function with its own.

    A function that is right for one query, and for several as if the softmax ran over them, has failed too.
    """
    for result in results:
        batched = [answer for answer in result.answers if answer.batched]
        if result.at_once is not None and _gives(AXIS, result, batched):
            result.passed, result.remark, result.mistake = False, "", AXIS.name
            result.worst, result.tolerance = result.at_once.worst, result.at_once.tolerance
            result.instance, result.precision = result.at_once.instance, None
    failed = [result for result in results if not result.passed]
    open_ones = [result for result in failed if result.answers and result.mistake is None]
    gives = {mistake.name: [result for result in open_ones if _explains(mistake, result)] for mistake in MISTAKES}
    while any(gives.values()):
        name = max(gives, key=lambda each: len(gives[each]))
        for result in gives[name]:
            result.mistake = name
        gives = {key: [result for result in found if result.mistake is None] for key, found in gives.items()}
    found = [
        (mistake, tuple(result.function.name for result in failed if result.mistake == mistake.name))
        for mistake in MISTAKES
    ]
    return Diagnosis(
        found=tuple((mistake, names) for mistake, names in found if names),
        unexplained=tuple(result.function.name for result in failed if result.answers and result.mistake is None),
        stopped=tuple(result.function.name for result in failed if not result.answers),
    )


def _explains(mistake: Mistake, result: Result) -> bool:
    if result.layout == "columns":
        return mistake is TRANSPOSE
    return _gives(mistake, result, result.answers)


def _gives(mistake: Mistake, result: Result, answers: Sequence[Answer]) -> bool:
    """Whether a mistake gives all these answers, and is no other way to say the truth."""
    differs = False
    for answer in answers:
        memory = answer.memory
        energy = make_mistake(mistake, memory.patterns, memory.beta)
        if energy is None:
            continue
        expected = result.function.truth(energy, answer.states)
        allowed = 4 * tolerance(result.function, memory.energy(), answer.states, EPS_SINGLE)
        allowed = allowed * max(1.0, energy.beta / memory.beta, 1 / memory.beta)
        judged = ~answer.overflowed
        if not bool((answer.errors(expected) <= allowed)[judged].all()):
            return False
        apart = (expected - answer.truth).abs().reshape(len(expected), -1).amax(dim=1)
        differs |= bool((apart > 10 * allowed)[judged].any())
    return differs


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
