from __future__ import annotations

import functools
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from dlhw.cnn.folder import read_folder
from dlhw.cnn.landscapes import draw_landscapes
from dlhw.cnn.sources import load_landscapes
from dlhw.errors import DataError

CLASSES = ("forest", "sea")


@functools.cache
def drawn(count: int, seed: int) -> NDArray[np.uint8]:
    return draw_landscapes(count, seed=seed, split="train")[0]


def paint(folder: Path, split: str, count: int = 10) -> None:
    """Class folders of images of several sizes."""
    for index, image in enumerate(drawn(count * len(CLASSES), seed=len(split))):
        path = folder / CLASSES[index % 2] / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).resize((40 + index, 60)).save(path)


@pytest.fixture
def intel(tmp_path: Path) -> Path:
    """Nested twice, as people download it."""
    paint(tmp_path / "data/seg_train/seg_train", "train", 20)
    paint(tmp_path / "data/seg_test/seg_test", "test", 5)
    return tmp_path / "data"


def test_the_doubled_nesting_is_read_and_a_tenth_split_off(intel: Path) -> None:
    data = load_landscapes(intel)
    assert data.class_names == CLASSES
    assert data.describe() == {"source": str(intel), "train": 36, "validation": 4, "test": 10, "skipped": 0} | {
        "classes": list(CLASSES)
    }
    assert data.validation.labels.bincount().tolist() == [2, 2], "stratified"


def test_the_split_is_the_same_each_time(intel: Path) -> None:
    assert load_landscapes(intel).fingerprint() == load_landscapes(intel).fingerprint()


def test_class_folders_alone_are_split_in_three(tmp_path: Path) -> None:
    paint(tmp_path / "data", "all", 20)
    data = load_landscapes(tmp_path / "data")
    assert (len(data.train), len(data.validation), len(data.test)) == (32, 4, 4)


def test_a_validation_folder_is_used_as_it_is(tmp_path: Path) -> None:
    for split, count in (("train", 10), ("val", 3), ("test", 4)):
        paint(tmp_path / "data" / split, split, count)
    data = load_landscapes(tmp_path / "data")
    assert (len(data.train), len(data.validation), len(data.test)) == (20, 6, 8)


def test_images_are_decoded_once(intel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = load_landscapes(intel).fingerprint()
    monkeypatch.setattr("dlhw.cnn.folder.read_image", lambda path, name: pytest.fail(f"{path} was decoded again"))
    assert load_landscapes(intel).fingerprint() == expected


def test_a_changed_image_is_decoded_again(intel: Path) -> None:
    before = load_landscapes(intel).fingerprint()
    path = next(intel.rglob("*.png"))
    Image.new("RGB", (48, 48), "red").save(path)
    assert load_landscapes(intel).fingerprint() != before


def test_a_damaged_cache_is_made_anew(intel: Path) -> None:
    before = load_landscapes(intel).fingerprint()
    (cache,) = (Path(os.environ["XDG_CACHE_HOME"]) / "dlhw").iterdir()
    whole = cache.read_bytes()
    for damaged in (whole[:1000], whole[:-1] + bytes([whole[-1] ^ 1]), b""):
        cache.write_bytes(damaged)
        data = load_landscapes(intel)
        assert data.fingerprint() == before
        assert any("was damaged, and was made anew" in remark for remark in data.remarks)
        assert cache.read_bytes() == whole
    assert not load_landscapes(intel).remarks


def test_a_cache_never_returns_the_pixels_of_another_folder(tmp_path: Path) -> None:
    """The same names, sizes and times, and exchanged images: only the contents tell them apart."""
    data = {}
    for folder, colours in (("one", ("red", "blue")), ("other", ("blue", "red"))):
        for name, colour in zip(CLASSES, colours, strict=True):
            for index in range(3):
                path = tmp_path / folder / name / f"{index}.bmp"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (50, 50 + index), colour).save(path)
                os.utime(path, (0, 0))
        data[folder] = load_landscapes(tmp_path / folder)
    assert (data["one"].train.images.float().mean((1, 2)).argmax(1) == data["one"].train.labels * 2).all()
    assert (data["other"].train.images.float().mean((1, 2)).argmax(1) == 2 - data["other"].train.labels * 2).all()
    (tmp_path / "one").rename(tmp_path / "moved")
    caches = list((Path(os.environ["XDG_CACHE_HOME"]) / "dlhw").iterdir())
    assert load_landscapes(tmp_path / "moved").fingerprint() == data["one"].fingerprint()
    assert list((Path(os.environ["XDG_CACHE_HOME"]) / "dlhw").iterdir()) == caches, "and a moved folder is known again"


def test_unreadable_images_are_named_and_skipped(intel: Path) -> None:
    bad = intel / "seg_train/seg_train/sea/zzz.jpg"
    bad.write_bytes(b"not an image")
    for _ in range(2):  # the second time, no cache hides it
        data = load_landscapes(intel)
        assert len(data.skipped) == 1
        assert str(bad) in data.skipped[0]
    with pytest.raises(DataError, match=r"zzz\.jpg cannot be read") as strict:
        load_landscapes(intel, strict=True)
    assert "`strict`" in strict.value.hint


def test_a_folder_without_class_folders_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no class folders"):
        load_landscapes(tmp_path)


def test_a_test_folder_without_a_training_folder_is_refused(intel: Path) -> None:
    shutil.rmtree(intel / "seg_train")
    with pytest.raises(DataError, match="no training folder"):
        load_landscapes(intel)


def test_classes_that_training_lacks_are_refused(intel: Path) -> None:
    (intel / "seg_test/seg_test/desert").mkdir()
    with pytest.raises(DataError, match="the classes desert, which"):
        load_landscapes(intel)


def test_one_class_only_is_refused(intel: Path) -> None:
    for path in intel.rglob("forest"):
        shutil.rmtree(path)
    with pytest.raises(DataError, match="one class, sea"):
        load_landscapes(intel)


def test_an_empty_split_is_refused(intel: Path) -> None:
    for path in (intel / "seg_test").rglob("*.png"):
        path.unlink()
    with pytest.raises(DataError, match=r"test split of .* is empty"):
        load_landscapes(intel)


def test_nothing_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is nothing at"):
        load_landscapes(tmp_path / "nowhere")


def test_a_cache_folder_that_cannot_be_written_costs_time_alone(
    intel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a file"))
    assert len(load_landscapes(intel).train) > 0


def test_classes_are_checked_before_any_image_is_decoded(intel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlhw.cnn.folder.decode_all", lambda *_: pytest.fail("images were decoded"))
    seen: list[tuple[str, ...]] = []

    def check(names: tuple[str, ...]) -> None:
        seen.append(names)
        raise DataError("other classes")

    with pytest.raises(DataError, match="other classes"):
        read_folder(intel, check_classes=check)
    assert seen
