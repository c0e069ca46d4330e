from __future__ import annotations

import json
from pathlib import Path

from dlhw.learning.intervals import wilson
from tests.conftest import Invoke


def write(path: Path, content: str) -> Path:
    path.write_text(content)
    return path


def test_one_system_and_two(tmp_path: Path, invoke: Invoke) -> None:
    truth = write(
        tmp_path / "truth.csv", "image,label\n" + "".join(f"{i},{'sea' if i % 2 else 'forest'}\n" for i in range(60))
    )
    lines = [json.dumps({"image": str(i), "candidates": ["sea", "forest"]}) for i in range(60)]
    mine = write(tmp_path / "mine.jsonl", "\n".join(lines[::-1]))
    outcome = invoke("cnn", "score", truth, mine)
    assert outcome.code == 0
    assert "forest called sea 30" in outcome.stdout
    assert "top-2" in outcome.stdout
    assert "in another order" in outcome.stderr
    document = json.loads(invoke("cnn", "score", truth, mine, "--json").stdout)
    (system,) = document["systems"]
    assert document["command"] == "cnn score"
    assert document["images"] == 60
    assert system["accuracy"] == vars(wilson(30, 60))
    assert system["top_k_accuracy"] == {"k": 2, **vars(wilson(60, 60))}
    assert system["confusion"] == [[0, 30], [0, 30]]
    outcome = invoke("cnn", "score", truth, truth, mine)
    assert "Better by accuracy (p below 0.05): A over B." in outcome.stdout
    difference = json.loads(invoke("cnn", "score", truth, truth, mine, "--json").stdout)["pairs"][0]
    assert difference["accuracy_difference"]["value"] == 0.5
    assert difference["accuracy_difference"]["at_limit"]


def test_what_dlhw_cnn_eval_wrote(tmp_path: Path, invoke: Invoke) -> None:
    rows = "index,label,predicted,correct,probability_sea\n0,sea,sea,1,0.9\n1,sea,Forest,0,0.1\n"
    file = write(tmp_path / "eval.csv", rows)
    outcome = invoke("cnn", "score", file, file)
    assert "0.5000" in outcome.stdout
    assert f"{file} predicts labels that {file} never has: “Forest”" in outcome.stderr.replace("\n", " ")


def test_a_table_without_the_column(tmp_path: Path, invoke: Invoke) -> None:
    file = write(tmp_path / "a.csv", "one,two,three\n1,2,3\n")
    outcome = invoke("cnn", "score", file, file)
    assert (outcome.code, outcome.stdout) == (1, "")
    assert "has 3 columns and no names for them" in outcome.stderr


def test_labels_that_differ_in_case_alone_are_told_and_compared_as_they_are(tmp_path: Path, invoke: Invoke) -> None:
    truth = write(tmp_path / "truth.csv", "image,label\n1,sea\n2,forest\n3,street\n")
    mine = write(tmp_path / "mine.csv", "image,label\n1,Sea\n2,FOREST\n3,road\n")
    outcome = invoke("cnn", "score", truth, mine, "--json")
    assert json.loads(outcome.stdout)["systems"][0]["accuracy"]["value"] == 0
    said = " ".join(outcome.stderr.split())
    assert (
        "differ in case alone, and labels are compared to the letter: “FOREST” and “forest”, “Sea” and “sea”;" in said
    )
    assert "case alone" not in invoke("cnn", "score", truth, truth, "--json").stderr


def test_labels_are_called_labels(tmp_path: Path, invoke: Invoke) -> None:
    truth = write(tmp_path / "truth.csv", "image,label\n1,sea\n2,forest\n2,forest\n")
    plain = write(tmp_path / "plain.txt", "sea\nforest\nforest\n")
    assert "(one label a line)" in invoke("cnn", "score", plain, plain).stderr
    said = " ".join(invoke("cnn", "score", truth, truth).stderr.split())
    assert "1 id occurs several times with the same label, and counts once: “2”" in said
    write(truth, "image,label\n1,sea\n1,forest\n")
    assert "two labels: “sea” in line 2 and “forest” in line 3" in " ".join(
        invoke("cnn", "score", truth, truth).stderr.split()
    )
