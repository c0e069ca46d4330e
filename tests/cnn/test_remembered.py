from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlhw.cnn.data import Landscapes
from dlhw.cnn.remembered import recall, remember
from dlhw.cnn.sources import load_landscapes
from dlhw.errors import RunError, UsageError
from tests.conftest import arrays

RUN = Path("run")


def load(source: Path | None, strict: bool) -> Landscapes:
    return load_landscapes(source, strict=strict)


def test_moved_pictures_are_the_same_pictures(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = remember(archive, load(archive, False), strict=False)
    archive.rename(tmp_path / "moved.npz")
    with pytest.raises(RunError, match=r"learns from .*tiny\.npz, and there is nothing any more") as caught:
        recall(noted, None, RUN, load)
    assert caught.value.hint == "say with --data where the same pictures are now"
    monkeypatch.chdir(tmp_path)
    data, now = recall(noted, Path("moved.npz"), RUN, load)
    assert data.source == noted["source"]
    assert now == {**noted, "path": str(tmp_path / "moved.npz")}
    assert recall(now, None, RUN, load)[1] == now


def test_other_pictures_are_refused_by_what_they_are(archive: Path, tmp_path: Path) -> None:
    noted = remember(archive, load(archive, False), strict=False)
    content = arrays()
    content["train_images"][0] ^= 1
    np.savez(tmp_path / "other.npz", **content)
    with pytest.raises(UsageError, match=r"other\.npz holds other pictures"):
        recall(noted, tmp_path / "other.npz", RUN, load)
    np.savez(archive, **content)
    with pytest.raises(RunError, match="are not those that the run in run was started with"):
        recall(noted, archive, RUN, load)
    with pytest.raises(UsageError, match="learns from procedural landscapes"):
        recall(noted | {"path": None}, archive, RUN, load)


def test_the_order_of_the_classes_belongs_to_the_data(archive: Path) -> None:
    data = load(archive, False)
    noted = remember(archive, data, strict=False)
    with pytest.raises(RunError):
        recall(noted, None, RUN, lambda *_: replace(data, class_names=data.class_names[::-1]))
    del noted["classes"]  # as a run of an earlier dlhw has it
    assert recall(noted, None, RUN, load)[0].class_names == data.class_names
