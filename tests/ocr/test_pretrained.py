from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from dlhw.errors import CheckpointError
from dlhw.learning.checkpoint import load_checkpoint, save_checkpoint
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.evaluation_dataset import EvaluationDataset
from dlhw.ocr.pretrained import ATTENTION, FOLDER, NO_ATTENTION, READER, default_name, packing, pretrained
from dlhw.ocr.pretrained.packing import calibrate, calibrate_all, pack
from dlhw.ocr.prior.frequencies import WordFrequencies
from dlhw.ocr.recognizer import load_recognizer, texts
from dlhw.ocr.second_look.settings import ReadingSettings
from dlhw.ocr.training_dataset import Request
from tests.ocr.recognisers import recognizer, save, save_run, words


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    runs = {name: save_run(tmp_path / name, attention=name == ATTENTION) for name in (ATTENTION, NO_ATTENTION)}
    folder = tmp_path / "packed"
    folder.mkdir()
    pack(runs, folder)
    return folder


def test_packed_weights_take_half_the_space_and_read_the_same(packed: Path, tmp_path: Path) -> None:
    for name in (ATTENTION, NO_ATTENTION):
        attention = name == ATTENTION
        path = pretrained(name, folder=packed)
        loaded = load_recognizer(path, device=torch.device("cpu"))
        assert (loaded.network.architecture.attention > 0) is attention
        assert {tensor.dtype for tensor in loaded.network.parameters()} == {torch.float32}
        decoder = BeamSearch(width=1)
        assert texts(loaded.read(words(), decoder)) == texts(recognizer(attention=attention).read(words(), decoder))
        halved, header = load_checkpoint(path, kind="weights")
        whole, same = load_checkpoint(tmp_path / name / "trial" / "best.safetensors", kind="weights")
        assert header["architecture"].pop("temperature") == loaded.temperature
        assert header == same
        for key, tensor in whole.items():
            assert halved[key].dtype == (torch.float16 if tensor.is_floating_point() else tensor.dtype)
            assert torch.allclose(halved[key].to(tensor.dtype), tensor, rtol=1e-3, atol=1e-6)


def test_packing_says_where_the_weights_come_from(packed: Path) -> None:
    said = (packed / "README.md").read_text()
    for part in ("`attention.safetensors`", "seed 42", "512 rendered words", "26 font faces", "torch 2.15.0"):
        assert part in said
    assert json.loads((packed / "checksums.json").read_text()).keys() == {
        "attention.safetensors",
        "no-attention.safetensors",
    }


def test_a_changed_file_is_refused(packed: Path) -> None:
    path = packed / "attention.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="is damaged: its SHA-256 begins with"):
        pretrained(folder=packed)
    assert pretrained(NO_ATTENTION, folder=packed).exists()


def test_one_of_the_two_can_be_replaced(packed: Path, tmp_path: Path) -> None:
    other = packed / "no-attention.safetensors"
    before = other.read_bytes()
    (packed / "attention.safetensors").unlink()
    assert pack({ATTENTION: tmp_path / ATTENTION}, packed) == [packed / "attention.safetensors"]
    assert other.read_bytes() == before
    assert pretrained(folder=packed).exists()
    assert pretrained(NO_ATTENTION, folder=packed) == other
    said = (packed / "README.md").read_text()
    assert said.count("`attention.safetensors`") == said.count("`no-attention.safetensors`") == 1


def test_temperatures_are_fitted_anew_to_what_is_there(packed: Path) -> None:
    path = packed / "attention.safetensors"
    weights, header = load_checkpoint(path, kind="weights")
    fitted = header["architecture"].pop("temperature")
    save_checkpoint(path, weights, header)
    assert load_recognizer(path, device=torch.device("cpu")).temperature == 1
    calibrate_all(packed)
    assert load_recognizer(pretrained(folder=packed), device=torch.device("cpu")).temperature == fitted


def test_what_is_fitted_is_fitted_to_words_of_the_runs_own_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []

    def render(*_: object, difficulty: object) -> Words:
        drawn.append(difficulty)
        return words()

    monkeypatch.setattr(packing, "render_split", render)
    for mix in ("reader", None):
        asked = {"kind": "language", "language": "en", "fingerprint": "", "learnt": ""} | ({"mix": mix} if mix else {})
        calibrate(save(tmp_path / "weights.safetensors", asked=asked), Request())
    assert drawn == ["reader", "full"], "checkpoints of before do not say, and have the homework's"


@pytest.mark.parametrize("temperature", [0, -1, "hot", None, True])
def test_a_temperature_that_is_none_is_refused(packed: Path, temperature: object) -> None:
    path = packed / "attention.safetensors"
    weights, header = load_checkpoint(path, kind="weights")
    header["architecture"]["temperature"] = temperature
    save_checkpoint(path, weights, header)
    with pytest.raises(CheckpointError, match=r"is damaged: .*\$\.temperature"):
        load_recognizer(path, device=torch.device("cpu"))


