from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlhw.errors import DataError, UsageError
from dlhw.ocr.chunks import RenderedWords, render_chunk, rendered_words
from dlhw.ocr.pictures import HEIGHT, prepare
from dlhw.ocr.words import SPLITS, WordSource


@pytest.fixture(autouse=True)
def _no_system_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlhw.ocr.fonts.system_files", list)


@pytest.fixture(scope="module")
def words() -> RenderedWords:
    return rendered_words(WordSource(), "validation", seed=3)


def test_a_chunk_holds_what_the_words_are_one_by_one(words: RenderedWords) -> None:
    chunk = render_chunk(words, 5, 8)
    assert chunk.texts == [words.text(index) for index in range(5, 13)]
    assert chunk.widths.dtype == np.int32
    ends = np.cumsum(chunk.widths) * HEIGHT
    assert ends[-1] == chunk.pixels.size
    for index in reversed(range(8)):  # in another order, after others
        start = ends[index] - chunk.widths[index] * HEIGHT
        picture = chunk.pixels[start : ends[index]].reshape(HEIGHT, -1)
        np.testing.assert_array_equal(picture, prepare(words.picture(5 + index)))


def test_no_words_are_an_empty_chunk(words: RenderedWords) -> None:
    chunk = render_chunk(words, 0, 0)
    assert (chunk.texts, chunk.widths.size, chunk.pixels.size) == ([], 0, 0)


def test_another_process_draws_the_same(words: RenderedWords) -> None:
    here = render_chunk(words, 100, 6)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        there = pool.submit(render_chunk, words, 100, 6).result()
    assert here.texts == there.texts
    np.testing.assert_array_equal(here.pixels, there.pixels)


def test_seeds_splits_and_numbers_all_count(words: RenderedWords) -> None:
    others = [replace(words, seed=4), *(replace(words, split=split) for split in SPLITS)]
    rows = [tuple(other.text(index) for index in range(6)) for other in [words, *others]]
    assert len(set(rows)) == 4, "the validation split of the same seed is the same, all else differs"
    assert len(set(rows[0])) > 3


def test_words_are_quick_to_send(words: RenderedWords) -> None:
    assert len(pickle.dumps(words)) < 10_000


def test_only_training_words_take_more_fonts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--fonts is for training words"):
        rendered_words(WordSource(), "test", seed=0, fonts_folder=tmp_path)
    with pytest.raises(DataError, match="there are no fonts in"):
        rendered_words(WordSource(), "train", seed=0, fonts_folder=tmp_path)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(UsageError, match="--seed must be 0 or more; -1 came"):
        rendered_words(WordSource(), "train", seed=-1)
