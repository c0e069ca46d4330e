from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

from dlhw.cli.ocr import check
from dlhw.ocr.preprocessing import MAX_MEGAPIXELS
from tests.conftest import Invoke
from tests.ocr.folders import noise, words_folder, write


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return words_folder(tmp_path / "words", {"images/a.png": "Hello", "images/b.png": "5 €"})


@pytest.fixture
def bad(good: Path) -> Path:
    with (good / "labels.tsv").open("a") as file:
        file.write("images/gone.png\tgone\nimages/\x1b[31mred.png\t[bold]red\nimages/a.png\t\nimages/b.png\t5 €\n")
    write(good / "images/text.png", "hello")
    with (good / "labels.tsv").open("a") as file:
        file.write("images/text.png\ttext\n")
    return good


def test_good_words_pass(good: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "check", good)
    assert (outcome.code, outcome.stderr) == (0, "")
    assert "tab-separated labels" in outcome.stdout
    assert "␣5Helo€" in outcome.stdout
    assert outcome.stdout.rstrip().endswith("Every row can be used.")


def test_bad_rows_are_listed_with_file_and_line_and_fail(bad: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "check", bad)
    assert outcome.code == 1
    lines = [line.split() for line in outcome.stdout.splitlines()]
    assert ["labels.tsv:3", "images/gone.png"] in lines
    assert ["labels.tsv:4", r"images/\u001b[31mred.png"] in lines, "no escape sequence reaches the terminal"
    assert ["labels.tsv:7", "images/text.png", "not", "an", "image"] in lines
    assert "2 of 7 rows" in outcome.stdout
    assert "\x1b" not in outcome.stdout
    assert "error: 4 of 7 rows cannot be used" in outcome.stderr
    assert "hint: training leaves these rows out" in outcome.stderr


def test_as_json(bad: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "check", bad, "--json")
    document = json.loads(outcome.stdout)
    assert outcome.code == 1
    assert document.keys() == {
        "command", "version", "data", "format", "words", "splits", "alphabet", "lengths", "widths", "faults",
        "rejected", "skipped", "remarks", "warnings", "passed", "seconds",
    }  # fmt: skip
    assert (document["command"], document["data"], document["words"]) == ("ocr check", str(bad), 2)
    assert document["passed"] is False
    assert [row["line"] for row in document["rejected"]] == [3, 4, 5, 7]
    assert document["rejected"][0] == {
        "file": f"{bad}/labels.tsv",
        "line": 3,
        "image": "images/gone.png",
        "kind": "no such image",
        "reason": "no such image",
    }
    assert [row["line"] for row in document["skipped"]] == [6]


def test_thousands_of_bad_rows_are_counted_and_not_all_printed(tmp_path: Path, invoke: Invoke) -> None:
    write(tmp_path / "labels.tsv", "".join(f"{index}.png\tgone\n" for index in range(3000)))
    outcome = invoke("ocr", "check", tmp_path)
    assert len(outcome.stdout.splitlines()) < 80
    assert "… and 2,950 more; --json names all" in outcome.stdout
    assert "3,000 of 3,000 rows cannot be used" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nowhere"], 1, "there is nothing at nowhere"),
        (["words/images"], 1, "has no labels"),
        (["words", "--max-megapixels", "0"], 2, "--max-megapixels must be above 0 and at most 178, got 0"),
        (["words", "--max-megapixels", "nan"], 2, "got nan"),
        ([], 2, "DATA"),
    ],
)
def test_bad_options_are_said(arguments: list[str], code: int, message: str, good: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "check", *arguments)
    assert outcome.code == code
    assert outcome.stdout == ""
    assert message in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_the_default_limit_is_the_one_that_reading_has() -> None:
    assert inspect.signature(check).parameters["max_megapixels"].default == MAX_MEGAPIXELS


def test_a_repeated_row_is_shown_and_passes(good: Path, invoke: Invoke) -> None:
    with (good / "labels.tsv").open("a") as file:
        file.write("images/a.png\tHello\n")
    outcome = invoke("ocr", "check", good)
    assert (outcome.code, outcome.stderr) == (0, "")
    assert "Row repeated\n  labels.tsv:3  images/a.png  as line 1" in outcome.stdout
    assert outcome.stdout.rstrip().endswith("No row is faulty.")


def test_images_that_are_in_two_splits_are_said(tmp_path: Path, invoke: Invoke) -> None:
    """Equal pixels under other names; another image of the same word is another image."""
    words_folder(tmp_path / "words/train", {"a.png": "Hello", "b.png": "You"})
    words_folder(tmp_path / "words/test", {"c.png": "Hello", "d.png": "other"})
    noise(seed=9).save(tmp_path / "words/test/d.png")
    outcome = invoke("ocr", "check", tmp_path / "words")
    assert outcome.code == 0
    assert "1 of 2 test images is in the training split too, pixel for pixel" in outcome.stdout


def test_the_limit_reaches_the_images(good: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "check", good, "--max-megapixels", "0.001")
    assert outcome.code == 1
    assert "pixels exceed the limit of 0.001 megapixels" in outcome.stdout


def test_real_words_pass(real_data: Path, invoke: Invoke) -> None:
    document = json.loads(invoke("ocr", "check", real_data / "iiit5k/train", "--json").stdout)
    assert (document["words"], document["alphabet"]["size"], document["passed"]) == (1797, 62, True)
    assert document["lengths"]["largest"] == 22
