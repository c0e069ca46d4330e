from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlhw.errors import DlhwError
from dlhw.ocr.rendering.contact_sheet import GAP, HEADER, HEADING_WIDTH, MARGIN, PAPER, WIDTH, draw_sheet
from dlhw.ocr.rendering.export import check_sheet, make_folder, write_folder
from dlhw.ocr.rendering.rendered import rendered_words
from dlhw.ocr.words.source import WordSource


@pytest.fixture(autouse=True)
def _no_system_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlhw.ocr.rendering.fonts.system_files", list)


def test_the_folder_holds_each_word_and_its_text(tmp_path: Path) -> None:
    words = rendered_words(WordSource.checked("fr"), "train", seed=5)
    make_folder(tmp_path / "new" / "words")
    write_folder(words, 12, tmp_path / "new" / "words")
    lines = (tmp_path / "new" / "words" / "labels.tsv").read_bytes().decode().split("\n")
    assert lines.pop() == ""
    assert len(lines) == 12
    for index, line in enumerate(lines):
        name, text = line.split("\t")
        assert text == words.text(index)
        with Image.open(tmp_path / "new" / "words" / name) as image:
            np.testing.assert_array_equal(image, words.image(index))


def test_the_sheet_is_as_wide_as_it_should_be_and_overlaps_nothing() -> None:
    black = [("x", Image.new("RGB", (width, 30), "black")) for width in (10, 300, 5000, 40, 40, 700, 900)]
    sheet = draw_sheet(black, "a title")
    assert sheet.width == WIDTH
    pixels = np.asarray(sheet)
    assert (pixels[:, :20] == PAPER).all()
    assert (pixels[:, -20:] == PAPER).all()
    dark = (pixels.max(axis=2) < 10).sum()
    assert dark == pytest.approx(60 * (20 + 600 + 1520 + 80 + 80 + 1400 + 1520), rel=0.01)


def test_a_sheet_has_a_row_with_a_heading_for_each_kind() -> None:
    black = Image.new("RGB", (60, 60), "black")
    kinds = [("arc, 27.0%", [("x", black)] * 3), ("neon, 3.0%", [("x", black)] * 40)]
    sheet = draw_sheet([("x", black)], "a title", kinds)
    rows = np.asarray(sheet)[HEADER:-1].reshape(-1, WIDTH, 3)
    height = (sheet.height - HEADER - MARGIN) // 3
    dark = [
        (rows[at * height : at * height + 60, MARGIN + HEADING_WIDTH + GAP // 2 :].max(axis=2) < 10).any(axis=0)
        for at in (0, 1, 2)
    ]
    assert [int(row.sum()) for row in dark[1:]] == [3 * 60, 16 * 60], "as many words as fit in one row"
    assert (rows[height : height + 60, MARGIN : MARGIN + HEADING_WIDTH].min(axis=2) < 100).any(), "the heading"


def test_a_sheet_of_nothing_is_still_a_sheet() -> None:
    assert draw_sheet([], "nothing").width == WIDTH


def test_places_that_cannot_be_written_are_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").touch()
    for folder, message in ((tmp_path / "full", "is not empty"), (tmp_path / "full" / "letter.txt", "is a file")):
        with pytest.raises(DlhwError, match=message):
            make_folder(folder)
    with pytest.raises(DlhwError, match="could not write"):
        make_folder(tmp_path / "full" / "letter.txt" / "below")
    for sheet, count, message in (
        (tmp_path / "words.gif", 1, "draws a .png, got words.gif"),
        (tmp_path / "words.png", 10_000, "at most 3,000 words"),
        (tmp_path / "nowhere" / "words.png", 1, "no such folder"),
    ):
        with pytest.raises(DlhwError, match=message):
            check_sheet(sheet, count)
    make_folder(tmp_path / "empty")
    check_sheet(tmp_path / "words.PNG", 10)


def test_what_an_interrupted_rendering_left_gives_way_to_the_next(tmp_path: Path) -> None:
    make_folder(tmp_path / "words")
    (tmp_path / "words/images/000000.png").write_bytes(b"half")
    make_folder(tmp_path / "words")
    assert not list((tmp_path / "words/images").iterdir())
    (tmp_path / "words/images/mine.png").touch()
    with pytest.raises(DlhwError, match="is not empty"):
        make_folder(tmp_path / "words")
    assert (tmp_path / "words/images/mine.png").exists()
