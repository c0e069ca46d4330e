from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.format import write_array_header_1_0
from PIL import Image

from dlhw.cnn.archive import read_archive
from dlhw.cnn.labelled_images import complete
from dlhw.cnn.landscapes import CLASS_NAMES
from dlhw.cnn.network import to_input
from dlhw.cnn.preprocessing import squared
from dlhw.cnn.sources import load_landscapes
from dlhw.errors import DataError
from tests.conftest import arrays

Change = Callable[[dict[str, Any]], Any]


def save(folder: Path, content: dict[str, Any]) -> Path:
    path = folder / "data.npz"
    np.savez(path, **content)
    return path


def one_hot(content: dict[str, Any], split: str, columns: int = 6) -> Any:
    return np.eye(columns)[content[f"{split}_labels"]]


def test_all_forms_of_the_same_images_are_read_alike(tmp_path: Path) -> None:
    content = arrays()
    expected = load_landscapes(save(tmp_path, content))
    flat = {key: value.reshape(len(value), -1) for key, value in content.items()}
    got = load_landscapes(save(tmp_path, flat))
    assert got.fingerprint() == expected.fingerprint()
    assert expected.train.images.numpy().tolist() == content["train_images"].tolist()


def test_flattened_rows_are_height_width_channels(tmp_path: Path) -> None:
    """The trap that costs fourteen points: a red image read as channels first has a red top instead."""
    content = arrays()
    red = np.zeros((48, 48, 3), dtype=np.uint8)
    red[..., 0] = 255
    content["train_images"] = content["train_images"].reshape(-1, 6912)
    content["train_images"][0] = red.reshape(-1)
    inputs = to_input(load_landscapes(save(tmp_path, content)).train.images)[0]
    assert (inputs[0] == 1).all()
    assert (inputs[1:] == 0).all()


def test_images_as_numbers_of_another_kind_are_told_how_to_become_bytes(tmp_path: Path) -> None:
    for divisor, hint in ((255, "(array * 255).round()"), (1, "array.astype('uint8') turns values from 0 to 255")):
        content = arrays()
        content["train_images"] = content["train_images"] / divisor
        with pytest.raises(DataError) as caught:
            read_archive(save(tmp_path, content))
        assert caught.value.hint.startswith(hint)


def test_class_names_come_with_the_archive(tmp_path: Path) -> None:
    names = np.array(["a", "b", "c", "d", "e", "été"])
    assert load_landscapes(save(tmp_path, arrays() | {"class_names": names})).class_names == tuple(names)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.pop("val_labels"), r"lacks val_labels; it has train_images"),
        (lambda c: c.update(train_images=c["train_images"] / 255), r"train_images .* is float64, and uint8"),
        (lambda c: c.update(train_images=c["train_images"].transpose(0, 3, 1, 2)), r"shape \(30, 3, 48, 48\)"),
        (lambda c: c.update(val_images=c["val_images"][:, :47]), r"val_images .* shape \(12, 47, 48, 3\)"),
        (lambda c: c.update(train_labels=c["train_labels"][:-1]), r"shape \(29,\); expected \(30,\)"),
        (
            lambda c: c.update(train_labels=np.eye(30, 6)),
            r"train_labels .* \(30, 6\), and row 6 \(from 0\) is not one 1",
        ),
        (lambda c: c.update(train_labels=np.full((30, 6), 0.5)), r"row 0 \(from 0\) is not one 1 among zeros"),
        (lambda c: c.update(train_labels=np.full((30, 6), np.nan)), r"row 0 \(from 0\) is not one 1 among zeros"),
        (lambda c: c.update(train_labels=np.ones((30, 6), bool)), r"row 0 \(from 0\) is not one 1 among zeros"),
        (lambda c: c.update(val_labels=one_hot(c, "val", 7)), r"val_labels .* has 7 columns for 6 classes"),
        (lambda c: c.update(train_labels=np.zeros((30, 6, 1), int)), r"shape \(30, 6, 1\); expected \(30,\)"),
        (lambda c: c.update(test_labels=c["test_labels"] * 1.0), r"test_labels .* is float64, and whole numbers"),
        (lambda c: c.update(test_labels=c["test_labels"] + 1), r"a test label .* is 6, and labels go from 0 to 5"),
        (lambda c: c.update(test_labels=c["test_labels"].astype(int) - 1), r"a test label .* is -1"),
        (lambda c: c.update(train_labels=np.zeros(30, int)), r"of one class, buildings"),
        (lambda c: c.update(val_images=c["val_images"][:0], val_labels=c["val_labels"][:0]), "validation .* empty"),
        (lambda c: c.update(test_labels=np.array([None] * 12)), r"test_labels .* cannot be read"),
        (lambda c: c.update(class_names=np.array(["a", None])), r"class_names .* cannot be read"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, change: Change, message: str) -> None:
    content = arrays()
    change(content)
    with pytest.raises(DataError, match=message):
        load_landscapes(save(tmp_path, content))


@pytest.mark.parametrize("dtype", ["float32", "uint8", "bool"])
def test_labels_may_be_rows_with_a_one(tmp_path: Path, dtype: str) -> None:
    content = arrays()
    expected = load_landscapes(save(tmp_path, content))
    for split in ("train", "val", "test"):
        content[f"{split}_labels"] = one_hot(content, split).astype(dtype)
    found = load_landscapes(save(tmp_path, content))
    assert (found.fingerprint(), found.class_names) == (expected.fingerprint(), expected.class_names)


