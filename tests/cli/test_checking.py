"""``--check`` of ``dlhw energy`` and ``dlhw cccp`` as people and programs run it."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.conftest import Fork, Invoke
from tests.hopfield.checking.handins import ATTENTION, MISTAKEN, NUMPY


def test_a_right_file_passes_and_is_in_the_document(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(f"{NUMPY}\n{ATTENTION}")
    for command, names in (("energy", ["energy", "hessian"]), ("cccp", ["update", "attention"])):
        outcome = invoke(command, "--threads", "1", "--check", "mine.py", "--json")
        document = json.loads(outcome.stdout)
        assert outcome.code == 0
        assert outcome.stderr == ""
        assert document["passed"]
        assert document["checked"].keys() >= {"file", "functions", "diagnosis"}
        assert document["checked"]["file"] == "mine.py"
        assert document["checked"]["diagnosis"] is None
        found = {row["name"]: row for row in document["checked"]["functions"]}
        for name in names:
            assert found[name].keys() >= {"name", "passed", "worst", "tolerance", "instance"}
            assert found[name]["passed"]
            assert found[name]["worst"] <= found[name]["tolerance"]


def test_a_wrong_file_fails_after_its_document_is_printed(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MISTAKEN["sign"])
    outcome = invoke("energy", "--threads", "1", "--check", "mine.py", "--json")
    document = json.loads(outcome.stdout)
    assert outcome.code == 1
    assert document["passed"] is False
    assert all(check["passed"] for check in document["checks"])
    assert "(dlhw energy --mutate sign makes that mistake)" in document["checked"]["diagnosis"]
    assert "2 of 9 functions in mine.py are not right: energy, concave_part" in outcome.stderr


def test_a_persons_own_memory_is_checked_on(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def convex_part(q, X, beta):\n    return (q @ q) / 2 + 12.5\n")
    (tmp_path / "one.csv").write_text("3,-4\n")
    outcome = invoke(
        "energy", "--threads", "1", "--check", "mine.py", "--patterns", "one.csv", "--trials", "2", "--json"
    )
    instance = json.loads(outcome.stdout)["checked"]["functions"][0]["instance"]
    assert instance["memory"] != "one.csv"  # right there, and wrong elsewhere


@pytest.mark.usefixtures("forked_files")
def test_a_fault_of_theirs_is_shown_with_their_traceback_and_the_others_are_checked(
    invoke: Invoke, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(NUMPY.replace("return q - update(q, X, beta)", "return q - undefined"))
    outcome = invoke("energy", "--threads", "1", "--check", "mine.py")
    assert outcome.code == 1
    assert outcome.stdout.count("right") == 8
    assert "gradient: NameError: name 'undefined' is not defined" in outcome.stdout
    assert "raised an error" in outcome.stdout
    assert "WRONG" not in outcome.stdout
    assert "the result says why there was no answer to compare" in outcome.stderr
    assert "the traceback is from mine.py, not from dlhw:" in outcome.stderr
    assert "  |     return q - undefined" in outcome.stderr


def test_a_mistake_that_nobody_knows_has_no_hint_to_a_known_one(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(NUMPY.replace("return q - update(q, X, beta)", "return 3 * q"))
    outcome = invoke("energy", "--threads", "1", "--check", "mine.py")
    assert "no known mistake gives the answers of gradient" in outcome.stdout
    assert "known mistake" not in outcome.stderr
    assert "--json has q, X and β of that state" in outcome.stderr


def test_a_file_that_cannot_be_loaded_leaves_stdout_empty(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import numpy as np\nx = 1 +\n")
    outcome = invoke("cccp", "--threads", "1", "--check", "mine.py", "--json")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert "the traceback is from mine.py, not from dlhw:" in outcome.stderr
    assert "error: mine.py cannot be loaded: SyntaxError" in outcome.stderr
    assert "a fault of dlhw" not in outcome.stderr


@pytest.mark.usefixtures("forked_files")
def test_terminal_sequences_of_theirs_are_not_obeyed(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def update(q, X, beta):\n    raise ValueError('\\x1b[2J\\u202e gone')\n")
    outcome = invoke("cccp", "--threads", "1", "--check", "mine.py")
    assert outcome.code == 1
    assert "\x1b[2J" not in outcome.stdout + outcome.stderr
    assert "\u202e" not in outcome.stdout + outcome.stderr


def test_mistakes_of_ours_and_of_theirs_exclude_each_other(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(NUMPY)
    outcome = invoke("energy", "--check", "mine.py", "--mutate", "beta")
    assert (outcome.code, outcome.stdout) == (2, "")


@pytest.mark.parametrize("command", ["energy", "cccp"])
def test_the_help_says_that_the_file_is_executed(invoke: Invoke, command: str) -> None:
    said = " ".join(invoke(command, "--help").stdout.split())
    assert "It is executed: check only files that you trust." in said
    assert f"dlhw {command} --check mine.py" in said


def test_ctrl_c_ends_the_file_too(fork: Fork, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import os, time\nopen('part', 'w').write(str(os.getpid()))\nos.rename('part', 'pid')\ntime.sleep(600)\n"
    )
    process = fork("energy", "--threads", "1", "--check", "mine.py")
    while not (tmp_path / "pid").exists():
        assert process.poll() is None
        time.sleep(0.1)
    pid = int((tmp_path / "pid").read_text())
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
