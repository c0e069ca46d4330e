from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlhw.learning.checkpoint import load_checkpoint, save_checkpoint
from dlhw.ocr import evaluation, training_dataset
from dlhw.ocr.alphabet import END
from dlhw.ocr.prior.frequencies import WordFrequencies
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.kinds import DIAGNOSTIC
from dlhw.ocr.rendering.rendered import render_word
from dlhw.ocr.training_dataset import Request
from tests.conftest import Invoke
from tests.ocr.folders import words_folder, write
from tests.ocr.recognisers import TEXTS, save, save_images, save_run

KEYS = {
    *(
        "command",
        "version",
        "seed",
        "checkpoint",
        "attention",
        "data",
        "words",
        "unreadable",
        "protocol",
        "decoder",
        "allow",
    ),
    *("cer", "wer", "wer_at_k", "over_seeds", "normalized_edit_similarity", "edits", "by_length", "words_per_second"),
    *("truncated", "calibration", "confusions", "worst", "unknown_characters", "warnings", "reported", "device"),
    *("threads", "csv", "figures", "seconds", "second_look", "prior", "lexicon", "methods", "kinds"),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The words that the small networks learnt."""
    return save_images(tmp_path / "words")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return save_run(tmp_path / "runs/ocr-train/1")


def read(invoke: Invoke, *arguments: str | Path) -> dict[str, Any]:
    outcome = invoke("ocr", "eval", *arguments, "--json", "--threads", "1")
    assert outcome.code == 0, outcome.stderr
    return dict(json.loads(outcome.stdout))


def test_the_newest_run_is_measured(run: Path, data: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "eval", "--data", data, "--threads", "1")
    assert outcome.code == 0
    assert "recogniser: runs/ocr-train/1/trial/best.safetensors" in outcome.stderr
    # Wherever the terminal's width broke the line.
    assert f"8wordsof{data},withattention,beam3,exact" in "".join(outcome.stdout.split())
    lines = [line.split() for line in outcome.stdout.splitlines()]
    for label in ("CER", "WER", "WER@3"):
        assert any(line[:1] == [label] and len(line) == 3 for line in lines)


def test_as_json(run: Path, data: Path, invoke: Invoke) -> None:
    document = read(invoke, "--data", data, "--protocol", "nocase", "--seed", "7")
    assert document.keys() == KEYS
    assert (document["command"], document["words"], document["protocol"], document["seed"]) == (
        "ocr eval",
        8,
        "nocase",
        7,
    )
    assert document["decoder"] == {"name": "beam", "width": 3, "max_length": 64}
    assert document["cer"].keys() == document["wer"].keys() == {"value", "low", "high"}
    assert document["wer_at_k"].keys() == {"k", "value", "low", "high"}
    assert document["worst"], "the small network is not perfect"
    assert all(word.keys() == {"image", "reference", "text", "distance"} for word in document["worst"])
    assert all(one.keys() == {"reference", "text", "count", "of"} for one in document["confusions"])
    assert document["calibration"].keys() == {"ece", "bins"}
    assert (document["over_seeds"], document["reported"]) == (None, None)
    again = read(invoke, "--data", data, "--protocol", "nocase", "--seed", "7")
    for changing in ("seconds", "words_per_second"):
        del document[changing], again[changing]
    assert again == document


def test_greedy_has_no_wer_at_k_in_its_table(run: Path, data: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "eval", "--data", data, "--beam", "1", "--threads", "1")
    assert "greedy" in outcome.stdout
    assert "WER@" not in outcome.stdout


@pytest.fixture
def rendered_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run whose own test words are five rendered ones."""
    monkeypatch.setitem(training_dataset.RENDERED_SIZES, "test", 5)
    listed = write(tmp_path / "list.txt", "\n".join(f"{a}{b}{c}" for a in "abcd" for b in "Helo" for c in "abcde"))
    return save_run(tmp_path / "runs/ocr-train/1", asked=Request(word_list=listed).as_config())


def test_three_samples_of_rendered_words_have_the_reports_beside(rendered_run: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "eval", "--top-p", "0.9", "--threads", "1")
    row = next(line for line in outcome.stdout.splitlines() if line.split()[:1] == ["WER@3"])
    assert row.split()[-1] == "0.6400"
    assert read(invoke, "--top-p", "0.9", "--samples", "2")["reported"] is None
    assert read(invoke, "--beam", "3")["reported"] is None


def test_sampling_shows_its_seeds(run: Path, data: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "eval", "--data", data, "--top-p", "0.9", "--threads", "1")
    row = next(line for line in outcome.stdout.splitlines() if line.split()[:1] == ["WER@3"])
    assert "±" in row
    assert "report" not in outcome.stdout, "which says nothing of a person's own words"
    document = read(invoke, "--data", data, "--top-p", "1", "--temperature", "0.5", "--samples", "2")
    assert document["decoder"] == {
        "name": "nucleus",
        "top_p": 1.0,
        "temperature": 0.5,
        "calibrated_temperature": 1.0,
        "temperature_in_force": 0.5,
        "samples": 2,
        "seeds": [42, 43, 44, 45, 46],
        "max_length": 64,
    }
    assert document["over_seeds"]["wer_at_k"].keys() == {"mean", "deviation"}


def test_bare_the_checkpoints_own_test_words_are_read(rendered_run: Path, invoke: Invoke) -> None:
    document = read(invoke)
    assert (document["words"], document["data"]["split"]) == (5, "test")
    assert document["data"]["fonts"]["hash"]
    assert document["worst"][0]["image"].startswith("test word")


def test_without_a_run_the_package_is_measured(data: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlhw.ocr.checkpoints.pretrained", lambda: save(data / "ours.safetensors"))
    assert read(invoke, "--data", data)["checkpoint"] == str(data / "ours.safetensors")


def test_each_kind_of_words_has_a_row(rendered_run: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlhw.ocr.subgroup_evaluation.WORDS", 2)
    monkeypatch.setattr("dlhw.ocr.subgroup_evaluation.WORDS_A_RUNG", 1)
    document = read(invoke, "--kinds")
    rows = {row["kind"]: row for row in document["kinds"]}
    assert list(rows) == [kind.name for kind in DIAGNOSTIC]
    assert {row["words"] for row in document["kinds"]} == {1, 2}
    assert document["words"] == sum(row["words"] for row in document["kinds"])
    for row in document["kinds"]:
        assert row.keys() == {"kind", "words", "cer", "wer"}
        assert row["wer"].keys() == {"value", "low", "high"}
        assert row["wer"]["low"] <= row["wer"]["value"] <= row["wer"]["high"]
    shown = invoke("ocr", "eval", "--kinds", "--threads", "1")
    assert shown.code == 0
    for name in rows:
        assert any(line.split()[: len(name.split())] == name.split() for line in shown.stdout.splitlines()), name


def test_every_word_and_the_figures_are_written(run: Path, data: Path, tmp_path: Path, invoke: Invoke) -> None:
    document = read(invoke, "--data", data, "--csv", "words.csv", "--figures", "new/drawings")
    with (tmp_path / "words.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["reference"] for row in rows] == list(TEXTS)
    assert sum(row["correct"] == "0" for row in rows) == document["wer"]["value"] * 8
    assert document["csv"] == "words.csv"
    assert len(document["figures"]) == 5
    assert all((tmp_path / figure).stat().st_size for figure in document["figures"])


@pytest.mark.parametrize("protocol", ["exact", "alnum36"])
def test_the_table_of_words_scores_as_the_evaluation_under_any_protocol(
    run: Path, data: Path, tmp_path: Path, invoke: Invoke, protocol: str
) -> None:
    read(invoke, "--data", data, "--csv", "words.csv", "--protocol", "alnum36")
    with (tmp_path / "words.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["reference"] for row in rows] == list(TEXTS), "labels as they are written"
    assert all(row["text"] == row["candidate_1"] for row in rows), "and readings as they were read"
    assert {row["protocol"] for row in rows} == {"alnum36"}
    expected = read(invoke, "--data", data, "--protocol", protocol)
    outcome = invoke("score", "words.csv", "words.csv", "--protocol", protocol, "--json")
    (scored,) = json.loads(outcome.stdout)["systems"]
    for rate in ("cer", "wer", "wer_at_k"):
        assert scored[rate]["value"] == expected[rate]["value"]


def test_what_cannot_be_read_counts_and_is_said(run: Path, data: Path, invoke: Invoke) -> None:
    with (data / "labels.tsv").open("a") as file:
        file.write("gone\x1b[31m.png\tzebra\n")
        file.write("text.png\t[bold]z\n")
    write(data / "text.png", "hello")
    outcome = invoke("ocr", "eval", "--data", data, "--threads", "1")
    assert outcome.code == 0
    assert "warning: 2 images could not be read and count as missed" in outcome.stderr
    assert "characters that the recogniser cannot write: z 2  r 1" in outcome.stderr
    assert "\x1b" not in outcome.stdout + outcome.stderr
    rows = [line for line in outcome.stdout.splitlines() if "could not be read" in line]
    assert [[row.split()[-6], row.split()[-1]] for row in rows] == [["[bold]z", "7"], ["zebra", "5"]]


def test_only_unreadable_images_are_all_missed(run: Path, tmp_path: Path, invoke: Invoke) -> None:
    write(tmp_path / "bad/labels.tsv", "a.png\tab\n")
    document = read(invoke, "--data", "bad")
    assert (document["words"], document["cer"]["value"], document["words_per_second"]) == (1, 1.0, None)
    assert invoke("ocr", "eval", "--data", "bad", "--threads", "1").code == 0


def test_references_that_a_protocol_empties_leave_no_rate(run: Path, tmp_path: Path, invoke: Invoke) -> None:
    words_folder(tmp_path / "signs", {"a.png": "€", "b.png": "--"})
    outcome = invoke("ocr", "eval", "--data", "signs", "--protocol", "alnum36", "--threads", "1")
    assert outcome.code == 0
    assert "warning: every reference is empty under the protocol alnum36" in outcome.stderr
    assert next(line.split() for line in outcome.stdout.splitlines() if "CER" in line) == ["CER", "–"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--beam", "0"], 2, "--beam must be 1 or more, got 0"),
        (["--top-p", "0"], 2, "--top-p must be above 0 and at most 1, got 0"),
        (["--top-p", "1.5"], 2, "got 1.5"),
        (["--top-p", "0.9", "--beam", "3"], 2, "--beam searches and --top-p draws at random"),
        (["--samples", "3"], 2, "--samples belongs to sampling"),
        (["--temperature", "1"], 2, "--temperature belongs to sampling"),
        (["--seed", "-1"], 2, "--seed must be from 0"),
        (["--protocol", "loud"], 2, "--protocol"),
        (["--checkpoint", "nowhere"], 1, "there is no checkpoint nowhere"),
        (["--checkpoint", "half.safetensors"], 1, "half.safetensors is not a whole checkpoint"),
        (
            ["--checkpoint", "landscapes.safetensors"],
            1,
            "landscapes.safetensors tells landscapes apart, and weights were expected that read",
        ),
        (["--checkpoint", "wrong.safetensors"], 1, "do not fit the network"),
        (["--data", "nowhere"], 1, "there is nothing at nowhere"),
        (["--data", "empty"], 1, "has no labels"),
    ],
)
def test_what_does_not_work_is_said(
    arguments: list[str], code: int, message: str, run: Path, tmp_path: Path, invoke: Invoke
) -> None:
    best = run / "trial/best.safetensors"
    write(tmp_path / "half.safetensors", best.read_bytes()[:3000])
    (tmp_path / "empty").mkdir()
    save_checkpoint(
        tmp_path / "landscapes.safetensors", {}, {"kind": "weights", "architecture": {"network": "gap", "classes": []}}
    )
    weights, header = load_checkpoint(best, kind="weights")
    weights.popitem()
    save_checkpoint(tmp_path / "wrong.safetensors", weights, header)
    outcome = invoke("ocr", "eval", *arguments, "--threads", "1")
    assert outcome.code == code
    assert outcome.stdout == ""
    assert message in outcome.stderr.replace("\n", " ")
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize(
    ("option", "place"), [("--csv", "no/such/folder.csv"), ("--csv", "words"), ("--figures", "words/labels.tsv")]
)
def test_a_place_that_cannot_be_written_is_said_before_anything_is_read(
    option: str, place: str, run: Path, data: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "evaluate", lambda *_, **__: pytest.fail("words were read"))
    outcome = invoke("ocr", "eval", "--data", data, option, place, "--threads", "1")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert f"{place} cannot be" in outcome.stderr


def test_trying_whether_a_file_can_be_written_leaves_it_as_it_is(
    run: Path, data: Path, tmp_path: Path, invoke: Invoke
) -> None:
    write(tmp_path / "old.csv", "old")
    for name in ("old.csv", "new.csv"):
        assert invoke("ocr", "eval", "--data", "nowhere", "--csv", name, "--threads", "1").code == 1
    assert (tmp_path / "old.csv").read_text() == "old"
    assert not (tmp_path / "new.csv").exists()


def test_real_words_are_measured_as_papers_do(real_data: Path, run: Path, invoke: Invoke) -> None:
    document = read(invoke, "--data", real_data / "iiit5k/val", "--protocol", "alnum36", "--beam", "1")
    assert document["words"] > 100
    assert document["cer"]["low"] <= document["cer"]["value"] <= document["cer"]["high"]


def test_methods_are_four_rows(run: Path, data: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    known = WordFrequencies.of({"hello": 1e-3, "bead": 1e-4})
    monkeypatch.setattr("dlhw.ocr.second_look.methods.word_frequencies", lambda language: known)
    monkeypatch.setattr("dlhw.ocr.second_look.reader.word_frequencies", lambda language: known)
    document = read(invoke, "--data", data, "--methods")
    assert (document["second_look"], document["prior"]) == (False, None)
    rows = document["methods"]
    assert [(row["second_look"], row["prior"]) for row in rows] == [
        *((False, None), (True, None)),
        *((False, "en"), (True, "en")),
    ]
    assert {name: rows[0][name] for name in ("cer", "wer", "wer_at_k")} == {
        name: document[name] for name in ("cer", "wer", "wer_at_k")
    }
    both = read(invoke, "--data", data, "--second-look", "--prior", "en")
    assert (both["second_look"], both["prior"], both["methods"]) == (True, "en", None)
    assert {name: rows[3][name] for name in ("cer", "wer")} == {name: both[name] for name in ("cer", "wer")}
    shown = invoke("ocr", "eval", "--data", data, "--methods", "--second-look", "--threads", "1").stdout
    for label in ("plain reading", "second look ", "prior en ", "second look and prior en"):
        assert any(line.strip().startswith(label) for line in shown.splitlines())
    assert "beam3withsecondlook" in "".join(shown.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--methods", "--beam", "1"], "--methods compares"),
        (["--methods", "--top-p", "0.9"], "--methods compares"),
        (["--second-look", "--top-p", "0.9"], "weigh the candidates of a beam"),
        (["--prior", "en", "--beam", "1"], "weigh the candidates of a beam"),
        (["--lexicon", __file__, "--top-p", "0.9"], "weigh the candidates of a beam"),
        (["--lexicon", __file__, "--methods"], "leave one out"),
        (["--prior", "klingon"], "--prior has no words of klingon"),
    ],
)
def test_a_way_to_choose_that_does_not_fit_is_refused(
    arguments: list[str], message: str, run: Path, data: Path, invoke: Invoke
) -> None:
    outcome = invoke("ocr", "eval", "--data", data, *arguments)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert message in outcome.stderr


def test_a_lexicon_is_a_closed_list(run: Path, data: Path, tmp_path: Path, invoke: Invoke) -> None:
    write(tmp_path / "list.txt", "\n".join(["HELLO", *(text for text in TEXTS if " " not in text and text != "Hello")]))
    outcome = invoke("ocr", "eval", "--data", data, "--lexicon", "list.txt", "--threads", "1")
    assert outcome.code == 1, "capitals that the small network has not learnt"
    assert "cannot write LO" in "".join(outcome.stderr.split("\n")) or "cannot write" in outcome.stderr
    write(tmp_path / "list.txt", "\n".join(text for text in TEXTS if " " not in text))
    document = read(invoke, "--data", data, "--lexicon", "list.txt")
    assert document["lexicon"] == "list.txt"
    assert document["wer"]["value"] == 1 / 8, "one text is not in the list"


def test_a_wide_image_is_measured_as_it_is_read(tmp_path: Path, invoke: Invoke) -> None:
    """In overlapping parts, and beyond 32 letters where no reference is as long."""
    source, fonts = "Kitchentablewithfourchairsandalampinthecorner", evaluation_fonts("abcdefghijklmnopqrstuvwxyzK")
    image = render_word(source, fonts, np.random.default_rng(1), "plain")
    assert image.width > 8 * image.height
    image.save(tmp_path / "wide.png")
    write(tmp_path / "labels.tsv", "wide.png\tKitchen")
    checkpoint = ("--checkpoint", "attention", "--json")
    (row,) = json.loads(invoke("ocr", "read", tmp_path / "wide.png", *checkpoint).stdout)["images"]
    assert len(row["text"]) > 32
    assert row["parts"] > 1
    (worst,) = json.loads(invoke("ocr", "eval", "--data", tmp_path, *checkpoint).stdout)["worst"]
    assert worst["text"] == row["text"]


def test_a_text_is_measured_as_long_as_it_is_read(tmp_path: Path, invoke: Invoke) -> None:
    """The longest that ``dlhw ocr read`` writes, whatever the labels' length."""
    images, weights = save_images(tmp_path / "images"), save(tmp_path / "endless" / "best.safetensors")
    tensors, header = load_checkpoint(weights, kind="weights")
    tensors["decoder.output.bias"][END] = -1e4
    save_checkpoint(weights, tensors, header)
    asked = ("--checkpoint", weights, "--threads", "1", "--json")
    readings = json.loads(invoke("ocr", "read", images, *asked).stdout)["images"]
    worst = json.loads(invoke("ocr", "eval", "--data", images, *asked).stdout)["worst"]
    texts = {Path(one["image"]).name: one["text"] for one in readings}
    assert {len(text) for text in texts.values()} == {64}
    assert worst
    assert all(one["text"] == texts[Path(one["image"]).name] for one in worst)
