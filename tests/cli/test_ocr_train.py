from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlhw.ocr import recipe
from tests.conftest import Invoke
from tests.ocr.folders import words_folder, write

pytestmark = pytest.mark.usefixtures("undrawn")

SMALL = ("--epochs", "1", "--words", "32", "--threads", "1", "--precision", "float32")
PROMISED = {
    "command", "version", "seed", "seconds", "run", "attention", "parameters", "alphabet", "data", "best_epoch",
    "best_validation_cer", "test", "images_per_second",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _small(small_ocr: None) -> None:
    pass


@pytest.mark.drawn
def test_a_training_prints_one_document(invoke: Invoke) -> None:
    outcome = invoke("ocr", "train", *SMALL, "--json")
    assert outcome.code == 0
    document = json.loads(outcome.stdout)
    assert document.keys() >= PROMISED
    assert document["command"] == "ocr train"
    assert document["attention"] is True
    assert document["data"].keys() >= {"source", "train", "validation", "test", "fonts"}
    assert document["test"].keys() >= {"words", "cer", "wer", "wer_at_k"}
    assert document["test"]["wer_at_k"].keys() == {"k", "value"}
    assert document["reported"] == {"best_validation_error": 0.2138, "cer": 0.2072, "wer": 0.7160}
    assert json.loads(Path(document["run"], "result.json").read_text()) == document


def test_a_training_without_attention_shows_the_reports_figures_beside(invoke: Invoke) -> None:
    outcome = invoke("ocr", "train", *SMALL, "--no-attention", "--progress", "plain")
    assert outcome.code == 0
    assert "without attention" in outcome.stdout
    assert "report (other data)" in outcome.stdout
    assert "0.3165" in outcome.stdout
    assert "0.3061" in outcome.stdout
    assert "WER@3" in outcome.stdout
    assert "epoch  1/1" in outcome.stderr


def test_the_report_says_nothing_of_a_persons_own_words(invoke: Invoke, own_words: Path) -> None:
    outcome = invoke("ocr", "train", *SMALL, "--data", own_words)
    assert outcome.code == 0
    assert "Best validation CER" in outcome.stdout
    assert "report" not in outcome.stdout
    assert json.loads(Path("runs/ocr-train/1/result.json").read_text())["reported"] is None


def test_resume_goes_on_and_from_starts_with_weights(invoke: Invoke, own_words: Path) -> None:
    assert invoke("ocr", "train", *SMALL, "--data", own_words, "--no-attention").code == 0
    resumed = invoke("ocr", "train", "--resume", "--epochs", "2")
    assert resumed.code == 0
    assert "rendering" not in resumed.stderr, "its words are read"
    tuned = invoke("ocr", "train", *SMALL, "--from", "runs/ocr-train/1", "--json")
    assert tuned.code == 0
    document = json.loads(tuned.stdout)
    assert document["reported"] is None, "the report's networks began with random weights"
    assert document["attention"] is False, "as in the checkpoint"
    assert document["learning_rate"] == 0.0005


def test_the_test_words_are_read_as_ocr_eval_reads_them(invoke: Invoke, own_words: Path, tmp_path: Path) -> None:
    """Images wider than 8:1 among them, which are read in parts."""
    words = [line.split("\t") for line in (own_words / "labels.tsv").read_text().splitlines()]
    lines = []
    for place in range(12):
        names, texts = zip(*words[5 * place : 5 * place + 5], strict=True)
        images = [np.asarray(Image.open(own_words / name).convert("L").resize((96, 32))) for name in names]
        (tmp_path / "test").mkdir(exist_ok=True)
        Image.fromarray(np.concatenate(images, axis=1)).save(tmp_path / f"test/{place}.png")
        lines.append(f"{place}.png\t{' '.join(texts)}\n")
    write(tmp_path / "test/labels.tsv", "".join(lines))
    shutil.copytree(own_words, tmp_path / "train")
    trained = invoke("ocr", "train", *SMALL, "--data", tmp_path, "--from", "reader", "--json")
    assert trained.code == 0, trained.stderr
    read = invoke(
        "ocr", "eval", "--checkpoint", "runs/ocr-train/1", "--data", tmp_path, "--json", "--precision", "float32"
    )
    measured, again = json.loads(trained.stdout)["test"], json.loads(read.stdout)
    assert measured["words"] == again["words"] == 12
    assert {name: measured[name] for name in ("cer", "wer")} == {name: again[name]["value"] for name in ("cer", "wer")}
    assert measured["cer"] < 0.5, "its letters are read"


def test_a_recipe_is_a_set_of_defaults(invoke: Invoke, own_words: Path) -> None:
    options = ("--recipe", "shipped", "--epochs", "1", "--data", own_words, "--precision", "float32", "--threads", "1")
    assert invoke("ocr", "train", *options).code == 0
    config = json.loads(Path("runs/ocr-train/1/config.json").read_text())
    assert (config["epochs"], config["words"], config["batch_size"]) == (1, 30_000, 32), "explicit options win"
    assert "recipe" not in config
    other = invoke("ocr", "train", "--resume", "--recipe", "reader", "--out", "runs/ocr-train/1")
    assert other.code == 2
    assert "was started with --words 30000; got 25000" in other.stderr


def test_images_in_two_splits_are_not_learnt_from(invoke: Invoke, tmp_path: Path) -> None:
    words_folder(tmp_path / "ours/train", {"a.png": "a", "b.png": "b"})
    words_folder(tmp_path / "ours/val", {"c.png": "c"})
    write(tmp_path / "ours/test/labels.tsv", "../train/b.png\tb\n")
    outcome = invoke("ocr", "train", *SMALL[2:], "--data", "ours")
    assert outcome.code == 1
    assert "b.png is in two splits: " in outcome.stderr
    checked = invoke("ocr", "check", "ours")
    assert checked.code == 0, "it is a remark on a row that can be used"
    assert "test here, train in" in checked.stdout


def test_a_recipe_in_the_list_is_one_that_the_command_takes(
    invoke: Invoke, own_words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gentle = replace(recipe.QUICK, epochs=1, learning_rate=1e-4, precision="float32")
    monkeypatch.setitem(recipe.RECIPES, "gentle", gentle)
    outcome = invoke("ocr", "train", "--recipe", "gentle", "--data", own_words, "--threads", "1")
    assert outcome.code == 0, outcome.stderr
    assert json.loads(Path("runs/ocr-train/1/config.json").read_text())["learning_rate"] == 1e-4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--epochs", "0"), "--epochs must be 1 or more, got 0"),
        (("--recipe", "grandmother"), "grandmother"),
        (("--words", "-3"), "--words must be 1 or more, got -3"),
        (("--lr", "nan"), "--lr must be a number above 0, got nan"),
        (("--patience", "0"), "--patience must be 1 or more, got 0"),
        (("--resume", "--force"), "give one of the two"),
        (("--resume", "--from", "attention"), "give one of the two"),
        (("--language", "xx"), "xx"),
        (("--language", "de", "--word-list", __file__), "two sources of words"),
    ],
)
def test_wrong_usage_is_explained(invoke: Invoke, arguments: tuple[str, ...], message: str) -> None:
    outcome = invoke("ocr", "train", *arguments)
    assert outcome.code == 2
    assert message in outcome.stderr
    assert outcome.stdout == ""
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--data", "nowhere"), "nowhere"),
        (("--fonts", "nowhere"), "there is no folder nowhere"),
        (("--word-list", "nowhere"), "nowhere"),
        (("--from", "nowhere"), "there is no checkpoint nowhere"),
        (("--resume",), "there is no unfinished run of ocr-train"),
    ],
)
def test_what_is_not_there_is_named(invoke: Invoke, arguments: tuple[str, ...], message: str) -> None:
    outcome = invoke("ocr", "train", *arguments)
    assert outcome.code == 1
    assert message in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert not Path("runs").exists()


