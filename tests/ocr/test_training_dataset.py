"""What is learnt from, and what is measured on."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlhw.errors import DataError, UsageError
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.settings import Settings
from dlhw.ocr.training_dataset import Request, TrainingDataset, prepare_training_dataset
from dlhw.ocr.words.source import split_of
from tests.ocr.folders import noise, words_folder


def lesson(request: Request | None = None, **settings: int) -> TrainingDataset:
    with Renderer(1) as renderer:
        return prepare_training_dataset(request or Request(), Settings(words=20, **settings), renderer)  # type: ignore[arg-type]


def test_every_seed_is_measured_on_the_same_words_and_learns_from_others() -> None:
    one, other = lesson(seed=1), lesson(seed=2)
    for name in ("test", "plain"):
        assert one.tests[name].fingerprint() == other.tests[name].fingerprint()
    assert one.validation.fingerprint() == other.validation.fingerprint()
    assert one.train.chunk(1, 0).fingerprint() != other.train.chunk(1, 0).fingerprint()


def test_no_word_is_in_two_splits() -> None:
    made = lesson()
    splits = {"train": made.train.chunk(1, 0), "validation": made.validation, "test": made.tests["test"]}
    for name, words in splits.items():
        assert {split_of(text) for text in words.texts} == {name}


def test_plain_print_shows_the_same_words() -> None:
    made = lesson()
    assert made.tests["plain"].texts == made.tests["test"].texts


def test_the_document_says_which_fonts_measure() -> None:
    made = lesson()
    fonts = evaluation_fonts("".join(made.characters))
    assert made.describe()["fonts"]["hash"] == fonts.fonts_hash
    assert made.describe()["fonts"]["test"] == len(fonts.faces)


def test_own_words_are_split_and_their_letters_are_the_alphabet(own_words: Path) -> None:
    made = lesson(Request(data=own_words))
    sizes = [len(made.train), len(made.validation), len(made.tests["test"])]
    assert sum(sizes) == 60
    assert made.tests.keys() == {"test"}
    assert set(made.characters) == set("".join(made.train.chunk(1, 0).texts))
    assert made.describe()["fonts"] is None


def test_copies_of_learnt_images_in_what_is_measured_are_told_of(tmp_path: Path) -> None:
    """The same pixels under another name and in another split; by its path each is only once there."""
    for split, names in (("train", "abcd"), ("val", "efg"), ("test", "hij")):
        words_folder(tmp_path / split, {f"{name}.png": name for name in names})
        for name in names:
            noise(50, seed=ord(name)).save(tmp_path / split / f"{name}.png")
    assert lesson(Request(data=tmp_path)).warnings == ()
    (tmp_path / "test" / "h.png").write_bytes((tmp_path / "train" / "a.png").read_bytes())
    (warning,) = lesson(Request(data=tmp_path)).warnings
    assert "1 of 3 test images is in the training split too, pixel for pixel" in warning


def test_a_request_survives_a_configuration(tmp_path: Path) -> None:
    request = Request(data=tmp_path / "a", fonts=tmp_path / "b", max_megapixels=3.0)
    assert Request.from_config(request.as_config()) == request


def test_a_language_and_a_list_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two sources of words"):
        lesson(Request(language="de", word_list=tmp_path / "list"))


def test_an_empty_folder_teaches_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no labels"):
        lesson(Request(data=tmp_path))
