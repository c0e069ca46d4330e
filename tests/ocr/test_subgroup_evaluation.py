from __future__ import annotations

from pathlib import Path

import pytest

from dlhw.learning.intervals import wilson
from dlhw.ocr import subgroup_evaluation as module
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.evaluation import evaluate
from dlhw.ocr.rendering.kinds import DIAGNOSTIC
from dlhw.ocr.subgroup_evaluation import kind_rows, words_of_kinds
from tests.ocr.recognisers import recognizer, save

CHOSEN = tuple(kind for kind in DIAGNOSTIC if kind.name in {"plain", "arc 86°", "neon"})


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WORDS", 5)
    monkeypatch.setattr(module, "WORDS_A_RUNG", 3)


def test_the_words_are_the_same_whoever_renders_them_and_in_matplotlibs_fonts(tmp_path: Path) -> None:
    path = save(tmp_path / "trained.safetensors")
    one, names = words_of_kinds(path, kinds=CHOSEN)
    other, _ = words_of_kinds(path, kinds=CHOSEN, processes=2)
    assert one.words.fingerprint() == other.words.fingerprint()
    assert names == ("plain",) * 5 + ("arc 86°",) * 3 + ("neon",) * 5
    assert one.fonts is not None
    assert one.fonts["test"] == 16


def test_a_row_has_the_errors_of_its_kind_alone(tmp_path: Path) -> None:
    measured, names = words_of_kinds(save(tmp_path / "trained.safetensors"), kinds=CHOSEN)
    evaluation = evaluate(recognizer(), measured.words, BeamSearch(width=1))
    rows = kind_rows(evaluation, names, seed=1)
    errors = evaluation.errors
    assert [row["words"] for row in rows] == [5, 3, 5]
    first = 0
    for row in rows:
        members = slice(first, first + row["words"])
        first += row["words"]
        assert row["cer"]["value"] == errors.distances[members].sum() / errors.lengths[members].sum()
        expected = wilson(int(errors.wrong_at(1)[members].sum()), row["words"])
        assert row["wer"] == {"value": expected.value, "low": expected.low, "high": expected.high}