def test_bad_rows_are_left_out_and_counted(invoke: Invoke, own_words: Path, tmp_path: Path) -> None:
    labels = (own_words / "labels.tsv").read_text()
    for image in own_words.glob("*.png"):
        (tmp_path / "words" / image.name).parent.mkdir(exist_ok=True)
        (tmp_path / "words" / image.name).symlink_to(tmp_path / "words" / "copies" / image.name)
        (tmp_path / "words" / "copies").mkdir(exist_ok=True)
        (tmp_path / "words" / "copies" / image.name).write_bytes(image.read_bytes())
    (tmp_path / "words" / "broken.png").write_bytes(b"not an image")
    (tmp_path / "words" / "labels.tsv").write_text(labels + "broken.png\tbroken\nmissing.png\tmissing\n0.png\t###\n")
    outcome = invoke("ocr", "train", *SMALL, "--data", "words", "--json")
    assert outcome.code == 0
    assert "2 rows cannot be used and were left out; dlhw ocr check lists them" in outcome.stderr
    assert "words/labels.tsv, line 61: broken.png: image unreadable: not an image" in outcome.stderr
    assert outcome.stderr.count("1 row: marked as no word; dlhw ocr check lists them") == 1, "said once"
    assert json.loads(outcome.stdout)["data"]["rejected"] == 2


def test_letters_that_were_never_learnt_and_shared_images_are_said_before_training(
    invoke: Invoke, own_words: Path, tmp_path: Path
) -> None:
    """The images lie in a folder of their own."""
    rows = [line.split("\t") for line in (own_words / "labels.tsv").read_text().splitlines()]
    for name, part in (("train", rows[:20]), ("val", rows[20:24]), ("test", [*rows[19:20], [rows[30][0], "Ωmega"]])):
        (tmp_path / f"{name}.tsv").write_text("".join(f"{image}\t{text}\n" for image, text in part))
    (tmp_path / "images").mkdir()
    copies = {name: (own_words / name).read_bytes() for name, _ in rows[:31]}
    for name, content in copies.items():
        (tmp_path / "images" / name).write_bytes(content)
    test = tmp_path / "test.tsv"
    test.write_text(test.read_text().replace(rows[19][0], "copy.png"))
    (tmp_path / "images/copy.png").write_bytes(copies[rows[19][0]])
    outcome = invoke("ocr", "train", *SMALL, "--data", ".", "--images", "images", "--progress", "none")
    assert outcome.code == 0
    assert "1 of 2 test images is in the training split too, pixel for pixel" in outcome.stderr
    assert "1 of 2 test words has characters that no training word has" in outcome.stderr
    assert "Ω" in outcome.stderr


def test_a_limit_out_of_range_is_wrong_usage(invoke: Invoke, own_words: Path) -> None:
    outcome = invoke("ocr", "train", "--data", own_words, "--max-megapixels", "0")
    assert outcome.code == 2
    assert "--max-megapixels must be above 0" in outcome.stderr
