"""The page: a template filled with the results of the parts. It needs no script and no other file."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dlhw.report.environments import uses
from dlhw.report.full_run import full_run, full_run_data
from dlhw.report.section import Section, Value

TEMPLATES = Path(__file__).parent / "templates"

DEFAULT_SEED = 42
"""Of ``dlhw reproduce``, and not named in its command."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A part of the homework as the page has it."""

    question: str
    title: str
    status: Literal["done", "kept", "failed", "missing"]
    section: Section | None = None
    """Its result; ``None`` where it failed or was not asked for."""

    seconds: float = 0.0
    environment: Mapping[str, Any] | None = None
    """Where it was computed, as :func:`dlhw.report.environments.described` has it."""

    reason: str = ""
    """Why it failed."""

    error: Exception | None = None
    """The same as it was raised, for ``--debug``; a part that is read again has none."""

    @property
    def anchor(self) -> str:
        """Its name within the page."""
        return f"question-{self.question}"

    @property
    def passed(self) -> bool:
        """Whether it was made, and what it claims holds."""
        return self.section is not None and self.section.holds

    def as_document(self) -> dict[str, Any]:
        """An entry in ``parts`` of the document."""
        return {
            "question": self.question,
            "title": self.title,
            "status": self.status,
            "passed": None if self.status == "missing" else self.passed,
            "seconds": round(self.seconds, 3),
            "reason": self.reason or None,
            "command": None if self.section is None else self.section.command,
            "environment": self.environment,
            "carried_over": None if self.section is None else self.section.carried_over or None,
            "trained": [] if self.section is None else list(self.section.environments),
        }


def render_page(
    entries: Sequence[Entry],
    *,
    plan: Mapping[str, Any],
    hand_in: Mapping[str, Any] | None = None,
    today: date | None = None,
) -> str:
    """The page as HTML.

    Args:
        entries: every part of the homework, in order.
        plan: ``scale``, ``seed``, ``version``, and ``source``: the data's name, ``None`` for procedural landscapes.
        hand_in: another group's numbers, judged, as ``judged_document`` has them.
        today: the date that stands on it.
    """
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "value": shown,
        "day": day,
        "interval": interval,
        "clock": clock,
        "markup": Markup,
        "command": command,
    }
    today = today or date.today()
    return templates.get_template("page.html.jinja").render(
        parts={entry.question: entry for entry in entries},
        entries=entries,
        plan=plan,
        hand_in=hand_in,
        quick=plan["scale"] == "quick",
        written_by=written_by(entries, plan, hand_in),
        trained=any(entry.section and entry.section.environments for entry in entries),
        kept=full_run(),
        kept_data=full_run_data(),
        environments=uses(
            (entry.question, entry.environment, entry.section.environments) for entry in entries if entry.section
        ),
        today=day(today.isoformat()),
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        failed=[entry for entry in entries if entry.status == "failed"],
        made=[entry.question for entry in entries if entry.status != "missing"],
        missing=[entry for entry in entries if entry.status == "missing"],
        training_seconds=sum(entry.section.training_seconds for entry in entries if entry.section),
    )


def written_by(entries: Sequence[Entry], plan: Mapping[str, Any], hand_in: Mapping[str, Any] | None) -> str:
    """The command that makes these parts, whichever commands have made them one after the other."""
    there = [entry.question for entry in entries if entry.status != "missing"]
    words = ["dlhw", "reproduce", *(["--full"] if plan["scale"] == "full" else [])]
    words += [word for question in there for word in ("--only", question) if len(there) < len(entries)]
    words += ["--data", plan["source"]] * (plan["source"] is not None)
    words += ["--reported", hand_in["file"]] if hand_in else []
    words += ["--seed", str(plan["seed"])] * (plan["seed"] != DEFAULT_SEED)
    return shlex.join(words)


def shown(value: Value, *, signed: bool = False) -> str:
    """A value of a table: a share with four decimals, a count with its thousands apart, a word as it is."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:+.4f}".replace("-", "−") if signed else f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else value


def interval(low: float | None, high: float | None) -> str:
    """A 95 % interval, or nothing."""
    return "" if low is None or high is None else f"{low:.3f} to {high:.3f}".replace("-", "−")


def day(date_: str) -> str:
    """A day as a person writes it.

    Example:
        >>> day("2025-01-31")
        '31 January 2025'
    """
    found = date.fromisoformat(date_)
    return f"{found.day} {found:%B %Y}"


def command(text: str) -> Markup:
    """A command as it is typed, broken between its words alone."""
    words = (Markup('<span class="word">{}</span>').format(word) for word in text.split())
    return Markup("<code>{}</code>").format(Markup(" ").join(words))


def clock(seconds: float) -> str:
    """A duration for reading.

    Example:
        >>> clock(75)
        '1 min 15 s'
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s" if seconds < 10 else f"{rest} s"
