from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dlhw.errors import CheckpointError, DataError, UsageError
from dlhw.learning.checkpoint import save_checkpoint
from dlhw.ocr import lesson
from dlhw.ocr.chosen import measured_checkpoint, reading_checkpoint, recognizer_checkpoint
from dlhw.ocr.lesson import Request
from dlhw.ocr.measured import words_to_measure
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.sources import load_words
from tests.ocr.folders import words_folder, write
from tests.ocr.recognisers import save, save_run

TEXTS = {f"{index}.png": f"{'abcde'[index % 5]}{index}" for index in range(40)}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return words_folder(tmp_path / "words", TEXTS)


def test_rendered_test_words_are_those_of_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(lesson.RENDERED_SIZES, "test", 5)
    listed = write(tmp_path / "list.txt", "\n".join(f"{first}{last}" for first in "abcdefghij" for last in range(20)))
    request = Request(word_list=listed)
    measured = words_to_measure(save(tmp_path / "a.safetensors", asked=request.as_config()))
    source = request.word_source()
    with Renderer(1) as renderer:
        expected = lesson.render_split(source, "test", renderer)
    assert measured.words.fingerprint() == expected.fingerprint()
    assert measured.describe() == {
        "source": f"rendered words, {listed}",
        "split": "test",
        "fonts": {
            "test": len(evaluation_fonts(source.characters).faces),
            "hash": evaluation_fonts(source.characters).fonts_hash,
        },
        "fingerprint": expected.fingerprint(),
    }


def test_the_test_words_of_own_data_are_those_that_were_split_off(own: Path, tmp_path: Path) -> None:
    checkpoint = save(tmp_path / "a.safetensors", asked=Request(data=own).as_config())
    measured = words_to_measure(checkpoint)
    assert measured.words.texts == load_words(own).for_training().test.texts
    assert 0 < len(measured.words) < len(TEXTS)
    shutil.rmtree(own)
    with pytest.raises(DataError, match="there is nothing any more") as raised:
        words_to_measure(checkpoint)
    assert "--data" in raised.value.hint


def test_words_that_were_learnt_from_are_warned_of(own: Path, tmp_path: Path) -> None:
    checkpoint = save(tmp_path / "a.safetensors", asked=Request(data=own).as_config())
    measured = words_to_measure(checkpoint, own)
    assert (len(measured.words), measured.split) == (40, None)
    (warning,) = measured.warnings
    assert "without --data" in warning
    other = words_folder(tmp_path / "other", {"x.png": "x"})
    assert words_to_measure(checkpoint, other).warnings == ()


def test_of_data_with_splits_the_test_is_taken(own: Path, tmp_path: Path) -> None:
    folder = tmp_path / "split"
    for name, texts in (("train", {"a.png": "aa"}), ("test", {"b.png": "bb", "c.png": "cc"})):
        words_folder(folder / name, texts)
    measured = words_to_measure(save(tmp_path / "a.safetensors"), folder)
    assert (measured.words.texts, measured.split) == (("bb", "cc"), "test")


def test_data_without_a_usable_label_is_refused(tmp_path: Path) -> None:
    folder = words_folder(tmp_path / "words", {"a.png": ""})
    with pytest.raises(DataError, match="has no word with a usable label"):
        words_to_measure(save(tmp_path / "a.safetensors"), folder)


def test_a_checkpoint_that_does_not_say_its_words_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "x.safetensors", {}, {"kind": "weights", "architecture": {"words": {"data": None}}})
    with pytest.raises(CheckpointError, match="does not say which words it learnt from"):
        words_to_measure(tmp_path / "x.safetensors")


def test_the_newest_finished_run_is_measured(tmp_path: Path) -> None:
    for number in (1, 9, 10):
        save_run(tmp_path / "ocr-train" / str(number))
    (tmp_path / "ocr-train/10/result.json").unlink()
    chosen = tmp_path / "ocr-train/9/member/best.safetensors"
    assert measured_checkpoint(None, root=tmp_path) == chosen
    given = tmp_path / "ocr-train/1"
    assert measured_checkpoint(given, root=tmp_path) == reading_checkpoint(given) == given / "member/best.safetensors"


def test_without_a_run_the_package_measures_and_it_always_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlhw.ocr.chosen.pretrained", lambda: tmp_path / "ours")
    assert measured_checkpoint(None, root=tmp_path) == tmp_path / "ours"
    save_run(tmp_path / "ocr-train" / "1")
    assert reading_checkpoint(None) == tmp_path / "ours"


@pytest.mark.parametrize("name", ["attention", "no-attention"])
def test_a_recogniser_of_the_package_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for choose in (measured_checkpoint, reading_checkpoint, recognizer_checkpoint):
        assert choose(Path(name)).name == f"{name}.safetensors"
    save(tmp_path / name)
    with pytest.raises(UsageError, match="here is a file or folder of that name") as raised:
        reading_checkpoint(Path(name))
    assert str(tmp_path / name) in raised.value.hint
    assert reading_checkpoint(tmp_path / name) == tmp_path / name


def test_a_name_that_is_none_is_met_with_those_there_are() -> None:
    with pytest.raises(CheckpointError, match="there is no checkpoint readr") as raised:
        reading_checkpoint(Path("readr"))
    assert "reader" in raised.value.hint
