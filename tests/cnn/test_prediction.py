from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dlhw.cnn.prediction import predict, ranking
from dlhw.cnn.preprocessing import read_image
from dlhw.images.arguments import ImageArgument
from tests.cnn.networks import classifier


def asked(folder: Path, count: int) -> list[ImageArgument]:
    generator = np.random.default_rng(0)
    found = []
    for index in range(count):
        path = folder / f"{index}.png"
        Image.fromarray(generator.integers(0, 256, (40 + index, 60, 3), dtype=np.uint8)).save(path)
        found.append(ImageArgument(name=path.name, source=path))
    return found


def test_each_image_gets_its_likeliest_labels(tmp_path: Path) -> None:
    images = asked(tmp_path, 5)
    network = classifier()
    for one, found in zip(images, predict(network, images), strict=True):
        assert isinstance(one.source, Path)
        alone = torch.from_numpy(read_image(one.source).copy())[None]
        shares = dict(zip(network.class_names, network.log_probabilities(alone)[0].exp().tolist(), strict=True))
        assert [label for label, _ in found.top] == sorted(shares, key=lambda name: -shares[name])[:3]
        assert dict(found.top) == pytest.approx({label: shares[label] for label, _ in found.top}, abs=1e-6)
        assert found.as_document() == {
            "image": one.name,
            "label": found.top[0][0],
            "confidence": found.top[0][1],
            "top": [{"label": label, "probability": share} for label, share in found.top],
        }


def test_one_bad_image_never_ends_the_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlhw.cnn.prediction.CHUNK", 2)
    good = asked(tmp_path, 3)
    (tmp_path / "empty.png").touch()
    bad = [
        ImageArgument(name="empty", source=tmp_path / "empty.png"),
        ImageArgument(name="gone", source=tmp_path / "gone.png"),
        ImageArgument(name="*.gif", source=None, problem="no file matches"),
        ImageArgument(name="bytes", source=b"hello"),
    ]
    order = [*bad[:3], good[0], bad[3], *good[1:]]
    found = list(predict(classifier(), order))
    assert [one.name for one in found] == [one.name for one in order]
    assert [one.as_document() for one in found[:3]] == [
        {"image": "empty", "error": "the file is empty"},
        {"image": "gone", "error": "No such file or directory"},
        {"image": "*.gif", "error": "no file matches"},
    ]
    assert found[4].error == "not an image"
    for place, one in zip((3, 5, 6), predict(classifier(), good), strict=True):
        assert dict(found[place].top) == pytest.approx(dict(one.top), abs=1e-6), "each its own, whatever lies between"


def test_contents_are_read_as_files_are(tmp_path: Path) -> None:
    (one,) = asked(tmp_path, 1)
    assert isinstance(one.source, Path)
    sent = ImageArgument(name="sent", source=one.source.read_bytes())
    assert next(predict(classifier(), [sent])).top == next(predict(classifier(), [one])).top


def test_no_more_labels_than_classes() -> None:
    images = torch.zeros(1, 48, 48, 3, dtype=torch.uint8)
    assert len(ranking(classifier(), images, top=10)[0]) == 6
    assert not list(predict(classifier(), []))
