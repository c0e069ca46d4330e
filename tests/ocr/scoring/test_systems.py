from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.errors import DataError, UsageError
from dlhw.learning import resampling
from dlhw.learning.intervals import bootstrap_ratio, holm
from dlhw.ocr.scoring.scores import cer_difference, measure, score, wer_difference
from dlhw.ocr.scoring.systems import WordReport, WordScorer, score_words

words = st.text("abAé ", max_size=5)
tables = st.lists(st.tuples(words, st.lists(words, max_size=3), st.lists(words, max_size=3)), min_size=1, max_size=14)


@given(tables, st.sampled_from(["exact", "nocase", "alnum36"]))
def test_figures_are_those_of_the_recogniser_s_own_evaluation(
    rows: list[tuple[str, list[str], list[str]]], protocol: str
) -> None:
    references, first, second = [r for r, _, _ in rows], [a for _, a, _ in rows], [b for _, _, b in rows]
    report = score_words(references, {"a": first, "b": second}, protocol=protocol, k=2, seed=3)  # type: ignore[arg-type]
    for system, read in zip(report.systems, (first, second), strict=True):
        own = score(references, read, k=2, protocol=protocol, seed=3)  # type: ignore[arg-type]
        assert (system.cer, system.wer, system.wer_at_k) == (own.cer, own.wer, own.wer_at_k)
        assert (system.edits, system.by_length) == (own.edits, own.by_length)
        assert system.similarity == pytest.approx(own.similarity)
        worst = [(row.line - 1, row.reference, row.text, row.distance) for row in system.worst]
        assert worst == [(row.index, row.reference, row.text, row.distance) for row in own.worst]
    errors = [measure(references, read, protocol=protocol) for read in (first, second)]  # type: ignore[arg-type]
    (pair,) = report.pairs
    assert pair.differences["cer"] == cer_difference(*errors, seed=3)
    assert pair.differences["wer"] == wer_difference(*errors, seed=3)
    assert pair.differences["wer_at_k"] == wer_difference(*errors, k=2, seed=3)
    assert pair.p_holm == {name: found.p for name, found in pair.differences.items()}
    json.dumps(report.as_document(), allow_nan=False)


@given(tables, st.integers(1, 5))
def test_parts_give_what_the_whole_gives(rows: list[tuple[str, list[str], list[str]]], size: int) -> None:
    references, first, second = [r for r, _, _ in rows], [a for _, a, _ in rows], [b for _, _, b in rows]
    whole = score_words(references, {"a": first, "b": second}, k=2)
    scorer = WordScorer(["a", "b"], k=2)
    for at in range(0, len(rows), size):
        part = slice(at, at + size)
        scorer.add(references[part], [first[part], second[part]])
    document, expected = scorer.report().as_document(), whole.as_document()
    for one, other in zip(document["systems"], expected["systems"], strict=True):
        assert one.pop("normalized_edit_similarity") == pytest.approx(other.pop("normalized_edit_similarity"))
    assert document == expected


def noisy(rows: int, share: float, *, seed: int) -> list[str]:
    generator = np.random.default_rng(seed)
    return ["word" if right else "ward" for right in generator.random(rows) > share]


def test_many_systems_have_holm_s_p() -> None:
    references = ["word"] * 400
    shares = {"a": 0.1, "b": 0.16, "c": 0.5, "d": 0.51}
    report = score_words(references, {name: noisy(400, share, seed=1) for name, share in shares.items()})
    assert [(pair.a, pair.b) for pair in report.pairs] == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    raw = [pair.differences["wer"].p for pair in report.pairs]
    assert [pair.p_holm["wer"] for pair in report.pairs] == holm(raw)
    far = report.pairs[1].differences["wer"]
    assert far.at_limit
    assert far.p == pytest.approx(2 / 1001)
    assert report.pairs[1].p_holm["wer"] == pytest.approx(12 / 1001)


