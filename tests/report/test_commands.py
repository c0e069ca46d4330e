"""Each command that the page prints, run as printed, gets the numbers that stand beside it."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dlhw.learning.device import Compute
from dlhw.report import scale
from dlhw.report.question1 import SPLIT
from dlhw.report.reproduction import Reproduction, Request, Settings
from dlhw.report.scale import QUESTIONS, Scale
from dlhw.report.section import power_of_ten
from tests.conftest import Invoke
from tests.documents import ROOT, Typed, parse

SEED = 7

Documents = list[dict[str, Any]]


def typed(command: str) -> list[list[str]]:
    """The arguments of every ``dlhw`` that a shell would start for a command."""
    script = f"dlhw() {{ printf '%q ' \"$@\"; echo; }}; {command}"
    lines = subprocess.run(["bash", "-ec", script], check=True, capture_output=True, text=True).stdout.splitlines()
    return [shlex.split(line) for line in lines]


def holding(checks: list[dict[str, Any]], *, split: bool) -> str:
    ids = {claim.id for claim in SPLIT}
    asked = [check["passed"] for check in checks if (check["id"] in ids) is split]
    return f"{sum(asked)} of {len(asked)}"


def of_training(quantity: str, document: dict[str, Any]) -> float | str:
    kind, rate = quantity.split(", learning rate ")
    (result,) = (one for one in document["results"] if one["learning_rate"] == float(rate))
    if result["status"] == "diverged":
        return "diverged"
    names = {"Test accuracy": "test_accuracy", "Validation accuracy": "validation_accuracy"}
    return float(result[names.get(kind, "best_test_accuracy")])


def of_study(quantity: str, document: dict[str, Any]) -> float:
    (row,) = (one for one in document["rows"] if one["quantity"] == quantity)
    return float(row["ours"])


def of_words(quantity: str, document: dict[str, Any]) -> float:
    if quantity.startswith("Best validation"):
        return float(document["best_validation_cer"])
    rate = quantity.removeprefix("Test ").split(",")[0]
    return float(document[{"CER": "cer", "WER": "wer", "WER@3": "wer_at_k"}[rate]]["value"])


def agreeing(attention: Mapping[str, Any]) -> str:
    judged = [one["passed"] for one in attention["implementations"] if one["passed"] is not None]
    return f"{sum(judged)} of {len(judged)}"


NUMBERS: dict[str, Callable[[str, Documents], object]] = {
    "E is convex plus concave: claims that hold": lambda _, all: holding(all[-1]["checks"], split=True),
    "Classic mistakes that a claim catches": lambda _, all: f"{sum(not one['passed'] for one in all)} of {len(all)}",
    "The update lowers E as derived: claims that hold": lambda _, all: holding(all[-1]["checks"], split=False),
    "Distance to the fixed point, at most": lambda _, all: power_of_ten(all[-1]["certificate"]["error_bound"]),
    "Corrupted images that come back": lambda _, all: "{came_back} of {asked}".format(**all[-1]["landscapes"]),
    "The update is cross-attention: implementations that agree": lambda _, all: agreeing(all[-1]["attention"]),
    "Largest error of an entry, over M, in float64": lambda _, all: power_of_ten(all[-1]["attention"]["worst"]),
    "Trainable parameters, flattening": lambda _, all: all[-1]["networks"][0]["parameters"],
    "Trainable parameters, global average pooling": lambda _, all: all[-1]["networks"][1]["parameters"],
}
"""How a quantity is found in the documents of its command."""

OTHERS = {"2.1": of_training, "2.2": of_training, "2.4": of_study, "3a": of_words, "3b": of_words, "3c": of_words}


def check(rows: list[dict[str, Any]], run: Callable[[str], Documents]) -> None:
    """See that each row's command gets what stands beside it; each command is run once."""
    done: dict[str, Documents] = {}
    for row in rows:
        documents = done.setdefault(row["command"], run(row["command"]) if row["command"] not in done else [])
        quantity = row["quantity"]
        find = NUMBERS.get(quantity)
        found = find(quantity, documents) if find else OTHERS[row["question"]](quantity, documents[-1])
        assert found == row["ours"], f"{quantity}: {row['command']}"


@pytest.fixture
def run(invoke: Invoke, tmp_path: Path) -> Callable[[str], Documents]:
    """Run all that a command starts, in a folder that has the archive alone, for its documents."""

    def documents(command: str) -> Documents:
        for folder in (path for path in tmp_path.iterdir() if path.is_dir()):
            shutil.rmtree(folder)
        return [json.loads(invoke(*arguments, "--json").stdout) for arguments in typed(command)]

    return documents


def test_the_commands_of_the_kept_page_can_be_parsed() -> None:
    rows = json.loads((ROOT / "docs" / "report" / "report.json").read_text())["rows"]
    for arguments in (one for row in rows for one in typed(row["command"])):
        parse(Typed(document="report.json", line="", arguments=tuple(arguments)))


def made(sizes: Scale, archive: Path, compute: Compute, out: Path, only: tuple[str, ...]) -> list[dict[str, Any]]:
    settings, request = Settings(scale=sizes, seed=SEED), Request(data=archive)
    with Reproduction.start_or_resume(settings, request, compute, out=out) as reproduction:
        document = reproduction.conclude(reproduction.make(only=only), seconds=1.0)
    assert {row["question"] for row in document["rows"]} == set(only), document["parts"]
    return list(document["rows"])


def test_the_commands_of_what_takes_no_time(
    tiny_scale: Scale, archive: Path, compute: Compute, tmp_path: Path, run: Callable[[str], Documents]
) -> None:
    check(made(tiny_scale, archive, compute, tmp_path / "out", ("1.3", "2.3")), run)


def test_all_commands_that_draw_at_random_say_with_which_seed(page: Path) -> None:
    rows = json.loads((page.parent / "report.json").read_text())["rows"]
    without = {row["command"] for row in rows if "--seed 42" not in row["command"]}
    assert without == {"dlhw cnn params"}


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["quick", "full"])
def test_the_commands_of_all_parts(
    tiny_scale: Scale,
    archive: Path,
    compute: Compute,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run: Callable[[str], Documents],
    name: str,
) -> None:
    sizes = tiny_scale if name == "quick" else replace(tiny_scale, name="full", shipped=False)
    monkeypatch.setitem(scale.SCALES, name, sizes)
    check(made(sizes, archive, compute, tmp_path / "out", QUESTIONS), run)
