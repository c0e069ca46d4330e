from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlhw.cnn.archive import load_archive
from dlhw.cnn.network import to_input
from dlhw.errors import DataError
from tests.conftest import arrays

Change = Callable[[dict[str, Any]], Any]


def save(folder: Path, content: dict[str, Any]) -> Path:
    path = folder / "data.npz"
    np.savez(path, **content)
    return path


def test_all_forms_of_the_same_pictures_are_read_alike(tmp_path: Path) -> None:
    content = arrays()
    expected = load_archive(save(tmp_path, content))
    flat = {key: value.reshape(len(value), -1) for key, value in content.items()}
    got = load_archive(save(tmp_path, flat))
    assert got.fingerprint() == expected.fingerprint()
    assert expected.train.images.numpy().tolist() == content["train_images"].tolist()


def test_flattened_rows_are_height_width_channels(tmp_path: Path) -> None:
    """The trap that costs fourteen points: a red picture read as channels first has a red top instead."""
    content = arrays()
    red = np.zeros((48, 48, 3), dtype=np.uint8)
    red[..., 0] = 255
    content["train_images"] = content["train_images"].reshape(-1, 6912)
    content["train_images"][0] = red.reshape(-1)
    inputs = to_input(load_archive(save(tmp_path, content)).train.images)[0]
    assert (inputs[0] == 1).all()
    assert (inputs[1:] == 0).all()


def test_class_names_come_with_the_archive(tmp_path: Path) -> None:
    names = np.array(["a", "b", "c", "d", "e", "été"])
    assert load_archive(save(tmp_path, arrays() | {"class_names": names})).class_names == tuple(names)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.pop("val_labels"), r"lacks val_labels; it has train_images"),
        (lambda c: c.update(train_images=c["train_images"] / 255), r"train_images .* is float64, and uint8"),
        (lambda c: c.update(train_images=c["train_images"].transpose(0, 3, 1, 2)), r"shape \(30, 3, 48, 48\)"),
        (lambda c: c.update(val_images=c["val_images"][:, :47]), r"val_images .* shape \(12, 47, 48, 3\)"),
        (lambda c: c.update(train_labels=c["train_labels"][:-1]), r"shape \(29,\); expected \(30,\)"),
        (lambda c: c.update(train_labels=np.eye(30, 6, dtype=int)), r"shape \(30, 6\)"),
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
        load_archive(save(tmp_path, content))


def test_labels_may_be_a_column(tmp_path: Path) -> None:
    content = arrays()
    expected = load_archive(save(tmp_path, content)).train.labels
    content["train_labels"] = content["train_labels"].reshape(-1, 1)
    assert load_archive(save(tmp_path, content)).train.labels.tolist() == expected.tolist()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not really", b"no archive at all"])
def test_files_that_are_no_archives_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.npz").write_bytes(content)
    with pytest.raises(DataError, match="not a readable"):
        load_archive(tmp_path / "data.npz")


def test_a_truncated_archive_is_refused(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-2000])
    with pytest.raises(DataError, match="not a readable"):
        load_archive(archive)


def test_a_damaged_archive_is_refused(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[5000:5010] = b"0123456789"
    archive.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        load_archive(archive)


def test_a_single_array_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "data.npy", np.zeros(3))
    with pytest.raises(DataError, match="single array"):
        load_archive(tmp_path / "data.npy")
