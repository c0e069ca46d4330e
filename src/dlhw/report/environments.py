"""Where the parts of a page were computed and trained: each keeps its own environment, and the page names them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

KEPT = ("device_name", "threads", "threads_each", "system", "versions", "date")
"""What a page says of an environment. A command line may hold a person's paths, and stays where it is."""


def described(environment: Mapping[str, Any]) -> dict[str, Any]:
    """An ``environment.json`` without what is private; what it lacks is ``None``."""
    system = str(environment.get("system")).split("-")[0]  # without the name of a kernel
    return {**{name: environment.get(name) for name in KEPT}, "system": system}


@dataclass(frozen=True, kw_only=True)
class Use:
    """An environment, and what was done in it."""

    trained: tuple[str, ...]
    """The questions that were trained there."""

    computed: tuple[str, ...]
    """The questions that were computed there, or measured after a training."""

    environment: Mapping[str, Any]
    """As :func:`described` has it."""

    dates: tuple[str, ...]
    """The first and the last day, as in ``2026-11-26``; one where they are the same, none where none is known."""

    @property
    def threads(self) -> str:
        """``4``, or ``4, 1 each`` where trainings shared them."""
        all_of_them, each = self.environment["threads"], self.environment["threads_each"]
        return str(all_of_them) if each in (None, all_of_them) else f"{all_of_them}, {each} each"


def uses(parts: Iterable[tuple[str, Mapping[str, Any] | None, Iterable[Mapping[str, Any]]]]) -> list[Use]:
    """Every environment once, with the questions that used it.

    Args:
        parts: of each question its name, where it was computed, and where its trainings were made.
    """
    found: dict[str, dict[str, Any]] = {}
    for question, computed, trained in parts:
        both = [("computed", one) for one in (computed,) if one] + [("trained", one) for one in trained]
        for doing, environment in both:
            # What is of another day is the same environment, what is of an unknown one a row of its own.
            each, known = environment["threads_each"] or environment["threads"], environment["date"] is not None
            same = repr({**environment, "threads_each": each, "date": known})
            use = found.setdefault(same, {"computed": [], "trained": [], "dates": set(), "environment": environment})
            if question not in use[doing]:
                use[doing].append(question)
            if environment["date"]:
                use["dates"].add(environment["date"])
    return [
        Use(
            trained=tuple(use["trained"]),
            computed=tuple(use["computed"]),
            environment=use["environment"],
            dates=tuple(dict.fromkeys(sorted(use["dates"])[:: max(len(use["dates"]) - 1, 1)])),
        )
        for use in found.values()
    ]
