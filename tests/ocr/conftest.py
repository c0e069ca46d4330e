"""Small sets of words for the tests of Question 3."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlhw.ocr import lesson
from dlhw.ocr.fonts import evaluation_fonts
from dlhw.ocr.rendered import RenderedWords
from dlhw.ocr.words import WordSource


@pytest.fixture(autouse=True)
def _no_system_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system's fonts take seconds to look at, and differ."""
    monkeypatch.setattr("dlhw.ocr.fonts.system_files", list)


@pytest.fixture(autouse=True)
def _few_rendered_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight words to be measured on, where the commands render thousands."""
    monkeypatch.setattr(lesson, "RENDERED_SIZES", {"validation": 8, "test": 8})


@pytest.fixture(scope="session")
def own_words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sixty labelled pictures of words."""
    folder = tmp_path_factory.mktemp("own words")
    source = WordSource.checked()
    fonts = evaluation_fonts(source.characters)
    row = RenderedWords(source=source, split="train", seed=9, fonts=fonts, difficulty="plain")
    lines = []
    for index in range(60):
        text, picture = row.example(index)
        picture.save(folder / f"{index}.png")
        lines.append(f"{index}.png\t{text}\n")
    (folder / "labels.tsv").write_text("".join(lines))
    return folder
