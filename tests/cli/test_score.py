from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlhw.learning.intervals import bootstrap_ratio, wilson
from dlhw.tables import store
from tests.conftest import Invoke

NUMBERED = [(word, number) for number in range(10) for word in ("street", "cat", "open", "Bus")]
WORDS = [f"{word}{number}" for word, number in NUMBERED]
READ = [f"{ {'cat': 'cut', 'open': '0pen', 'Bus': 'bus'}.get(word, word) }{number}" for word, number in NUMBERED]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def written(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_text(content)
        return path

    return written


Write = Callable[[str, str], Path]


def table(texts: list[str], name: str = "text", first: int = 0) -> str:
    return f"image,{name}\n" + "".join(f"{place + first}.png,{text}\n" for place, text in enumerate(texts))


def document(invoke: Invoke, *arguments: str | Path) -> dict[str, Any]:
    outcome = invoke(*arguments, "--json")
    assert outcome.code == 0, outcome.stderr
    return dict(json.loads(outcome.stdout))


def test_one_system(write: Write, invoke: Invoke) -> None:
    truth, mine = write("truth.csv", table(WORDS)), write("mine.csv", table(READ))
    outcome = invoke("score", truth, mine)
    assert outcome.code == 0
    assert "40 words of" in outcome.stdout
    assert re.search(r"^ +value +95 % *$", outcome.stdout, re.M)
    assert "o→0 10" in outcome.stdout
    assert "0.0.png" not in outcome.stdout
    assert f"truth: {truth} (id column “image”, column “text”)" in outcome.stderr
    found = document(invoke, "score", truth, mine)
    assert found.keys() >= {"command", "version", "seed", "seconds", "truth", "words", "protocol", "systems", "pairs"}
    (system,) = found["systems"]
    assert (found["words"], found["pairs"], found["matched_by"]) == (40, [], "id")
    assert system["predictions"] == str(mine)
    assert system["wer"] == vars(wilson(30, 40))
    assert system["cer"] == vars(bootstrap_ratio([0, 1, 1, 1] * 10, [7, 4, 5, 4] * 10, seed=42))
    assert document(invoke, "score", truth, mine, "--protocol", "nocase")["systems"][0]["wer"]["value"] == 0.5


def test_several_systems_are_compared_in_pairs(write: Write, invoke: Invoke) -> None:
    truth = write("truth.csv", table(WORDS))
    files = [write(f"{name}.csv", table(texts)) for name, texts in (("a", WORDS), ("b", READ), ("c", READ))]
    found = document(invoke, "score", truth, *files)
    assert [(pair["a"], pair["b"]) for pair in found["pairs"]] == [
        (str(files[a]), str(files[b])) for a, b in ((0, 1), (0, 2), (1, 2))
    ]
    difference = found["pairs"][0]["cer_difference"]
    assert difference.keys() == {"value", "low", "high", "p", "at_limit", "p_holm"}
    assert difference["p_holm"] == 3 * difference["p"]
    outcome = invoke("score", truth, *files)
    assert "Better by CER (Holm’s p below 0.05): A over B, A over C." in outcome.stdout
    assert "≤0.002" in outcome.stdout
    assert "≤0.006" in outcome.stdout
    assert "do not tell the two apart by CER (p is not below 0.05)" in invoke("score", truth, files[1], files[2]).stdout


def test_what_does_not_match_is_named(write: Write, invoke: Invoke) -> None:
    truth = write("truth.csv", table(WORDS))
    rows = table(READ).splitlines()
    mine = write("mine.csv", "\n".join([*rows[:1], *rows[5:0:-1], *rows[7:], "0.png,again", "other.png,x"]) + "\n")
    outcome = invoke("score", truth, mine)
    assert outcome.code == 0
    said = " ".join(outcome.stderr.split())
    assert f"{mine} lacks 1 of 40 ids, which count as wrong: “5.png”" in said
    assert "has 1 id that" in said
    assert "other.png" in said
    assert "1 id several times; their rows count as candidates: “0.png”" in said
    assert "in another order; they were joined by id: “3.png”, “2.png”, “1.png”, “0.png”" in said
    system = document(invoke, "score", truth, mine)["systems"][0]
    assert system["missing"] == {"count": 1, "first": ["5.png"]}
    assert system["unknown"] == {"count": 1, "first": ["other.png"]}


@pytest.mark.parametrize("command", [("score",), ("cnn", "score")])
def test_paths_from_another_folder_are_joined_and_said(write: Write, invoke: Invoke, command: tuple[str, ...]) -> None:
    """As ``ocr read`` and ``cnn predict`` name images by the folder that was typed, and a label file by its own."""
    label = "label" if command[0] == "cnn" else "text"
    names = [f"images/w{place}.png" for place in range(4)]
    truth = write("labels.csv", "".join([f"image,{label}\n", *(f"{name},{name[-5]}\n" for name in names)]))
    read = write("read.csv", "".join([f"image,{label}\n", *(f"mine/{name},{name[-5]}\n" for name in names)]))
    rows = (json.dumps({"image": f"mine/{name}", label: name[-5]}) for name in names)
    lines = write("read.jsonl", "\n".join(rows))
    for predictions in (read, lines):
        outcome = invoke(*command, truth, predictions)
        assert outcome.code == 0, outcome.stderr
        assert f"{predictions}: its ids are joined without “mine/”" in outcome.stderr
        (system,) = document(invoke, *command, truth, predictions)["systems"]
        assert (system["folders"], system["missing"]["count"]) == ("without “mine/”", 0)


def test_the_order_of_rows_and_of_buckets_changes_nothing(
    write: Write, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth, mine = write("truth.csv", table(WORDS)), write("mine.csv", table(READ))
    rows = table(READ).splitlines()
    turned = write("turned.csv", "\n".join([rows[0], *rows[:0:-1]]) + "\n")
    figures = [document(invoke, "score", truth, one)["systems"][0] for one in (mine, turned)]
    monkeypatch.setattr(store, "IN_MEMORY", 7)
    figures.append(document(invoke, "score", truth, mine)["systems"][0])
    for rate in ("cer", "wer", "wer_at_k", "sentence_wer"):
        assert figures[0][rate] == figures[1][rate]
        assert figures[0][rate]["value"] == figures[2][rate]["value"]
    for key in ("edits", "by_length", "confusions", "worst"):
        assert figures[0][key] == figures[1][key] == figures[2][key]


def test_an_empty_reference_has_no_letters(write: Write, invoke: Invoke) -> None:
    truth, mine = write("truth.csv", "1,a\n2,\n"), write("mine.csv", "1,b\n2,x\n")
    lines = [line.split() for line in invoke("score", truth, mine).stdout.splitlines()]
    place = lines.index(["letters", "0", "1–2"])
    assert lines[place + 2 : place + 5] == [["words", "1", "1"], ["CER", "–", "1.000"], ["WER", "1.000", "1.000"]]


def test_sentences_line_by_line(write: Write, invoke: Invoke) -> None:
    truth, mine = write("truth.txt", "the cat sat\non the mat\n"), write("mine.txt", "the cut sat\non the mat\n")
    outcome = invoke("score", truth, mine)
    assert "2 rows of" in outcome.stdout
    assert "sentence WER" in outcome.stdout
    assert "wrong rows" in outcome.stdout
    lines = [line.split() for line in outcome.stdout.splitlines()]
    place = lines.index(["letters", "9–10", "11–12"])
    assert (lines[place + 2], lines[place + 4]) == (["rows", "1", "1"], ["wrong", "rows", "0.000", "1.000"])
    assert not any(line[:1] in (["words"], ["WER"]) for line in lines), "a row is no word"
    found = document(invoke, "score", truth, mine)
    assert found["matched_by"] == "place"
    assert found["systems"][0]["sentence_wer"]["value"] == 1 / 6
    assert found["systems"][0]["wer"]["value"] == 1 / 2
    (mine.parent / "short.txt").write_text("the\n")
    outcome = invoke("score", truth, mine.parent / "short.txt")
    assert outcome.code == 1
    assert "has 2 rows and" in outcome.stderr
    assert outcome.stdout == ""


def test_n_best_lists(write: Write, invoke: Invoke) -> None:
    truth = write("truth.csv", table(["cat", "dog"]))
    columns = write("columns.csv", "image,text_1,text_2\n0.png,cut,cat\n1.png,dog,\n")
    rows = write("rows.csv", "image,text\n0.png,cut\n0.png,cat\n1.png,dog\n")
    for predictions in (columns, rows):
        found = document(invoke, "score", truth, predictions)["systems"][0]
        assert found["wer"]["value"] == 0.5
        assert found["wer_at_k"]["k"] == 2
        assert found["wer_at_k"]["value"] == 0
    assert document(invoke, "score", truth, rows, "--k", "1")["systems"][0]["wer_at_k"]["value"] == 0.5
    assert "candidates, the best first" not in invoke("score", truth, columns).stderr
    assert "--k says how many" in invoke("score", truth, rows, "--k", "1").stderr


def test_columns_of_one_table_and_groups(write: Write, invoke: Invoke) -> None:
    both = write(
        "both.csv", "who,right,x,y\n" + "".join(f"{i // 4},ab,ab,{'ab' if i % 3 else 'ac'}\n" for i in range(40))
    )
    options = ["--truth-column", "right", "--column", "x", "--column", "4"]
    arguments: list[str | Path] = ["score", both, both, both, *options]
    found = document(invoke, *arguments, "--group", "who")
    assert found["groups"] == {"column": "who", "count": 10}
    assert [system["predictions"] for system in found["systems"]] == [f"{both}:x", f"{both}:4"]
    assert [system["cer"]["value"] for system in found["systems"]] == [0, 14 / 80]
    outcome = invoke(*arguments, "--group", "who")
    assert "there are 10 groups only" in outcome.stderr
    assert "10 groups (who)" in " ".join(outcome.stdout.split())
    assert invoke("score", both, both, "--truth-column", "right", "--column", "x", "--column", "y").code == 2


def test_a_person_s_text_is_never_obeyed(write: Write, invoke: Invoke) -> None:
    truth = write("truth.csv", "image,text\n[bold]\x1b[31m.png,[red]a[/red]\n")
    outcome = invoke("score", truth, write("mine.csv", "image,text\n[bold]\x1b[31m.png,\x1b[2Jb\n"))
    assert outcome.code == 0
    assert "\x1b" not in outcome.stdout + outcome.stderr
    assert "[red]a[/red]" in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["truth.csv"], 2, "takes PREDICTIONS..., and none was given hint: PREDICTIONS...: What was predicted"),
        (["truth.csv", "none.csv"], 1, "there is nothing at none.csv"),
        (["truth.csv", "truth.csv", "--seed", "-1"], 2, "--seed must be"),
        (["truth.csv", "truth.csv", "--k", "0"], 2, "--k must be 1 or more"),
        (["truth.csv", "truth.csv", "--resamples", "5"], 2, "--resamples must be 100"),
        (["truth.csv", "truth.csv", "--group", "writer"], 1, "has no column “writer”: it has “image”, “text”"),
        (["truth.csv", "truth.csv", "--column", "9"], 2, "has columns 1 to 2"),
    ],
)
def test_wrong_usage_says_what_came(
    write: Write, invoke: Invoke, arguments: list[str], code: int, message: str
) -> None:
    write("truth.csv", table(WORDS))
    outcome = invoke("score", *arguments)
    assert (outcome.code, outcome.stdout) == (code, "")
    assert message in " ".join(outcome.stderr.split())
    assert "Traceback" not in outcome.stderr


