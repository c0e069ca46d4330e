from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import Invoke


@pytest.fixture(autouse=True)
def _no_system_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system's fonts take seconds to look at, and differ."""
    monkeypatch.setattr("dlhw.ocr.rendering.fonts.system_files", list)


def test_render_writes_a_folder_and_a_sheet(invoke: Invoke) -> None:
    outcome = invoke("ocr", "render", "--out", "words", "--sheet", "words.png", "--count", "7", "--split", "test")
    assert outcome.code == 0
    assert "7 words of wordfreq en, test split, full difficulty, in 16 faces" in outcome.stdout
    assert "rendering 7 words" in outcome.stderr
    assert len(Path("words/labels.tsv").read_text().splitlines()) == len(list(Path("words/images").iterdir())) == 7
    with Image.open("words.png") as sheet:
        assert sheet.width == 1600


def test_render_as_json(invoke: Invoke) -> None:
    outcome = invoke(
        "ocr", "render", "--sheet", "s.png", "--count", "3", "--seed", "7", "--difficulty", "plain", "--json"
    )
    document = json.loads(outcome.stdout)
    assert document.keys() == {
        "command", "version", "seed", "words", "source", "words_hash", "split", "difficulty", "characters", "fonts",
        "out", "sheet", "seconds",
    }  # fmt: skip
    assert (document["command"], document["seed"], document["words"]) == ("ocr render", 7, 3)
    assert (document["difficulty"], document["out"], document["sheet"]) == ("plain", None, "s.png")
    assert document["fonts"].keys() == {"faces", "hash", "skipped"}


def test_the_same_seed_writes_the_same_words(invoke: Invoke) -> None:
    for out, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert invoke("ocr", "render", "--out", out, "--count", "5", "--seed", seed).code == 0
    labels = [Path(out, "labels.tsv").read_text() for out in "abc"]
    assert labels[0] == labels[1] != labels[2]
    assert Path("a/images/000003.png").read_bytes() == Path("b/images/000003.png").read_bytes()


def test_words_of_ones_own(invoke: Invoke) -> None:
    Path("list.txt").write_text("".join(f"Wort{number}\n" for number in range(40)))
    assert invoke("ocr", "render", "--word-list", "list.txt", "--out", "w", "--count", "4").code == 0
    assert all("\tWort" in line for line in Path("w/labels.tsv").read_text().splitlines())


def test_fonts_that_cannot_be_used_are_named(invoke: Invoke) -> None:
    from dlhw.ocr.rendering.font_files import matplotlib_files

    Path("fonts").mkdir()
    Path("fonts/good.ttf").write_bytes(matplotlib_files()[0].read_bytes())
    Path("fonts/bad.ttf").write_text("bad")
    outcome = invoke("ocr", "render", "--fonts", "fonts", "--sheet", "s.png", "--count", "2")
    assert outcome.code == 0
    assert "warning: font skipped: fonts/bad.ttf" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "there is nothing to write"),
        (["--sheet", "s.png", "--count", "0"], 2, "--count must be 1 or more, got 0"),
        (["--sheet", "s.png", "--seed", "-1"], 2, "--seed must be 0 or more, got -1"),
        (["--sheet", "s.jpg"], 2, "--sheet draws a .png, got s.jpg"),
        (["--sheet", "nowhere/s.png"], 1, "no such folder"),
        (["--out", "full"], 1, "full is not empty"),
        (["--out", "latin.txt"], 1, "latin.txt cannot be made: it is a file"),
        (["--out", "w", "--language", "xx"], 2, "--language has no words of xx"),
        (["--out", "w", "--language", "ja"], 2, "--language ja cannot be rendered"),
        (["--out", "w", "--word-list", "nowhere.txt"], 1, "--word-list nowhere.txt: there is no such file"),
        (["--out", "w", "--word-list", "empty.txt"], 1, "holds no word"),
        (["--out", "w", "--word-list", "latin.txt"], 1, "line 2: expected UTF-8"),
        (["--out", "w", "--word-list", "long.txt"], 1, "expected at most 24 letters, got 30"),
        (["--out", "w", "--word-list", "one.txt", "--split", "test"], 1, "falls into the test split"),
        (["--out", "w", "--word-list", "chinese.txt"], 1, "fonts lack a glyph for 文"),
        (["--out", "w", "--word-list", "one.txt", "--language", "de"], 2, "two sources of words"),
        (["--out", "w", "--fonts", "nowhere"], 1, "there is no folder nowhere"),
        (["--out", "w", "--fonts", "full"], 1, "there are no fonts in full"),
        (["--out", "w", "--fonts", "full", "--split", "test"], 1, "there are no fonts in full"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(
    arguments: list[str], code: int, message: str, invoke: Invoke
) -> None:
    Path("full").mkdir()
    Path("full/letter.txt").touch()
    Path("empty.txt").touch()
    Path("latin.txt").write_bytes(b"one\ncaf\xe9\n")
    Path("long.txt").write_text("x" * 30)
    Path("one.txt").write_text("house\n")
    Path("chinese.txt").write_text("文\n")
    outcome = invoke("ocr", "render", *arguments)
    assert outcome.code == code
    assert outcome.stdout == ""
    assert message in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert not Path("w").exists()
