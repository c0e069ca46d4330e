"""Folders as people have them: what is a split, what is a class, and what is neither."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlhw.cnn.data import Landscapes
from dlhw.cnn.sources import load_landscapes, read_labelled_images
from dlhw.errors import DataError
from dlhw.images.splits import KNOWN
from tests.images.files import write

Sizes = tuple[int, int, int]


def paint(folder: Path, count: int = 4, suffix: str = ".png") -> None:
    """Images that are all different."""
    folder.mkdir(parents=True)
    generator = np.random.default_rng(abs(hash(str(folder))) % 2**32)
    for index in range(count):
        Image.fromarray(generator.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(folder / f"{index}{suffix}")


def sizes(data: Landscapes) -> Sizes:
    return len(data.train), len(data.validation), len(data.test)


@pytest.mark.parametrize(
    ("folders", "classes", "expected"),
    [
        pytest.param("Train/a Train/b Test/a Test/b", "ab", (6, 2, 8), id="upper case"),
        pytest.param("training_set/a training_set/b test_set/a test_set/b", "ab", (6, 2, 8), id="other wording"),
        pytest.param("train/a train/b Validation/a Validation/b Test/a Test/b", "ab", (8, 8, 8), id="mixed"),
        pytest.param("train/a train/b valid/a valid/b", "ab", (6, 8, 2), id="no test"),
        pytest.param("train/train/a train/train/b test/test/a test/test/b", "ab", (6, 2, 8), id="doubly nested"),
        pytest.param("train/images/a train/images/b test/images/a test/images/b", "ab", (6, 2, 8), id="images within"),
        pytest.param("set/set/Train/a set/set/Train/b set/set/Test/a", "ab", (6, 2, 4), id="a folder in a folder"),
        pytest.param("bus plane train", "bus plane train", (6, 3, 3), id="a class called train"),
        pytest.param("train/bus train/train test/bus test/train", "bus train", (6, 2, 8), id="and within splits"),
        pytest.param("train/train test test2", "", (0, 0, 0), id="two tests"),
    ],
)
def test_splits_and_classes(folders: str, classes: str, expected: Sizes, tmp_path: Path) -> None:
    for name in folders.split():
        paint(tmp_path / "data" / name)
    if not classes:
        with pytest.raises(DataError, match=r"more than one test folder|hold images and no class folders"):
            load_landscapes(tmp_path / "data")
        return
    data = load_landscapes(tmp_path / "data")
    assert data.class_names == tuple(classes.split() if " " in classes else classes)
    assert sizes(data) == expected
    assert not data.remarks


NEVER = [
    "data/__MACOSX/b/._3.jpg",
    "data/b/._3.png",
    "data/b/Thumbs.db",
    "data/b/.DS_Store",
    "data/b/.ipynb_checkpoints/3-checkpoint.png",
    "data/.git/a.png",
    "data/notes.txt",
]


def test_what_is_never_data_is_no_class_no_image_and_no_warning(tmp_path: Path) -> None:
    for name in "ab":
        paint(tmp_path / "data" / name, 12)
    for name in NEVER:
        write(tmp_path / name, "x")
    (tmp_path / "data/b/3.png").rename(tmp_path / "data/b/3.JFIF")  # named differently, and an image all the same
    data = load_landscapes(tmp_path / "data", strict=True)
    assert (sizes(data), data.class_names, data.skipped, data.remarks) == ((20, 2, 2), ("a", "b"), (), ())


def test_a_folder_is_never_taught_dlhws_own_figures(tmp_path: Path) -> None:
    for name in "ab":
        paint(tmp_path / name)
    before = load_landscapes(tmp_path).fingerprint()
    write(tmp_path / "runs/cnn-train/1/config.json", '{"command": "cnn-train"}')
    paint(tmp_path / "runs/cnn-train/1/figures")
    shutil.copytree(tmp_path / "runs/cnn-train/1", tmp_path / "a/run")
    data = load_landscapes(tmp_path)
    assert (data.class_names, data.fingerprint(), data.remarks) == (("a", "b"), before, ())


def test_what_is_left_aside_is_named(tmp_path: Path) -> None:
    for name in ("train/a", "train/b", "test/a", "test/b", "seg_pred"):
        paint(tmp_path / name)
    (tmp_path / "train/c").mkdir()
    (tmp_path / "test/b/0.png").rename(tmp_path / "train/sheet.png")
    data = load_landscapes(tmp_path)
    assert data.class_names == ("a", "b")
    for name in ("a", "b"):
        paint(tmp_path / "val" / name)
    assert "seg_pred is not used: its name is not that of a split" in load_landscapes(tmp_path).remarks
    assert [remark.replace(f"{tmp_path}/", "") for remark in data.remarks] == [
        f"seg_pred is not used: its name is not that of a split ({KNOWN})",
        "images that lie directly in train, in no class folder, are not used",
        "train/c holds no images, and is no class",
    ]


def test_a_training_folder_of_another_language_is_named(tmp_path: Path) -> None:
    for name in ("entrainement/a", "entrainement/b", "test/a", "test/b"):
        paint(tmp_path / name)
    with pytest.raises(DataError, match=r"no training folder; entrainement is not used: .*\(train, training; val, "):
        load_landscapes(tmp_path)


def test_folders_that_may_be_splits_of_another_language_are_named(tmp_path: Path) -> None:
    for name in ("treino/mar", "treino/rua", "teste/mar", "teste/rua"):
        paint(tmp_path / name)
    data = load_landscapes(tmp_path)
    assert data.class_names == ("teste", "treino")
    (remark,) = data.remarks
    assert "teste and treino" in remark
    assert "all hold the folders mar, rua, and are taken as classes; if they are splits, call them train" in remark


def test_the_same_pixels_in_two_splits_are_said(tmp_path: Path) -> None:
    for name in ("train/a", "train/b", "val/a", "val/b", "test/a", "test/b"):
        paint(tmp_path / name)
    for index in range(3):
        shutil.copy(tmp_path / f"train/a/{index}.png", tmp_path / f"test/a/copy{index}.png")
    (remark,) = load_landscapes(tmp_path).remarks
    assert remark.startswith("3 of 11 test images are in the training split too, pixel for pixel")


def test_a_class_is_the_same_in_both_forms_of_unicode(tmp_path: Path) -> None:
    composed, decomposed = (unicodedata.normalize(form, "forêt") for form in ("NFC", "NFD"))
    for name in (f"train/{composed}", "train/sea", f"test/{decomposed}", "test/sea"):
        paint(tmp_path / name)
    assert load_landscapes(tmp_path).class_names == (composed, "sea")
    paint(tmp_path / "train" / decomposed)
    with pytest.raises(DataError, match="two folders called forêt"):
        load_landscapes(tmp_path)


def test_images_of_other_formats_are_counted_as_unreadable(tmp_path: Path) -> None:
    for name in "ab":
        paint(tmp_path / name)
    write(tmp_path / "b/phone.HEIC", b"\0\0\0\x18ftypheic")
    (skipped,) = load_landscapes(tmp_path).skipped
    assert "b/phone.HEIC cannot be read: HEIC format" in skipped
    with pytest.raises(DataError, match="HEIC format"):
        load_landscapes(tmp_path, strict=True)


@pytest.mark.parametrize("suffix", [".pcx", ".sgi", ".DDS"])
def test_an_image_of_a_rare_format_is_an_image(suffix: str, tmp_path: Path) -> None:
    for name in "ab":
        paint(tmp_path / name, suffix=suffix)
    assert sizes(load_landscapes(tmp_path)) == (4, 2, 2)


def test_files_without_an_image_s_suffix_are_counted_where_there_are_no_others(tmp_path: Path) -> None:
    for name in "ab":
        paint(tmp_path / name)
        for path in (tmp_path / name).iterdir():
            path.rename(path.with_suffix(""))
    with pytest.raises(DataError, match="no images in") as caught:
        load_landscapes(tmp_path)
    assert caught.value.hint == "there are 8 files, a/0 first: give images a suffix as .png"


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        ("train test", "test and train of .* hold images and no class folders"),
        ("train/a test", "test of .* hold images and no class folders"),
        ("valid/a valid/b test/a", "has test and validation images and no training folder"),
        ("train/a train/b test/A", "has the classes A, which .* lacks"),
        ("train/a train/b Train_2/a", "more than one train folder: Train_2, train"),
        ("", "has no class folders"),
    ],
)
def test_what_cannot_be_learnt_from_is_said(folders: str, message: str, tmp_path: Path) -> None:
    for name in folders.split():
        paint(tmp_path / name)
    with pytest.raises(DataError, match=message):
        load_landscapes(tmp_path)


def test_a_test_folder_alone_can_be_measured(tmp_path: Path) -> None:
    paint(tmp_path / "test/a")
    given = read_labelled_images(tmp_path)
    assert (list(given.parts), given.class_names, len(given.joined())) == (["test"], ("a",), 4)
