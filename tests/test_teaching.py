"""docs/teaching.md, walked through: the hand-in, what the check says of it, and the hand-in mended."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np

from tests.conftest import Invoke
from tests.documents import ROOT, handed_in, numbers_handed_in

PAGE = (ROOT / "docs" / "teaching.md").read_text()
NUMBER = re.compile(r"-?\d[\d.]*(?:e[+-]\d+)?")


def words(text: str) -> list[str]:
    """What is printed but for its numbers and rules: the last digits are a machine's own."""
    return [word for word in NUMBER.sub("", text).replace("…", " ").split() if set(word) - set("─")]


def test_the_hand_in_is_checked_as_the_page_shows(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "handin.py").write_text(handed_in())
    outcome = invoke("energy", "--threads", "1", "--check", "handin.py")
    assert outcome.code == 1
    shown = re.findall(r"^```text\n(.*?)^```", PAGE, re.M | re.S)
    assert words(outcome.stdout) == words(shown[0])
    assert "2 of 4 functions in handin.py are not right: energy, hessian" in outcome.stderr

    mended = handed_in().replace("np.abs(X).max()", "np.linalg.norm(X, axis=1).max()")
    mended = mended.replace("- X.T @ (np", "- beta * X.T @ (np")
    (tmp_path / "handin.py").write_text(mended)
    outcome = invoke("energy", "--threads", "1", "--check", "handin.py")
    assert outcome.code == 0, outcome.stderr
    assert shown[1].strip() in outcome.stdout


def test_the_failing_instance_can_be_put_into_a_test(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "handin.py").write_text(handed_in())
    document = json.loads(invoke("energy", "--threads", "1", "--check", "handin.py", "--json").stdout)
    theirs: dict[str, object] = {}
    exec(handed_in(), theirs)

    for function in document["checked"]["functions"]:
        if not function["passed"]:
            instance = function["instance"]
            q, X = np.array(instance["q"]), np.array(instance["X"])
            returned = np.ravel(theirs[function["name"]](q, X, instance["beta"]))  # type: ignore[operator]
            np.testing.assert_allclose(returned, instance["returned"], rtol=1e-9)
            assert abs(returned - instance["expected"]).max() > function["tolerance"]


def test_numbers_are_judged_as_the_page_shows(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "handin.toml").write_text(numbers_handed_in())
    outcome = invoke("reproduce", "--only", "2.3", "--reported", "handin.toml", "--threads", "1")
    shown = re.findall(r"^```text\n(.*?)^```", PAGE, re.M | re.S)[2]
    table = [line.rstrip() for line in outcome.stdout.splitlines() if line.strip()]
    begin = table.index("The numbers of Group 1")
    wanted = [line.rstrip() for line in shown.splitlines() if line.strip()]
    assert table[begin : begin + len(wanted)] == wanted
    said = " ".join(outcome.stdout.split())
    assert "no count of 1,079 images gives 0.7443; 803 give 0.74421 and 804 give 0.74513" in said
    assert "2,048 more than 5,340,742" in said
    assert said.count("read as channels first") == 2


def test_the_hand_ins_to_try_it_with_are_those_of_the_document() -> None:
    folder = ROOT / "examples" / "teaching"
    assert (folder / "handin.py").read_text() == handed_in()
    assert (folder / "handin.toml").read_text() == numbers_handed_in()
