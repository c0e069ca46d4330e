from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlhw.cnn.data import Landscapes
from dlhw.cnn.dataset_fingerprint import load_same_dataset, note_dataset
from dlhw.cnn.sources import load_landscapes
from dlhw.errors import RunError, UsageError
from tests.conftest import arrays

RUN = Path("run")


def load(source: Path | None, strict: bool) -> Landscapes:
    return load_landscapes(source, strict=strict)


def test_moved_images_are_the_same_images(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = note_dataset(archive, load(archive, False), strict=False)
    archive.rename(tmp_path / "moved.npz")
    with pytest.raises(RunError, match=r"learns from .*tiny\.npz, which no longer exists") as caught:
        load_same_dataset(noted, None, RUN, load)
    assert caught.value.hint == "say with `data` where the same images are now"
    monkeypatch.chdir(tmp_path)
    data, now = load_same_dataset(noted, Path("moved.npz"), RUN, load)
    assert data.source == "moved.npz", "as it is called now, in all that is said from here on"
    assert now == {**noted, "path": str(tmp_path / "moved.npz"), "source": "moved.npz"}
    data, again = load_same_dataset(now, None, RUN, load)
    assert (data.source, again) == ("moved.npz", now)


def test_other_images_are_refused_by_what_they_are(archive: Path, tmp_path: Path) -> None:
    noted = note_dataset(archive, load(archive, False), strict=False)
    content = arrays()
    content["train_images"][0] ^= 1
    np.savez(tmp_path / "other.npz", **content)
    with pytest.raises(UsageError, match=r"other\.npz holds other images"):
        load_same_dataset(noted, tmp_path / "other.npz", RUN, load)
    np.savez(archive, **content)
    with pytest.raises(RunError, match="are not those that the run in run was started with"):
        load_same_dataset(noted, archive, RUN, load)
    with pytest.raises(UsageError, match="learns from procedural landscapes"):
        load_same_dataset(noted | {"path": None}, archive, RUN, load)


def test_the_order_of_the_classes_belongs_to_the_data(archive: Path) -> None:
    data = load(archive, False)
    noted = note_dataset(archive, data, strict=False)
    with pytest.raises(RunError):
        load_same_dataset(noted, None, RUN, lambda *_: replace(data, class_names=data.class_names[::-1]))
    del noted["classes"]  # as a run of an earlier dlhw has it
    assert load_same_dataset(noted, None, RUN, load)[0].class_names == data.class_names
