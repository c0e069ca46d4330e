from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest

from dlhw.report import reproduction
from dlhw.report.parts import PARTS
from dlhw.report.scale import QUESTIONS
from tests.conftest import Fork, Invoke

FAST = ("--only", "2.3", "--threads", "1")


def test_the_page_and_a_table(invoke: Invoke) -> None:
    outcome = invoke("reproduce", "--quick", *FAST)
    assert outcome.code == 0
    assert "5,340,742   5,340,742" in outcome.stdout
    assert "page runs/reproduce/1/index.html" in outcome.stdout
    assert "2.3  Counting parameters" in outcome.stderr
    assert "5,340,742" in Path("runs/reproduce/1/index.html").read_text()


def test_json_has_the_keys_of_the_contract(invoke: Invoke) -> None:
    document = json.loads(invoke("reproduce", *FAST, "--json", "--out", "mine", "--progress", "none").stdout)
    assert document.keys() >= {"command", "version", "seed", "seconds", "page", "rows", "passed"}
    assert document["page"] == "mine/index.html"
    assert document["passed"] is True
    for row in document["rows"]:
        assert row.keys() >= {"question", "quantity", "reported", "ours", "where"}
        anchor = row["where"].split("#")[1]
        assert f'id="{anchor}"' in Path("mine/index.html").read_text()
    assert json.loads(Path("mine/report.json").read_text()) == document


def test_another_groups_numbers_take_the_column_and_are_judged(invoke: Invoke) -> None:
    assert invoke("reproduce", "--template", "handin.toml").code == 0
    file = Path("handin.toml")
    content = file.read_text().replace("# flatten = 5340742", "flatten = 5342790").replace("# gap", "gap")
    file.write_text(content.replace('"Group 1"', '"<b>Group 1</b>"'))
    outcome = invoke("reproduce", *FAST, "--reported", "handin.toml", "--out", "mine")
    assert outcome.code == 0, "numbers of others are no fault of the reproduction"
    assert "5,342,790   5,340,742" in outcome.stdout
    assert "a few epochs" not in outcome.stdout, "nothing was trained"
    assert "2,048 more than 5,340,742" in " ".join(outcome.stdout.split())
    assert "2 numbers: 1 consistent with full-length trainings, 1 not, 0 not judged." in outcome.stdout
    page = Path("mine/index.html").read_text()
    assert "The numbers of &lt;b&gt;Group 1&lt;/b&gt;; the full run that comes with the program" in page
    assert "What the homework’s report says" not in page, "the column has other numbers"
    assert "The report names neither its data" not in page
    said = page[page.index("This page was written by") :].split("</code>")[0]
    assert " ".join(re.findall(r'class="word">(.*?)</span>', said)) == (
        "dlhw reproduce --only 2.3 --reported handin.toml"
    )
    assert "intel48.npz" not in page, "the data have the name that --data takes"
    assert "epochs" not in page.split("Table 1.")[0], "nothing was trained"
    assert page.count("5,342,790") == 3, "in both tables of its part, and where it is judged"

    document = json.loads(invoke("reproduce", *FAST, "--out", "mine", "--json").stdout)
    assert document["hand_in"] is None
    assert [row["reported"] for row in document["rows"]] == [5_340_742, 756_742], "what is kept stays as it was"
    document = json.loads(invoke("reproduce", *FAST, "--out", "mine", "--json", "--reported", "handin.toml").stdout)
    assert [row["reported"] for row in document["rows"]] == [5_342_790, 756_742]
    assert [number["consistent"] for number in document["hand_in"]["numbers"]] == [False, True]
    counts = {"consistent", "inconsistent", "not_judged"}
    assert document["hand_in"].keys() == {"file", "name", "numbers", "data_not_named", *counts}


def test_a_bad_file_of_numbers_is_refused_before_anything_is_made(invoke: Invoke) -> None:
    Path("handin.toml").write_text('["2.1"."0.01"]\ntest_accuracy = 68.6\n')
    outcome = invoke("reproduce", *FAST, "--reported", "handin.toml")
    assert outcome.code == 1
    assert outcome.stdout == ""
    assert "must be a share from 0 to 1, got 68.6" in outcome.stderr
    assert "divide percentages by 100: 0.686" in outcome.stderr
    assert not Path("runs").exists()
    assert "--template FILE writes a file to fill in" in invoke("reproduce", "--reported", "nowhere.toml").stderr
    assert invoke("reproduce", "--template", "handin.toml").code == 2, "a file is never overwritten"
    assert invoke("reproduce", "--template", "nowhere/new.toml").code == 1, "as every file that cannot be written"
    assert invoke("reproduce", "--template", "new.toml", "--reported", "handin.toml").code == 2


def test_a_part_that_fails_exits_1_after_its_document(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    outcome = invoke("reproduce", "--only", "2.2", *FAST, "--data", "empty", "--json")
    assert outcome.code == 1
    document = json.loads(outcome.stdout)
    assert document["passed"] is False
    assert {row["question"]: row["ours"] for row in document["rows"]}["2.3"] == 756_742
    assert "error: 2.2 failed: " in outcome.stderr
    assert "the same command tries again" in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--only", "4.2"), "--only 4.2 is not a question of the homework"),
        (("--seed", "-1"), "--seed must be"),
    ],
)
def test_wrong_usage(invoke: Invoke, options: tuple[str, ...], says: str) -> None:
    outcome = invoke("reproduce", *options)
    assert outcome.code == 2
    assert says in outcome.stderr
    assert outcome.stdout == ""


def test_ctrl_c_saves_the_state_and_says_how_to_go_on(fork: Fork, invoke: Invoke, archive: Path) -> None:
    command = ["reproduce", "--only", "2.1", "--data", archive, "--threads", "1", "--out", "out"]
    process = fork(*command, "--full", stderr=subprocess.STDOUT)
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("2.1"):
            process.send_signal(signal.SIGINT)
            break
    said += process.communicate(timeout=120)[0]
    assert process.returncode == 130, said
    assert "to continue: dlhw reproduce --full --only 2.1 --data" in said
    assert "--out out" in said
    assert not Path("out/index.html").exists()
    titles = {part.question: part.title for part in PARTS}
    assert set(titles) == set(QUESTIONS)
    assert (Path("out") / reproduction.RUNS).exists()