def test_no_torch_is_imported(write: Write) -> None:
    truth = write("truth.csv", table(WORDS))
    program = "import sys; from dlhw.cli.app import app; app(standalone_mode=False); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program, "score", truth, truth], check=True, capture_output=True)
    subprocess.run([sys.executable, "-c", program, "cnn", "score", truth, truth], check=True, capture_output=True)


def semicolons(header: str, ending: str = "", texts: list[str] = WORDS) -> str:
    return header + "\n" + "".join(f"img{place:03}{ending};{text}\n" for place, text in enumerate(texts))


@pytest.mark.parametrize(
    "options", [["--id", "file", "--id", "name"], ["--id", "file", "--column", "guess"], ["--column", "guess"]]
)
def test_the_column_of_ids_may_be_called_otherwise_in_each_file(
    write: Write, invoke: Invoke, options: list[str]
) -> None:
    truth, mine = write("truth.csv", semicolons("file;word")), write("mine.csv", semicolons("name;guess", texts=READ))
    found = document(invoke, "score", truth, mine, *options)
    assert (found["matched_by"], found["words"], found["warnings"]) == ("id", 40, [])
    assert found["systems"][0]["wer"]["value"] == 0.75
    assert found["systems"][0]["unknown"]["count"] == found["systems"][0]["missing"]["count"] == 0