@pytest.mark.parametrize("side", [48, 28])
@pytest.mark.parametrize("classes", [2, 6, 10])
def test_without_names_the_classes_are_numbered_but_for_the_usual_six(tmp_path: Path, side: int, classes: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (60, side, side, 3), dtype=np.uint8)
    labels = np.arange(60) % classes
    path = save(tmp_path, {"images": images, "labels": labels})
    found = load_landscapes(path)
    numbers = tuple(map(str, range(classes)))
    usual = (side, classes) == (48, 6)
    assert found.class_names == (CLASS_NAMES if usual else numbers)
    said = f"labels 0 to 5 are taken for {', '.join(CLASS_NAMES)}"
    assert found.remarks == (
        f"{path} has no class_names: {said if usual else f'its classes are numbered, 0 to {classes - 1}'}",
    )
    named = save(tmp_path, {"images": images, "labels": labels, "class_names": np.array(list("abcdefghij"[:classes]))})
    assert load_landscapes(named).remarks == ()


def test_labels_may_be_a_column(tmp_path: Path) -> None:
    content = arrays()
    expected = load_landscapes(save(tmp_path, content)).train.labels
    content["train_labels"] = content["train_labels"].reshape(-1, 1)
    assert load_landscapes(save(tmp_path, content)).train.labels.tolist() == expected.tolist()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not really", b"no archive at all"])
def test_files_that_are_no_archives_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.npz").write_bytes(content)
    with pytest.raises(DataError, match="not a readable"):
        load_landscapes(tmp_path / "data.npz")


def test_a_truncated_archive_is_refused(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-2000])
    with pytest.raises(DataError, match="not a readable"):
        load_landscapes(archive)


def test_a_damaged_archive_is_refused(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[5000:5010] = b"0123456789"
    archive.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        load_landscapes(archive)


def test_a_single_array_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "data.npy", np.zeros(3))
    with pytest.raises(DataError, match="single array"):
        load_landscapes(tmp_path / "data.npy")


def test_what_is_no_archive_is_called_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "page.npz").write_bytes(b"<html><body>Sign in to download</body></html>")
    with pytest.raises(
        DataError, match=r"is not a readable \.npz archive: an HTML page: a web page was saved"
    ) as caught:
        load_landscapes(tmp_path / "page.npz")
    assert "pickle" not in caught.value.message + caught.value.hint


def header(shape: tuple[int, ...], descr: str = "|u1") -> bytes:
    file = BytesIO()
    write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue()


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (header((10**9, 48, 48, 3)), r"train_images of .* is too large: .* 6,912\.0 GB"),
        (header((1000, 48, 48, 3)), "shorter or longer than its shape"),
        (header((2, 2)) + bytes(5), "shorter or longer than its shape"),
        (header((2,), "|O") + bytes(16), "holds Python objects"),
        (b"\x93NUMPY\x09\x00", "its format 9.0 is unknown"),
        (b"not an array", "cannot be read"),
    ],
    ids=range(6),
)
def test_sizes_are_checked_before_anything_is_allocated(member: bytes, message: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w") as archive:
        archive.writestr("train_images.npy", member)
        archive.writestr("train_labels.npy", header((3,)) + bytes(3))
    with pytest.raises(DataError, match=message):
        load_landscapes(tmp_path / "bomb.npz")


def test_a_packed_folder_is_to_be_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("train/a/1.png", b"")
    with pytest.raises(DataError, match=r"data\.zip is a packed file, and an \.npz archive or a folder was") as caught:
        load_landscapes(tmp_path / "data.zip")
    assert caught.value.hint == "unpack it first"


def test_duplicated_class_names_are_refused(tmp_path: Path) -> None:
    names = np.array(["cat", "dog", "cat", "a", "b", "c"])
    with pytest.raises(DataError, match=r"class_names of .* has 'cat' twice"):
        load_landscapes(save(tmp_path, arrays() | {"class_names": names}))


def test_grey_digits_of_another_size_are_scaled_and_split(tmp_path: Path) -> None:
    """As Keras keeps MNIST: no validation images, and labels that are numbers."""
    generator = np.random.default_rng(0)
    content: dict[str, Any] = {
        "x_train": generator.integers(0, 256, (60, 28, 28), dtype=np.uint8),
        "y_train": np.arange(60) % 10,
        "x_test": generator.integers(0, 256, (10, 28, 28), dtype=np.uint8),
        "y_test": np.arange(10),
    }
    data = load_landscapes(save(tmp_path, content))
    assert data.class_names == tuple("0123456789")
    assert (len(data.train), len(data.validation), len(data.test)) == (50, 10, 10)
    image = data.test.images[3].numpy()
    assert (image[..., 0] == image[..., 1]).all()
    expected = squared(Image.fromarray(content["x_test"][3]).convert("RGB"))
    assert (image == expected).all(), "as an image from a file is scaled"


@pytest.mark.parametrize("prefix", ["images", "x"])
def test_an_archive_without_splits_is_split(prefix: str, tmp_path: Path) -> None:
    content = arrays()
    keys = {"images": ("images", "labels"), "x": ("X", "y")}[prefix]
    given = read_archive(save(tmp_path, {keys[0]: content["train_images"], keys[1]: content["train_labels"]}))
    assert (list(given.parts), len(given.joined())) == ([None], 30)
    assert len(complete(given).test) == 6


def test_a_class_without_training_images_is_named(tmp_path: Path) -> None:
    names = np.array([*"abcdef", "unseen"])
    (remark,) = load_landscapes(save(tmp_path, arrays() | {"class_names": names})).remarks
    assert remark == "no training image shows unseen"
