from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlhw.cnn import intel48
from dlhw.cnn.intel import fetch_intel, intel_folder, located
from dlhw.cnn.landscapes import CLASS_NAMES
from dlhw.cnn.sources import load_landscapes
from dlhw.errors import DataError, DlhwError
from tests.cnn.kaggle import Kaggle, downloaded_set

INTEL = Path("intel")


@pytest.fixture
def kaggle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kaggle:
    monkeypatch.chdir(tmp_path)
    double = Kaggle(downloaded_set(tmp_path / "came"))
    double.install(monkeypatch)
    return double


def nothing_is_left() -> bool:
    """Neither images in their place nor the beginnings of any, nor the archive of some."""
    return not list(intel_folder().parent.glob("*")) and not list(intel_folder().parent.glob(".*"))


def test_what_was_fetched_is_what_data_intel_means(kaggle: Kaggle) -> None:
    fetched = fetch_intel()
    assert fetched.downloaded
    assert fetched.folder == intel_folder() == located(INTEL)
    data = load_landscapes(INTEL)
    assert data.class_names == CLASS_NAMES
    assert len(data.train) + len(data.validation) == 24
    assert len(data.test) == 12
    assert data.fingerprint() == load_landscapes(kaggle.came).fingerprint(), "the images are those that came"
    assert not (intel_folder() / "seg_pred").exists()


def test_images_that_are_there_are_not_downloaded_again(kaggle: Kaggle) -> None:
    fetch_intel()
    again = fetch_intel()
    assert not again.downloaded
    assert kaggle.asked == [False]


def test_force_replaces_what_is_there(kaggle: Kaggle) -> None:
    fetch_intel()
    shutil.rmtree(intel_folder() / "seg_test")
    with pytest.raises(DataError, match="it has no folder seg_test"):
        fetch_intel()
    assert fetch_intel(force=True).downloaded
    assert kaggle.asked == [False, True]
    assert len(load_landscapes(INTEL).test) == 12


def test_what_was_there_comes_back_where_the_exchange_fails(kaggle: Kaggle, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch_intel()
    real = Path.rename

    def refuse_the_new_one(self: Path, target: Path) -> Path:
        if self.name == "intel" and target == intel_folder():
            raise OSError(errno.EIO, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", refuse_the_new_one)
    with pytest.raises(DataError, match="could not be put into"):
        fetch_intel(force=True)
    assert len(load_landscapes(INTEL).test) == 12


def test_it_lies_on_the_disk_once(kaggle: Kaggle) -> None:
    fetch_intel()
    image = Path("seg_train/seg_train/forest/1.jpg")
    assert (intel_folder() / image).samefile(kaggle.came / image)


def test_where_there_are_no_links_it_is_copied(kaggle: Kaggle, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: str, target: str) -> None:
        raise OSError("another disk")

    monkeypatch.setattr("os.link", refuse)
    fetch_intel()
    assert len(load_landscapes(INTEL).test) == 12


def test_an_image_that_is_missing_is_noticed(kaggle: Kaggle) -> None:
    (kaggle.came / "seg_train/seg_train/forest/1.jpg").unlink()
    with pytest.raises(DataError, match="not whole: seg_train has 23 images, and 24 were expected") as failure:
        fetch_intel()
    assert "--force" in failure.value.hint
    assert nothing_is_left()


def test_an_image_that_is_cut_off_is_noticed(kaggle: Kaggle) -> None:
    image = kaggle.came / "seg_test/seg_test/sea/4.jpg"
    image.write_bytes(image.read_bytes()[:300])
    with pytest.raises(DataError, match=r"not whole: .*4\.jpg cannot be read"):
        fetch_intel()
    assert nothing_is_left()


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("seg_test", "it has no folder seg_test"),
        ("seg_train/seg_train/sea", "sea"),
    ],
)
def test_a_part_that_is_missing_is_noticed(kaggle: Kaggle, gone: str, message: str) -> None:
    shutil.rmtree(kaggle.came / gone)
    with pytest.raises(DataError, match=f"not whole: .*{message}"):
        fetch_intel()
    assert nothing_is_left()


def test_a_failed_renewal_leaves_what_was_there(kaggle: Kaggle) -> None:
    fetch_intel()
    (kaggle.came / "seg_train/seg_train/forest/1.jpg").unlink()
    with pytest.raises(DataError):
        fetch_intel(force=True)
    assert len(load_landscapes(INTEL).test) == 12


