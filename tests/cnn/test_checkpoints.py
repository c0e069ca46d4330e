from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlhw.cnn.checkpoints import figures_folder, load_labelled_images, measured_checkpoint, run_of
from dlhw.cnn.dataset_fingerprint import note_dataset
from dlhw.cnn.landscapes import CLASS_NAMES
from dlhw.cnn.pretrained import pretrained
from dlhw.cnn.sources import load_landscapes
from dlhw.errors import CheckpointError, DataError, UsageError
from tests.cnn.networks import save, save_run
from tests.conftest import arrays


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlhw.cnn.checkpoints.PROCEDURAL_SIZES", {"train": 12, "validation": 7, "test": 9})


def test_the_newest_finished_run_is_taken(tmp_path: Path) -> None:
    for number in (2, 10, 11):
        save_run(tmp_path / "cnn-train" / str(number))
    (tmp_path / "cnn-train/11/result.json").unlink()
    assert measured_checkpoint(None, root=tmp_path) == tmp_path / "cnn-train/10/lr0.01-seed42/best.safetensors"
    assert measured_checkpoint(tmp_path / "cnn-train/2").parts[-3] == "2"


def test_without_a_run_the_package_s_network_is_taken(tmp_path: Path) -> None:
    assert measured_checkpoint(None, root=tmp_path) == measured_checkpoint(Path("landscapes")) == pretrained()


def test_a_name_of_the_package_means_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "landscapes").mkdir()
    assert measured_checkpoint(Path("landscapes")) == pretrained(), "a folder without a run has no weights to be meant"
    (tmp_path / "landscapes/config.json").write_text("{}")
    with pytest.raises(UsageError, match="is a network of the package, and here is a file or a run of that name"):
        measured_checkpoint(Path("landscapes"))


def test_a_run_in_which_all_diverged_has_no_weights(tmp_path: Path) -> None:
    save_run(tmp_path / "cnn-train/1", checkpoint=None)
    with pytest.raises(CheckpointError, match="diverged") as caught:
        measured_checkpoint(None, root=tmp_path)
    assert caught.value.hint.endswith("or name other weights with `checkpoint`")


def test_weights_know_their_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_run(tmp_path / "runs/cnn-train/1")
    alone = save(tmp_path / "alone/best.safetensors")
    monkeypatch.chdir(tmp_path)
    assert run_of(path) == tmp_path / "runs/cnn-train/1"
    assert run_of(path.relative_to(tmp_path)) == Path("runs/cnn-train/1")
    assert figures_folder(path.relative_to(tmp_path)) == Path("runs/cnn-train/1/figures/explain")
    monkeypatch.chdir(path.parent)
    assert run_of(Path("best.safetensors")) == tmp_path / "runs/cnn-train/1"
    assert run_of(alone) is None
    assert figures_folder(alone) == Path("explain")
    (tmp_path / "runs/cnn-train/1/config.json").write_text(json.dumps({"command": "ocr-train"}))
    assert run_of(path) is None


def test_procedural_images_are_those_of_training(tmp_path: Path) -> None:
    drawn = load_labelled_images(save_run(tmp_path / "1"), CLASS_NAMES, split="validation")
    assert (drawn.source, len(drawn.split)) == ("procedural landscapes, seed 42", 7)
    assert drawn.describe() == {
        "source": "procedural landscapes, seed 42",
        "split": "validation",
        "images": 7,
        "skipped": 0,
        "changed": False,
    }
    assert drawn.split.labels.tolist() == [0, 1, 2, 3, 4, 5, 0]


