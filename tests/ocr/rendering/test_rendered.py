from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlhw.errors import DataError, UsageError
from dlhw.ocr.preprocessing import prepare
from dlhw.ocr.rendering.font_files import matplotlib_files
from dlhw.ocr.rendering.rendered import RenderedWords, rendered_words
from dlhw.ocr.words.source import SPLITS, Split, WordSource


@pytest.fixture(scope="module")
def words() -> RenderedWords:
    return rendered_words(WordSource(), "validation", seed=3)


def test_packed_words_are_what_they_are_one_by_one(words: RenderedWords) -> None:
    packed = words.pack(5, 8)
    assert list(packed.texts) == [words.text(index) for index in range(5, 13)]
    for index in reversed(range(8)):  # in another order, after others
        np.testing.assert_array_equal(packed.image(index), prepare(words.image(5 + index)))


def test_no_words_are_an_empty_pack(words: RenderedWords) -> None:
    assert len(words.pack(0, 0)) == 0


def test_seeds_splits_and_numbers_all_count(words: RenderedWords) -> None:
    others = [replace(words, seed=4), *(replace(words, split=split) for split in SPLITS)]
    rows = [tuple(other.text(index) for index in range(6)) for other in [words, *others]]
    assert len(set(rows)) == 4, "the validation split of the same seed is the same, all else differs"
    assert len(set(rows[0])) > 3


def test_words_are_quick_to_send(words: RenderedWords) -> None:
    assert len(pickle.dumps(words)) < 10_000


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_folder_without_fonts_is_refused(tmp_path: Path, split: Split) -> None:
    with pytest.raises(DataError, match="there are no fonts in"):
        rendered_words(WordSource(), split, seed=0, fonts_folder=tmp_path)


def test_test_words_can_be_set_in_fonts_never_seen(tmp_path: Path) -> None:
    (only,) = [path for path in matplotlib_files() if path.name == "STIXGeneral.ttf"]
    (tmp_path / only.name).write_bytes(only.read_bytes())
    words = rendered_words(WordSource(), "test", seed=0, fonts_folder=tmp_path)
    assert [Path(face.path).parent for face in words.fonts.faces] == [tmp_path]


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(UsageError, match="`seed` must be 0 or more, got -1"):
        rendered_words(WordSource(), "train", seed=-1)
