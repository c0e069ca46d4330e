"""What other tools say of the same tables: jiwer in every run of the tests, all of them in the night."""

from __future__ import annotations

import random
from collections import Counter

import jiwer
import numpy as np
import pytest

from dlhw.ocr.scoring.systems import SystemScores, score_words

Table = tuple[list[str], list[str]]


def table(seed: int) -> Table:
    """Sentences and what was read of them: letters of several scripts, words of like letters, empty readings."""
    generator = random.Random(seed)
    letters = generator.choice(["ab", "abcdefgh", "aäéßñ", "дом", "猫犬ab", "a😀b"])
    rows = generator.randint(1, 60)
    vocabulary = [
        "".join(generator.choices(letters, k=generator.randint(1, 6))) for _ in range(generator.randint(2, 40))
    ]
    references = [generator.choices(vocabulary, k=generator.randint(1, 9)) for _ in range(rows)]
    kept = generator.random()
    texts = []
    for reference in references:
        text = [word if generator.random() < kept else generator.choice(vocabulary) for word in reference]
        while generator.random() < 0.3:
            text.insert(generator.randint(0, len(text)), generator.choice(vocabulary))
        while text and generator.random() < 0.3:
            del text[generator.randrange(len(text))]
        texts.append(text)
    return [" ".join(words) for words in references], [" ".join(words) for words in texts]


def ours(table: Table, seed: int = 42) -> SystemScores:
    references, texts = table
    return score_words(references, {"a": texts}, seed=seed).systems[0]


def check_with_jiwer(table: Table) -> None:
    references, texts = table
    system = ours(table)
    words, letters = jiwer.process_words(references, texts), jiwer.process_characters(references, texts)
    assert (system.sentence_wer.value, system.cer.value) == (words.wer, letters.cer)
    counts = {kind: getattr(words, kind) for kind in ("substitutions", "insertions", "deletions")}
    assert system.sentence_edits == {**counts, "words": words.hits + words.substitutions + words.deletions}
    edits = system.edits
    assert (edits.substitutions, edits.insertions, edits.deletions) == (
        letters.substitutions,
        letters.insertions,
        letters.deletions,
    )


@pytest.mark.parametrize("seed", range(60))
def test_jiwer_finds_the_same_rates_and_edits(seed: int) -> None:
    check_with_jiwer(table(seed))


@pytest.mark.nightly
def test_a_thousand_tables_agree_with_jiwer_torchmetrics_and_scipy() -> None:
    """Rates and edits, and the intervals, which scipy draws from the same random numbers."""
    text = pytest.importorskip("torchmetrics.functional.text", reason="uv sync --group benchmarks")
    stats = pytest.importorskip("scipy.stats")
    compared: Counter[str] = Counter()
    for seed in range(1000):
        references, texts = rows = table(seed)
        check_with_jiwer(rows)
        system = ours(rows, seed)
        assert float(text.char_error_rate(texts, references)) == pytest.approx(system.cer.value, rel=1e-6)
        assert float(text.word_error_rate(texts, references)) == pytest.approx(system.sentence_wer.value, rel=1e-6)
        compared["rates"] += 1
        if len(references) == 1:
            continue  # scipy wants two rows
        alone = [ours(([reference], [read])) for reference, read in zip(references, texts, strict=True)]
        for rate, edits, lengths in (
            (system.cer, [one.edits.total for one in alone], list(map(len, references))),
            (
                system.sentence_wer,
                [sum(one.sentence_edits.values()) - one.sentence_edits["words"] for one in alone],
                [len(reference.split()) for reference in references],
            ),
        ):
            found = stats.bootstrap(
                (np.array(edits), np.array(lengths)),
                lambda top, bottom, axis: top.sum(axis) / bottom.sum(axis),
                paired=True,
                vectorized=True,
                n_resamples=1000,
                method="percentile",
                rng=np.random.default_rng(seed),
            ).confidence_interval
            assert (found.low, found.high) == pytest.approx((rate.low, rate.high), rel=1e-12)
            compared["intervals"] += 1
    assert compared == {"rates": 1000, "intervals": compared["intervals"]}
    assert compared["intervals"] > 1900