def test_without_a_connection(kaggle: Kaggle) -> None:
    def unplugged() -> None:
        raise ConnectionError("HTTPSConnectionPool(host='www.kaggle.com', port=443): Max retries exceeded …")

    kaggle.fails = unplugged
    with pytest.raises(DataError, match="no connection to Kaggle") as failure:
        fetch_intel()
    assert "again" in failure.value.hint
    assert nothing_is_left()


def test_what_kaggle_says_is_passed_on_in_one_line(kaggle: Kaggle) -> None:
    def refused() -> None:
        raise RuntimeError("403 Client Error.\n\nYou don't have permission to access the resource.")

    kaggle.fails = refused
    message = "Kaggle says: 403 Client Error. You don't have permission to access the resource."
    with pytest.raises(DataError) as failure:
        fetch_intel()
    assert failure.value.message == message
    assert "by hand" in failure.value.hint


def test_without_kagglehub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(DlhwError, match="kagglehub, which is not installed") as failure:
        fetch_intel()
    assert "uv sync --extra data" in failure.value.hint


def test_a_folder_that_cannot_be_written(kaggle: Kaggle) -> None:
    intel_folder().parent.write_text("a file in its place")
    with pytest.raises(DataError, match="could not be put into"):
        fetch_intel()


def test_intel_before_it_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="not here yet") as failure:
        located(INTEL)
    assert "dlhw cnn fetch" in failure.value.hint


def test_the_part_that_the_documents_measure_on_is_made_from_it(kaggle: Kaggle) -> None:
    fetched = fetch_intel()
    assert fetched.subset == intel48.intel48_archive() == located(intel48.NAME)
    data = load_landscapes(intel48.NAME)
    assert [data.class_names[label] for label in data.train.labels[:3]] == ["mountain", "glacier", "forest"]
    assert [len(data.train), len(data.validation), len(data.test)] == [16, 8, 6]
    assert data.fingerprint() == intel48.FINGERPRINT
    intel48.intel48_archive().write_bytes(b"as it was")
    assert fetch_intel().subset == intel48.intel48_archive()
    assert intel48.intel48_archive().read_bytes() == b"as it was", "what is there is not made again"
    fetch_intel(force=True)
    assert load_landscapes(intel48.NAME).fingerprint() == intel48.FINGERPRINT


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ("pixel", "the hash of their pixels begins with"),
        ("gone", "1 of the train images of intel48 are missing"),
    ],
)
def test_other_images_are_never_taken_for_it(kaggle: Kaggle, changed: str, says: str) -> None:
    image = kaggle.came / "seg_train/seg_train/sea/10.jpg"
    if changed == "pixel":
        Image.new("RGB", (150, 150), (1, 2, 3)).save(image)
    else:
        image.rename(image.with_name("11.jpg"))
    fetched = fetch_intel()
    assert fetched.subset is None
    assert says in fetched.subset_fault
    assert located(INTEL) == intel_folder(), "the whole set is of use without it"
    with pytest.raises(DataError, match="intel48 is not here yet"):
        located(intel48.NAME)


def test_the_list_names_each_image_once() -> None:
    names = intel48.listed()
    assert {split: len(of_split) for split, of_split in names.items()} == {
        "train": 7867,
        "validation": 874,
        "test": 1079,
    }
    assert len({*names["train"], *names["validation"]}) == 7867 + 874
    assert len({*names["test"]}) == 1079
    assert {name.split("/")[0] for of_split in names.values() for name in of_split} == {*CLASS_NAMES}


@pytest.mark.skipif("DLHW_DATA_DIR" not in os.environ, reason="DLHW_DATA_DIR names no folder of real data")
def test_the_list_is_that_of_the_real_images() -> None:
    folder = Path(os.environ["DLHW_DATA_DIR"])
    checked = 0
    with np.load(folder / "intel48.npz") as archive:
        for split, names in intel48.listed().items():
            key = intel48.KEYS[split]
            rows, labels = archive[f"{key}_images"], archive[f"{key}_labels"]
            there = [
                place
                for place, name in enumerate(names)
                if intel48.image_file(folder / "intel_folder", split, name).exists()
            ]
            images, own = intel48.read_images(folder / "intel_folder", split, [names[place] for place in there])
            assert (images == rows[there]).all()
            assert (own == labels[there]).all()
            assert [CLASS_NAMES[label] for label in labels] == [name.split("/")[0] for name in names]
            checked += len(there)
    assert checked > 80


def test_something_called_intel_at_hand_is_what_the_name_means(kaggle: Kaggle) -> None:
    fetch_intel()
    shutil.copytree(kaggle.came, INTEL)
    assert located(INTEL) == INTEL
    assert located(Path("elsewhere/intel")) == Path("elsewhere/intel")
    assert located(None) is None
