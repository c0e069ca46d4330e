from __future__ import annotations

from pathlib import Path

from dlhw.ocr.check import describe_words
from dlhw.ocr.sources import load_words
from tests.ocr.folders import noise, words_folder, write


def test_what_the_words_hold_is_counted(tmp_path: Path) -> None:
    folder = words_folder(tmp_path, {"a.png": "abba", "b.png": "a", "c.png": "é"})
    for name, width in (("a.png", 64), ("b.png", 40), ("c.png", 900)):
        noise(width, 32).save(folder / name)
    document = describe_words(load_words(folder))
    assert document["words"] == 3
    assert document["splits"] is None
    assert list(document["alphabet"]["counts"].items()) == [("a", 3), ("b", 2), ("é", 1)]
    assert document["alphabet"]["size"] == 3
    assert document["lengths"] == {
        "smallest": 1, "p5": 1, "p25": 1, "median": 1, "p75": 4, "p95": 4, "largest": 4,
    }  # fmt: skip
    assert document["widths"] == {
        "smallest": 40, "p5": 40, "p25": 40, "median": 64, "p75": 256, "p95": 256, "largest": 256, "at_limit": 1,
    }  # fmt: skip
    assert document["passed"]


def test_what_does_not_exist_is_none(tmp_path: Path) -> None:
    write(tmp_path / "labels.tsv", "gone.png\tgone\n")
    document = describe_words(load_words(tmp_path))
    assert document["words"] == document["alphabet"]["size"] == 0
    assert set(document["lengths"].values()) == {None}
    assert document["widths"]["median"] is None
    assert not document["passed"]


def test_a_repeated_row_is_named_and_no_failure(tmp_path: Path) -> None:
    folder = words_folder(tmp_path, {"a.png": "a"})
    with (folder / "labels.tsv").open("a") as file:
        file.write("a.png\ta\n")
    document = describe_words(load_words(folder))
    assert document["faults"] == {"row repeated": 1}
    assert document["skipped"] == [
        {
            "file": f"{folder}/labels.tsv",
            "line": 2,
            "image": "a.png",
            "kind": "row repeated",
            "reason": "row repeated: as line 1",
        }
    ]
    assert document["passed"]
