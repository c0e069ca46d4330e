from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from dlhw.errors import CheckpointError, DataError, UsageError
from dlhw.learning.checkpoint import save_checkpoint
from dlhw.learning.files import write_json
from dlhw.ocr import training_dataset
from dlhw.ocr.checkpoints import measured_checkpoint, reading_checkpoint, recognizer_checkpoint
from dlhw.ocr.evaluation_dataset import load_evaluation_dataset
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.sources import load_words
from dlhw.ocr.training_dataset import Request, fingerprint_of
from dlhw.ocr.training_provenance import pack_hashes
from tests.ocr.folders import noise, words_folder, write
from tests.ocr.recognisers import save, save_run

TEXTS = {f"{index}.png": f"{'abcde'[index % 5]}{index}" for index in range(40)}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return words_folder(tmp_path / "words", TEXTS)


def test_rendered_test_words_are_those_of_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(training_dataset.RENDERED_SIZES, "test", 5)
    listed = write(tmp_path / "list.txt", "\n".join(f"{first}{last}" for first in "abcdefghij" for last in range(20)))
    request = Request(word_list=listed)
    measured = load_evaluation_dataset(save(tmp_path / "a.safetensors", asked=request.as_config()))
    source = request.word_source()
    with Renderer(1) as renderer:
        expected = training_dataset.render_split(source, "test", renderer)
    assert measured.words.fingerprint() == expected.fingerprint()
    assert measured.describe() == {
        "source": f"rendered words, {listed}",
        "split": "test",
        "distinct_texts": len(set(expected.texts)),
        "fonts": {
            "test": len(evaluation_fonts(source.characters).faces),
            "hash": evaluation_fonts(source.characters).fonts_hash,
        },
        "fingerprint": expected.fingerprint(),
    }


def test_the_test_words_of_own_data_are_those_that_were_split_off(own: Path, tmp_path: Path) -> None:
    checkpoint = save(tmp_path / "a.safetensors", asked=Request(data=own).as_config())
    measured = load_evaluation_dataset(checkpoint)
    assert measured.words.texts == load_words(own).for_training().test.texts
    assert 0 < len(measured.words) < len(TEXTS)
    shutil.rmtree(own)
    with pytest.raises(DataError, match="which no longer exists") as raised:
        load_evaluation_dataset(checkpoint)
    assert "`data`" in raised.value.hint


def header_of(folder: Path) -> dict[str, Any]:
    """What a recogniser that learnt from a folder says of its words."""
    splits = load_words(folder).for_training()
    learnt = pack_hashes(splits.train.image_hashes())
    return {"kind": "own", "language": None, "fingerprint": fingerprint_of(splits), "learnt": learnt}


@pytest.fixture
def trained(own: Path, tmp_path: Path) -> Path:
    """A recogniser in its run."""
    header = header_of(own)
    run = save_run(tmp_path / "run", asked=header)
    noted = {**Request(data=own).as_config(), "fingerprint": header["fingerprint"]}
    write_json(run / "config.json", {"command": "ocr-train", "words_from": noted})
    return run / "trial" / "best.safetensors"


def test_images_that_were_learnt_from_are_warned_of_wherever_they_lie(own: Path, trained: Path, tmp_path: Path) -> None:
    learnt = len(load_words(own).for_training().train)
    (tmp_path / "link").symlink_to(own)
    shutil.copytree(own, tmp_path / "copy")
    for folder in (own, tmp_path / "link", tmp_path / "copy"):
        measured = load_evaluation_dataset(trained, folder)
        assert (len(measured.words), measured.split) == (40, None)
        (warning,) = measured.warnings
        assert f"the recogniser learnt from {learnt} of these 40 images" in warning
    other = words_folder(tmp_path / "other", {"x.png": "x"})
    noise(50, seed=1000).save(other / "x.png")
    assert not any(load_evaluation_dataset(trained, other).warnings)
    assert load_evaluation_dataset(trained).warnings == (), "its own test images it has not learnt from"
    seed = list(TEXTS).index(Path(load_words(own).for_training().train.names[0]).name)
    noise(40 + 10 * seed % 90, seed=seed).save(other / "x.png")  # one of them under another name and text
    assert "learnt from the only image here" in load_evaluation_dataset(trained, other).warnings[0]