@pytest.mark.parametrize("missing", ["attention.safetensors", "checksums.json"])
def test_a_missing_file_is_said(packed: Path, missing: str) -> None:
    (packed / missing).unlink()
    with pytest.raises(CheckpointError, match=r"lacks the recogniser attention\.safetensors") as raised:
        pretrained(folder=packed)
    assert "`checkpoint`" in raised.value.hint


def test_a_run_of_the_wrong_kind_is_not_packed(tmp_path: Path) -> None:
    run = save_run(tmp_path / "run", attention=False)
    with pytest.raises(CheckpointError, match="is no run with attention"):
        pack({ATTENTION: run}, tmp_path)


def test_a_run_that_goes_on_is_packed_with_its_best_epoch_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"kind": "language", "language": None, "fingerprint": "", "learnt": "", "faces": {"count": 26, "hash": ""}}
    run = save_run(tmp_path / "run", asked=asked)
    (run / "result.json").unlink()
    weights, header = load_checkpoint(run / "trial" / "best.safetensors", kind="weights")
    save_checkpoint(run / "trial" / "best.safetensors", weights, {**header, "epoch": 3})
    row = {"train_loss": 1, "learning_rate": 1, "seconds": 1, "images_per_second": 1, "best_epoch": 1, "best_value": 1}
    rows = [json.dumps({"epoch": epoch, **row}) + "\n" for epoch in range(1, 6)]
    (run / "trial" / "metrics.jsonl").write_text("".join(rows))
    own = EvaluationDataset(words=words(), source="rendered words", split="test")
    monkeypatch.setattr(packing, "load_evaluation_dataset", lambda _: own)
    assert pack({ATTENTION: run}, tmp_path) == [tmp_path / "attention.safetensors"]
    said = (tmp_path / "README.md").read_text()
    assert "best epoch, 3, of 5 epochs of 512 rendered words in 26 font faces" in said
    assert f"on {len(words())} test words" in said


@pytest.mark.skipif(not (FOLDER / "checksums.json").exists(), reason="the package has no weights yet")
def test_the_weights_of_the_package_are_whole_and_small() -> None:
    paths = {name: pretrained(name) for name in {ATTENTION, NO_ATTENTION, default_name()}}
    for name, path in paths.items():
        assert path.stat().st_size <= 12e6 + 1e5, "6 M parameters in half precision, and a header"
        network = load_recognizer(path, device=torch.device("cpu")).network
        assert (network.architecture.attention > 0) is (name != NO_ATTENTION)


def test_the_reader_is_the_default_once_it_is_packed(packed: Path, tmp_path: Path) -> None:
    assert default_name(packed) == ATTENTION
    assert pretrained(folder=packed) == packed / "attention.safetensors"
    pack({READER: tmp_path / ATTENTION}, packed)
    assert default_name(packed) == READER
    assert pretrained(folder=packed) == packed / "reader.safetensors"
    (packed / "reader.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"lacks the recogniser reader\.safetensors"):
        pretrained(folder=packed)


def test_a_name_before_a_run_decides_what_it_becomes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = save_run(tmp_path / "run")
    wanted: list[dict[str, Path]] = []

    def kept(runs: dict[str, Path]) -> list[Path]:
        wanted.append(runs)
        return []

    monkeypatch.setattr(packing, "pack", kept)
    for arguments in ([str(run)], [f"reader={run}"], [f"reader={run}", str(run)]):
        monkeypatch.setattr("sys.argv", ["packing", *arguments])
        packing.main()
    assert wanted == [{ATTENTION: run}, {READER: run}, {READER: run, ATTENTION: run}]
    monkeypatch.setattr("sys.argv", ["packing", str(run), str(run)])
    with pytest.raises(SystemExit, match="two runs of one kind"):
        packing.main()


def test_the_reader_looks_again_and_its_calibrations_are_fitted(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = WordFrequencies.of({"ab": 1e-3, "hello": 1e-4})
    monkeypatch.setattr(packing, "word_frequencies", lambda language: known)
    pack({READER: tmp_path / ATTENTION}, packed)
    settings = load_recognizer(pretrained(READER, folder=packed), device=torch.device("cpu")).settings
    assert (settings.second_look, settings.prior) == (True, "en")
    assert settings.calibrations != ReadingSettings().calibrations
    plain = load_recognizer(pretrained(ATTENTION, folder=packed), device=torch.device("cpu")).settings
    assert plain == ReadingSettings(), "the homework's networks read plainly"
