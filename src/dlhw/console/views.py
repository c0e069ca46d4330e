"""The two ways in which work is watched: a frame that is redrawn on a terminal, or lines for pipes and logs.

Both receive the same events and keep the same :class:`Schedule`; what is shown of them a :class:`Display` says.
"""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, Literal, Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from dlhw.console.schedule import Schedule
from dlhw.console.streams import printable, talk
from dlhw.learning.events import Observer, Progress, Silence

ProgressStyle = Literal["auto", "live", "plain", "none"]
MINIMUM_WIDTH, MINIMUM_HEIGHT = 80, 15

STOP_NOTED = "stopping after this step, to save the state; once more stops at once"
"""What a first Ctrl-C is answered: one line, also in a terminal of the least width."""


def fits(console: Console) -> bool:
    """Whether a live frame has room and somebody can see it."""
    wide_enough = console.width >= MINIMUM_WIDTH and console.height >= MINIMUM_HEIGHT
    return console.is_terminal and not console.is_dumb_terminal and wide_enough


class Display(ABC):
    """What is shown of one kind of work. It receives each event after the schedule, and returns its line, if any.

    Args:
        title: above all.
        schedule: the tasks.
    """

    seconds_between_frames = 0.1
    """Drawing takes longer than a step of a small memory."""

    hint = ""
    """The last line of the frame while the work is under way."""

    transient = False
    """Whether the frame goes away when the work has ended."""

    seconds_between_lines = 0.0
    """Of lines that say how far a task has come."""

    def __init__(self, title: str, schedule: Schedule) -> None:
        self.title, self.schedule = title, schedule

    def started(self, label: str, rows: Sequence[Any]) -> str:
        """A task begins; see :class:`dlhw.learning.events.Observer`."""
        return ""

    def advanced(self, label: str, progress: Progress) -> str:
        """A task has come so far."""
        return ""

    def ended(self, label: str, outcome: Mapping[str, Any]) -> str:
        """A task has ended."""
        return ""

    @abstractmethod
    def frame(self, height: int, *, last: bool) -> RenderableType:
        """All that is known, in at most ``height`` lines; ``last`` where nothing follows."""


class _View(ABC):
    """An observer: keeps the schedule, and shows what the display says."""

    def __init__(self, display: Display) -> None:
        self._display, self._last = display, 0.0

    def started(self, label: str, rows: Sequence[Any] = ()) -> None:
        self._display.schedule.begin_trial(label, len(rows))
        self._show(self._display.started(label, rows))

    def advanced(self, label: str, progress: Progress) -> None:
        self._display.schedule.advance(label, progress.done)
        self._show_progress(self._display.advanced(label, progress))

    def ended(self, label: str, outcome: Mapping[str, Any]) -> None:
        self._display.schedule.end_trial(label)
        self._show(self._display.ended(label, outcome))

    @abstractmethod
    def _show(self, line: str) -> None: ...

    def _show_progress(self, line: str) -> None:
        if time.perf_counter() - self._last >= self._seconds_between:
            self._show(line)

    @property
    @abstractmethod
    def _seconds_between(self) -> float: ...


class LiveView(_View):
    """Redraws a frame on stderr. The events themselves do so: a thread of its own would take time from the work."""

    def __init__(self, display: Display, should_stop: Callable[[], int] = lambda: 0) -> None:
        super().__init__(display)
        self._console, self._should_stop = talk(), should_stop
        transient = display.transient
        self._live = Live(console=self._console, auto_refresh=False, transient=transient, vertical_overflow="crop")

    def __enter__(self) -> Self:
        self._live.start()
        self._show("")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._display.transient:
            self._show("", last=True)
        self._live.stop()
        if not self._display.transient:
            self._console.print()  # some air before the result

    def _show(self, line: str, *, last: bool = False) -> None:
        if self._should_stop():
            self._display.hint = STOP_NOTED
        self._live.update(self._display.frame(self._console.height, last=last), refresh=True)
        self._last = time.perf_counter()

    @property
    def _seconds_between(self) -> float:
        return self._display.seconds_between_frames


class PlainView(_View):
    """Writes a flushed line on stderr for what is worth one."""

    def __enter__(self) -> Self:
        self._show(self._display.title)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def _show(self, line: str) -> None:
        if line:
            if sys.stderr.isatty():
                talk().print(Text(printable(line)))  # wrapped at words, where a terminal would cut a number
            else:
                sys.stderr.write(printable(line) + "\n")
                sys.stderr.flush()
            self._last = time.perf_counter()

    @property
    def _seconds_between(self) -> float:
        return self._display.seconds_between_lines


def is_live(style: ProgressStyle) -> bool:
    """Whether a frame is redrawn: with ``auto`` on an interactive terminal of at least 80×15."""
    return style == "live" or (style == "auto" and fits(talk()))


def watch(
    style: ProgressStyle, display: Display, should_stop: Callable[[], int] = lambda: 0
) -> AbstractContextManager[Observer]:
    """An observer that shows the events it receives, in a context that cleans up the terminal.

    Args:
        style: as for :func:`is_live`.
        display: what is shown.
        should_stop: whether somebody asked for a stop, which the frame then says.
    """
    if style == "none":
        return nullcontext(Silence())
    return LiveView(display, should_stop) if is_live(style) else PlainView(display)
