from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dlhw.errors import DataError
from dlhw.ocr.preprocessing import load_image, prepare
from dlhw.ocr.sources import load_words
from tests.ocr.folders import noise, words_folder, write

TEXTS = {f"{index}.png": f"word{index}" for index in range(80)}


def test_words_are_prepared_as_reading_prepares_them(tmp_path: Path) -> None:
    folder = words_folder(tmp_path, {"images/a.png": "Hello", "b.png": "5 €"})
    loaded = load_words(folder)
    words = loaded.words
    assert words.texts == ("Hello", "5 €")
    assert words.names == (f"{folder}/images/a.png", f"{folder}/b.png")
    assert loaded.format == "tab-separated labels"
    for index, name in enumerate(words.names):
        assert (words.image(index) == prepare(load_image(Path(name)))).all()


def test_bad_images_are_left_out_of_training_and_kept_for_evaluation(tmp_path: Path) -> None:
    folder = words_folder(tmp_path, {f"{index}.png": f"word{index}" for index in range(6)})
    (folder / "1.png").write_bytes((folder / "1.png").read_bytes()[:500])
    (folder / "2.png").unlink()
    noise(1, 1).save(folder / "3.png")
    Image.new("RGBA", (60, 40), (255, 255, 255, 0)).save(folder / "4.png")  # white letters on nothing, say
    with (folder / "labels.tsv").open("a") as file:
        file.write("5.png\t\n")
    loaded = load_words(folder)
    words = loaded.words
    assert words.texts == ("word0", "word5")
    assert [(row.line, row.kind) for row in loaded.rejected] == [
        (2, "image unreadable"),
        (3, "no such image"),
        (4, "image unreadable"),
        (5, "image unreadable"),
        (7, "label empty"),
    ]
    assert {word.text: word.reason for word in words.unreadable} == {
        "word1": "image unreadable: image file is truncated",
        "word2": "no such image",
        "word3": "image unreadable: 1×1 pixels are too few to hold a word",
        "word4": "image unreadable: it is blank, one shade throughout",
    }


def test_the_number_of_threads_changes_nothing(tmp_path: Path) -> None:
    folder = words_folder(tmp_path, TEXTS)
    assert load_words(folder, threads=1).words.fingerprint() == load_words(folder, threads=7).words.fingerprint()


def test_images_that_are_read_can_be_counted(tmp_path: Path) -> None:
    seen: list[int] = []

    def track(items: Iterable[Any], total: int) -> Iterable[Any]:
        for item in items:
            seen.append(total)
            yield item

    assert len(load_words(words_folder(tmp_path, TEXTS), track=track).words) == len(seen) == 80
    assert set(seen) == {80}


def test_the_limit_reaches_the_images(tmp_path: Path) -> None:
    folder = words_folder(tmp_path, {"a.png": "a", "b.png": "b"})
    Image.new("L", (200, 100)).save(folder / "b.png")
    (rejected,) = load_words(folder, max_megapixels=0.01).rejected
    assert rejected.reason == "image unreadable: 200×100 pixels exceed the limit of 0.01 megapixels"


def test_a_folder_without_splits_is_split(tmp_path: Path) -> None:
    loaded = load_words(words_folder(tmp_path, TEXTS))
    splits = loaded.for_training()
    assert sorted(splits.train.texts + splits.validation.texts + splits.test.texts) == sorted(TEXTS.values())


def test_own_splits_are_kept_and_a_missing_one_is_split_off(tmp_path: Path) -> None:
    words_folder(tmp_path / "train", TEXTS)
    words_folder(tmp_path / "val", {"a.png": "own"})
    loaded = load_words(tmp_path)
    assert loaded.words.texts == (*TEXTS.values(), "own"), "evaluation reads all"
    assert (loaded.words.image(80) == prepare(load_image(tmp_path / "val/a.png"))).all()
    splits = loaded.for_training()
    assert splits.validation.texts == ("own",)
    assert set(splits.train.texts + splits.test.texts) == set(TEXTS.values())
    assert 0 < len(splits.test) < len(splits.train)


