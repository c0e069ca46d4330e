from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from dlhw.errors import DataError
from dlhw.ocr.labels.finding import read_labels
from dlhw.ocr.labels.rows import Labels, Rejected
from tests.ocr.folders import write


def only(source: Path, images: Path | None = None) -> Labels:
    return read_labels(source, images=images)[None]


@pytest.mark.parametrize(("there", "written"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFC", "NFC")])
def test_names_that_look_the_same_are_the_same(there: str, written: str, tmp_path: Path) -> None:
    write(tmp_path / unicodedata.normalize(there, "über/café.png"))  # type: ignore[arg-type]
    write(tmp_path / "labels.tsv", unicodedata.normalize(written, "café.png") + "\tword\n")  # type: ignore[arg-type]
    (tmp_path / "labels.tsv").rename(next(tmp_path.glob("*ber")) / "labels.tsv")
    (word,) = only(next(tmp_path.glob("*ber"))).words
    assert word.path.exists()


def test_backslashes_separate_folders_where_no_file_is_called_so(tmp_path: Path) -> None:
    write(tmp_path / "sub/0.png")
    write(tmp_path / "labels.tsv", "sub\\0.png\tword\n")
    assert only(tmp_path).words[0].path == tmp_path.resolve() / "sub/0.png"
    write(tmp_path / "sub\\0.png")
    assert only(tmp_path).words[0].path == tmp_path.resolve() / "sub\\0.png"


@pytest.mark.parametrize(
    "written", ["data/a.png", "./data/a.png", "sets/data/a.png", "C:\\Users\\me\\data\\a.png", "/home/me/data/a.png"]
)
def test_a_name_may_begin_above_the_data_folder(written: str, tmp_path: Path) -> None:
    write(tmp_path / "data/a.png")
    write(tmp_path / "data/labels.tsv", f"{written}\tword\n")
    (word,) = only(tmp_path / "data").words
    assert word.path == tmp_path.resolve() / "data/a.png"


@pytest.mark.parametrize(
    ("written", "detail"),
    [
        ("A.PNG", "there is a.png, and upper and lower case differ"),
        ("a", "there is a.png, and the row leaves out .png"),
        ("a.jpg", "there is a.png, with another suffix"),
        ("gone.png", ""),
        ("word", "if the row is a header, call its columns path and text"),
        ("crops/a.png", "there is a.png"),
        ("D:\\pictures\\a.png", "there is a.png"),
        ("b.png", "there is deep/er/b.png"),
        ("twice.png", "there is deep/twice.png and others of that name"),
    ],
)
def test_why_there_is_no_such_image(written: str, detail: str, tmp_path: Path) -> None:
    for name in ("a.png", "deep/er/b.png", "deep/twice.png", "deep/er/twice.png"):
        write(tmp_path / name)
    write(tmp_path / "labels.tsv", f"{written}\tword\n")
    (rejected,) = only(tmp_path).rejected
    assert (rejected.kind, rejected.detail) == ("no such image", detail)


def test_the_images_may_lie_in_a_folder_that_is_named(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere/a.png")
    write(tmp_path / "data/labels.tsv", "a.png\tword\n../b.png\tout\n")
    write(tmp_path / "b.png")
    found = only(tmp_path / "data", tmp_path / "elsewhere")
    assert [word.path.name for word in found.words] == ["a.png"]
    assert [row.kind for row in found.rejected] == ["outside the data folder"]
    with pytest.raises(DataError, match="nowhere is not a folder"):
        only(tmp_path / "data", tmp_path / "nowhere")


def test_a_label_file_beside_the_images_folder_leads_no_further(tmp_path: Path) -> None:
    write(tmp_path / "data/images/a.png")
    write(tmp_path / "b.png")
    file = write(tmp_path / "data/labels/train.tsv", "../images/a.png\ta\n../../b.png\tb\n")
    found = only(file)
    assert [word.text for word in found.words] == ["a"]
    assert [row.kind for row in found.rejected] == ["outside the data folder"]


def test_a_rejected_row_is_a_sentence(tmp_path: Path) -> None:
    row = Rejected(image="gone.png", file=Path("train/labels.tsv"), line=13, kind="no such image")
    assert str(row) == "train/labels.tsv, line 13: gone.png: no such image"
