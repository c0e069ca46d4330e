from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from dlhw.errors import DataError, UsageError
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.nucleus import NucleusSampling
from dlhw.ocr.prior.lexicon import Lexicon
from dlhw.ocr.second_look.closed import LexiconReader
from dlhw.ocr.second_look.reader import reader_for
from tests.ocr.folders import write
from tests.ocr.recognisers import LETTERS, TEXTS, recognizer, words

BEAM = BeamSearch(width=3)


def lexicon(*texts: str) -> Lexicon:
    return Lexicon(weights=dict.fromkeys(texts, 1.0))


def test_only_texts_of_the_list_are_read_as_they_are_written_there() -> None:
    reader = LexiconReader(recognizer=recognizer(), lexicon=lexicon(*TEXTS))
    found = reader.read(words(), BEAM, attention=True)
    assert [candidates[0].text for candidates in found] == list(TEXTS), "mistakes are not in the list"
    for candidates in found:
        assert sum(math.exp(one.log_probability) for one in candidates) <= 1 + 1e-9
        assert all(one.attention is not None and len(one.attention) == len(one.text) for one in candidates)


def test_marks_and_case_do_not_matter() -> None:
    found = LexiconReader(recognizer=recognizer(), lexicon=lexicon("5", "Hello", "bead")).read(words(), BEAM)
    assert found[TEXTS.index("5 €")][0].text == "5"
    both = lexicon("bead", "Hello")
    assert both.spellings(Alphabet("abdehloBHELO")) == {
        **dict.fromkeys(("bead", "Bead"), "bead"),
        **dict.fromkeys(("Hello", "hello", "HELLO"), "Hello"),
    }, "BEAD needs letters that this alphabet lacks"
    with pytest.raises(DataError, match="cannot write"):
        lexicon("HELLO", "Zebra").spellings(LETTERS)


def test_weights_decide_between_texts_that_look_alike() -> None:
    plain = LexiconReader(recognizer=recognizer(), lexicon=lexicon("ab", "cab")).read(words(), BEAM)[0]
    other = plain[1].text
    heavy = Lexicon(weights={plain[0].text: 1e-9, other: 1e9})
    assert LexiconReader(recognizer=recognizer(), lexicon=heavy).read(words(), BEAM)[0][0].text == other


def test_views_are_read_within_the_list_too(tmp_path: Path) -> None:
    listed = write(tmp_path / "list.txt", "ab\ncab\nHello\t2\n")
    unsure = replace(recognizer(), temperature=3.0)
    reader = reader_for(unsure, BEAM, second_look=True, lexicon=listed)
    assert reader.describe() == {"second_look": True, "prior": None, "lexicon": str(listed)}
    looks = reader.look(words(), BEAM)
    assert any(one.others for one in looks)
    for candidates in reader.read(words(), BEAM, attention=True):
        assert {one.text for one in candidates} <= {"ab", "cab", "Hello"}
        assert sum(math.exp(one.log_probability) for one in candidates) == pytest.approx(1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no word"),
        ("\n \n", "holds no word"),
        ("a b\n", "one word a line"),
        ("ab\nxyz\n", "cannot write xyz"),
    ],
)
def test_a_list_that_cannot_be_used_is_said(tmp_path: Path, content: str, message: str) -> None:
    listed = write(tmp_path / "list.txt", content)
    with pytest.raises(DataError, match=message):
        reader_for(recognizer(), BEAM, lexicon=listed)


def test_a_list_that_is_not_there_and_one_beside_a_prior_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        reader_for(recognizer(), BEAM, lexicon=tmp_path / "gone.txt")
    with pytest.raises(UsageError, match="is a prior of its own"):
        reader_for(recognizer(), BEAM, prior="en", lexicon=tmp_path / "gone.txt")
    with pytest.raises(UsageError, match="weigh the candidates of a beam"):
        reader_for(recognizer(), NucleusSampling(), lexicon=tmp_path / "gone.txt")
