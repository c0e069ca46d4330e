"""Processes that render."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlhw.errors import RunError
from dlhw.ocr import epochs
from dlhw.ocr.epochs import FreshWords
from dlhw.ocr.rendering import workers
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.rendered import RenderedWords
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.words.source import WordSource


@pytest.fixture(scope="module")
def row() -> RenderedWords:
    source = WordSource.checked()
    return RenderedWords(source=source, split="train", seed=5, fonts=evaluation_fonts(source.characters))


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PIECE", 16)


@pytest.mark.usefixtures("small_pieces")
def test_processes_render_what_one_would(row: RenderedWords) -> None:
    with Renderer(1) as alone, Renderer(2) as several:
        assert several.render(row, 100, 40).fingerprint() == alone.render(row, 100, 40).fingerprint()


@pytest.mark.parametrize("ahead", [0, 2])
def test_fresh_words_are_new_every_epoch_and_the_same_after_a_resume(
    row: RenderedWords, ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epochs, "CHUNK", 4)
    with Renderer(1) as renderer:
        fresh = FreshWords(row, 10, renderer, ahead=ahead)
        seen = [fresh.chunk(epoch, index) for epoch in (1, 2) for index in range(3)]
        assert [len(words) for words in seen] == [4, 4, 2, 4, 4, 2]
        assert [text for words in seen for text in words.texts] == [row.text(index) for index in range(20)]
        resumed = FreshWords(row, 10, renderer, ahead=ahead).chunk(2, 1)
        assert resumed.fingerprint() == seen[4].fingerprint()


def test_processes_end_with_the_one_that_trains_though_it_is_killed(tmp_path: Path) -> None:
    code = """
import sys
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.rendered import RenderedWords
from dlhw.ocr.words.source import WordSource
from dlhw.ocr.rendering.workers import Renderer
if __name__ == "__main__":
    source = WordSource.checked()
    fonts = evaluation_fonts(source.characters)
    row = RenderedWords(source=source, split="train", seed=5, fonts=fonts)
    with Renderer(2) as renderer:
        renderer.render(row, 0, 256)
        print(*[process.pid for process in renderer._pool._processes.values()], flush=True)
        renderer.render(row, 0, 1_000_000)
"""
    script = tmp_path / "render.py"
    script.write_text(code)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        workers = [int(pid) for pid in process.stdout.readline().split()]
        assert len(workers) == 2
        process.send_signal(signal.SIGKILL)
    until = time.monotonic() + 20
    while any(_runs(pid) for pid in workers):
        assert time.monotonic() < until, "a worker outlived the process that trains"
        time.sleep(0.05)


@pytest.mark.usefixtures("small_pieces")
def test_a_renderer_that_is_killed_is_explained(row: RenderedWords) -> None:
    with Renderer(2) as renderer:
        renderer.render(row, 0, 32)
        assert renderer._pool is not None
        rendering = renderer.submit(row, 0, 4096)
        for process in list(renderer._pool._processes.values()):
            process.kill()
        with pytest.raises(RunError, match="a process that renders words was killed"):
            rendering.result()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"  # an orphan nobody waits for may stay as a zombie where process 1 is no real init


def test_a_renderer_needs_no_torch() -> None:
    code = "import sys, dlhw.ocr.rendering.rendered, dlhw.ocr.rendering.workers; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
