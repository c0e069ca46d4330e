"""``dlhw cnn eval``, ``predict`` and ``explain``: a trained network at work."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlhw.cnn.landscapes import CLASS_NAMES, draw_landscapes
from dlhw.cnn.sources import load_landscapes
from tests.cnn.networks import save, save_run
from tests.conftest import Invoke, arrays


@pytest.fixture
def run(tmp_path: Path, archive: Path) -> Path:
    """The weights of the newest run under ./runs, which learnt from the archive."""
    of_run = {"path": str(archive), "source": "tiny.npz", "fingerprint": load_landscapes(archive).fingerprint()}
    return save_run(tmp_path / "runs/cnn-train/1", of_run)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Three images, one of them in a folder below."""
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    generator = np.random.default_rng(0)
    for name, size in (("a.png", (48, 48)), ("b.jpg", (300, 200)), ("deep/c.png", (7, 90))):
        Image.fromarray(generator.integers(0, 256, (*size, 3), dtype=np.uint8)).save(folder / name)
    return folder


@pytest.fixture
def send(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Put something on standard input."""
    return lambda content: monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(content)))


WEIGHTS = "runs/cnn-train/1/lr0.01-seed42/best.safetensors"


def document(invoke: Invoke, *arguments: str | Path) -> dict[str, Any]:
    outcome = invoke("cnn", *arguments, "--json")
    assert outcome.code == 0, outcome.stderr
    return dict(json.loads(outcome.stdout))


def test_eval_bare_takes_the_newest_run_and_its_test_images(run: Path, archive: Path, invoke: Invoke) -> None:
    outcome = invoke("cnn", "eval")
    assert outcome.code == 0
    assert f"network: {WEIGHTS} (gap, 756,742 parameters)" in outcome.stderr
    assert f"data: {archive} (12 test)" in outcome.stderr
    assert "95 % interval" in outcome.stdout
    assert "of 12 right" in outcome.stdout
    for name in CLASS_NAMES:
        assert sum(line.split()[:1] == [name] for line in outcome.stdout.splitlines()) >= 2, "scores and confusion"


def test_eval_as_json(run: Path, invoke: Invoke) -> None:
    found = document(invoke, "eval", "--split", "train")
    promised = {"command", "version", "seconds", "checkpoint", "images", "accuracy", "classes", "confusion"}
    assert promised <= found.keys()
    assert (found["command"], found["checkpoint"], found["images"]) == ("cnn eval", WEIGHTS, 30)
    assert found["accuracy"].keys() == {"value", "low", "high"}
    assert [scores["name"] for scores in found["classes"]] == list(CLASS_NAMES)
    assert found["classes"][0].keys() == {"name", "precision", "recall", "f1", "support"}
    assert np.array(found["confusion"]).sum() == 30
    assert found["accuracy"]["value"] == pytest.approx(np.trace(found["confusion"]) / 30)


def test_eval_writes_what_it_is_asked_for(run: Path, invoke: Invoke) -> None:
    outcome = invoke("cnn", "eval", "--csv", "matrix.csv", "--predictions", "all.csv", "--figures", "new/figures")
    assert outcome.code == 0
    assert "wrote matrix.csv, all.csv, new/figures/confusion-matrix.png" in outcome.stdout
    assert len(Path("matrix.csv").read_text().splitlines()) == 7
    assert len(Path("all.csv").read_text().splitlines()) == 13
    with Image.open("new/figures/confusion-matrix.png") as image:
        image.load()


def test_eval_of_weights_alone_draws_its_images(tmp_path: Path, invoke: Invoke, monkeypatch: Any) -> None:
    monkeypatch.setattr("dlhw.cnn.checkpoints.PROCEDURAL_SIZES", {"test": 18})
    found = document(invoke, "eval", "--checkpoint", save(tmp_path / "alone.safetensors"))
    assert (found["images"], found["data"]["source"]) == (18, "procedural landscapes, seed 42")


def test_eval_warns_of_images_that_were_learnt_from(run: Path, archive: Path, invoke: Invoke) -> None:
    changed = arrays()
    changed["train_images"][0] ^= 1
    np.savez(archive, **changed)
    assert "have changed since the network was trained" in invoke("cnn", "eval").stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["eval", "--checkpoint", "gone"], 1, "there is no checkpoint gone"),
        (["eval", "--checkpoint", "photos"], 1, "no run directory"),
        (["eval", "--checkpoint", "photos/a.png"], 1, "not a whole checkpoint"),
        (["eval", "--checkpoint", "words.safetensors"], 1, "reads words"),
        (["eval", "--data", "gone"], 1, "there is nothing at gone"),
        (["eval", "--data", "cats.npz"], 1, "are of the classes a, b, c, d, e, f, and the network tells apart"),
        (["eval", "--csv", "gone/a.csv"], 1, "gone/a.csv cannot be written"),
        (["eval", "--figures", "photos/a.png"], 1, "photos/a.png cannot be made"),
        (["eval", "--split", "all"], 2, "--split"),
        (["predict"], 2, "IMAGE"),
        (["predict", "-"], 1, "standard input is empty"),
        (["predict", "a.png", "--checkpoint", "gone"], 1, "there is no checkpoint gone"),
        (["explain", "-"], 1, "standard input is empty"),
        (["explain", "empty"], 1, "empty cannot be read: the folder holds no images"),
        (["explain", "photos/x*.png"], 1, "no file matches"),
        (["explain", "photos/a.png", "--out", "words.safetensors"], 1, "cannot be made"),
        (["explain", *["photos/a.png"] * 49], 2, "at most 48 images, got 49"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else "",
)
def test_what_does_not_work_is_said(
    arguments: list[str],
    code: int,
    message: str,
    run: Path,
    images: Path,
    tmp_path: Path,
    invoke: Invoke,
    send: Callable[[bytes], None],
) -> None:
    send(b"")
    (tmp_path / "empty").mkdir()
    save(tmp_path / "words.safetensors", network={}, alphabet={})
    np.savez(tmp_path / "cats.npz", class_names=np.array(list("abcdef")), **arrays())
    outcome = invoke("cnn", *arguments)
    assert outcome.code == code
    assert outcome.stdout == ""
    assert message in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize("arguments", [[], ["--checkpoint", "landscapes"]], ids=["none named", "named"])
def test_without_a_run_the_package_s_network_predicts(arguments: list[str], invoke: Invoke) -> None:
    images, _ = draw_landscapes(12, seed=7, split="test")
    for place, image in enumerate(images):
        Image.fromarray(image).save(f"{place:02}.png")
    outcome = invoke("cnn", "predict", ".", *arguments, "--json")
    assert outcome.code == 0, outcome.stderr
    assert "network: landscapes, of the package (gap, 756,742 parameters)" in outcome.stderr
    assert len(json.loads(outcome.stdout)["images"]) == 12


def test_predict_names_images_of_any_size(run: Path, images: Path, invoke: Invoke) -> None:
    outcome = invoke("cnn", "predict", "photos")
    assert outcome.code == 0
    assert outcome.stderr == f"network: {WEIGHTS} (gap, 756,742 parameters)\n"
    for name in ("a.png", "b.jpg", "deep/c.png"):
        assert f"photos/{name}" in outcome.stdout
    found = document(invoke, "predict", "photos/a.png", "photos/**/*.png")
    assert [row["image"] for row in found["images"]] == ["photos/a.png", "photos/a.png", "photos/deep/c.png"]
    for row in found["images"]:
        assert row.keys() == {"image", "label", "confidence", "top"}
        assert len(row["top"]) == 3
        assert row["top"][0] == {"label": row["label"], "probability": row["confidence"]}
        shares = [one["probability"] for one in row["top"]]
        assert shares == sorted(shares, reverse=True)


def test_bad_images_are_rows_and_exit_1(run: Path, images: Path, invoke: Invoke) -> None:
    (images / "empty.png").touch()
    (images / "\x1b[31m[bold]red.png").write_text("hello")
    outcome = invoke("cnn", "predict", "photos", "gone.png", "*.gif")
    assert outcome.code == 1
    assert outcome.stdout.count("cannot be read") == 4
    assert "the file is empty" in outcome.stdout
    assert "\x1b" not in outcome.stdout + outcome.stderr
    assert "photos/deep/c.png" in outcome.stdout
    assert "error: 4 of 7 images could not be read" in outcome.stderr
    assert "the others were labelled" in outcome.stderr
    assert "the others" not in invoke("cnn", "predict", "gone.png").stderr, "there are none"
    printed = json.loads(invoke("cnn", "predict", "photos", "--json").stdout)
    assert sum("error" in row for row in printed["images"]) == 2


def test_predict_as_csv(run: Path, images: Path, invoke: Invoke) -> None:
    (images / "broken.png").write_text("hello")
    outcome = invoke("cnn", "predict", images, "--csv", "labels.csv", "--json")
    printed = json.loads(outcome.stdout)["images"]
    with (images.parent / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["image"] for row in rows] == [image["image"] for image in printed]
    for row, image in zip(rows, printed, strict=True):
        assert row["error"] == image.get("error", "")
        assert row["label"] == image.get("label", "")
        if "top" in image:
            assert float(row["confidence_3"]) == pytest.approx(image["top"][2]["probability"], rel=1e-5)
    assert sum(bool(row["error"]) for row in rows) == 1


def test_predict_from_standard_input(run: Path, images: Path, invoke: Invoke, send: Callable[[bytes], None]) -> None:
    (expected,) = document(invoke, "predict", "photos/a.png")["images"]
    send((images / "a.png").read_bytes())
    assert document(invoke, "predict", "-")["images"] == [expected | {"image": "standard input"}]
    send(b"photos/a.png\r\n\nphotos/deep\n")
    found = document(invoke, "predict", "-")["images"]
    assert [row["image"] for row in found] == ["photos/a.png", "photos/deep/c.png"]


def test_explain_bare_draws_test_images_into_the_run(run: Path, invoke: Invoke) -> None:
    outcome = invoke("cnn", "explain")
    assert outcome.code == 0
    names = ["grad-cam.png", "filters.png", "feature-maps.png", "mistakes.png"]
    for name in names:
        assert f"runs/cnn-train/1/figures/explain/{name}" in outcome.stdout
        with Image.open(f"runs/cnn-train/1/figures/explain/{name}") as image:
            image.load()
    assert "of 12 test images were taken for another class" in outcome.stdout


def test_explain_as_json(run: Path, images: Path, invoke: Invoke) -> None:
    found = document(invoke, "explain", "--out", "drawn")
    assert [row["shows"] for row in found["images"]] == [name for name in CLASS_NAMES for _ in range(2)]
    assert found["mistakes"]["images"] == found["data"]["images"] == 12
    assert [Path(path).name for path in found["figures"]][-1] == "mistakes.png"
    own = document(invoke, "explain", "photos", "--out", "own")
    assert [row["image"] for row in own["images"]] == ["photos/a.png", "photos/b.jpg", "photos/deep/c.png"]
    assert {row["shows"] for row in own["images"]} == {None}
    assert own["mistakes"] is None, "a person's own images need no others beside them"
    assert sorted(path.name for path in Path("own").iterdir()) == ["feature-maps.png", "filters.png", "grad-cam.png"]
    both = document(invoke, "explain", "photos/a.png", "--data", "tiny.npz", "--out", "both")
    assert len(both["images"]) == 1
    assert both["mistakes"]["images"] == 12


def test_explain_draws_the_readable_ones(run: Path, images: Path, invoke: Invoke) -> None:
    (images / "aa.png").touch()
    outcome = invoke("cnn", "explain", "photos", "--out", "own", "--json")
    assert outcome.code == 1
    rows = json.loads(outcome.stdout)["images"]
    assert [row.get("error") for row in rows] == [None, "the file is empty", None, None]
    assert "1 of 4 images could not be read" in outcome.stderr