def test_there_must_be_words_to_train_on(tmp_path: Path) -> None:
    words_folder(tmp_path / "val", {"a.png": "a"})
    with pytest.raises(DataError, match="has a split for validation, and none for training"):
        load_words(tmp_path).for_training()


@pytest.mark.parametrize("around", ["", "inner"])
def test_folders_with_labels_beside_the_splits_are_named(around: str, tmp_path: Path) -> None:
    folder = tmp_path / around
    for name in ("entrainement", "test"):
        words_folder(folder / name, {f"{name}.png": name})
    write(folder / "pages/notes.md")
    loaded = load_words(tmp_path)
    (warning,) = loaded.warnings
    assert warning.startswith("entrainement is not used: its name is not that of a split (train, training; val, ")
    with pytest.raises(DataError, match="none for training; entrainement is not used"):
        loaded.for_training()


def test_a_training_split_whose_images_are_all_bad_is_empty(tmp_path: Path) -> None:
    write(tmp_path / "train/labels.tsv", "gone.png\tgone\n")
    words_folder(tmp_path / "val", {"a.png": "a"})
    with pytest.raises(DataError, match="the train split is empty"):
        load_words(tmp_path).for_training()


def test_images_in_two_splits_are_refused_for_training_and_remarks_otherwise(tmp_path: Path) -> None:
    words_folder(tmp_path / "train", {"a.png": "a", "b.png": "b"})
    write(tmp_path / "test/labels.tsv", "../train/b.png\tb\n../train/a.png\ta\ngone.png\tgone\n")
    with pytest.raises(
        DataError,
        match=r"b\.png is in two splits: .*train/labels\.tsv, line 2, and .*test/labels\.tsv, line 1; 1 more row too",
    ):
        load_words(tmp_path, training=True)
    loaded = load_words(tmp_path)
    train = tmp_path / "train/labels.tsv"
    assert [(row.line, row.reason) for row in loaded.remarks] == [
        (1, f"image in two splits: test here, train in {train}, line 2"),
        (2, f"image in two splits: test here, train in {train}, line 1"),
    ]
    assert len(loaded.splits["test"]) == 2, "they are used"
    assert [row.kind for row in loaded.rejected] == ["no such image"], "what else is wrong is named too"
    assert "2 rows: image in two splits; dlhw ocr check lists them" in loaded.counted_remarks()


def test_an_image_in_two_splits_of_one_file_is_a_remark_on_the_row_that_is_not_learnt_from(tmp_path: Path) -> None:
    words_folder(tmp_path, {"a.png": "a", "b.png": "b"})
    write(tmp_path / "labels.tsv", "path\ttext\tsplit\na.png\ta\ttest\na.png\ta\ttrain\nb.png\tb\ttrain\n")
    (remark,) = load_words(tmp_path).remarks
    assert (remark.line, remark.detail) == (2, "test here, train in line 3")


@pytest.mark.parametrize("content", ["", "\n\n", "path\ttext\n"])
def test_a_label_file_without_rows_is_refused(content: str, tmp_path: Path) -> None:
    write(tmp_path / "labels.tsv", content)
    with pytest.raises(DataError, match="has no rows"):
        load_words(tmp_path)


def test_names_that_are_no_unicode_are_made_readable(tmp_path: Path) -> None:
    try:
        (tmp_path / "caf\udce9.gt.txt").write_text("café")
        noise().save(tmp_path / "caf\udce9.png")
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    assert load_words(tmp_path).words.names == (f"{tmp_path}/caf\ufffd.png",)


def test_real_words_are_read(real_data: Path) -> None:
    loaded = load_words(real_data / "iiit5k")
    assert {split: len(words) for split, words in loaded.splits.items()} == {"train": 1797, "validation": 203}
    assert not loaded.rejected
    assert not loaded.skipped
    assert all(text.isascii() and text.isalnum() for text in loaded.words.texts)
    assert 8 <= loaded.words.widths.min() <= loaded.words.widths.max() <= 256
