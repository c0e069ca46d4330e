from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlhw.console.ocr_eval import decoder_name
from dlhw.errors import UsageError
from dlhw.ocr.comparison import compare
from dlhw.ocr.data import Unreadable, Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.nucleus import NucleusSampling
from dlhw.ocr.evaluation import SEEDS, as_document, choose_decoder, evaluate
from dlhw.ocr.recognizer import texts
from dlhw.ocr.scoring.scores import score
from dlhw.ocr.trial import measure_words
from dlhw.ocr.word_table import write_words
from tests.ocr.recognisers import recognizer, words


def missing(made: Words) -> Words:
    gone = Unreadable(name="gone.png", text="Hell", reason="no such image")
    return made.select(range(len(made)), unreadable=[gone])


def test_the_figures_are_those_of_the_readings() -> None:
    decoder = BeamSearch(width=3)
    result = evaluate(recognizer(), words(), decoder, seed=7)
    read = texts(recognizer().read(words(), decoder))
    expected = score(words().texts, read, k=3, seed=7)
    assert 0 < (expected.wer.value or 0) < 1, "the network reads some words right and some wrong"
    assert (result.scores.cer, result.scores.wer, result.scores.wer_at_k) == (
        *(expected.cer, expected.wer),
        expected.wer_at_k,
    )
    assert texts(result.readings) == read
    assert result.words_per_second is not None
    assert result.words_per_second > 0


def test_evaluation_agrees_with_the_measurement_at_the_end_of_a_training() -> None:
    trained = measure_words(recognizer(), missing(words()))
    document = as_document(evaluate(recognizer(), missing(words()), BeamSearch(width=3)))
    assert trained["words"] == document["words"] == len(words()) + 1
    assert trained["cer"] == document["cer"]["value"]
    assert trained["wer_at_k"]["value"] == document["wer_at_k"]["value"]


def test_an_image_that_cannot_be_read_is_missed() -> None:
    whole = evaluate(recognizer(), words(), BeamSearch(width=1))
    document = as_document(evaluate(recognizer(), missing(words()), BeamSearch(width=1)))
    assert document["unreadable"] == [{"image": "gone.png", "reason": "no such image"}]
    assert sum(document["edits"].values()) == whole.scores.edits.total + 4
    assert {"image": "gone.png", "reference": "Hell", "text": "", "distance": 4} in document["worst"]


def test_without_a_readable_image_everything_is_wrong() -> None:
    document = as_document(evaluate(recognizer(), missing(words(())), BeamSearch(width=1)))
    assert (document["cer"]["value"], document["wer"]["value"], document["words_per_second"]) == (1, 1, None)


def test_without_words_there_are_no_rates() -> None:
    document = as_document(evaluate(recognizer(), words(()), BeamSearch(width=1)))
    assert document["cer"] == {"value": None, "low": None, "high": None}
    assert document["calibration"]["ece"] is None
    assert document["warnings"] == ["there are no words to score, so there are no error rates"]


def test_sampling_is_repeated_over_seeds() -> None:
    result = evaluate(recognizer(), words(), NucleusSampling(top_p=1, temperature=2, seed=3))
    document = as_document(result)
    assert document["decoder"]["seeds"] == [3, 4, 5, 6, 7]
    for name in ("cer", "wer", "wer_at_k"):
        rates = [rate[name] for rate in result.rates]
        assert len(rates) == SEEDS
        assert document[name]["value"] == rates[0], "words and intervals are of the first seed"
        assert document["over_seeds"][name]["mean"] == pytest.approx(np.mean(rates))  # type: ignore[arg-type]
        assert document["over_seeds"][name]["deviation"] == pytest.approx(np.std(rates, ddof=1))  # type: ignore[arg-type]
    assert len({rate["cer"] for rate in result.rates}) > 1, "hot sampling differs by seed"


def test_the_temperature_in_force_is_said() -> None:
    """Logits are divided by the calibration's temperature first, and then by the sampling's."""
    decoder = NucleusSampling(top_p=0.9, temperature=0.5, seed=3)
    result = evaluate(replace(recognizer(), temperature=0.8), words(), decoder)
    described = as_document(result)["decoder"]
    assert (described["temperature"], described["calibrated_temperature"]) == (0.5, 0.8)
    alone = evaluate(recognizer(), words(), replace(decoder, temperature=described["temperature_in_force"]))
    assert texts(alone.readings) == texts(result.readings)
    shown = {**as_document(result), "data": {"source": "x", "distinct_texts": 8}, "attention": True}
    assert decoder_name(shown) == "3 samples, top-p 0.9, temperature 0.4 (0.5 × 0.8 of the calibration)"


