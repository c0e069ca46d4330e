"""Which way progress is shown."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

from dlhw.console.streams import talk
from dlhw.console.views import Display, LiveView, PlainView, fits
from dlhw.learning.events import Observer, Silence

ProgressStyle = Literal["auto", "live", "plain", "none"]


def watch(style: ProgressStyle, display: Display) -> AbstractContextManager[Observer]:
    """An observer that shows the events it receives, in a context that cleans up the terminal.

    Args:
        style: ``auto`` is live on an interactive terminal of at least 80×15, else plain.
        display: what is shown.
    """
    if style == "none":
        return nullcontext(Silence())
    if style == "live" or (style == "auto" and fits(talk())):
        return LiveView(display)
    return PlainView(display)
