"""What is wrong with a command line is told without PyTorch, and without anything that takes time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from dlhw.cnn.recipe import RECIPES as CNN_RECIPES
from dlhw.errors import DataError
from dlhw.learning.checkpoint import save_checkpoint
from dlhw.learning.outputs import check_folder
from dlhw.ocr.recipe import RECIPES as OCR_RECIPES
from tests.conftest import Invoke

WITHOUT_TORCH = """
import contextlib, io, json, sys

sys.modules["torch"] = None  # whoever imports it fails
from dlhw.cli import app

outcomes = []
for line in json.load(sys.stdin):
    sys.argv = ["dlhw", *line.split()]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = app._run()
    outcomes.append([code, out.getvalue(), err.getvalue()])
print(json.dumps(outcomes))
"""

TRAININGS = ("cnn train", "cnn study", "ocr train")
REFUSED = {
    **{f"{command} --epochs 0": (2, "--epochs must be 1 or more, got 0") for command in TRAININGS},
    **{f"{command} --seed -1": (2, "--seed must be from 0 to 2³² − 1, got -1") for command in TRAININGS},
    **{f"{command} --resume --force": (2, "--resume continues a run") for command in TRAININGS},
    **{f"{command} --data gone": (1, "there is nothing at gone") for command in TRAININGS},
    **{f"{command} --out file": (1, "--out file is a file, where a folder was expected") for command in TRAININGS},
    **{f"{command} --out file/x": (1, "the folder file/x cannot be made: ") for command in TRAININGS},
    **{f"{command} --out run": (1, "run already holds a run") for command in TRAININGS},
    **{f"{command} --out other": (1, "other holds files that are not of a run") for command in TRAININGS},
    **{f"{command} --resume --out gone": (1, "gone holds no run to resume") for command in TRAININGS},
    **{f"{command} --force": (2, "--force starts the run in --out anew") for command in TRAININGS},
    **{
        f"{command} --resume": (1, f"there is no unfinished run of {command.replace(' ', '-')} under runs")
        for command in TRAININGS
    },
    "cnn train --recipe weak": (2, "--recipe is one of homework, strong, study; “weak” was given"),
    "cnn train --recipe Strnog": (2, "did you mean --recipe strong? dlhw cnn train -h"),
    "ocr train --recipe readr": (2, "did you mean --recipe reader? dlhw ocr train -h"),
    "ocr train --language xx": (2, "--language has no words of xx"),
    "ocr train --language zh": (2, "--language zh cannot be rendered"),
    "ocr read x.png --prior xx": (2, "--prior has no words of xx"),
    "ocr eval --prior ../en": (2, "--prior has no words of ../en"),
    "cnn eval --checkpoint reader": (1, "reader reads words, and weights were expected that tell landscapes apart"),
    "cnn predict x.png --checkpoint words": (1, "words reads words, and weights were expected that tell landscapes"),
    "ocr read x.png --checkpoint landscapes": (1, "landscapes tells landscapes apart, and weights were expected that"),
    "ocr train --from landscapes": (1, "landscapes tells landscapes apart"),
    "ocr compare attention views": (1, "views tells landscapes apart"),
    "cnn train --lr -1": (2, "--lr must be a number above 0, got -1"),
    "cnn train --lr 0.1 --lr nan": (2, "--lr must be a number above 0, got nan"),
    "ocr train --lr inf": (2, "--lr must be a number above 0, got inf"),
    "cnn train --threads 100000": (2, "--threads must be"),
    "cnn train --recipe strng": (2, "did you mean --recipe strong?"),
    "ocr train --recipe Reader": (2, "did you mean --recipe reader?"),
    "ocr train --from gone": (1, "there is no checkpoint gone"),
    "ocr train --from attention --resume": (2, "--resume continues a run with its own weights"),
    "ocr train --images other": (2, "no --data was given"),
    "ocr train --fonts file": (1, "--fonts file is a file, where a folder was expected"),
    "ocr train --word-list other": (1, "--word-list other is a folder, where a file was expected"),
    "ocr eval --beam 0": (2, "--beam must be 1 or more"),
    "ocr eval --top-p nan": (2, "--top-p must be above 0 and at most 1, got nan"),
    "ocr eval --csv other": (1, "other cannot be written: Is a directory"),
    "ocr eval --figures file": (1, "the folder file cannot be made: it is a file"),
    "ocr eval --lexicon gone": (1, "--lexicon gone: there is no such file"),
    "ocr eval --kinds --data other": (2, "--kinds renders words"),
    "ocr eval --methods --lexicon file": (2, "--methods compares"),
    "ocr read x.png --checkpoint gone": (1, "there is no checkpoint gone"),
    "ocr read x.png --checkpoint readre": (1, "hint: did you mean reader? give a file of weights, a run directory, or"),
    "ocr train --from readr": (1, "a recogniser of the package: attention, no-attention, reader"),
    "ocr compare reader atention": (1, "did you mean attention?"),
    "cnn eval --checkpoint landscape": (1, "did you mean landscapes?"),
    "cnn export --checkpoint nowhere": (1, "a run directory, or a network of the package: landscapes"),
    "ocr read x.png --attention-images file": (1, "the folder file cannot be made: it is a file"),
    "ocr compare attention": (2, "two recognisers are compared, got one"),
    "ocr compare gone gone": (1, "there is no checkpoint gone"),
    "ocr export --out file": (1, "the folder file cannot be made: it is a file"),
    "ocr render --out file": (1, "the folder file cannot be made: it is a file"),
    "cnn eval --checkpoint other": (1, "other is a folder, but no run directory"),
    "cnn predict x.png --csv gone/a.csv": (1, "gone/a.csv cannot be written"),
    "cnn explain x.png --out file": (1, "the folder file cannot be made: it is a file"),
    "reproduce --full --quick": (2, "--quick and --full exclude each other"),
    "reproduce --only 9": (2, "--only 9 is not a question of the homework"),
    "reproduce --data gone": (1, "there is nothing at gone"),
    "reproduce --out file": (1, "the folder file cannot be made: it is a file"),
    "energy --beta nan": (2, "β must be a number above 0, got nan"),
    "energy --patterns other": (1, "--patterns other is a folder, where a file was expected"),
    "energy --check other": (1, "--check other is a folder, where a file was expected"),
    "cccp --tol nan": (2, "--tol must be 0 or a number above, got nan"),
    "cccp --save other": (1, "other cannot be written"),
}


def test_what_is_wrong_is_told_before_torch_is_imported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("1")
    for folder, name in (("run", "config.json"), ("other", "letter.txt")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text("{}")
    for name, described in (("words", {"alphabet": "ab"}), ("views", {"network": "gap"})):
        save_checkpoint(tmp_path / name, {"w": torch.zeros(1)}, {"kind": "weights", "architecture": described})
    before = sorted(tmp_path.rglob("*"))
    command = [sys.executable, "-c", WITHOUT_TORCH]
    answered = subprocess.run(
        command, input=json.dumps([*REFUSED]), capture_output=True, text=True, cwd=tmp_path, timeout=120, check=True
    )
    outcomes = json.loads(answered.stdout)
    for (line, (code, message)), (found, out, err) in zip(REFUSED.items(), outcomes, strict=True):
        assert (found, out) == (code, ""), f"{line}: {err}"
        assert err.startswith("error: "), f"{line}: {err}"
        assert message in err, line
    assert sorted(tmp_path.rglob("*")) == before, "nothing is left behind"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir(mode=0o555)
    for path in (tmp_path / "ours", tmp_path / "ours/new/er"):
        with pytest.raises(DataError, match="cannot be"):
            check_folder(path)


def test_a_folder_that_can_be_made_is_not_made(tmp_path: Path) -> None:
    check_folder(tmp_path)
    check_folder(tmp_path / "new/er")
    assert not list(tmp_path.iterdir())


def test_the_command_line_knows_all_recipes(invoke: Invoke) -> None:
    for command, recipes in (("cnn", CNN_RECIPES), ("ocr", OCR_RECIPES)):
        assert f"is one of {', '.join(recipes)};" in invoke(command, "train", "--recipe", "none").stderr


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("cnn train --lr", 2, "dlhw cnn train: --lr takes a value, and none was given\nhint: dlhw cnn train -h"),
        ("energy --mutate betta", 2, "did you mean --mutate beta? dlhw energy -h"),
        ("ocr eval --protocol zzz", 2, "--protocol is one of exact, nocase, alnum36; “zzz” was given\nhint: dlhw ocr"),
    ],
)
def test_what_cannot_be_parsed_is_told_with_the_commands_own_help(
    line: str, code: int, message: str, invoke: Invoke
) -> None:
    outcome = invoke(*line.split())
    assert outcome.code == code
    assert message in outcome.stderr