def test_a_run_is_measured_on_its_own_images(tmp_path: Path, archive: Path) -> None:
    original = load_landscapes(archive)
    of_run = {"path": str(archive), "source": "tiny.npz", "fingerprint": original.fingerprint()}
    path = save_run(tmp_path / "1", of_run)
    own = load_labelled_images(path, CLASS_NAMES)
    assert own.source == str(archive)
    assert (own.split.images == original.test.images).all()
    assert not own.changed

    changed = arrays()
    changed["train_images"][0] ^= 1
    np.savez(archive, **changed)
    assert load_labelled_images(path, CLASS_NAMES).changed
    assert load_labelled_images(path, CLASS_NAMES, archive).changed, "by whichever name they came"

    archive.unlink()
    with pytest.raises(DataError, match="no longer exists") as caught:
        load_labelled_images(path, CLASS_NAMES)
    assert "`data`" in caught.value.hint


def test_classes_agree_by_name_and_not_by_place(tmp_path: Path, archive: Path) -> None:
    turned = CLASS_NAMES[::-1]
    found = load_labelled_images(save(tmp_path / "a.safetensors"), turned, archive)
    original = load_landscapes(archive).test
    assert [turned[label] for label in found.split.labels] == [CLASS_NAMES[label] for label in original.labels]
    with pytest.raises(DataError, match=r"of the classes buildings.*tells apart cat, dog"):
        load_labelled_images(tmp_path / "a.safetensors", ("cat", "dog"), archive)


def test_a_missing_checkpoint_names_those_of_the_package(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"there is no checkpoint .*gone") as caught:
        measured_checkpoint(tmp_path / "gone")
    assert "a network of the package: landscapes" in caught.value.hint


def test_classes_agree_without_case_where_that_is_unambiguous(tmp_path: Path, archive: Path) -> None:
    path = save(tmp_path / "a.safetensors")
    original = load_landscapes(archive).test
    found = load_labelled_images(path, tuple(name.upper() for name in CLASS_NAMES), archive)
    assert (found.split.labels == original.labels).all()
    with pytest.raises(DataError, match="tells apart"):
        load_labelled_images(path, ("SEA", "Sea", *CLASS_NAMES[:4], "Street"), archive)


def test_named_images_are_all_measured_unless_some_are_for_the_test(tmp_path: Path, archive: Path) -> None:
    path = save(tmp_path / "a.safetensors")
    content = arrays()
    np.savez(tmp_path / "all.npz", images=content["train_images"], labels=content["train_labels"])
    for source, split, name, count in (
        (tmp_path / "all.npz", None, "all", 30),
        (archive, None, "test", 12),
        (archive, "train", "train", 30),
    ):
        found = load_labelled_images(path, CLASS_NAMES, source, split=split)  # type: ignore[arg-type]
        assert (found.split_name, len(found.split), found.describe()["split"]) == (name, count, name)
    with pytest.raises(DataError, match=r"all\.npz has no test split; it has images without splits"):
        load_labelled_images(path, CLASS_NAMES, tmp_path / "all.npz", split="test")


def test_a_folder_of_some_of_the_classes_can_be_measured(tmp_path: Path) -> None:
    (tmp_path / "data/sea").mkdir(parents=True)
    Image.new("RGB", (50, 50)).save(tmp_path / "data/sea/0.png")
    found = load_labelled_images(save(tmp_path / "a.safetensors"), CLASS_NAMES, tmp_path / "data")
    assert [CLASS_NAMES[label] for label in found.split.labels] == ["sea"]


def test_what_the_network_learnt_from_is_said_wherever_it_lies(tmp_path: Path) -> None:
    content = arrays()
    given = tmp_path / "all.npz"
    named: dict[str, Any] = {"class_names": np.array(CLASS_NAMES)}
    np.savez(given, images=content["train_images"], labels=content["train_labels"], **named)
    path = save_run(tmp_path / "1", note_dataset(given, load_landscapes(given), strict=False))
    given.rename(tmp_path / "moved.npz")
    found = load_labelled_images(path, CLASS_NAMES, tmp_path / "moved.npz")
    assert "the network learnt from images of" in found.remarks[0]
    assert not found.changed
    np.savez(given, images=content["train_images"][1:], labels=content["train_labels"][1:], **named)
    other = load_labelled_images(path, CLASS_NAMES, given)
    assert (other.remarks, other.changed) == ((), True)
