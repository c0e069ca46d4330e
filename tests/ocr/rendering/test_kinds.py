from __future__ import annotations

import pickle

import numpy as np
import pytest

from dlhw.ocr.rendering.kinds import DIAGNOSTIC, LADDER, LADDER_LETTERS, Kind, KindOfWords, kinds_of, samples
from dlhw.ocr.rendering.mix import FULL, READER
from dlhw.ocr.rendering.rendered import RenderedWords, rendered_words
from dlhw.ocr.words.source import WordSource


@pytest.fixture(scope="module")
def words() -> RenderedWords:
    return rendered_words(WordSource(), "test", seed=3)


def of(kind: Kind, words: RenderedWords) -> KindOfWords:
    return KindOfWords(source=words.source, split=words.split, seed=words.seed, fonts=words.fonts, kind=kind)


def test_every_kind_of_the_mix_has_a_name_of_its_own_and_a_chance() -> None:
    names = [kind.name for kind in DIAGNOSTIC]
    assert len(set(names)) == len(names)
    assert {
        "plain",
        "world",
        *(f"arc {degrees}°" for degrees in LADDER),
        "arc",
        "neon",
        "wide",
        "low resolution",
    } <= set(names)
    assert all(0 < (kind.chance or 0) < 1 for kind in kinds_of(READER))
    assert not kinds_of(FULL)


def test_kinds_differ_in_looks_and_not_in_texts(words: RenderedWords) -> None:
    kinds = [kind for kind in DIAGNOSTIC if not kind.name.startswith("arc ")]
    texts = {tuple(of(kind, words).pack(0, 6).texts) for kind in kinds}
    assert len(texts) == 1
    looks = {of(kind, words).pack(0, 3).pixels.tobytes() for kind in kinds}
    assert len(looks) == len(kinds)


def test_words_on_the_ladder_have_letters_enough_for_an_arc(words: RenderedWords) -> None:
    kinds = [kind for kind in DIAGNOSTIC if kind.name.startswith("arc ")]
    packed = [of(kind, words).pack(0, 12) for kind in kinds]
    assert len({one.texts for one in packed}) == 1
    assert all(text.isalpha() and len(text) in LADDER_LETTERS for text in packed[0].texts)
    # The wider the arc, the higher the image against its width.
    widths = [float(np.mean(one.widths)) for one in packed]
    assert widths == sorted(widths, reverse=True)


def test_a_kind_is_small_to_send_and_the_same_there(words: RenderedWords) -> None:
    row = of(kinds_of(READER)[0], words)
    sent = pickle.loads(pickle.dumps(row))
    assert sent.pack(5, 2).fingerprint() == row.pack(5, 2).fingerprint()


def test_a_sheet_has_a_row_for_each_kind(words: RenderedWords) -> None:
    rows = list(samples(words, READER, 2))
    assert len(rows) == len(kinds_of(READER))
    assert rows[0][0] == "arc, 17.0%"
    assert all(len(examples) == 2 for _, examples in rows)
