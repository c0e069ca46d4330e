from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.learning.intervals import NO_ESTIMATE
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.scoring.scores import (
    LengthRow,
    WorstWord,
    by_length,
    cer_difference,
    measure,
    score,
    wer_difference,
    worst_words,
)

words = st.text("abcAB ", max_size=6)
readings = st.lists(st.tuples(words, st.lists(words, max_size=4)), min_size=1, max_size=12)

REFERENCES = ["street", "cat", "open", "Bus"]
CANDIDATES = [["street"], ["cut", "cat", "cot"], ["0pen", "oper"], ["bus", "Bus"]]


def levenshtein(a: str, b: str) -> int:
    """The recursion of the definition, row by row."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]


def test_the_definitions_on_four_words() -> None:
    errors = measure(REFERENCES, CANDIDATES)
    assert errors.cer == 3 / 16  # cut, 0pen, bus: one edit each
    assert errors.wer == 3 / 4
    assert errors.wer_at(2) == errors.wer_at(3) == 1 / 4
    assert errors.similarity == pytest.approx(1 - (1 / 3 + 1 / 4 + 1 / 3) / 4)
    assert errors.ranks.tolist() == [0, 1, -1, 1]
    assert measure(REFERENCES, CANDIDATES, protocol="nocase").wer == 2 / 4


@given(readings)
def test_rates_are_those_of_the_definitions(items: list[tuple[str, list[str]]]) -> None:
    references, candidates = [r for r, _ in items], [c for _, c in items]
    errors = measure(references, candidates)
    firsts = [c[0] if c else "" for c in candidates]
    edits = sum(levenshtein(r, t) for r, t in zip(references, firsts, strict=True))
    length = sum(map(len, references))
    assert errors.cer == (edits / length if length else None)
    for k in (1, 2, 3):
        wrong = sum(r not in list(dict.fromkeys(c))[:k] for r, c in items)
        assert errors.wer_at(k) == wrong / len(items)
    assert errors.wer == errors.wer_at(1)
    scores = score(references, candidates, k=3)
    assert scores.edits.total == edits
    assert scores.edits.occurrences == Counter("".join(references))


@given(readings)
def test_rates_do_not_depend_on_order(items: list[tuple[str, list[str]]]) -> None:
    """A mean of batches' rates would."""
    shuffled = sorted(items, key=repr)
    one = score([r for r, _ in items], [c for _, c in items], k=2)
    other = score([r for r, _ in shuffled], [c for _, c in shuffled], k=2)
    assert (one.cer.value, one.wer, one.wer_at_k) == (other.cer.value, other.wer, other.wer_at_k)
    assert (one.edits, one.by_length) == (other.edits, other.by_length)


def test_micro_not_macro() -> None:
    assert measure(["a", "abcdefghi"], [["b"], ["abcdefghi"]]).cer == 0.1


def test_an_accent_typed_in_two_ways_is_right() -> None:
    assert measure(["caf\u00e9"], [["cafe\u0301"]]).wer == 0


def test_candidates_that_a_protocol_makes_one_count_once() -> None:
    errors = measure(["then"], [["The", "the", "then"]], protocol="nocase")
    assert errors.ranks.tolist() == [1]


def test_more_read_than_there_is_can_exceed_one() -> None:
    assert measure(["a"], [["xyz"]]).cer == 3


def test_an_empty_reference_adds_edits_and_no_length() -> None:
    errors = measure(["", "ab"], [["xy"], ["ab"]])
    assert errors.cer == 1
    assert errors.wer == 0.5
    assert errors.similarity == 0.5
    assert measure([""], [[""]]).similarity == 1
    assert measure([""], [[""]]).wer == 0


def test_an_image_that_cannot_be_read_is_wrong() -> None:
    errors = measure(["ab", ""], [[], []])
    assert errors.wer == 1
    assert errors.cer == 1
    assert errors.texts == ("", "")


def test_nothing_to_score_is_none_and_said() -> None:
    scores = score([], [], k=3, confidences=[])
    assert scores.cer == scores.wer == scores.wer_at_k == NO_ESTIMATE
    assert scores.similarity is None
    assert scores.calibration is not None
    assert scores.calibration.error is None
    assert (scores.by_length, scores.worst) == ((), ())
    assert len(scores.warnings) == 1
    json.dumps(asdict(scores), allow_nan=False)