@pytest.mark.parametrize("decoder", [BeamSearch(width=2), NucleusSampling(temperature=0)])
def test_what_is_not_random_is_read_once(decoder: BeamSearch | NucleusSampling) -> None:
    assert as_document(evaluate(recognizer(), words(), decoder))["over_seeds"] is None


def test_a_text_may_be_as_long_as_the_longest_reference() -> None:
    made = words(("a" * 80,))
    assert as_document(evaluate(recognizer(), made, BeamSearch(width=1)))["decoder"]["max_length"] == 80


def test_characters_that_cannot_be_written_are_listed() -> None:
    document = as_document(evaluate(recognizer(), words(("zoo", "ab", "Zoo", "zz")), BeamSearch(width=1)))
    assert document["unknown_characters"] == {"z": 3, "Z": 1}


def test_batches_of_reading_are_counted() -> None:
    seen: list[int] = []
    evaluate(recognizer(), words(), BeamSearch(width=1), track=lambda items, total: (seen.append(total), items)[1])  # type: ignore[func-returns-value]
    assert seen == [1]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, BeamSearch(width=3)),
        ({"beam": 1}, BeamSearch(width=1)),
        ({"top_p": 0.8}, NucleusSampling(top_p=0.8, seed=5)),
        (
            {"top_p": 1.0, "temperature": 0.5, "samples": 9},
            NucleusSampling(top_p=1, temperature=0.5, samples=9, seed=5),
        ),
    ],
)
def test_options_choose_the_decoder(given: dict[str, float], expected: object) -> None:
    asked = {"beam": None, "top_p": None, "temperature": None, "samples": None, **given}
    assert choose_decoder(**asked, seed=5) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"beam": 3, "top_p": 0.9}, "`beam` searches and `top_p` draws"),
        ({"temperature": 0.5}, "`temperature` belongs to sampling"),
        ({"beam": 3, "samples": 2}, "`samples` belongs to sampling"),
        ({"beam": 0}, "`beam` must be 1 or more"),
        ({"top_p": 0.0}, "`top_p` must be above 0"),
        ({"top_p": 1.5}, "at most 1, got 1.5"),
        ({"top_p": math.nan}, "got nan"),
    ],
)
def test_options_that_do_not_fit_are_refused(given: dict[str, float], message: str) -> None:
    asked = {"beam": None, "top_p": None, "temperature": None, "samples": None, **given}
    with pytest.raises(UsageError, match=message):
        choose_decoder(**asked, seed=5)  # type: ignore[arg-type]


def test_the_table_has_every_word_with_its_candidates(tmp_path: Path) -> None:
    made = missing(words(('a,"b', "ab", "Hello")))
    result = evaluate(recognizer(), made, BeamSearch(width=2))
    write_words(tmp_path / "words.csv", result)
    with (tmp_path / "words.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        *("image", "reference", "text", "correct", "distance", "protocol"),
        *("candidate_1", "log_probability_1", "candidate_2", "log_probability_2"),
    ]
    assert [row["reference"] for row in rows] == ['a,"b', "ab", "Hello", "Hell"]
    assert [row["image"] for row in rows] == ["0.png", "1.png", "2.png", "gone.png"]
    assert sum(row["correct"] == "0" for row in rows) == round((result.scores.wer.value or 0) * 4)
    for row, found in zip(rows, result.readings, strict=True):
        assert row["candidate_1"] == (found[0].text if found else "")
        if found:
            assert float(row["log_probability_1"]) == pytest.approx(found[0].log_probability, rel=1e-5)
    assert (rows[3]["text"], rows[3]["correct"], rows[3]["distance"], rows[3]["log_probability_1"]) == (
        "",
        "0",
        "4",
        "",
    )


def test_two_recognisers_are_compared_word_by_word() -> None:
    first, second = (evaluate(recognizer(attention=one), words(), BeamSearch(width=2)) for one in (True, False))
    document = compare(first, second, seed=1)
    assert document["cer_difference"]["value"] == pytest.approx(
        (first.scores.cer.value or 0) - (second.scores.cer.value or 0)
    )
    same = compare(first, first)
    assert same["wer_difference"] == {"value": 0, "low": 0, "high": 0, "p": 1, "at_limit": False}
    assert compare(second, first, seed=1)["cer_difference"]["value"] == -document["cer_difference"]["value"]
