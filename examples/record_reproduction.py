"""Record what a terminal shows during ``dlhw reproduce --quick``, as an SVG that moves.

::

    uv run python examples/record_reproduction.py docs/figures/reproduce.svg

The reproduction is a real one, made in a folder that is thrown away; its overview is noted when it begins, and
whenever a part ends or has come half its way. Each note becomes a still of rich's, and the stills take turns.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.text import Text

from dlhw.console.reproduce import PartsDisplay, reproduction_result, title
from dlhw.console.views import LiveView
from dlhw.learning.device import configure
from dlhw.learning.events import Progress
from dlhw.report.parts import PARTS
from dlhw.report.reproduction import Reproduction, Request, Settings
from dlhw.report.scale import QUICK

WIDTH = 106
SECONDS_A_STILL, SECONDS_OF_THE_LAST = 1.2, 8.0
COMMAND = "dlhw reproduce --quick"


class Recorder(PartsDisplay):
    """A display that keeps stills of itself."""

    def __init__(self, heading: str) -> None:
        super().__init__(heading, {part.question: part.title for part in PARTS}, QUICK.seconds)
        self.stills: list[RenderableType] = []
        self._noted: tuple[str, int] = ("", 0)

    def started(self, label: str, rows: Sequence[Any]) -> str:
        line = super().started(label, rows)
        if not self.stills:
            self._note()
        return line

    def advanced(self, label: str, progress: Progress) -> str:
        line = super().advanced(label, progress)
        half = label, int(2 * progress.done)
        if half[1] == 1 and half != self._noted:
            self._noted = half
            self._note()
        return line

    def ended(self, label: str, outcome: Mapping[str, Any]) -> str:
        line = super().ended(label, outcome)
        self._note()
        return line

    def _note(self) -> None:
        self.stills.append(self.frame(100, last=False))


def terminal(shown: RenderableType) -> Console:
    """A console that was shown something, and remembers it."""
    console = Console(record=True, width=WIDTH, force_terminal=True, color_system="truecolor", file=StringIO())
    console.print(Text(f"$ {COMMAND}", style="bold"), shown)
    return console


def moving(stills: list[RenderableType]) -> str:
    """One SVG in which the stills take turns; who wants no motion sees the last."""
    consoles = [terminal(shown) for shown in stills]
    lines = [len(console.export_text(clear=False).splitlines()) for console in consoles]
    drawn = []
    for place, (console, count) in enumerate(zip(consoles, lines, strict=True)):
        console.print("\n" * (max(lines) - count))  # so that all are equally high
        svg = console.export_svg(title=COMMAND, unique_id=f"still{place}")
        # Without fonts from elsewhere, and without a frame around each line to cut off what nowhere sticks out.
        drawn.append(re.sub(r'@font-face \{.*?\}|<clipPath.*?</clipPath>|clip-path="[^"]*"', "", svg, flags=re.S))
    box = re.search(r'viewBox="([^"]+)"', drawn[0])
    assert box is not None
    total = SECONDS_A_STILL * (len(drawn) - 1) + SECONDS_OF_THE_LAST
    rules, parts = [], []
    for place, svg in enumerate(drawn):
        begin, end = (SECONDS_A_STILL * at / total * 100 for at in (place, place + 1))
        last = place == len(drawn) - 1
        shown = f"{begin:.3f}% {{ opacity: 1 }}" + ("" if last else f" {end:.3f}% {{ opacity: 0 }}")
        rules.append(f"@keyframes turn{place} {{ 0% {{ opacity: {int(place == 0)} }} {shown} }}")
        rules.append(f"#turn{place} {{ opacity: {int(last)}; animation: turn{place} {total:.1f}s step-end infinite }}")
        parts.append(f'<g id="turn{place}">{svg}</g>')
    still_rules = "@media (prefers-reduced-motion: reduce) { g { animation: none !important } }"
    style = "\n".join([*rules, still_rules])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1]}">'
        f"<title>{COMMAND}, recorded</title><style>{style}</style>{''.join(parts)}</svg>\n"
    )


def main(path: Path) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Reproduction.start_or_resume(Settings(scale=QUICK), Request(), configure(), out=Path(folder)) as reproduction,
    ):
        recorder = Recorder(title(QUICK.name, None, "runs/reproduce/1"))
        with LiveView(recorder) as observer:
            entries = reproduction.make(observer=observer)
        document = reproduction.conclude(entries, seconds=0.0)
    result = Group(*reproduction_result({**document, "page": "runs/reproduce/1/index.html"}))
    path.write_text(moving([*recorder.stills, result]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