def test_both_of_two_recognisers_are_asked_what_they_learnt_from(own: Path, trained: Path, tmp_path: Path) -> None:
    blank = save(tmp_path / "blank.safetensors")
    for pair, who in (((trained, blank), "A"), ((blank, trained), "B")):
        (warning,) = load_evaluation_dataset(pair[0], own, compared=pair[1]).warnings
        assert warning.startswith(f"{who} learnt from")


def test_words_that_have_changed_since_are_told_of(own: Path, trained: Path) -> None:
    assert load_evaluation_dataset(trained).warnings == ()
    with (own / "labels.tsv").open("a") as file:
        file.write("0.png\tanother\n")
    noise(77, seed=99).save(own / "new.png")
    (own / "labels.tsv").write_text("".join(f"{name}\t{text}\n" for name, text in {**TEXTS, "new.png": "new"}.items()))
    (warning,) = load_evaluation_dataset(trained).warnings
    assert "have changed since the recogniser learnt from them" in warning


def test_a_recogniser_of_own_words_that_left_its_run_is_measured_on_named_ones(
    own: Path, trained: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "alone.safetensors"
    shutil.copy(trained, alone)
    with pytest.raises(DataError, match="does not lie in the run that trained it") as raised:
        load_evaluation_dataset(alone)
    assert "`data`" in raised.value.hint
    assert len(load_evaluation_dataset(alone, own).words) == 40


def test_of_data_with_splits_the_test_is_taken(own: Path, tmp_path: Path) -> None:
    folder = tmp_path / "split"
    for name, texts in (("train", {"a.png": "aa"}), ("test", {"b.png": "bb", "c.png": "cc"})):
        words_folder(folder / name, texts)
    measured = load_evaluation_dataset(save(tmp_path / "a.safetensors"), folder)
    assert (measured.words.texts, measured.split) == (("bb", "cc"), "test")


def test_data_without_a_usable_label_is_refused(tmp_path: Path) -> None:
    folder = words_folder(tmp_path / "words", {"a.png": ""})
    with pytest.raises(DataError, match="has no word with a usable label"):
        load_evaluation_dataset(save(tmp_path / "a.safetensors"), folder)


def test_a_checkpoint_that_does_not_say_its_words_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "x.safetensors", {}, {"kind": "weights", "architecture": {"words": {"data": None}}})
    with pytest.raises(CheckpointError, match="does not say which words it learnt from"):
        load_evaluation_dataset(tmp_path / "x.safetensors")


def test_the_newest_finished_run_is_measured(tmp_path: Path) -> None:
    for number in (1, 9, 10):
        save_run(tmp_path / "ocr-train" / str(number))
    (tmp_path / "ocr-train/10/result.json").unlink()
    chosen = tmp_path / "ocr-train/9/trial/best.safetensors"
    assert measured_checkpoint(None, root=tmp_path) == chosen
    given = tmp_path / "ocr-train/1"
    assert measured_checkpoint(given, root=tmp_path) == reading_checkpoint(given) == given / "trial/best.safetensors"


def test_without_a_run_the_package_measures_and_it_always_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlhw.ocr.checkpoints.pretrained", lambda: tmp_path / "ours")
    assert measured_checkpoint(None, root=tmp_path) == tmp_path / "ours"
    save_run(tmp_path / "ocr-train" / "1")
    assert reading_checkpoint(None) == tmp_path / "ours"


@pytest.mark.parametrize("name", ["attention", "no-attention"])
def test_a_recogniser_of_the_package_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for choose in (measured_checkpoint, reading_checkpoint, recognizer_checkpoint):
        assert choose(Path(name)).name == f"{name}.safetensors"
    save(tmp_path / name)
    with pytest.raises(UsageError, match="here is a file or a run of that name") as raised:
        reading_checkpoint(Path(name))
    assert str(tmp_path / name) in raised.value.hint
    assert reading_checkpoint(tmp_path / name) == tmp_path / name


def test_a_name_that_is_none_is_met_with_those_there_are() -> None:
    with pytest.raises(CheckpointError, match="there is no checkpoint readr") as raised:
        reading_checkpoint(Path("readr"))
    assert "reader" in raised.value.hint