def test_one_name_of_ids_is_for_the_files_that_have_it(write: Write, invoke: Invoke) -> None:
    mine = write("mine.csv", semicolons("Nr;word", texts=READ))
    lines = "".join(f'{{"id": "img{place:03}", "text": "{word}"}}\n' for place, word in enumerate(WORDS))
    for truth in (write("truth.csv", semicolons("file;word")), write("truth.jsonl", lines)):
        assert document(invoke, "score", truth, mine, "--id", "Nr")["systems"][0]["wer"]["value"] == 0.75


def test_a_column_of_ids_that_no_file_has_is_an_error(write: Write, invoke: Invoke) -> None:
    truth, plain = write("truth.csv", table(WORDS)), write("truth.txt", "\n".join(WORDS))
    for first in (truth, plain):
        outcome = invoke("score", first, truth, "--id", "nr")
        assert outcome.code == 1
        assert "has no column “nr”: it has “image”, “text”" in " ".join(outcome.stderr.split())
    outcome = invoke("score", truth, truth, truth, *["--id", "image"] * 4)
    assert outcome.code == 2
    assert "--id was given 4 times for the truth and 2 files of predictions" in " ".join(outcome.stderr.split())


def test_a_truth_without_ids_says_that_order_is_not_known(write: Write, invoke: Invoke) -> None:
    truth, mine = write("truth.txt", "\n".join(WORDS)), write("mine.csv", table(READ))
    (warning,) = document(invoke, "score", truth, mine)["warnings"]
    assert f"{truth} has no ids, so rows are matched by their place, and the ids of {mine}" in warning


def test_a_header_that_was_taken_for_data_is_told(write: Write, invoke: Invoke) -> None:
    truth, mine = write("truth.csv", semicolons("file;word")), write("mine.csv", semicolons("name;guess"))
    (warning,) = document(invoke, "score", truth, mine)["warnings"]
    assert warning.startswith(f"the first row of {mine} looks like a header and was taken for data: “name”, “guess”")
    mine.write_text(semicolons("name;guess", "-2"))
    outcome = invoke("score", truth, mine)
    assert outcome.code == 1
    said = " ".join(outcome.stderr.split())
    assert (
        "looks like a header and was taken for data: “name”, “guess”; if it is one, name its columns with --id" in said
    )
    plain = write("plain.csv", "first;a\nsecond;b\n")
    assert document(invoke, "score", plain, plain)["warnings"] == []