def grouped(rows: int, *, groups: bool) -> WordReport:
    """Writers of ten words each, who are read right in all of them or in none."""
    right = np.random.default_rng(2).random(rows // 10) < 0.5
    read = ["word" if right[place // 10] else "ward" for place in range(rows)]
    writers = [str(place // 10) for place in range(rows)]
    return score_words(["word"] * rows, {"a": read}, groups=writers if groups else None)


def test_groups_are_resampled_whole() -> None:
    (alone,), (together,) = grouped(1000, groups=False).systems, grouped(1000, groups=True).systems
    assert alone.cer.value == together.cer.value
    for rate in ("cer", "wer", "wer_at_k", "sentence_wer"):
        one, other = getattr(alone, rate), getattr(together, rate)
        # Ten words that are all alike are worth one: √10 times as wide.
        assert (other.high - other.low) / (one.high - one.low) == pytest.approx(10**0.5, rel=0.15)
    report = grouped(1000, groups=True)
    assert report.groups == 100
    right = np.random.default_rng(2).random(100) < 0.5
    assert report.systems[0].wer == bootstrap_ratio(10.0 * ~right, np.full(100, 10), seed=42)


def test_groups_may_come_in_parts_and_later_than_others() -> None:
    scorer = WordScorer(["a"], grouped=True)
    for part, names in enumerate((["x", "y"], ["y", "z"], ["x", "q"], ["r", "s"])):
        scorer.add(["ab", "cd"], [[("ab",), ("xx",)] if part else [("ab",), ("cd",)]], groups=names)
    whole = score_words(
        ["ab", "cd"] * 4, {"a": ["ab", "cd", *["ab", "xx"] * 3]}, groups=["x", "y", "y", "z", "x", "q", "r", "s"]
    )
    assert scorer.report().as_document() == whole.as_document()


def test_sentences_have_three_different_rates() -> None:
    references = ["the cat sat", "on the mat", "all of it is right"]
    report = score_words(references, {"a": ["the cut sat", "on mat now ok", "all of it is right"]})
    (system,) = report.systems
    assert system.wer.value == 2 / 3, "rows that are not exactly right"
    assert system.sentence_wer.value == pytest.approx(4 / 11), "cut, the, now and ok"
    assert system.sentence_edits == {"substitutions": 3, "insertions": 1, "deletions": 0, "words": 11}


def test_memory_does_not_grow_with_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of many rows is as large as what is kept of few; the nightly test measures it on millions."""
    monkeypatch.setattr(resampling, "AS_ROWS", 50)
    monkeypatch.setattr(resampling, "ROWS_AT_MOST", 50)
    scorer = WordScorer(["a", "b"])
    sizes = []
    for _ in range(3):
        scorer.add(["word", "other"] * 500, [[("word",), ("otter",)] * 500, [("ward",), ("other",)] * 500])
        tallies = scorer._rates._units._tallies.values()
        sizes.append(sum(len(tally.sample().numerators) for tally in tallies))
    assert sizes[0] == sizes[2] < 40


def test_what_cannot_be_asked_for() -> None:
    with pytest.raises(DataError, match="`predictions` of a has 1 row, and there are 2 references"):
        score_words(["x", "y"], {"a": ["x"]})
    with pytest.raises(DataError, match="`groups` has 1 row, and"):
        score_words(["x", "y"], {"a": ["x", "y"]}, groups=["1"])
    with pytest.raises(UsageError, match="`k` must be 1"):
        score_words(["x"], {"a": ["x"]}, k=0)
    with pytest.raises(UsageError, match="`resamples` must be 100"):
        score_words(["x"], {"a": ["x"]}, resamples=99)
    with pytest.raises(UsageError, match="`protocol` is one of"):
        score_words(["x"], {"a": ["x"]}, protocol="none")  # type: ignore[arg-type]


def test_warnings_tell_of_empty_references_and_more_candidates() -> None:
    assert "every reference is empty" in score_words(["!"], {"a": ["x"]}, protocol="alnum36").warnings()[0]
    assert score_words(["!", "a"], {"a": ["x", "a"]}, protocol="alnum36").warnings()[0].startswith("1 of 2")
    many = score_words(["a"], {"a": [list("xyza")]}, k=2)
    assert (many.k, many.candidates) == (2, 4)
    assert "4 candidates, and 2" in many.warnings()[0]
    assert score_words(["a"], {"a": ["a"]}).warnings() == []
    repeated = score_words(["a", "b"] * 10, {"a": ["a", "b"] * 10}).warnings()
    assert repeated == ["the 20 words repeat 2 texts: rates and intervals hold for images of these alone"]
    assert score_words(list("ab") * 10, {"a": list("ab") * 10}, groups=list("abcde") * 4).warnings() == []
    assert score_words(["a"], {"a": ["a"]}, k=3).k == 1, "nobody has a second candidate"