def test_references_that_a_protocol_empties_are_said() -> None:
    scores = score(["!!", "?"], [["a"], []], k=1, protocol="alnum36")
    assert scores.cer == NO_ESTIMATE
    assert scores.wer.value == 1
    assert "alnum36" in scores.warnings[0]
    assert scores.edits.insertions == 1
    (warning,) = score(["!!", "a"], [["a"], ["a"]], k=1, protocol="alnum36").warnings
    assert warning.startswith("1 of 2")
    assert score(["a"], [["a"]], k=1).warnings == ()


@given(st.integers(1, 30), st.integers(1, 30))
def test_words_that_repeat_few_texts_are_said(texts: int, times: int) -> None:
    words = [str(text) for text in range(texts)] * times
    scores = score(words, [[word] for word in words], k=1)
    assert bool(scores.warnings) == (texts < 20 and times > 1 and len(words) >= 20)
    if texts == 1 and times == 30:
        assert scores.warnings == ("the 30 words repeat one text: rates and intervals hold for images of it alone",)


def test_the_whole_of_a_score() -> None:
    scores = score(
        REFERENCES, CANDIDATES, k=3, confidences=[0.9, 0.2, 0.4, 0.5], alphabet=Alphabet("acenoprst"), seed=1
    )
    assert scores.words == 4
    assert scores.cer.value == 3 / 16
    assert scores.cer.low is not None
    assert scores.cer.high is not None
    assert 0 <= scores.cer.low <= 3 / 16 <= scores.cer.high
    assert scores.unknown == {"B": 1, "u": 1}
    assert scores.calibration is not None
    # Each word in a bin of its own, so that the error is the mean of the four gaps.
    assert scores.calibration.error == pytest.approx((0.1 + 0.2 + 0.4 + 0.5) / 4)
    assert scores == score(
        REFERENCES, CANDIDATES, k=3, confidences=[0.9, 0.2, 0.4, 0.5], alphabet=Alphabet("acenoprst"), seed=1
    )
    json.dumps(asdict(scores), allow_nan=False)


def test_results_by_length() -> None:
    assert by_length(measure(["cat", "", "open", "dog"], [["cut"], ["x"], ["open"], ["dog"]])) == (
        LengthRow(length=0, words=1, cer=None, wer=1.0),
        LengthRow(length=3, words=2, cer=1 / 6, wer=0.5),
        LengthRow(length=4, words=1, cer=0.0, wer=0.0),
    )


def test_the_worst_words_come_first_and_right_ones_never() -> None:
    errors = measure(["abcd", "ab", "xy", "right", "ef"], [["abxx"], ["cd"], ["xz"], ["right"], ["gh"]])
    assert worst_words(errors, at_most=3) == (
        WorstWord(index=1, reference="ab", text="cd", distance=2),
        WorstWord(index=4, reference="ef", text="gh", distance=2),
        WorstWord(index=0, reference="abcd", text="abxx", distance=2),
    )
    assert [word.index for word in worst_words(errors)] == [1, 4, 0, 2]


def test_a_difference_is_first_minus_second() -> None:
    references = ["word"] * 50
    good = measure(references, [["word"]] * 45 + [["ward"]] * 5)
    bad = measure(references, [["word"]] * 20 + [["wart"]] * 30)
    cer, wer = cer_difference(good, bad), wer_difference(good, bad)
    assert cer.value == pytest.approx(5 / 200 - 60 / 200)
    assert wer.value == pytest.approx(0.1 - 0.6)
    assert wer.high is not None
    assert wer.high < 0
    assert wer.p is not None
    assert wer.p < 0.01
    assert wer_difference(good, good).p == 1
    assert wer_difference(good, bad, k=1) == wer


def test_a_difference_needs_the_same_words() -> None:
    with pytest.raises(ValueError, match="same words"):
        cer_difference(measure(["a"], [["a"]]), measure(["b"], [["b"]]))


def test_a_difference_without_words_is_none() -> None:
    nothing = measure([], [])
    assert wer_difference(nothing, nothing).value is None
    assert cer_difference(nothing, nothing).p is None


def test_each_reference_needs_candidates() -> None:
    with pytest.raises(ValueError, match="got 2 and 1"):
        measure(["a", "b"], [["a"]])


def test_arrays_are_of_integers() -> None:
    errors = measure([], [])
    assert errors.distances.dtype == errors.lengths.dtype == errors.ranks.dtype == np.int64
