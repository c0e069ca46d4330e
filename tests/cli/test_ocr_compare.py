from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlhw.learning.checkpoint import load_checkpoint, save_checkpoint
from dlhw.ocr.prior.frequencies import WordFrequencies
from dlhw.ocr.second_look.settings import ReadingSettings
from tests.conftest import Invoke
from tests.ocr.recognisers import save, save_images, save_run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return save_images(tmp_path / "words")


@pytest.fixture
def systems(tmp_path: Path) -> tuple[Path, Path]:
    return save_run(tmp_path / "with"), save(tmp_path / "without.safetensors", attention=False)


def test_two_recognisers_on_the_same_words(systems: tuple[Path, Path], data: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "compare", *systems, "--data", data, "--threads", "1")
    assert outcome.code == 0
    assert f"A: {systems[0]}/trial/best.safetensors" in outcome.stderr
    assert "A − B" in outcome.stdout
    # Wherever the terminal's width broke the line.
    assert f"B{systems[1]},withoutattention,plainreading,CER" in "".join(outcome.stdout.split())
    assert "A makes fewer errors than B" in outcome.stdout


def test_how_each_one_reads_and_how_texts_are_compared_is_said(
    data: Path, invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = WordFrequencies.of({"hello": 1e-3, "bead": 1e-4})
    monkeypatch.setattr("dlhw.ocr.second_look.reader.word_frequencies", lambda language: known)
    tensors, header = load_checkpoint(save(tmp_path / "plain.safetensors"), kind="weights")
    header["architecture"]["reading"] = ReadingSettings(second_look=True, prior="en").as_header()
    save_checkpoint(tmp_path / "looking.safetensors", tensors, header)
    files: tuple[str | Path, ...] = ("looking.safetensors", "plain.safetensors", "--data", data)
    asked = ("ocr", "compare", *files, "--threads", "1")
    outcome = invoke(*asked)
    shown = outcome.stdout.splitlines()
    assert shown[0].endswith("beam 3, exact")
    assert "A  looking.safetensors, with attention, second look and prior en, CER " in outcome.stdout
    assert "B  plain.safetensors, with attention, plain reading, CER " in outcome.stdout
    assert shown[-1] == "Case and punctuation count; --protocol alnum36 compares letters and digits alone."
    document = json.loads(invoke(*asked, "--protocol", "alnum36", "--json").stdout)
    assert [(document[one]["second_look"], document[one]["prior"]) for one in "ab"] == [(True, "en"), (False, None)]
    assert document["protocol"] == "alnum36"
    outcome = invoke(*asked, "--protocol", "alnum36")
    assert outcome.stdout.splitlines()[0].endswith("beam 3, alnum36")
    assert "Case and punctuation count" not in outcome.stdout


def test_as_json(systems: tuple[Path, Path], data: Path, invoke: Invoke) -> None:
    arguments = ["--data", data, "--json", "--beam", "2", "--threads", "1"]
    document = json.loads(invoke("ocr", "compare", *systems, *arguments).stdout)
    assert document.keys() == {
        *("command", "version", "seed", "a", "b", "data", "words", "protocol", "decoder", "cer_difference"),
        *("wer_difference", "wer_at_k_difference", "warnings", "device", "threads", "seconds"),
    }
    difference = {"value", "low", "high", "p", "at_limit"}
    assert document["cer_difference"].keys() == document["wer_difference"].keys() == difference
    assert (document["a"]["attention"], document["b"]["attention"], document["words"]) == (True, False, 8)
    for name in ("cer", "wer"):
        difference = document["a"][name]["value"] - document["b"][name]["value"]
        assert document[f"{name}_difference"]["value"] == pytest.approx(difference)
    measured = json.loads(invoke("ocr", "eval", "--checkpoint", systems[1], *arguments).stdout)
    for name in ("cer", "wer", "wer_at_k"):
        assert document["b"][name] == measured[name], "each one's rates are those of dlhw ocr eval"
    turned = json.loads(invoke("ocr", "compare", *systems[::-1], *arguments).stdout)
    assert turned["cer_difference"]["value"] == -document["cer_difference"]["value"]


def test_a_recogniser_does_not_differ_from_itself(systems: tuple[Path, Path], data: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "compare", systems[0], systems[0], "--data", data, "--threads", "1")
    assert "do not separate the two" in outcome.stdout


def test_bare_the_two_of_the_package_are_compared(
    tmp_path: Path, data: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "dlhw.ocr.pretrained.pretrained",
        lambda name: save(tmp_path / f"{name}.safetensors", attention=name == "attention"),
    )
    document = json.loads(invoke("ocr", "compare", "--data", data, "--json", "--threads", "1").stdout)
    assert [document[one]["checkpoint"] for one in "ab"] == [
        f"{tmp_path}/{one}.safetensors" for one in ("attention", "no-attention")
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["with"], 2, "two recognisers are compared, got one"),
        (["with", "gone"], 1, "there is no checkpoint gone"),
        (["with", "without.safetensors", "--beam", "0"], 2, "--beam must be 1 or more"),
        (["with", "without.safetensors", "--seed", "-1"], 2, "--seed must be from 0"),
        (["with", "without.safetensors", "--data", "gone"], 1, "there is nothing at gone"),
    ],
)
def test_what_does_not_work_is_said(
    arguments: list[str], code: int, message: str, systems: tuple[Path, Path], invoke: Invoke
) -> None:
    outcome = invoke("ocr", "compare", *arguments, "--threads", "1")
    assert (outcome.code, outcome.stdout) == (code, "")
    assert message in outcome.stderr
